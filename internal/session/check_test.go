package session_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	const (
		good   = session.Valid
		empty  = session.Empty
		long   = session.TooLong
		chars  = session.Characters
		word   = session.Word
		nobody = session.NotAPerson
	)
	for _, tc := range []struct {
		value    string
		id       session.Reason
		distinct session.Reason
	}{
		{"", empty, empty},
		{idA, good, good},
		{strings.ToUpper(idA), good, good},
		{"x", good, good},
		{"1", good, good},
		{`!"#$%&'()*+-./09:;<=>?@AZ[\]^_az{|}~` + "`", good, good},
		{strings.Repeat("a", 200), good, good},
		{strings.Repeat("a", 201), long, long},
		{"a,b", chars, good},
		{"a, a", chars, good},
		{",", chars, good},
		{"Ada Lovelace", chars, good},
		{" a", chars, chars},
		{"a ", chars, chars},
		{"\ta", chars, chars},
		{"a\x00b", chars, chars},
		{"a\nb", chars, chars},
		{"a\x7fb", chars, chars},
		{"Zoë-李", chars, good},
		{strings.Repeat("ë", 100), chars, good},
		{strings.Repeat("ë", 101), long, long},
		{"a\xffb", chars, chars},
		{"a\ufffdb", chars, chars},
		{"a\u200bb", chars, chars},
		{"a\u202eb", chars, chars},
		{"a\u00a0", chars, chars},
		{"undefined", word, nobody},
		{"UNDEFINED", word, nobody},
		{"Undefined", word, nobody},
		{"null", word, nobody},
		{"none", word, nobody},
		{"nil", word, nobody},
		{"NaN", word, nobody},
		{"nan", word, nobody},
		{"[object Object]", word, nobody},
		{"[OBJECT OBJECT]", word, nobody},
		{"0", word, nobody},
		{"true", word, nobody},
		{"False", word, nobody},
		{`"undefined"`, word, nobody},
		{`'None'`, word, nobody},
		{`""`, word, nobody},
		{"anonymous", good, nobody},
		{"guest", good, nobody},
		{"user", good, nobody},
		{"system", good, nobody},
		{"backend", good, nobody},
		{"email", good, nobody},
		{"ID", good, nobody},
		{"distinct_id", good, nobody},
		{"distinctId", good, nobody},
		{"not_authenticated", good, nobody},
		{"not_authenticateds", good, good},
		{"undefined1", good, good},
		{"user-1", good, good},
		{"00", good, good},
		{`"`, good, good},
		{`'null"`, good, good},
	} {
		require.Equal(t, tc.id, session.CheckID(tc.value), "id %q", tc.value)
		require.Equal(t, tc.id == good, session.ValidID(tc.value), "id %q", tc.value)
		require.Equal(t, tc.distinct, session.CheckDistinctID(tc.value), "distinct id %q", tc.value)
	}
}

// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestCheckDoesNotAllocate(t *testing.T) {
	n := 0
	for _, v := range []string{idA, "UNDEFINED", `"None"`, "Zoë", strings.Repeat("a", 300)} {
		require.Zero(t, testing.AllocsPerRun(100, func() {
			n += len(session.CheckID(v)) + len(session.CheckDistinctID(v))
			if session.IsUUIDv7(v) {
				n++
			}
		}), v)
	}
}

func FuzzCheck(f *testing.F) {
	for _, v := range []string{"", idA, "undefined", "a, a", "Zoë", "\xff", " x ", `"0"`} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		if session.ValidID(v) {
			require.True(t, v != "" && len(v) <= session.MaxBytes)
			require.NotContains(t, v, ",")
			for i := range len(v) {
				require.True(t, v[i] > ' ' && v[i] <= '~')
			}
			require.Equal(t, session.Word, session.CheckID("undefined"))
			require.True(t, session.ValidID(strings.ToUpper(v)), "letter case decides nothing")
		}
		if session.CheckDistinctID(v) == session.Valid {
			require.True(t, v != "" && len(v) <= session.MaxBytes && utf8.ValidString(v))
			require.Equal(t, strings.TrimSpace(v), v)
			require.NotEqual(t, session.Word, session.CheckID(v), "a word is no person either")
		}
	})
}
