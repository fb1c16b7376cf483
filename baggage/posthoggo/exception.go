package posthoggo

import (
	"context"
	"maps"

	"github.com/posthog/posthog-go"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// ExceptionWithTrace returns a copy of an error for PostHog's error tracking that
// names the trace of ctx in $ai_trace_id: PostHog leads from the error to the LLM
// trace. EnqueueWithContext adds the session and the person:
//
//	if err != nil {
//		e := posthog.NewDefaultException(time.Now(), "", "assistant", err.Error())
//		err = posthog.EnqueueWithContext(ctx, client, posthoggo.ExceptionWithTrace(ctx, e))
//	}
//
// An $ai_trace_id that is there already stays. Without a span in ctx there is none.
// The text of an error can quote a prompt: it is sent as it is.
func ExceptionWithTrace(ctx context.Context, e posthog.Exception) posthog.Exception {
	span := trace.SpanContextFromContext(ctx)
	if _, named := e.Properties[semconv.PropertyTraceID]; named || !span.HasTraceID() {
		return e
	}
	if e.Properties = maps.Clone(e.Properties); e.Properties == nil {
		e.Properties = posthog.NewProperties()
	}
	e.Properties[semconv.PropertyTraceID] = span.TraceID().String()
	return e
}
