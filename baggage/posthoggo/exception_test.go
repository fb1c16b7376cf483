package posthoggo_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/posthog/posthog-go"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage/posthoggo"
)

func inTrace(t *testing.T) context.Context {
	t.Helper()
	return trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{0x4b, 0xf9}, SpanID: trace.SpanID{1},
	}))
}

const traceID = "4bf90000000000000000000000000000"

func TestExceptionLinksToTraceAndReplay(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(inTrace(t), http.MethodPost, "/chat", http.NoBody)
	r.Header = headers(ofA1...)
	got := captureMessage(t, r, func(h http.Handler) http.Handler { return newHandler(h) }, func(ctx context.Context) posthog.Message {
		return posthoggo.ExceptionWithTrace(ctx, posthog.NewDefaultException(time.Now(), "", "assistant", "the model did not answer"))
	})
	require.Equal(t, "zoe", got.Properties["distinct_id"], "posthog-go writes it there")
	require.Equal(t, traceID, got.Properties["$ai_trace_id"])
	require.Equal(t, sessionA, got.Properties["$session_id"])
	require.NotEmpty(t, got.Properties["$exception_list"])
}

func TestExceptionWithTrace(t *testing.T) {
	t.Parallel()
	own := posthog.Properties{"plan": "free"}
	got := posthoggo.ExceptionWithTrace(inTrace(t), posthog.Exception{Properties: own})
	require.Equal(t, posthog.Properties{"plan": "free", "$ai_trace_id": traceID}, got.Properties)
	require.Equal(t, posthog.Properties{"plan": "free"}, own, "the caller's properties are the caller's")

	named := posthog.Exception{Properties: posthog.Properties{"$ai_trace_id": "mine"}}
	require.Equal(t, named, posthoggo.ExceptionWithTrace(inTrace(t), named))
	require.Equal(t, posthog.Exception{}, posthoggo.ExceptionWithTrace(t.Context(), posthog.Exception{}), "no span")
}
