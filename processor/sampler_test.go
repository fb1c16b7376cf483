package processor_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/processor"
)

func TestKeepSessions(t *testing.T) {
	t.Parallel()
	remote := func(ctx context.Context, flags trace.TraceFlags) context.Context {
		return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: flags,
		}))
	}
	session := func(ctx context.Context) context.Context { return withBaggage(ctx, t, "session.id", sessionID) }
	for _, tt := range []struct {
		name string
		root sdktrace.Sampler
		ctx  context.Context
		want bool
	}{
		{"parent not sampled, session", nil, session(remote(t.Context(), 0)), true},
		{"parent not sampled, no session", nil, remote(t.Context(), 0), false},
		{"parent sampled, no session", nil, remote(t.Context(), trace.FlagsSampled), true},
		{"no parent, default root", nil, t.Context(), true},
		{"no parent, a nil that the interface hides", (*fixed)(nil), t.Context(), true},
		{"no parent, root says no", sdktrace.NeverSample(), t.Context(), false},
		{"no parent, root says no, session", sdktrace.NeverSample(), session(t.Context()), true},
		{"recorded only, session", sdktrace.AlwaysRecord(sdktrace.NeverSample()), session(t.Context()), true},
		{"a person is no session", sdktrace.NeverSample(), withBaggage(t.Context(), t, "posthog.distinct_id", "d"), false},
		{"a malformed session is none", sdktrace.NeverSample(), withBaggage(t.Context(), t, "session.id", "two words"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pl := newPipelineWith(t, processor.New(nil), sdktrace.WithSampler(processor.KeepSessions(tt.root)))
			ctx, s := pl.start(tt.ctx, "GET /")
			_, call := pl.start(ctx, "chat", chat)
			call.End()
			s.End()
			require.Equal(t, tt.want, s.SpanContext().IsSampled())
			require.Equal(t, tt.want, call.SpanContext().IsSampled())
		})
	}
}

// fixed is a sampler with everything a result can have.
type fixed struct{ sdktrace.SamplingResult }

func (f fixed) ShouldSample(sdktrace.SamplingParameters) sdktrace.SamplingResult {
	return f.SamplingResult
}
func (fixed) Description() string { return "Fixed" }

func TestKeepSessionsKeepsTheRest(t *testing.T) {
	t.Parallel()
	state, err := trace.ParseTraceState("vendor=1")
	require.NoError(t, err)
	root := fixed{sdktrace.SamplingResult{Tracestate: state, Attributes: []attribute.KeyValue{attribute.Int("rate", 1)}}}
	s := processor.KeepSessions(root)
	got := s.ShouldSample(sdktrace.SamplingParameters{ParentContext: withBaggage(t.Context(), t, "session.id", "s")})
	want := root.SamplingResult
	want.Decision = sdktrace.RecordAndSample
	require.Equal(t, want, got)
	require.Equal(t, "KeepSessions{root:Fixed}", s.Description())
	require.Equal(t, sdktrace.Drop, s.ShouldSample(sdktrace.SamplingParameters{ParentContext: t.Context()}).Decision)
}
