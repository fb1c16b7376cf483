package baggage_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// perMember writes each member into a field of its own, as OpenTracing's format
// does.
type perMember struct{ propagation.Baggage }

func (perMember) Inject(ctx context.Context, carrier propagation.TextMapCarrier) {
	for _, m := range otelbaggage.FromContext(ctx).Members() {
		carrier.Set("ot-baggage-"+m.Key(), m.Value())
	}
}

var ours = baggage.Propagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, perMember{}, propagation.Baggage{}))

func TestPropagatorInMarkedCalls(t *testing.T) {
	t.Parallel()
	tp, _ := tracing(t)
	ctx := laden(t, tp)
	for kind, c := range carriers(nil) {
		ours.Inject(baggage.ContextWithTrust(ctx), c.carrier)
		got, ok := baggage.SessionFromContext(ours.Extract(t.Context(), c.carrier))
		require.True(t, ok, kind)
		require.Equal(t, ofA, got, kind)
		require.Contains(t, c.carrier.Get("baggage"), "tenant=a%20c%2Cm;p", kind)

		ours.Inject(baggage.ContextWithoutTrust(baggage.ContextWithTrust(ctx)), c.carrier)
		requireNothingOfOurs(t, c.all())
	}
	without := baggage.ContextWithoutTrust(ctx)
	got, _ := baggage.SessionFromContext(without)
	require.Equal(t, ofA, got, "spans are stamped all the same")
	carrier := propagation.MapCarrier{}
	w3c.Inject(without, carrier)
	require.Equal(t, "tenant=a%20c%2Cm;p", carrier["baggage"], "a plain propagator does not send it either")

	var none context.Context
	require.NotNil(t, baggage.ContextWithTrust(none))
	require.NotNil(t, baggage.ContextWithoutTrust(none))
	require.NotNil(t, baggage.ContextWithGuardedCall(none))
}

func TestPropagatorEscapesPlus(t *testing.T) {
	t.Parallel()
	ctx := withMember(mustContext(t, baggage.Session{DistinctID: "ada+test@example.com"}), t, "foreign", "a+b")
	carrier := propagation.MapCarrier{}
	ours.Inject(baggage.ContextWithTrust(ctx), carrier)
	require.ElementsMatch(t, []string{"posthog.distinct_id=ada%2Btest@example.com", "foreign=a+b"}, strings.Split(carrier["baggage"], ","))
	got, _ := baggage.SessionFromContext(w3c.Extract(t.Context(), carrier))
	require.Equal(t, "ada+test@example.com", got.DistinctID)
}

func TestPropagatorExtracts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		header, bag string
		want        baggage.Session
	}{
		"nothing":            {"", "", baggage.Session{}},
		"members of others":  {"a=1;p=q", "a=1;p=q", baggage.Session{}},
		"a session":          {"session.id=" + sessionA, "session.id=" + sessionA, baggage.Session{ID: sessionA}},
		"under other names":  {"%24session_id=" + sessionA + ",a=1", "a=1,session.id=" + sessionA, baggage.Session{ID: sessionA}},
		"of a bad shape":     {"session.id=undefined,a=1,posthog.distinct_id=null", "a=1", baggage.Session{}},
		"partly bad":         {"session.id=a%20b,posthog.window_id=w", "posthog.window_id=w", baggage.Session{WindowID: "w"}},
		"with white space":   {"session.id=%20" + sessionA, "session.id=" + sessionA, baggage.Session{ID: sessionA}},
		"an AI parent stays": {"posthog.ai_parent=00f067aa0ba902b7;trace=x", "posthog.ai_parent=00f067aa0ba902b7;trace=x", baggage.Session{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for kind, c := range carriers(map[string]string{"baggage": tc.header, "Baggage": tc.header}) {
				ctx := ours.Extract(t.Context(), c.carrier)
				got, ok := baggage.SessionFromContext(ctx)
				require.Equal(t, tc.want, got, kind)
				require.Equal(t, tc.want != baggage.Session{}, ok, kind)
				members := strings.Split(otelbaggage.FromContext(ctx).String(), ",")
				slices.Sort(members)
				require.Equal(t, tc.bag, strings.Join(members, ","), kind)
			}
		})
	}

	t.Run("what is extracted replaces what the context knew", func(t *testing.T) {
		t.Parallel()
		ctx := mustContext(t, ofA)
		got, _ := baggage.SessionFromContext(ours.Extract(ctx, propagation.MapCarrier{"baggage": "session.id=" + sessionB}))
		require.Equal(t, baggage.Session{ID: sessionB}, got)
		_, ok := baggage.SessionFromContext(ours.Extract(ctx, propagation.MapCarrier{"baggage": "a=1"}))
		require.False(t, ok)
		got, ok = baggage.SessionFromContext(ours.Extract(ctx, propagation.MapCarrier{}))
		require.True(t, ok)
		require.Equal(t, ofA, got, "without baggage, the context stays, as with any propagator")
	})
}

