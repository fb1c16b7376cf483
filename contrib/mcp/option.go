package mcp

import (
	"maps"
	"slices"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// An Option changes what the middleware does. A nil option is ignored.
type Option interface{ apply(*config) }

// WithTrustedHosts names the hosts to whose MCP servers the session may go, by the
// patterns of [baggage.WithTrustedHosts]. Several options add up. The default, and
// no patterns, trust nobody. A pattern that is not understood trusts nothing and is
// reported to the OpenTelemetry error handler; [baggage.ParseTrustedHosts] checks
// patterns at start-up.
func WithTrustedHosts(patterns ...string) Option {
	return option(func(c *config) {
		hosts, err := baggage.ParseTrustedHosts(patterns...)
		if err != nil {
			otel.Handle(err)
		}
		c.hosts = append(c.hosts, hosts)
	})
}

// WithTrustedServer trusts whatever the client is connected to: for a server of
// yours that is started by a command or runs in the same process. A command that
// somebody else wrote can send what it gets to anybody.
func WithTrustedServer() Option { return option(func(c *config) { c.trusted = true }) }

// WithPropagators sets the propagator. The default, and a nil one, is the global
// propagator at the time of each request.
func WithPropagators(p propagation.TextMapPropagator) Option {
	return option(func(c *config) { c.propagators = p })
}

type config struct {
	hosts       []*baggage.TrustedHosts
	trusted     bool
	propagators propagation.TextMapPropagator
}

func newConfig(opts []Option) *config {
	c := &config{}
	for _, opt := range opts {
		if opt != nil {
			opt.apply(c)
		}
	}
	return c
}

type option func(*config)

func (f option) apply(c *config) { f(c) }

// carrier is the metadata of a request. An empty value removes a key.
type carrier map[string]any

var _ propagation.TextMapCarrier = carrier{}

func (c carrier) Get(key string) string {
	s, _ := c[key].(string)
	return s
}

func (c carrier) Set(key, value string) {
	if value == "" {
		delete(c, key)
		return
	}
	c[key] = value
}

func (c carrier) Keys() []string { return slices.Collect(maps.Keys(c)) }
