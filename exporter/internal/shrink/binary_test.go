package shrink_test

import (
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/shrink"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// image returns n bytes that do not compress, as base64.
func image(n int) string {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	raw := make([]byte, n)
	for i := range raw {
		raw[i] = byte(r.Uint32())
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// TestBinaryGoesFirst: images that were kept on purpose make room before any
// text does, wherever they are.
func TestBinaryGoesFirst(t *testing.T) {
	t.Parallel()
	picture := image(300_000)
	long := strings.Repeat("a question ", 5000)
	input := prop.Doc(semconv.PropertyInput, `[{"role":"user","content":"`+long+`"},{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,`+picture+`"}}]}]`)
	for name, more := range map[string]prop.Property{
		"messages":   prop.String("app.small", "x"),
		"text":       prop.String("app.picture", "data:image/jpeg;base64,"+picture),
		"document":   prop.Doc("app.doc", `{"picture":"data:image/jpeg;base64,`+picture+`"}`),
		"structured": prop.Any("app.list", attribute.StringSliceValue([]string{"a", "data:image/jpeg;base64," + picture})),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			small := shrink.Event(newEvent(input, more), 100_000)
			raw := string(small.Append(nil))
			require.LessOrEqual(t, len(raw), 100_000)
			require.Contains(t, raw, long, "no text is cut")
			require.NotContains(t, raw, picture[:100])
			require.NotContains(t, raw, "bytes cut")
			require.Contains(t, raw, "[base64 image/png redacted]")
			require.Equal(t, true, decode(t, small).Properties[semconv.PropertyTruncated])
		})
	}
}
