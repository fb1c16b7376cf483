package redact_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/redact"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

var seeds = []string{
	"", "plain words", "![x](data:image/png;base64,AAAA)", `{"a":"data:image\/png;base64,iVBO\/Rw\u003d"}`,
	"data:;base64,data:;base64,A=data:x/y;base64,", `\\\\n\u00da\/%252B&#x2B;&#43`, "-----BEGIN X-----\n" + strings.Repeat("aB3x", 16) + "\n",
	strings.Repeat("A", 300) + "=", strings.Repeat("-_+/", 80), strings.Repeat("aB3", 99) + "-" + strings.Repeat("x+", 99), "[base64 image/png redacted]",
	strings.Repeat(strings.Repeat("Xq7", 20)+"\r\n\t ", 6) + "tail", `"\u00data:;base64,AAAA"`, "[base64 " + strings.Repeat("aB3", 100) + " redacted]",
	`[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]`, `{"image":{"format":"png","source":{"bytes":{"0":1}}}}`,
	"> " + strings.Repeat("aB3x", 10) + "\n> " + strings.Repeat("aB3x", 10), `"` + strings.Repeat("aB3x", 15) + "\" +\n\"", strings.Repeat("a1", 300), strings.Repeat("A2", 250) + "======",
	`{"a":"{\"type\":\"blob\",\"content\":\"AAAA\"}","b":{"type":"Buffer","data":[1]}}`,
}

// FuzzString plants a payload between two texts.
func FuzzString(f *testing.F) {
	for i, s := range seeds {
		f.Add(s, seeds[(i+5)%len(seeds)], uint64(i), byte(i))
	}
	f.Fuzz(func(t *testing.T, before, after string, seed uint64, writing byte) {
		check := func(in string) string {
			out, changed := redact.String(in)
			require.Equal(t, in != out, changed)
			again, _ := redact.String(out)
			require.Equal(t, out, again, "twice is once")
			require.LessOrEqual(t, len(out), 2*len(in), "growth")
			require.False(t, utf8.ValidString(in) && !utf8.ValidString(out), "UTF-8 stays UTF-8")
			require.False(t, json.Valid([]byte(in)) && !json.Valid([]byte(out)), "JSON stays JSON: %q", out)
			unguarded, _ := redact.ReplaceAll(in)
			require.Equal(t, unguarded, out, "Suspect never hides a payload")
			return out
		}
		check(before)
		check(after)

		escape := func(s string) string {
			if writing&1 != 0 {
				s = strings.NewReplacer("/", `\/`, "\n", `\n`).Replace(s)
			}
			if writing&2 != 0 {
				s = strings.NewReplacer("+", "%2B", "=", "%3D").Replace(s)
			}
			if writing&4 != 0 {
				s = "data:image/png;base64," + s
			}
			return s
		}
		payload := b64(seed, 270+int(seed%2000))
		width := 48 + int(seed%60)
		for _, in := range []string{before + escape(payload) + after, before + "\n" + escape(wrap(payload, width, "\n")) + "\n" + after} {
			out := check(in)
			for i := 0; i+48 <= len(payload); i += 8 {
				require.NotContains(t, out, escape(payload[i:i+48]))
			}
		}
		check(wrap(before+payload, width, "\n") + after)
	})
}

// FuzzTree does the same to documents.
func FuzzTree(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		n, ok := jsontree.Parse(in)
		if !ok {
			n = jsontree.Obj(jsontree.Member{Name: "data", Value: jsontree.Str(in)}, jsontree.Member{Name: "mime_type", Value: jsontree.Str("image/png")})
		}
		before := n.JSON()
		changed := redact.Tree(&n)
		out := n.JSON()
		require.Equal(t, before != out, changed)
		require.True(t, json.Valid([]byte(out)))
		require.LessOrEqual(t, len(out), 2*len(before)+2*len("[base64 redacted]")*strings.Count(before, ":"))
		require.False(t, redact.Tree(&n), "twice is once")
		require.Equal(t, out, n.JSON())
	})
}
