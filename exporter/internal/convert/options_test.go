package convert_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
)

func convertWith(r row, opts convert.Options) []event.Event {
	return convert.Batch([]sdktrace.ReadOnlySpan{r.stub().Snapshot()}, opts)
}

func TestIsAIOption(t *testing.T) {
	t.Parallel()
	r := row{span: "GET /", attrs: attrs{"http.request.method": "GET"}}
	require.Empty(t, convertWith(r, convert.Options{}))
	require.Len(t, convertWith(r, convert.Options{IsAI: func(s sdktrace.ReadOnlySpan) bool { return s.Name() == "GET /" }}), 1)
	require.Empty(t, convertWith(call("", nil, nil), convert.Options{IsAI: func(sdktrace.ReadOnlySpan) bool { return false }}))
}

// TestParentOfSpanProcessor: an AI span below no known AI span has the trace as
// its parent, and the span processor says so.
func TestParentOfSpanProcessor(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		call("below nothing known", attrs{"$ai_parent_id": rowTrace}, map[string]string{"$ai_parent_id": `"` + rowTrace + `"`}),
		call("another trace is no parent", attrs{"$ai_parent_id": "02" + rowTrace[2:]}, map[string]string{"$ai_parent_id": `"0300000000000000"`}),
	})
}
