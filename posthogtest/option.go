package posthogtest

// An Option changes how a [Server] answers. A nil Option is skipped.
type Option interface{ apply(*config) }

// WithAPIKey makes the server answer 401 to every request with another project
// API key. Without this option, or with an empty key, any key is good as long as
// there is one.
func WithAPIKey(key string) Option {
	return optionFunc(func(c *config) { c.apiKey = key })
}

// WithoutAIEndpoints makes the server answer like an older self-hosted PostHog:
// /i/v0/ai/batch/ and the v1 paths are 404. Without this option they are there,
// as on PostHog Cloud.
func WithoutAIEndpoints() Option {
	return optionFunc(func(c *config) { c.withoutAI = true })
}

// WithAddress makes the server listen there, such as 127.0.0.1:8010, for programs
// that cannot be told an address later. Without this option, or with an empty
// address, it is any free port of loopback. A test should not need it: two of them
// cannot run at the same time.
func WithAddress(address string) Option {
	return optionFunc(func(c *config) { c.address = address })
}

// WithTLS makes the server speak HTTPS with a certificate of its own making.
// [Server.Client] trusts it, and so does a client with [Server.Certificate]
// among its roots; any other client fails in the handshake. Without this option
// the server speaks plain HTTP.
func WithTLS() Option {
	return optionFunc(func(c *config) { c.tls = true })
}

// WithFaults sets the script of faults that the server starts with, as
// [Server.SetFaults] does. The last WithFaults counts.
func WithFaults(faults ...Fault) Option {
	return optionFunc(func(c *config) { c.faults = faults })
}

// WithFaultFunc sets the function that picks faults once the script is through,
// as [Server.SetFaultFunc] does. Nil picks none, which is the default.
func WithFaultFunc(pick func(Request) Fault) Option {
	return optionFunc(func(c *config) { c.pick = pick })
}

type config struct {
	apiKey    string
	address   string
	withoutAI bool
	tls       bool
	faults    []Fault
	pick      func(Request) Fault
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

func newConfig(opts []Option) config {
	var c config
	for _, opt := range opts {
		if opt != nil {
			opt.apply(&c)
		}
	}
	return c
}
