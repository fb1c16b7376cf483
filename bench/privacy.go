package main

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

// comparePrivacy sends batches of 100 generations with gzip, and says what the
// redactors and the content levels take.
func comparePrivacy(rounds int) error {
	url, stop, err := startSink()
	if err != nil {
		return err
	}
	defer stop()
	ways := []struct {
		name string
		opts []exporter.Option
	}{
		{"base64 only", []exporter.Option{exporter.WithoutRedaction("secrets")}},
		{"default", nil},
		{"all redactors", []exporter.Option{exporter.WithRedaction("email", "phone", "payment_card", "iban", "ip_address")}},
		{"no content", []exporter.Option{exporter.WithPrivacyMode()}},
		{"a redactor of the user", []exporter.Option{exporter.WithRedactor(func(t exporter.Text) string { return t.Value })}},
	}
	ctx := context.Background()
	for _, kb := range []int{1, 8, 64} {
		spans := make([]sdktrace.ReadOnlySpan, 100)
		for i := range spans {
			spans[i] = spantest.Generation(i, kb<<10)
		}
		var contenders []contender
		var pairs []pair
		for _, way := range ways {
			exp, err := exporter.New("phc_bench", append(way.opts, exporter.WithHost(url), exporter.WithCompression(exporter.CompressionGzip))...)
			if err != nil {
				return err
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
			if way.name != "base64 only" {
				pairs = append(pairs, pair{way.name, "base64 only"})
			}
		}
		costs, err := measure(rounds, max(6, 400/kb), contenders)
		if err != nil {
			return err
		}
		report(fmt.Sprintf("%d KB of messages, a batch of 100, gzip", kb), contenders, costs, pairs...)
	}
	return nil
}
