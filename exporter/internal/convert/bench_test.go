package convert_test

import (
	"fmt"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

// BenchmarkBatch converts and encodes 100 generations with messages of 1, 8 and
// 64 KB.
func BenchmarkBatch(b *testing.B) {
	for _, kb := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("%dKB", kb), func(b *testing.B) {
			spans := make([]sdktrace.ReadOnlySpan, 100)
			for i := range spans {
				spans[i] = spantest.Generation(i, kb<<10)
			}
			var buf []byte
			converter := convert.New(convert.Options{})
			b.ReportAllocs()
			for b.Loop() {
				buf = buf[:0]
				events := converter.Batch(spans)
				for i := range events {
					buf = events[i].Append(buf)
				}
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}