func TestPropagatorIsNext(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, []string{"traceparent", "tracestate", "baggage"}, baggage.Propagator(nil).Fields())
	require.ElementsMatch(t, w3c.Fields(), baggage.Propagator(w3c, nil).Fields())

	// Without baggage in next there is none.
	p := baggage.Propagator(propagation.TraceContext{}, baggage.WithAIParent(func(context.Context) (trace.SpanID, bool) { return trace.SpanID{1}, true }))
	tp, _ := tracing(t)
	carrier := propagation.MapCarrier{}
	p.Inject(baggage.ContextWithTrust(laden(t, tp)), carrier)
	require.Equal(t, []string{"traceparent"}, carrier.Keys())
}

func TestPropagatorWithoutContext(t *testing.T) {
	t.Parallel()
	var none context.Context
	carrier := propagation.MapCarrier{"baggage": "session.id=" + sessionA}
	got, _ := baggage.SessionFromContext(baggage.Propagator(nil).Extract(none, carrier))
	require.Equal(t, baggage.Session{ID: sessionA}, got)
	baggage.Propagator(nil).Inject(none, carrier)
	require.Empty(t, carrier["baggage"])
}

func TestPropagatorSendsTheAIParent(t *testing.T) {
	t.Parallel()
	tp, _ := tracing(t)
	agent := trace.SpanID{0, 1, 2, 3, 4, 5, 6, 7}
	known := true
	p := baggage.Propagator(nil, baggage.WithAIParent(func(context.Context) (trace.SpanID, bool) { return agent, known }), baggage.WithAIParent(nil),
		baggage.WithAIParent(func(context.Context) (trace.SpanID, bool) { return agent, known }))
	ctx, span := tp.Tracer("t").Start(t.Context(), "call")
	defer span.End()
	member := "posthog.ai_parent=0001020304050607;trace=" + span.SpanContext().TraceID().String()

	inject := func(ctx context.Context, before string) string {
		carrier := propagation.MapCarrier{"baggage": before}
		p.Inject(ctx, carrier)
		return carrier["baggage"]
	}
	require.Empty(t, inject(ctx, ""), "not without a mark")
	require.Equal(t, member, inject(baggage.ContextWithTrust(ctx), ""))
	require.Equal(t, member+",a=1", inject(baggage.ContextWithTrust(ctx), "a=1,posthog.ai_parent=00f067aa0ba902b7;trace=x"), "in the place of another")

	full := foreign(t, 63, 1)
	full, span2 := tp.Tracer("t").Start(withMember(full, t, "session.id", sessionA), "call")
	defer span2.End()
	b, err := otelbaggage.Parse(inject(baggage.ContextWithTrust(full), ""))
	require.NoError(t, err)
	require.Equal(t, 64, b.Len(), "one of the others made room")
	require.Equal(t, sessionA, b.Member("session.id").Value())
	require.Equal(t, "0001020304050607", b.Member("posthog.ai_parent").Value())

	known = false
	require.Equal(t, "posthog.ai_parent=00f067aa0ba902b7", inject(baggage.ContextWithTrust(ctx), "posthog.ai_parent=00f067aa0ba902b7"),
		"the one that came in may still be the nearest")
	md := metadata{"baggage": {"a=1", "b=2"}}
	p.Inject(baggage.ContextWithTrust(ctx), md)
	require.Equal(t, metadata{"baggage": {"a=1", "b=2"}}["baggage"], md["baggage"], "somebody else writes baggage, too")
}

