package otlp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/internal/relay"
)

// Line is one event as the exporter writes it.
type Line struct {
	Raw     json.RawMessage
	Explain map[string]Origin
}

// Origin says where a property comes from.
type Origin struct {
	Rule       string   `json:"rule"`
	Attributes []string `json:"attributes,omitempty"`
}

// Convert returns the events of spans that belong to one trace: those that
// PostHog would get from this project's exporter.
func Convert(spans []sdktrace.ReadOnlySpan) ([]Line, error) { return convert(spans) }

// Explain is Convert with the origin of each property. It costs one conversion
// for each attribute.
func Explain(spans []sdktrace.ReadOnlySpan) ([]Line, error) {
	return convert(spans, exporter.WithExplanations())
}

func convert(spans []sdktrace.ReadOnlySpan, opts ...exporter.WriterOption) ([]Line, error) {
	var out bytes.Buffer
	exp, err := exporter.NewWriter(&out, opts...)
	if err != nil {
		return nil, err
	}
	// The conversion has no deadline: it does no I/O.
	ctx := context.Background()
	exported := exp.ExportSpans(relay.Context(ctx), spans)
	if err := exp.Shutdown(ctx); err != nil {
		return nil, err
	}
	var lines []Line
	for raw := range bytes.Lines(out.Bytes()) {
		line := Line{Raw: bytes.Clone(bytes.TrimSpace(raw))}
		if len(opts) > 0 {
			var explained struct{ Explain map[string]Origin }
			if err := json.Unmarshal(raw, &explained); err != nil {
				return lines, fmt.Errorf("reading a converted event: %w", err)
			}
			line.Explain = explained.Explain
		}
		lines = append(lines, line)
	}
	return lines, exported
}
