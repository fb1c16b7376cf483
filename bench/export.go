package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"strings"
	"sync/atomic"
	"time"

	"github.com/posthog/posthog-go"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

// compareExport sends batches of 100 generations, with messages of 1, 8 and
// 64 KB, all the way to a server on loopback.
func compareExport(rounds int) error {
	url, stop, err := startSink()
	if err != nil {
		return err
	}
	defer stop()
	for _, kb := range []int{1, 8, 64} {
		spans := make([]sdktrace.ReadOnlySpan, 100)
		for i := range spans {
			spans[i] = spantest.Generation(i, kb<<10)
		}
		contenders, closeAll, err := exporters(url, spans)
		if err != nil {
			return err
		}
		costs, err := measure(rounds, max(6, 400/kb), contenders)
		closeAll()
		if err != nil {
			return err
		}
		report(fmt.Sprintf("%d KB of messages, a batch of 100", kb), contenders, costs,
			pair{"ours", "otlptracehttp"}, pair{"ours, gzip", "otlptracehttp, gzip"}, pair{"ours, gzip", "posthog-go, gzip"})
	}
	return nil
}

func exporters(url string, spans []sdktrace.ReadOnlySpan) ([]contender, func(), error) {
	ctx := context.Background()
	plain, err := exporter.New("phc_bench", exporter.WithHost(url), exporter.WithCompression(exporter.CompressionNone))
	if err != nil {
		return nil, nil, err
	}
	zipped, err := exporter.New("phc_bench", exporter.WithHost(url), exporter.WithCompression(exporter.CompressionGzip))
	if err != nil {
		return nil, nil, err
	}
	otlp, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(url), otlptracehttp.WithCompression(otlptracehttp.NoCompression))
	if err != nil {
		return nil, nil, err
	}
	otlpZipped, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(url), otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	if err != nil {
		return nil, nil, err
	}
	all := []sdktrace.SpanExporter{plain, zipped, otlp, otlpZipped}
	export := func(e sdktrace.SpanExporter) func(int) error {
		return func(times int) error {
			for range times {
				if err := e.ExportSpans(ctx, spans); err != nil {
					return err
				}
			}
			return nil
		}
	}
	closeAll := func() {
		for _, e := range all {
			_ = e.Shutdown(ctx)
		}
	}
	return []contender{
		{"ours", export(plain)},
		{"otlptracehttp", export(otlp)},
		{"ours, gzip", export(zipped)},
		{"otlptracehttp, gzip", export(otlpZipped)},
		{"posthog-go, gzip", func(times int) error { return capture(url, spans, times) }},
	}, closeAll, nil
}

// capture is what a service does that has no exporter: it makes a Capture of
// each call by hand.
func capture(url string, spans []sdktrace.ReadOnlySpan, times int) error {
	var lost failures
	client, err := posthog.NewWithConfig("phc_bench", posthog.Config{
		Endpoint: url, Compression: posthog.CompressionGzip, MaxQueueSize: times*len(spans) + 1, MaxEnqueuedRequests: times * len(spans),
		BatchSubmitTimeout: time.Minute, Logger: posthog.StdLogger(log.New(io.Discard, "", 0), false), Callback: &lost,
	})
	if err != nil {
		return err
	}
	for range times {
		for _, span := range spans {
			if err := client.Enqueue(byHand(span)); err != nil {
				return err
			}
		}
	}
	if err := client.Close(); err != nil {
		return err
	}
	if n := lost.Load(); n > 0 {
		return fmt.Errorf("posthog-go lost %d events", n)
	}
	return nil
}

// failures counts what posthog-go could not send.
type failures struct{ atomic.Int64 }

func (f *failures) Success(posthog.APIMessage)        {}
func (f *failures) Failure(posthog.APIMessage, error) { f.Add(1) }

func byHand(span sdktrace.ReadOnlySpan) posthog.Capture {
	p := posthog.NewProperties().
		Set("$ai_trace_id", span.SpanContext().TraceID().String()).
		Set("$ai_span_id", span.SpanContext().SpanID().String()).
		Set("$ai_parent_id", span.Parent().SpanID().String()).
		Set("$ai_span_name", span.Name()).
		Set("$ai_latency", span.EndTime().Sub(span.StartTime()).Seconds())
	distinctID := ""
	for _, kv := range span.Attributes() {
		switch key := string(kv.Key); {
		case key == "posthog.distinct_id":
			distinctID = kv.Value.AsString()
		case key == "gen_ai.input.messages":
			p.Set("$ai_input", json.RawMessage(kv.Value.AsString()))
		case key == "gen_ai.output.messages":
			p.Set("$ai_output_choices", json.RawMessage(kv.Value.AsString()))
		default:
			p.Set(strings.Replace(key, "gen_ai.", "$ai_", 1), kv.Value.AsInterface())
		}
	}
	return posthog.Capture{Event: "$ai_generation", DistinctId: distinctID, Timestamp: span.EndTime(), Properties: p}
}
