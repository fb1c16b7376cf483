// Package trust holds nothing but tests, which are also an example: they drive
// clients that people really use (OpenAI's, Anthropic's, gRPC, Google's API client,
// a reverse proxy, MCP) and look at what arrives at the other end. Without a guard
// nothing of the user's session arrives anywhere; with one, all of it arrives at the
// services of one's own, and at nobody else's.
package trust
