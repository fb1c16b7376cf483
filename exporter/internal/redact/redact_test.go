package redact_test

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/redact"
)

func ExampleString() {
	text, changed := redact.String("![logo](data:image/png;base64,iVBORw0KGgo=) is our logo.")
	fmt.Println(text, changed)
	// Output: ![logo]([base64 image/png redacted]) is our logo. true
}

// noise returns n reproducible random bytes.
func noise(seed uint64, n int) []byte {
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16)})
	b := make([]byte, n)
	_, _ = r.Read(b)
	return b
}

// b64 returns n random bytes as base64.
func b64(seed uint64, n int) string { return base64.StdEncoding.EncodeToString(noise(seed, n)) }

// wrap breaks s into lines.
func wrap(s string, width int, sep string) string {
	var lines []string
	for len(s) > width {
		lines, s = append(lines, s[:width]), s[width:]
	}
	return strings.Join(append(lines, s), sep)
}

func TestString(t *testing.T) {
	t.Parallel()
	payload := b64(1, 300)
	urlSafe := base64.RawURLEncoding.EncodeToString(noise(1, 301))
	hexes := hex.EncodeToString(noise(2, 257))
	for _, tt := range []struct{ name, in, want string }{
		{"a data URI, however short", "see data:image/png;base64,AAAA there", "see [base64 image/png redacted] there"},
		{"Markdown around stays", "![x](data:image/png;base64,AAAA)", "![x]([base64 image/png redacted])"},
		{"HTML around stays", `<img src="data:image/gif;base64,R0lGODlh+/A=" alt="x">`, `<img src="[base64 image/gif redacted]" alt="x">`},
		{"CSS around stays", "url(data:font/woff2;base64,d09GMg==)", "url([base64 font/woff2 redacted])"},
		{"the dots of an abbreviation stay", "data:image/png;base64,iVBORw0...", "[base64 image/png redacted]..."},
		{"parameters", "data:text/plain;charset=utf-8;name=a(1).txt;base64,SGk=", "[base64 text/plain redacted]"},
		{"no mime type", "data:;base64,SGk=", "[base64 redacted]"},
		{"an invalid mime type", "data:<b>;base64,SGk=", "data:<b>;base64,SGk="},
		{"percent-encoded data", "data:image/png;base64,iVBO%2BRw0%2FKGgo%3D&x=1", "[base64 image/png redacted]&x=1"},
		{"twice percent-encoded data", "data:image/png;base64,iVBO%252BRw0%252FKGgo%253D&x=1", "[base64 image/png redacted]&x=1"},
		{"HTML references", "data:image/png;base64,iVBO&#43;Rw0&#x2F;KGgo&#61; x", "[base64 image/png redacted] x"},
		{"URL-safe data", "data:image/png;base64,iV-O_w0 x", "[base64 image/png redacted] x"},
		{"in JSON with escaped slashes", `{"a":"data:image\/svg+xml;base64,iV\/\/Rw="}`, `{"a":"[base64 image/svg+xml redacted]"}`},
		{"in JSON in JSON", `{"a":"{\"b\":\"data:image\\\/png;base64,iV\\\/\\u002bRw\\u003d\"}"}`, `{"a":"{\"b\":\"[base64 image/png redacted]\"}"}`},
		{"wrapped data behind a shorter first line", "data:image/png;base64,AAAA\r\n" + wrap(payload, 76, "\r\n") + "\r\nBye", "[base64 image/png redacted]\r\nBye"},
		{"two", "data:a/b;base64,AAAA data:c/d;base64,AAAA", "[base64 a/b redacted] [base64 c/d redacted]"},
		{"no data", "say data:image/png;base64, and then the data", "say data:image/png;base64, and then the data"},
		{"a placeholder for data", "data:image/png;base64,${data}", "data:image/png;base64,${data}"},
		{"a data URI that is not base64", "data:text/plain,hello;base64,AAAA", "data:text/plain,hello;base64,AAAA"},
		{"the mark alone", "accept;base64,AAAA", "accept;base64,AAAA"},
		{"an escape sequence that ends in da", `"\u00data:;base64,AAAA"`, `"\u00data:;base64,AAAA"`},

		{"bare", "Result: " + payload + ", done", "Result: [base64 redacted], done"},
		{"bare and URL-safe", "Result: " + urlSafe + ", done", "Result: [base64 redacted], done"},
		{"at the end of a path, URL-safe", "https://example.com/my-files/" + urlSafe + "?q", "https://example.com/my-files/[base64 redacted]?q"},
		{"with a mark but no head", "base64," + payload, "base64,[base64 redacted]"},
		{"in PEM", "-----BEGIN X-----\n" + wrap(payload, 64, "\n") + "\n-----END X-----", "-----BEGIN X-----\n[base64 redacted]\n-----END X-----"},
		{"indented", "key: |\n    " + wrap(payload, 60, "\n    ") + "\nnext: 1", "key: |\n    [base64 redacted]\nnext: 1"},
		{"wrapped behind a word", "begin\n" + wrap(payload, 76, "\n") + "\nThanks\n", "begin\n[base64 redacted]\nThanks\n"},
		{"wrapped without padding", wrap(urlSafe, 76, "\n") + "\nThe end", "[base64 redacted]\nThe end"},
		{"the line after an unwrapped one", payload + "\nv2\n", "[base64 redacted]\nv2\n"},
		{"wrapped and escaped", `{"a":"` + wrap(payload, 64, `\n`) + `\n"}`, `{"a":"[base64 redacted]\n"}`},
		{"wrapped and doubly escaped", `{"a":"{\"b\":\"` + wrap(payload, 64, `\\r\\n`) + `\"}"}`, `{"a":"{\"b\":\"[base64 redacted]\"}"}`},
		{"slashes escaped", `["` + strings.ReplaceAll(payload, "/", `\/`) + `"]`, `["[base64 redacted]"]`},
		{"plus escaped, as .NET does", `["` + strings.ReplaceAll(payload, "+", `\u002B`) + `"]`, `["[base64 redacted]"]`},
		{"percent-encoded", "q=" + strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(payload) + "&r=1", "q=[base64 redacted]&r=1"},
		{"wrapped at 40", "begin\n" + wrap(payload, 40, "\n") + "\nThanks\n", "begin\n[base64 redacted]\nThanks\n"},
		{"wrapped at 40 and indented", "key: |\n    " + wrap(payload, 40, "\n    ") + "\nnext: 1", "key: |\n    [base64 redacted]\nnext: 1"},
		{"wrapped at 40 and escaped", `{"a":"` + wrap(payload, 40, `\n`) + `\n"}`, `{"a":"[base64 redacted]\n"}`},
		{"wrapped at 44", wrap(payload, 44, "\r\n") + "\r\nBye", "[base64 redacted]\r\nBye"},
		{"quoted in a mail", "He wrote:\n> " + wrap(payload, 76, "\n> ") + "\nBye", "He wrote:\n> [base64 redacted]\nBye"},
		{"quoted twice", "He wrote:\n> > " + wrap(payload, 60, "\n> > ") + "\n> Bye", "He wrote:\n> > [base64 redacted]\n> Bye"},
		{"quoted and wrapped at 40", "> " + wrap(payload, 40, "\n> ") + "\n", "> [base64 redacted]\n"},
		{"literals one below the other", `s = "` + wrap(payload, 60, "\"\n    \"") + `"`, `s = "[base64 redacted]"`},
		{"literals with plus", `s = "` + wrap(payload, 60, "\" +\n    \"") + `";`, `s = "[base64 redacted]";`},
		{"literals in JSON", `{"a":"s = \"` + wrap(payload, 60, `\" +\n\"`) + `\""}`, `{"a":"s = \"[base64 redacted]\""}`},
		{"hexadecimal", "dump " + hexes + ".", "dump [base64 redacted]."},
		{"capital hexadecimal", "dump 0x" + strings.ToUpper(hexes) + ".", "dump [base64 redacted]."},
		{"hexadecimal as xxd -p writes it", wrap(hexes, 60, "\n") + "\nBye", "[base64 redacted]\nBye"},
		{"base32", "dump " + base32.StdEncoding.EncodeToString(noise(3, 257)) + " end", "dump [base64 redacted] end"},
		{"wrapped base32", wrap(base32.StdEncoding.EncodeToString(noise(3, 257)), 76, "\n") + "\n", "[base64 redacted]\n"},
		{"a name with base64", "gen_ai.prompt." + payload + ".content", "gen_ai.prompt.[base64 redacted].content"},
		{"zero bytes that padding ends", base64.StdEncoding.EncodeToString(make([]byte, 257)), "[base64 redacted]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, changed := redact.String(tt.in)
			require.Equal(t, tt.want, got)
			require.Equal(t, got != tt.in, changed)
			require.False(t, changed && !redact.Suspect(tt.in), "Suspect must not deny what String finds")
			again, changed := redact.String(got)
			require.False(t, changed)
			require.Equal(t, got, again)
		})
	}
}

