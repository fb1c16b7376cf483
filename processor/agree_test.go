package processor_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// foreign are libraries of other languages which do not name the kind or the
// model in one attribute. This processor never sees their spans start.
var foreign = []string{
	"adk", "@google+adk@2.0.0", "aws-sdk", "@opentelemetry+instrumentation-aws-sdk@0.79.0",
	"@arizeai+openinference-instrumentation-bedrock@0.5.1", "laminar",
}

// TestAgreesWithTheExporter puts each recorded span below a generation that
// names the same call: the processor marks one of the two if, and only if, the
// exporter makes a generation of the recorded one.
func TestAgreesWithTheExporter(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"../exporter/internal/convert/testdata/own", "../../shared/corpus"} {
		files, err := filepath.Glob(filepath.Join(dir, "*", "*.otlp.json"))
		require.NoError(t, err)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			if len(files) == 0 {
				t.Skipf("no recordings in %s", dir)
			}
			srv := posthogtest.NewServer()
			defer srv.Close()
			exp, err := exporter.New("phc_test", exporter.WithHost(srv.URL))
			require.NoError(t, err)
			generations := 0
			for _, file := range files {
				library := filepath.Base(filepath.Dir(file))
				if slices.Contains(foreign, library) || strings.HasSuffix(file, ".logs.otlp.json") {
					continue
				}
				spans, err := spantest.ReadOTLP(file)
				require.NoError(t, err)
				for _, span := range spans {
					srv.Reset()
					require.NoError(t, exp.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{span}))
					events := srv.Events()
					if len(events) == 0 {
						continue // not an AI span
					}
					generation := events[0].Name == "$ai_generation"
					if _, counts := events[0].Properties["$ai_input_tokens"]; counts && !generation && events[0].Properties["$ai_model"] != nil {
						continue // it may be a generation where nobody else has its usage
					}
					require.Equal(t, generation, isCall(t, span, events[0]), "%s/%s: %s", library, filepath.Base(file), span.Name())
					if generation {
						generations++
					}
				}
			}
			require.NotZero(t, generations)
		})
	}
}

// isCall reports whether the processor takes a span for the call of a generation
// above it.
func isCall(t *testing.T, span sdktrace.ReadOnlySpan, event posthogtest.Event) bool {
	model, _ := event.Properties["$ai_model"].(string)
	id, _ := event.Properties["$ai_completion_id"].(string)
	pl := newPipeline(t)
	ctx, outer := pl.start(t.Context(), "outer", chat, attribute.String("gen_ai.request.model", model), attribute.String("gen_ai.response.id", id))
	_, inner := pl.start(ctx, span.Name(), span.Attributes()...)
	inner.End()
	outer.End()
	return len(demoted(pl)) == 1
}
