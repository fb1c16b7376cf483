package baggage_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestPropagatorAllocates(t *testing.T) {
	plain := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	wrapped := baggage.Propagator(plain)
	for name, ctx := range injected(t) {
		allocs := func(p propagation.TextMapPropagator) float64 {
			h := http.Header{"Content-Type": {"text/plain"}}
			return testing.AllocsPerRun(100, func() { p.Inject(ctx, propagation.HeaderCarrier(h)) })
		}
		limit := allocs(plain)
		if name == "Replaced" {
			limit += 2 // the header is written once more
		}
		require.LessOrEqual(t, allocs(wrapped), limit, name)
	}
}

// injected is what the cost of an injection is measured with.
func injected(t testing.TB) map[string]context.Context {
	replaced := withMember(withMember(mustContext(t, ofA), t, "tenant", "acme"), t, "region", "eu")
	return map[string]context.Context{
		"NoBaggage": t.Context(),
		"Foreign":   foreign(t, 3, 10),
		"Session":   ours.Extract(t.Context(), propagation.MapCarrier{"baggage": otelbaggage.FromContext(replaced).String()}),
		"Replaced":  replaced, // by somebody who does not know of sessions
	}
}

func BenchmarkInject(b *testing.B) {
	plain := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	for name, ctx := range injected(b) {
		for kind, p := range map[string]propagation.TextMapPropagator{"Plain": plain, "With": baggage.Propagator(plain)} {
			b.Run(name+"/"+kind, func(b *testing.B) {
				h := http.Header{"Content-Type": {"text/plain"}}
				b.ReportAllocs()
				for b.Loop() {
					p.Inject(ctx, propagation.HeaderCarrier(h))
				}
			})
		}
	}
	b.Run("Session/Trusted", func(b *testing.B) {
		p := baggage.Propagator(plain)
		ctx := baggage.ContextWithTrust(injected(b)["Session"])
		h := http.Header{"Content-Type": {"text/plain"}}
		b.ReportAllocs()
		for b.Loop() {
			p.Inject(ctx, propagation.HeaderCarrier(h))
		}
	})
}
