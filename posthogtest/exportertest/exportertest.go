// Package exportertest has the tests that every exporter of AI spans to PostHog
// should pass: what becomes of a span, and that none is lost in silence.
//
//	func TestConformance(t *testing.T) {
//		exportertest.Run(t, func(tb testing.TB, srv *posthogtest.Server) sdktrace.SpanExporter {
//			exp, err := exporter.New("phc_any_key", exporter.WithHost(srv.URL))
//			...
//			return exp
//		})
//	}
//
// The tests look at what the server has stored after Shutdown, so the exporter may
// send in the background. One that cannot pass a test yet leaves it out by
// [Without], where the reader of the test sees it.
package exportertest

import (
	"slices"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// New makes an exporter that sends to srv. It is called once or more in each test
// and need not shut the exporter down.
type New func(tb testing.TB, srv *posthogtest.Server) sdktrace.SpanExporter

// Option changes what [Run] runs.
type Option interface{ apply(*config) }

// Without leaves tests out, by the name that they have in the output. A name that
// no test has fails Run.
func Without(names ...string) Option {
	return option(func(c *config) { c.without = append(c.without, names...) })
}

type option func(*config)

func (o option) apply(c *config) { o(c) }

type config struct{ without []string }

// Run runs all tests against exporters that newExporter makes.
func Run(t *testing.T, newExporter New, opts ...Option) {
	t.Helper()
	var c config
	for _, opt := range opts {
		if opt != nil {
			opt.apply(&c)
		}
	}
	for _, name := range c.without {
		if !slices.ContainsFunc(tests, func(tt test) bool { return tt.name == name }) {
			t.Errorf("exportertest: Without(%q): there is no such test", name)
		}
	}
	for _, tt := range tests {
		if !slices.Contains(c.without, tt.name) {
			t.Run(tt.name, func(t *testing.T) { tt.run(t, newExporter) })
		}
	}
}
