package jsontree_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// FuzzAppendString reads back what was written. Invalid UTF-8 is replaced as
// encoding/json replaces it.
func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "a", "plain text", "eight by", "tab\there", "\"", "1234567\"", "12345678\\", "é", "\x7f", "\xff", "a\x00b", "日本\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := jsontree.AppendString(nil, s)
		require.True(t, json.Valid(got), "%q", got)
		require.True(t, utf8.Valid(got))
		var back string
		require.NoError(t, json.Unmarshal(got, &back))
		want, err := json.Marshal(s)
		require.NoError(t, err)
		var wantBack string
		require.NoError(t, json.Unmarshal(want, &wantBack))
		require.Equal(t, wantBack, back)
	})
}
