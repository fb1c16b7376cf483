package redact_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/redact"
)

// pieces is what the rules look at. Texts made of them come closer to the edges
// of the rules than what a fuzzer finds in a short time.
func pieces(r *rand.Rand) []string {
	return []string{
		"data:", ";base64,", "image/png", "image\\/png", "AAAA", "a", "Z", "7", "=", "==", "+", "/", "-", "_", " ", "\n", "\r\n", "\n    ", "\t", ",", ".",
		`\`, `\\`, `"`, `\"`, `\/`, `\n`, `\\r\\n`, `\u00`, `\u00da`, `\u002b`, `\u000a`, "u", "2B", "%", "%25", "%2B", "%3D", "%0A", "&", "&#", "43;", "&#x2F;", ";",
		"[", "]", "{", "}", "[base64 redacted]", "[base64 image/png redacted]", "[base64 ", " redacted]", "words of a text", "camelCaseWords", "自然", "\xff",
		strings.Repeat("A", 1+r.IntN(300)), strings.Repeat("x", 1+r.IntN(100)), b64(r.Uint64(), 1+r.IntN(60)), b64(r.Uint64(), 20+r.IntN(200)),
		b64(r.Uint64(), 257), b64(r.Uint64(), 48)[:48], b64(r.Uint64(), 48)[:47], b64(r.Uint64(), 192)[:255], b64(r.Uint64(), 192), wrap(b64(r.Uint64(), 200), 60, "\n"),
	}
}

func TestStringOfAnything(t *testing.T) {
	t.Parallel()
	runs, err := strconv.Atoi(os.Getenv("REDACT_RUNS"))
	if err != nil {
		runs = 1000
	}
	r := rand.New(rand.NewPCG(uint64(runs), 1))
	for range runs {
		vocabulary := pieces(r)
		var b strings.Builder
		for range 1 + r.IntN(30) {
			b.WriteString(vocabulary[r.IntN(len(vocabulary))])
		}
		in := b.String()
		out, _ := redact.String(in)
		again, _ := redact.String(out)
		require.Equal(t, out, again, "twice is once, of %q", in)
		require.LessOrEqual(t, len(out), 2*len(in))
		require.False(t, utf8.ValidString(in) && !utf8.ValidString(out))

		quoted, err := json.Marshal(map[string]string{"a": in, "b": in})
		require.NoError(t, err)
		out, _ = redact.String(string(quoted))
		require.True(t, json.Valid([]byte(out)), "%q of %q", out, quoted)
		again, _ = redact.String(out)
		require.Equal(t, out, again, "twice is once, of %q", quoted)
	}
}
