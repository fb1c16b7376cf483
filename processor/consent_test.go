package processor_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/processor"
)

const optOut = attribute.Key("posthog.opt_out")

// Each case is a request span with an AI span below it, and what the AI span
// says about the consent.
func TestConsent(t *testing.T) {
	t.Parallel()
	optedOut, consented := optOut.Bool(true), optOut.Bool(false)
	for name, tt := range map[string]struct {
		baggage []string
		request []attribute.KeyValue // at the start
		late    []attribute.KeyValue // of the request, after the start of the AI span
		own     []attribute.KeyValue
		lost    []string // the baggage below the request, if it is replaced
		want    string
	}{
		"nothing":                       {want: ""},
		"baggage":                       {baggage: []string{"session.id", "s", "posthog.opt_out", "true"}, want: "true"},
		"a consent":                     {baggage: []string{"session.id", "s", "posthog.opt_out", "false"}, want: "false"},
		"without a session":             {baggage: []string{"posthog.opt_out", "1"}, want: "true"},
		"neither true nor false":        {baggage: []string{"posthog.opt_out", "perhaps"}, want: "true"},
		"an attribute of the request":   {request: []attribute.KeyValue{optedOut}, want: "true"},
		"a late one":                    {late: []attribute.KeyValue{optedOut}, want: "true"},
		"a late one against a consent":  {baggage: []string{"posthog.opt_out", "false"}, late: []attribute.KeyValue{optedOut}, want: "true"},
		"its own":                       {own: []attribute.KeyValue{optedOut}, want: "true"},
		"its own against a consent":     {baggage: []string{"posthog.opt_out", "false"}, own: []attribute.KeyValue{optedOut}, want: "true"},
		"its own consent, above nobody": {own: []attribute.KeyValue{consented}, want: "false"},
		"its own consent below an opt-out": {
			baggage: []string{"posthog.opt_out", "true"}, own: []attribute.KeyValue{consented}, want: "true",
		},
		"baggage that is lost": {
			baggage: []string{"session.id", "s", "posthog.opt_out", "true"}, lost: []string{"tenant", "a"}, want: "true",
		},
		"an opt-out reaches another person": {
			baggage: []string{"session.id", "s", "posthog.distinct_id", "a", "posthog.opt_out", "true"},
			lost:    []string{"session.id", "t", "posthog.distinct_id", "b"}, want: "true",
		},
		"a consent does not": {
			baggage: []string{"session.id", "s", "posthog.distinct_id", "a", "posthog.opt_out", "false"},
			lost:    []string{"session.id", "t", "posthog.distinct_id", "b"}, want: "",
		},
		"a consent is for its session": {
			baggage: []string{"session.id", "s", "posthog.opt_out", "false"},
			own:     []attribute.KeyValue{attribute.String("$session_id", "t")}, want: "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pl := newPipeline(t)
			ctx, root := pl.start(withBaggage(t.Context(), t, tt.baggage...), "POST", tt.request...)
			if tt.lost != nil {
				ctx = withBaggage(ctx, t, tt.lost...)
			}
			_, s := pl.start(ctx, "call", append(tt.own, chat)...)
			root.SetAttributes(tt.late...)
			s.End()
			root.End()
			require.Equal(t, tt.want, value(pl.sent(t, "call"), optOut))
			n := 0
			for _, kv := range pl.sent(t, "call").Attributes {
				if kv.Key == optOut {
					n++
				}
			}
			require.LessOrEqual(t, n, 1)
		})
	}
}

// Anybody can name a span as the parent, so nothing is inherited from another
// process.
func TestConsentOfRemoteParent(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t)
	ctx, root := pl.start(withBaggage(t.Context(), t, "posthog.opt_out", "false"), "POST")
	remote := otelbaggage.ContextWithoutBaggage(trace.ContextWithRemoteSpanContext(ctx, root.SpanContext()))
	_, s := pl.start(remote, "call", chat)
	s.End()
	root.End()
	require.Empty(t, value(pl.sent(t, "call"), optOut))
}

func TestTraceEventHasNoContentOfOthers(t *testing.T) {
	t.Parallel()
	in := attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"secret"}]}]`)
	for name, tt := range map[string]struct {
		top, below []attribute.KeyValue
		want       bool
	}{
		"nobody says anything":        {nil, nil, true},
		"opted out below":             {nil, []attribute.KeyValue{optOut.Bool(true)}, false},
		"a consent for another":       {[]attribute.KeyValue{attribute.String("$session_id", "s"), optOut.Bool(false)}, []attribute.KeyValue{attribute.String("$session_id", "t")}, false},
		"a consent for the same":      {[]attribute.KeyValue{optOut.Bool(false)}, nil, true},
		"a consent of the span alone": {nil, []attribute.KeyValue{optOut.Bool(false)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pl := newPipeline(t, processor.WithTraceEvents())
			ctx, root := pl.start(t.Context(), "POST", tt.top...)
			_, s := pl.start(ctx, "call", append(tt.below, chat, in)...)
			s.End()
			root.End()
			require.Equal(t, tt.want, hasKey(pl.sent(t, "POST"), "$ai_input_state"))
		})
	}
}
