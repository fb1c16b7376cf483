package redact_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/redact"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

func TestValue(t *testing.T) {
	t.Parallel()
	bare := b64(1, 300)
	str := attribute.StringValue
	for _, tt := range []struct {
		name    string
		in      attribute.Value
		want    string // as JSON
		changed bool
	}{
		{"a text", str("x " + bare), `"x [base64 redacted]"`, true},
		{"a text without a payload", str("x"), `"x"`, false},
		{"a JSON text with a media object", str(`{"type":"blob","content":"AAAA"}`), `"{\"type\":\"blob\",\"content\":\"[base64 redacted]\"}"`, true},
		{
			"a JSON text with a media object in a text", str(`{"body":"{\"type\":\"blob\",\"content\":\"` + strings.Repeat("A", 400) + `\"}"}`),
			`"{\"body\":\"{\\\"type\\\":\\\"blob\\\",\\\"content\\\":\\\"[base64 redacted]\\\"}\"}"`, true,
		},
		{"texts", attribute.StringSliceValue([]string{"x", bare}), `["x","[base64 redacted]"]`, true},
		{"texts without a payload", attribute.StringSliceValue([]string{"x", "y"}), `["x","y"]`, false},
		{"bytes", attribute.ByteSliceValue(make([]byte, 257)), `"[bytes redacted]"`, true},
		{"few bytes", attribute.ByteSliceValue([]byte{1, 2}), `"0102"`, false},
		{"256 bytes", attribute.ByteSliceValue(make([]byte, 256)), `"` + strings.Repeat("00", 256) + `"`, false},
		{"a list", attribute.SliceValue(attribute.IntValue(1), str(bare), attribute.ByteSliceValue(make([]byte, 300))), `[1,"[base64 redacted]","[bytes redacted]"]`, true},
		{
			"a map", attribute.MapValue(
				attribute.Bool("b", true), attribute.Float64("f", 1.5), attribute.Float64("huge", 1e300), attribute.Float64("none", math.NaN()),
				attribute.Int64("i", math.MaxInt64), attribute.String("s", bare), attribute.Slice("t", attribute.BoolValue(false), attribute.Value{})),
			`{"b":true,"f":1.5,"huge":1e+300,"i":9223372036854775807,"none":null,"s":"[base64 redacted]","t":[false,null]}`, true,
		},
		{"a key of a map", attribute.MapValue(attribute.Int64(bare, 1)), `{"[base64 redacted]":1}`, true},
		{"a map without a payload", attribute.MapValue(attribute.Int64("i", 1), attribute.Float64("f", 2)), `{"f":2,"i":1}`, false},
		{"bytes in a map", attribute.MapValue(attribute.Map("m", attribute.ByteSlice("b", make([]byte, 300)))), `{"m":{"b":"[bytes redacted]"}}`, true},
		{
			"a media object", attribute.MapValue(attribute.String("type", "blob"), attribute.String("mime_type", "image/png"), attribute.ByteSlice("content", []byte{137, 80})),
			`{"content":"[base64 image/png redacted]","mime_type":"image/png","type":"blob"}`, true,
		},
		{
			"a large media object", attribute.MapValue(attribute.String("type", "blob"), attribute.String("mime_type", "image/png"), attribute.ByteSlice("content", make([]byte, 300))),
			`{"content":"[base64 image/png redacted]","mime_type":"image/png","type":"blob"}`, true,
		},
		{"a number", attribute.IntValue(1), `1`, false},
		{"nothing", attribute.Value{}, `null`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before := string(jsontree.AppendValue(nil, tt.in))
			got, changed := redact.Value(tt.in)
			require.Equal(t, tt.want, string(jsontree.AppendValue(nil, got)))
			require.Equal(t, tt.changed, changed)
			require.Equal(t, before, string(jsontree.AppendValue(nil, tt.in)), "the span's own value is never edited")
			if !changed {
				require.Equal(t, tt.in, got)
			}
			again, changed := redact.Value(got)
			require.False(t, changed)
			require.Equal(t, got, again)
		})
	}
}

// A value can be nested more deeply than any document.
func TestValueOfAnyDepth(t *testing.T) {
	t.Parallel()
	v := attribute.StringValue(b64(1, 300))
	for range 300 {
		v = attribute.SliceValue(v)
	}
	require.NotPanics(t, func() { redact.Value(v) })
}
