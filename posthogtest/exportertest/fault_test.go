package exportertest_test

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/posthogtest/exportertest"
)

const faultVariable = "EXPORTERTEST_FAULT"

// faulty is an exporter with one fault.
type faulty struct {
	sdktrace.SpanExporter
	fault string
}

func (f faulty) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	switch f.fault {
	case "silent":
		_ = f.SpanExporter.ExportSpans(ctx, spans)
		return nil
	case "stops at two":
		if len(spans) > 2 {
			spans = spans[:2]
		}
	}
	return f.SpanExporter.ExportSpans(ctx, spans)
}

// TestFaulty fails. TestSuiteFindsFaults runs it in another process.
func TestFaulty(t *testing.T) {
	fault := os.Getenv(faultVariable)
	if fault == "" {
		t.Skip("run by TestSuiteFindsFaults")
	}
	exportertest.Run(t, func(tb testing.TB, srv *posthogtest.Server) sdktrace.SpanExporter {
		opts := []exporter.Option{exporter.WithHost(srv.URL), exporter.WithoutRetry()}
		switch fault {
		case "keeps content":
			opts = append(opts, exporter.WithPrivacyMode())
		case "takes everything":
			opts = append(opts, exporter.WithFilter(func(sdktrace.ReadOnlySpan) bool { return true }))
		}
		exp, err := exporter.New("phc_conformance", opts...)
		require.NoError(tb, err)
		return faulty{exp, fault}
	}, exportertest.Without("No such test", "LargeEvent"))
}

func TestSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	for fault, finds := range map[string]string{
		"no retry":         "Unavailable",
		"silent":           "Refused",
		"stops at two":     "Concurrent",
		"keeps content":    "Generation",
		"takes everything": "OtherSpans",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestFaulty$")
			cmd.Env = append(os.Environ(), faultVariable+"="+fault)
			output, err := cmd.CombinedOutput()
			require.Error(t, err, "the suite passes")
			require.Regexp(t, regexp.MustCompile(`--- FAIL: TestFaulty/`+finds+` `), string(output))
			require.Contains(t, string(output), `Without("No such test")`)
		})
	}
}