// The cost of a text must not grow faster than the text: what would be hours
// for a quadratic rule is a moment here.
func TestStringTakesLinearTime(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	line := strings.Repeat("ab", 30) + "\n"
	for name, unit := range map[string]string{
		"heads without data":        "data:image/png;",
		"marks":                     ";base64,",
		"heads and marks":           "data:;base64,",
		"marks behind one head":     ";base64,A",
		"backslashes":               `\`,
		"percent signs":             "%25",
		"references":                "&#4",
		"letters":                   "a",
		"lines":                     line,
		"lines ever again too long": line + strings.Repeat("x", 61) + "\n",
		"runs just too short":       strings.Repeat("aB3", 85) + " ",
		"runs of two alphabets":     strings.Repeat("aB3", 80) + "-+",
		"breaks":                    "\n",
		"indentation":               "\n" + strings.Repeat(" ", 5000),
		"padding":                   "=",
		"notes":                     "[base64 redacted]",
		"quoted lines":              "> " + line,
		"literals":                  `"` + line[:60] + "\" +\n",
		"literals that never go on": line[:60] + `"` + strings.Repeat(" ", 5000),
		"quotes":                    line[:60] + `\"`,
		"short lines":               strings.Repeat("aB3x", 10) + "\n",
		"lines of hexadecimal":      strings.Repeat("a1", 30) + "\n",
		"hexadecimal that ends":     strings.Repeat("a1", 256) + "g",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := "data:" + strings.Repeat(unit, size/len(unit))
			out, _ := redact.ReplaceAll(in)
			require.LessOrEqual(t, len(out), 2*len(in))
			redact.Suspect(in)
		})
	}
}

func prose(n int) string {
	words := strings.Fields(english)
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		b.WriteString(words[(i*i+7*i)%len(words)])
		b.WriteString([]string{" ", " ", " ", ", ", ". ", " ", "\n"}[i%7])
	}
	return b.String()[:n]
}

func BenchmarkSuspect(b *testing.B) {
	for name, text := range map[string]string{
		"Prose": prose(64 << 10), "JSON": `{"role":"user","content":"` + strings.ReplaceAll(prose(64<<10), "\n", `\n`) + `"}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if redact.Suspect(text) {
					b.Fatal("prose is not suspect")
				}
			}
		})
	}
}

func BenchmarkString(b *testing.B) {
	text := prose(64 << 10)
	for name, text := range map[string]string{
		"Prose": text, "Image": text + " data:image/png;base64," + b64(1, 64<<10), "Bare": text + " " + b64(1, 64<<10),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				redact.String(text)
			}
		})
	}
}
