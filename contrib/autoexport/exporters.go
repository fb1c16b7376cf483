package autoexport

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
)

const exportersVariable = "OTEL_TRACES_EXPORTER"

// names reads the list of exporters. OpenTelemetry's autoexport takes one name;
// the specification allows a list.
func names() ([]string, error) {
	var list []string
	for item := range strings.SplitSeq(os.Getenv(exportersVariable), ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		if slices.Contains(list, item) {
			return nil, fmt.Errorf("otelposthog: %s names %s twice: each span would be stored twice", exportersVariable, item)
		}
		list = append(list, item)
	}
	if len(list) == 0 {
		return []string{"otlp"}, nil
	}
	if len(list) > 1 && slices.Contains(list, "none") {
		return nil, fmt.Errorf("otelposthog: %s: none must stand alone", exportersVariable)
	}
	return list, nil
}

// newExporter builds the exporter of a name. autoexport reads its name from the
// environment only, so it can be asked for the single one that stands there; those
// that can stand beside each other are built here, by the same rules.
func newExporter(ctx context.Context, item string, alone bool) (sdktrace.SpanExporter, error) {
	exp, err := build(ctx, item, alone)
	if err != nil {
		return nil, fmt.Errorf("otelposthog: %s=%s: %w", exportersVariable, item, err)
	}
	return exp, nil
}

func build(ctx context.Context, item string, alone bool) (sdktrace.SpanExporter, error) {
	switch {
	case item == name:
		return exporter.NewFromEnv()
	case alone:
		return autoexport.NewSpanExporter(ctx)
	case item == "otlp":
		return newOTLP(ctx)
	case item == "console":
		return stdouttrace.New()
	}
	return nil, errors.New("unknown name: posthog, otlp and console can stand beside each other, any other must stand alone")
}

func newOTLP(ctx context.Context) (sdktrace.SpanExporter, error) {
	for _, variable := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		switch os.Getenv(variable) {
		case "":
			continue
		case "http/protobuf":
			return otlptracehttp.New(ctx)
		case "grpc":
			return otlptracegrpc.New(ctx)
		}
		return nil, fmt.Errorf("%s: want http/protobuf or grpc", variable)
	}
	return otlptracehttp.New(ctx)
}
