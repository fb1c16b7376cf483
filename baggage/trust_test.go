package baggage_test

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// A guarded client whose dialer looks names up over HTTP, with the context of
// the request, as a service mesh does: the look-up is a call to somebody else.
func TestMarkDoesNotReachCallsBelow(t *testing.T) {
	t.Parallel()
	for name, sampler := range map[string]sdktrace.Sampler{"sampled": sdktrace.AlwaysSample(), "not sampled": sdktrace.NeverSample()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tp := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler))
			t.Cleanup(func() { require.NoError(t, tp.Shutdown(context.WithoutCancel(t.Context()))) })
			opts := []otelhttp.Option{otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(ours)}
			w := newWorld(t)
			lookup := &http.Client{Transport: otelhttp.NewTransport(w, opts...)}
			get := func(c *http.Client, r *http.Request) *http.Response {
				res, err := c.Do(r)
				require.NoError(t, err)
				require.NoError(t, res.Body.Close())
				return res
			}
			base := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				get(lookup, request(ctx, t, "http://names.other.test/"))
				return (&net.Dialer{}).DialContext(context.WithoutCancel(ctx), network, w.srv.Listener.Addr().String())
			}}
			client := &http.Client{Transport: baggage.NewTransport(otelhttp.NewTransport(base, opts...), baggage.WithTrustedHosts("*.own.test"))}
			ctx, span := tp.Tracer("t").Start(mustContext(t, ofA), "handler")
			defer span.End()
			for range 2 {
				res := get(client, request(ctx, t, own))
				// The context of the response has the mark as well.
				get(lookup, request(res.Request.Context(), t, "http://names.other.test/"))
			}
			sent := w.headersAt("assistant.own.test")
			require.Len(t, sent, 2)
			for _, h := range sent {
				require.Contains(t, h.Get("baggage"), sessionA)
			}
			below := w.headersAt("names.other.test")
			require.Len(t, below, 4)
			for _, h := range below {
				requireNothingOfOurs(t, h)
			}
		})
	}
}

// An attempt that a transport between the guard and otelhttp repeats is a call
// to the same service.
func TestMarkCoversTheNextAttempt(t *testing.T) {
	t.Parallel()
	tp, _ := tracing(t)
	w := newWorld(t)
	inner := otelhttp.NewTransport(w, otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(ours))
	twice := roundTrip(func(r *http.Request) (*http.Response, error) {
		res, err := inner.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		if err := res.Body.Close(); err != nil {
			return nil, err
		}
		return inner.RoundTrip(r)
	})
	w.arrive(t, baggage.NewTransport(twice, baggage.WithTrustedHosts("*.own.test")), request(laden(t, tp), t, own), 2)
	for _, h := range w.headersAt("assistant.own.test") {
		require.Contains(t, h.Get("baggage"), sessionA)
	}
}

// A batch of messages in one context, each with a span of its own or with none.
func TestTrustCoversABatch(t *testing.T) {
	t.Parallel()
	for name, sampler := range map[string]sdktrace.Sampler{"sampled": sdktrace.AlwaysSample(), "not sampled": sdktrace.NeverSample()} {
		tp := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler))
		t.Cleanup(func() { require.NoError(t, tp.Shutdown(context.WithoutCancel(t.Context()))) })
		ctx, span := tp.Tracer("t").Start(mustContext(t, ofA), "publish")
		defer span.End()
		ctx = baggage.ContextWithTrust(ctx)
		for range 3 {
			one, publish := tp.Tracer("t").Start(ctx, "message")
			for _, ctx := range []context.Context{ctx, one} {
				carrier := propagation.MapCarrier{}
				ours.Inject(ctx, carrier)
				require.Contains(t, carrier["baggage"], sessionA, name)
			}
			publish.End()
		}
	}
}
