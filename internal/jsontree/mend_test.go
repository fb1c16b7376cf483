package jsontree_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// TestMend reads documents that are broken in the ways in which real ones are.
func TestMend(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a":"half \ud83d"}`:              "{\"a\":\"half \uFFFD\"}",
		`{"a":"\udc00 half","b":1}`:        "{\"a\":\"\uFFFD half\",\"b\":1}",
		"[\"\xff\"]":                       "[\"\uFFFD\"]",
		`{"model":"m","usage":{"input":1,`: `{"model":"m","usage":{"input":1}}`,
		`{"model":"m","text":"cut he`:      `{"model":"m"}`,
		`[{"role":"user","content":"u"},{"role":"assistant","content":"cut`: `[{"role":"user","content":"u"}]`,
		`{"messages":[{"content":"u"},{"con`:                                `{"messages":[{"content":"u"}]}`,
		`{"a":{"b":{"c":1,"d`:                                               `{"a":{"b":{"c":1}}}`,
		`{"a":1,"tokens":12`:                                                `{"a":1}`,
		`[1,2`:                                                              `[1]`,
	} {
		n, ok := jsontree.ParseContainer(text)
		require.True(t, ok, text)
		require.Equal(t, want, n.JSON(), text)
	}
	for text, cut := range map[string]bool{`{"a":1,`: true, `{"a":"\ud83d"}`: false, `{"a":1}`: false} {
		n, _ := jsontree.Parse(text)
		require.Equal(t, cut, n.Cut, text)
	}
	for _, text := range []string{`[`, `{`, `{"a":1`, `{"`, `[ERROR] it failed`, `{a}`, `[1,]`, `{"a":1}}`, `"cut`, `[{`} {
		_, ok := jsontree.ParseContainer(text)
		require.False(t, ok, text)
	}
}
