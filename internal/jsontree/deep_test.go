package jsontree_test

import (
	"bytes"
	"encoding/json"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// TestDeepValues writes values that are nested deeper than a stack of 16 MB is
// tall. PostHog takes 127 levels, of which the request needs some.
func TestDeepValues(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(16 << 20))
	const levels = 100_000
	list, object := attribute.StringValue("end"), attribute.StringValue("end")
	for range levels {
		list = attribute.SliceValue(list)
		object = attribute.MapValue(attribute.KeyValue{Key: "k", Value: object})
	}
	for name, v := range map[string]attribute.Value{
		"lists": list, "maps": object,
		"an empty map at the bottom": deep(attribute.MapValue(), 300),
		"a list beside it":           deep(attribute.SliceValue(attribute.BoolValue(true), attribute.MapValue()), 300),
	} {
		t.Run(name, func(t *testing.T) {
			written := jsontree.AppendValue(nil, v)
			require.True(t, json.Valid(written))
			require.LessOrEqual(t, depth(string(written)), jsontree.MaxDepth)
			n := jsontree.FromValue(v)
			require.True(t, string(written) == n.JSON())
			require.True(t, bytes.ContainsAny(written, `"`), "the remainder is kept as text")
			require.Greater(t, len(written), 2*300)
		})
	}
}

func deep(v attribute.Value, levels int) attribute.Value {
	for range levels {
		v = attribute.SliceValue(v)
	}
	return v
}

// TestDeepTrees puts trees into trees, as rules do that read JSON in JSON.
func TestDeepTrees(t *testing.T) {
	t.Parallel()
	n := jsontree.Str("end")
	for range 3 * jsontree.MaxDepth {
		n = jsontree.Arr(n)
	}
	require.True(t, json.Valid([]byte(n.JSON())))
	require.LessOrEqual(t, depth(n.JSON()), jsontree.MaxDepth)
	require.Contains(t, n.JSON(), "end")
}
