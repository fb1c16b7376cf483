package processor_test

import (
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

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
