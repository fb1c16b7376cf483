package otelposthog_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/processor"
)

func Example() {
	serve := func(context.Context, http.Handler, *http.Client) error { return nil }
	ctx, mux := context.Background(), http.NewServeMux()

	_ = func() error {
		exp, err := exporter.New(os.Getenv("POSTHOG_API_KEY")) // EU: exporter.WithHost("https://eu.i.posthog.com")
		if err != nil {
			return err
		}
		proc := processor.New(sdktrace.NewBatchSpanProcessor(exp))
		tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(proc))
		defer func() { // sends what is queued, also when ctx has ended the program
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second) // Kubernetes kills after 30
			defer cancel()
			_ = tp.Shutdown(ctx)
		}()
		otel.SetTracerProvider(tp)
		otel.SetTextMapPropagator(baggage.Propagator(nil, baggage.WithAIParent(proc.AIParent)))

		// where browsers come in: outside of otelhttp
		handler := baggage.NewHandler(otelhttp.NewHandler(mux, "gateway"))

		// where you call other services: outside of otelhttp
		client := &http.Client{Transport: baggage.NewTransport(
			otelhttp.NewTransport(nil), baggage.WithTrustedHosts("assistant.internal"))}

		return serve(ctx, handler, client)
	}
}

// TestReadmeCompiles shows that the Go code of the README stands in the example
// above, which the compiler has seen.
func TestReadmeCompiles(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	flat := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	blocks := strings.Split(string(readme), "```go\n")[1:]
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		code, _, ok := strings.Cut(block, "```")
		require.True(t, ok)
		require.Contains(t, flat(string(example)), flat(code))
	}
}
