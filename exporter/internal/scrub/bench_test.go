package scrub_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/exporter/internal/pii"
	"github.com/otelposthog/otelposthog-go/exporter/internal/scrub"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

// BenchmarkEvent looks through an event in which nothing is found.
func BenchmarkEvent(b *testing.B) {
	for _, kb := range []int{1, 8, 64} {
		e := convert.New(convert.Options{}).Batch([]sdktrace.ReadOnlySpan{spantest.Generation(1, kb<<10)})[0]
		e.Properties = slices.Clone(e.Properties)
		for name, names := range map[string][]string{"secrets": {pii.Secrets}, "all": pii.Names()} {
			b.Run(fmt.Sprintf("%s/%dKB", name, kb), func(b *testing.B) {
				set, err := pii.New(names)
				require.NoError(b, err)
				s := scrub.New(scrub.Config{Set: set, Secrets: true})
				b.ReportAllocs()
				for b.Loop() {
					s.Event(&e)
				}
			})
		}
	}
}
