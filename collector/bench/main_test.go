package main

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
)

func TestWorkloads(t *testing.T) {
	t.Parallel()
	for _, w := range slices.Concat(workloads, production) {
		require.Equal(t, w.traces(1), w.traces(1))
		require.NotEqual(t, w.traces(1), w.traces(2))
		for _, body := range w.make() {
			td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(body)
			require.NoError(t, err)
			require.Equal(t, spansPerRequest, td.SpanCount())
			require.Greater(t, len(body), w.bytes*w.aiSpans())
			require.Less(t, len(body), w.bytes*w.aiSpans()*2+200*spansPerRequest)
			ai := 0
			for _, s := range spans.Of(td) {
				if spans.IsAI(s) {
					ai++
				}
			}
			require.Equal(t, w.aiSpans(), ai)
		}
	}
}
