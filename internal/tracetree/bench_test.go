package tracetree_test

import (
	"encoding/binary"
	"strconv"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/tracetree"
)

// large returns a trace of n spans: one in four a call, in a tree of the given
// shape.
func large(n int, parent func(i int) int) []tracetree.Span {
	spans := make([]tracetree.Span, n)
	for i := range spans {
		s := &spans[i]
		*s = tracetree.Span{Trace: trace.TraceID{1}, Start: int64(i), End: int64(2*n - i), Scope: strconv.Itoa(i % 3)}
		binary.BigEndian.PutUint64(s.ID[:], uint64(i+1))
		if i > 0 {
			binary.BigEndian.PutUint64(s.Parent[:], uint64(parent(i)+1))
		}
		if i%4 == 0 {
			s.Facts = tracetree.Facts{Kind: tracetree.Generation, Models: [2]string{"m"}, Usage: tracetree.Usage{Input: 5, Output: 1}}
		}
	}
	return spans
}

// BenchmarkResolve shows what a span costs. It should cost about the same in a
// trace of any size and shape.
func BenchmarkResolve(b *testing.B) {
	for name, parent := range map[string]func(int) int{
		"chain": func(i int) int { return i - 1 },
		"star":  func(int) int { return 0 },
		"tree":  func(i int) int { return i / 2 },
	} {
		for _, n := range []int{3, 10, 100, 1_000, 10_000, 100_000} {
			b.Run(name+"/"+strconv.Itoa(n), func(b *testing.B) {
				var r tracetree.Resolver
				spans := large(n, parent)
				b.ReportAllocs()
				for b.Loop() {
					r.Resolve(spans, tracetree.Options{})
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/span")
			})
		}
	}
}