func TestGuardsWithPropagator(t *testing.T) {
	t.Parallel()
	tp, _ := tracing(t)
	opts := []otelhttp.Option{otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(ours)}
	trusted := baggage.WithTrustedHosts("*.own.test")

	t.Run("nobody guards the client", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		for _, url := range []string{own, other} {
			h := w.do(t, otelhttp.NewTransport(w, opts...), request(laden(t, tp), t, url))
			requireNothingOfOurs(t, h)
			require.Equal(t, "tenant=a%20c%2Cm;p", h.Get("baggage"))
			require.NotEmpty(t, h.Get("traceparent"))
		}
	})
	t.Run("the guard stands outside", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		rt := baggage.NewTransport(otelhttp.NewTransport(w, opts...), trusted)
		requireNothingOfOurs(t, w.do(t, rt, request(laden(t, tp), t, other)))
		h := w.do(t, rt, request(laden(t, tp), t, own))
		got, _ := baggage.SessionFromContext(ours.Extract(t.Context(), propagation.HeaderCarrier(h)))
		require.Equal(t, ofA, got)
		requireNothingOfOurs(t, w.do(t, rt, request(baggage.ContextWithTrust(laden(t, tp)), t, other)))
	})
	t.Run("the guard stands below, too late to allow", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		rt := otelhttp.NewTransport(baggage.NewTransport(w, trusted), opts...)
		requireNothingOfOurs(t, w.do(t, rt, request(laden(t, tp), t, other)))
		requireNothingOfOurs(t, w.do(t, rt, request(laden(t, tp), t, own)))
	})
	t.Run("a redirect is judged again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		rt := baggage.NewTransport(otelhttp.NewTransport(w, opts...), trusted)
		h := w.do(t, rt, request(laden(t, tp), t, own+"?to="+other))
		require.Contains(t, h.Get("baggage"), sessionA)
		requireNothingOfOurs(t, w.headersAt("api.openai.test")[0])
	})
}

func FuzzPropagator(f *testing.F) {
	f.Add("session.id="+sessionA+",a=1", "%24session_id=x", "b=2")
	f.Add("a=1,,b=2;p;q=r", " session%2Eid = "+sessionA+" ;x", "")
	f.Fuzz(func(t *testing.T, one, two, three string) {
		lines := []string{one, two, three}
		h := http.Header{"Baggage": slices.Clone(lines)}
		ours.Inject(t.Context(), propagation.HeaderCarrier(h))
		var kept []string
		for _, line := range lines {
			for member := range strings.SplitSeq(line, ",") {
				b, err := otelbaggage.Parse(member)
				if _, found := baggage.SessionFromBaggage(b); err == nil && found {
					continue
				}
				kept = append(kept, strings.TrimSpace(member))
			}
		}
		for _, line := range h["Baggage"] {
			b, _ := otelbaggage.Parse(line)
			_, found := baggage.SessionFromBaggage(b)
			require.False(t, found, line)
			for member := range strings.SplitSeq(line, ",") {
				require.Contains(t, kept, strings.TrimSpace(member))
			}
		}
	})
}

func ExamplePropagator() {
	// In a program: otel.SetTextMapPropagator(propagator)
	propagator := baggage.Propagator(nil)
	ctx, err := baggage.ContextWithSession(context.Background(), baggage.Session{ID: "0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"})
	if err != nil {
		panic(err)
	}
	toAnybody, toOurs := propagation.MapCarrier{}, propagation.MapCarrier{}
	propagator.Inject(ctx, toAnybody)
	propagator.Inject(baggage.ContextWithTrust(ctx), toOurs)
	fmt.Printf("%q\n%q\n", toAnybody["baggage"], toOurs["baggage"])
	// Output:
	// ""
	// "session.id=0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
}
