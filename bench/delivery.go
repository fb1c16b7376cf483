package main

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

// compareDelivery sends batches of 100 generations with 8 KB of messages under
// each compression.
func compareDelivery(rounds int) error {
	url, stop, err := startSink()
	if err != nil {
		return err
	}
	defer stop()
	spans := make([]sdktrace.ReadOnlySpan, 100)
	for i := range spans {
		spans[i] = spantest.Generation(i, 8<<10)
	}
	ctx := context.Background()
	var contenders []contender
	for _, way := range []struct {
		name string
		opts []exporter.Option
	}{
		{"/batch/, none", []exporter.Option{exporter.WithCompression(exporter.CompressionNone)}},
		{"/batch/, gzip", []exporter.Option{exporter.WithCompression(exporter.CompressionGzip)}},
		{"v1, gzip", []exporter.Option{exporter.WithCaptureMode(exporter.CaptureV1), exporter.WithCompression(exporter.CompressionGzip)}},
		{"v1, zstd", []exporter.Option{exporter.WithCaptureMode(exporter.CaptureV1), exporter.WithCompression(exporter.CompressionZstd)}},
	} {
		exp, err := exporter.New("phc_bench", append(way.opts, exporter.WithHost(url))...)
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		defer func() { _ = exp.Shutdown(ctx) }()
		contenders = append(contenders, contender{way.name, func(times int) error {
			for range times {
				if err := exp.ExportSpans(ctx, spans); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	costs, err := measure(rounds, 20, contenders)
	if err != nil {
		return err
	}
	report("8 KB of messages, a batch of 100", contenders, costs,
		pair{"/batch/, gzip", "/batch/, none"}, pair{"v1, gzip", "/batch/, gzip"}, pair{"v1, zstd", "/batch/, gzip"})
	return nil
}
