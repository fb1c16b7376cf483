// Package trust holds nothing but tests, which are also an example: they drive
// the official clients of OpenAI and Anthropic through baggage.NewTransport, in
// each place where it can stand, and look at what arrives at the other end. The
// session of the user arrives at the services of one's own, and at nobody
// else's.
package trust
