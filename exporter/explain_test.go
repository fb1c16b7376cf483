package exporter_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

func TestExplanations(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	exp, err := exporter.NewWriter(&out, exporter.WithExplanations())
	require.NoError(t, err)
	require.NoError(t, exp.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{spantest.Generation(1, 1000)}))
	require.NoError(t, exp.Shutdown(t.Context()))

	var line struct {
		Properties map[string]any
		Explain    map[string]struct {
			Rule       string
			Attributes []string
		}
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, []string{"gen_ai.response.model"}, line.Explain["$ai_model"].Attributes)
	require.Equal(t, []string{"gen_ai.input.messages"}, line.Explain["$ai_input"].Attributes)
	require.Equal(t, "envelope", line.Explain["$ai_trace_id"].Rule)
	for property := range line.Properties {
		require.Contains(t, line.Explain, property)
		require.NotEmpty(t, line.Explain[property].Rule, property)
	}
}
