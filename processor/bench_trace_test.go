package processor_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/processor"
)

// BenchmarkRequest is a request of ten spans, one of them an AI span.
func BenchmarkRequest(b *testing.B) {
	for _, p := range []struct {
		name string
		sp   sdktrace.SpanProcessor
	}{{"Empty", nop{}}, {"Full", processor.New(nop{})}} {
		b.Run(p.name, func(b *testing.B) {
			tr := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p.sp)).Tracer("bench")
			ctx := benchContext(b, 2)
			b.ReportAllocs()
			for b.Loop() {
				ctx, root := tr.Start(ctx, "root")
				for i := range 9 {
					_, s := tr.Start(ctx, "child")
					if i == 0 {
						s.SetAttributes(chat)
					}
					s.End()
				}
				root.End()
			}
		})
	}
}

// BenchmarkTraces shows what a span costs in a trace of 10,000 spans, with 10,000
// traces open, and in a trace that does not end, an AI span in every tenth place.
func BenchmarkTraces(b *testing.B) {
	for _, size := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprintf("spans of a trace/%d", size), func(b *testing.B) {
			tr := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor.New(nop{}))).Tracer("bench")
			b.ReportAllocs()
			for b.Loop() {
				ctx, root := tr.Start(b.Context(), "root")
				for i := range size {
					startAndEnd(ctx, tr, i)
				}
				root.End()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/span")
		})
		b.Run(fmt.Sprintf("open traces/%d", size), func(b *testing.B) {
			p := processor.New(nop{})
			tr := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p)).Tracer("bench")
			open := make([]context.Context, 0, size)
			for range size {
				ctx, _ := tr.Start(b.Context(), "root")
				open = append(open, ctx)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				startAndEnd(open[i%size], tr, i)
				i++
			}
			b.ReportMetric(float64(p.Remembered()), "spans")
		})
	}
	b.Run("a long trace", func(b *testing.B) {
		p := processor.New(nop{}, processor.WithHold(time.Millisecond))
		tr := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p)).Tracer("bench")
		ctx, _ := tr.Start(b.Context(), "root")
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			startAndEnd(ctx, tr, i)
			i++
		}
		b.ReportMetric(float64(p.Remembered()), "spans")
	})
}

func startAndEnd(ctx context.Context, tr trace.Tracer, i int) {
	_, s := tr.Start(ctx, "span")
	if i%10 == 0 {
		s.SetAttributes(chat)
	}
	s.End()
}
