package processor_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// An edge that lets a page choose nothing keeps the way back to the page's trace.
func TestNewTraceLinksToTheCaller(t *testing.T) {
	t.Parallel()
	const id = "0af7651916cd43dd8448eb211c80319c"
	s := newService(t)
	edge := baggage.NewHandler(otelhttp.NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, call := s.start(r.Context(), "call", chat)
		call.End()
	}), "POST /chat", otelhttp.WithTracerProvider(s.tp), otelhttp.WithPropagators(s.prop)), baggage.WithNewTrace())
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/chat", http.NoBody)
	r.Header.Set("traceparent", "00-"+id+"-b7ad6b7169203331-01")
	r.Header.Set("X-POSTHOG-SESSION-ID", sessionID)
	spans := tracetest.NewSpanRecorder()
	s.tp.RegisterSpanProcessor(spans)
	edge.ServeHTTP(httptest.NewRecorder(), r)

	ended := spans.Ended()
	require.Len(t, ended, 2)
	call, server := ended[0], ended[1]
	require.NotEqual(t, id, server.SpanContext().TraceID().String())
	require.Equal(t, server.SpanContext().TraceID(), call.SpanContext().TraceID())
	require.Len(t, server.Links(), 1)
	require.Equal(t, id, server.Links()[0].SpanContext.TraceID().String())
	require.Empty(t, call.Links(), "the spans below are in the same trace")
}
