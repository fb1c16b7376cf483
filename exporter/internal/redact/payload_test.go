package redact_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/redact"
)

// payloads make binary content of at least n bytes.
var payloads = map[string]struct {
	make func(r *rand.Rand, n int) []byte
	// misses is how many of 1000 payloads of 257 bytes may stay, where both aims
	// of the package collide.
	misses int
}{
	"random":     {make: func(r *rand.Rand, n int) []byte { return noise(r.Uint64(), n) }},
	"compressed": {make: func(r *rand.Rand, n int) []byte { return compressed(spelled(r, english, 2*n, separated(" "))) }},
	"a PNG":      {make: func(r *rand.Rand, n int) []byte { return picture(r, n, png.Encode) }},
	"a JPEG": {make: func(r *rand.Rand, n int) []byte {
		return picture(r, n, func(w *bytes.Buffer, m image.Image) error { return jpeg.Encode(w, m, nil) })
	}},
	"a silent WAV": {make: func(r *rand.Rand, n int) []byte { return append(wavHead(r), make([]byte, n)...) }},
	"a WAV": {make: func(r *rand.Rand, n int) []byte {
		b := wavHead(r)
		for i := range n {
			b = binary.LittleEndian.AppendUint16(b, uint16(int16(1000*math.Sin(float64(i)/9))))
		}
		return b
	}},
	"a white BMP": {make: func(_ *rand.Rand, n int) []byte { return append(bmpHead(), bytes.Repeat([]byte{0xff}, n)...) }},
	"a black BMP": {make: func(_ *rand.Rand, n int) []byte { return append(bmpHead(), make([]byte, n)...) }},
	"English":     {make: func(r *rand.Rand, n int) []byte { return []byte(spelled(r, english, n, separated(" "))) }},
	"capitals": {make: func(r *rand.Rand, n int) []byte {
		return []byte(strings.ToUpper(spelled(r, english, n, separated(" "))))
	}},
	"letters":      {make: func(r *rand.Rand, n int) []byte { return []byte(pick(r, "abcdefghijklmnopqrstuvwxyz", n)) }, misses: 2},
	"digits":       {make: func(r *rand.Rand, n int) []byte { return []byte(pick(r, "0123456789", n)) }},
	"hex":          {make: func(r *rand.Rand, n int) []byte { return []byte(pick(r, "0123456789abcdef", n)) }},
	"DNA":          {make: func(r *rand.Rand, n int) []byte { return []byte(pick(r, "ACGT", n)) }},
	"base64 again": {make: func(r *rand.Rand, n int) []byte { return []byte(b64(r.Uint64(), n)) }},
	"JSON": {make: func(r *rand.Rand, n int) []byte {
		text, _ := json.Marshal(map[string]any{"id": r.IntN(1e6), "name": spelled(r, english, 3, separated(" ")), "ok": true, "values": r.Perm(n)})
		return text
	}},
	"Go": {make: func(r *rand.Rand, n int) []byte { return cutOf(r, "media.go", n) }},
	"UTF-16": {make: func(r *rand.Rand, n int) []byte {
		return bytes.Join(bytes.Split(cutOf(r, "media.go", n), nil), []byte{0})
	}},
	"Russian": {make: script('а', 'я')},
	"Greek":   {make: script('α', 'ω'), misses: 5},
	"Arabic":  {make: script('ا', 'ي')},
	"Thai":    {make: script('ก', 'ฮ')},
	"Hindi":   {make: script('अ', 'ह'), misses: 10},
	"Chinese": {make: script(0x4e00, 0x9fa5), misses: 30},
	"Korean":  {make: script(0xac00, 0xd7a3), misses: 30},
	"kana":    {make: script('ぁ', 'ゖ'), misses: 10},
	"a program": {make: func(r *rand.Rand, n int) []byte {
		path, _ := os.Executable()
		return cutOf(r, path, n)
	}, misses: 30},
	"small integers": {make: func(r *rand.Rand, n int) []byte {
		var b []byte
		for range n/4 + 1 {
			b = binary.LittleEndian.AppendUint32(b, r.Uint32N(200))
		}
		return b
	}},
	"floats": {make: func(r *rand.Rand, n int) []byte {
		var b []byte
		for range n/4 + 1 {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(r.NormFloat64())))
		}
		return b
	}},
	"a bitmap":    {make: bytesOf(0, 255)},
	"a mask":      {make: bytesOf(0, 1), misses: 5},
	"small bytes": {make: bytesOf(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)},
	"a counter": {make: func(_ *rand.Rand, n int) []byte {
		var b []byte
		for i := range n {
			b = append(b, byte(i))
		}
		return b
	}},
	"one byte in ten": {make: func(r *rand.Rand, n int) []byte {
		b := make([]byte, n)
		for i := range b {
			if r.IntN(10) == 0 {
				b[i] = byte(r.IntN(256))
			}
		}
		return b
	}, misses: 10},
}

func TestNoPayloadGetsThrough(t *testing.T) {
	t.Parallel()
	const tries = 100
	for name, kind := range payloads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(5, 6))
			missed := 0
			for range tries {
				content := kind.make(r, 257)
				if len(content) < 400 {
					content = content[:257]
				}
				for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
					in := "see " + encoding.EncodeToString(content) + " there"
					out, changed := redact.String(in)
					if !changed {
						missed++
						continue
					}
					require.Equal(t, "see [base64 redacted] there", out)
				}
			}
			require.LessOrEqual(t, 1000*missed, 2*tries*kind.misses, "%d of %d stayed", missed, 2*tries)
		})
	}
}

// However a payload is written into a text, all of it is found: wrapped, and
// escaped for JSON, for JSON inside JSON, for URLs.
func TestNoPayloadGetsThroughInAnyWriting(t *testing.T) {
	t.Parallel()
	quoted := func(s string) string {
		q, err := json.Marshal(s)
		require.NoError(t, err)
		return string(q)
	}
	slashes := func(s string) string { return strings.ReplaceAll(s, "/", `\/`) }
	writings := map[string]func(string) string{
		"plain":           func(s string) string { return s },
		"JSON":            quoted,
		"JSON, slashes":   func(s string) string { return slashes(quoted(s)) },
		"JSON in JSON":    func(s string) string { return quoted(`{"a":` + slashes(quoted(s)) + `}`) },
		"JSON four times": func(s string) string { return quoted(quoted(quoted(slashes(quoted(s))))) },
		"URL":             strings.NewReplacer("+", "%2B", "/", "%2f", "=", "%3D", "\r", "%0D", "\n", "%0A").Replace,
		"URL twice":       strings.NewReplacer("+", "%252B", "/", "%252F", "=", "%253D", "\r", "%250D", "\n", "%250A").Replace,
		"HTML":            strings.NewReplacer("+", "&#43;", "/", "&#x2F;", "=", "&#61;").Replace,
		".NET":            strings.NewReplacer("+", `\u002B`, "/", `\u002F`, "\n", `\u000a`).Replace,
	}
	wrappings := map[string]func(string) string{
		"one line":     func(s string) string { return s },
		"MIME":         func(s string) string { return wrap(s, 76, "\r\n") },
		"PEM":          func(s string) string { return wrap(s, 64, "\n") },
		"Ruby":         func(s string) string { return wrap(s, 60, "\n") },
		"YAML":         func(s string) string { return wrap(s, 70, "\n      ") },
		"at 40":        func(s string) string { return wrap(s, 40, "\n") },
		"in a mail":    func(s string) string { return "> " + wrap(s, 76, "\n> ") },
		"literals":     func(s string) string { return `s = "` + wrap(s, 60, "\" +\n\"") + `"` },
		"behind a tag": func(s string) string { return "text: " + s[:70] + "\n" + wrap(s[70:], 76, "\n") },
	}
	encodings := map[string]*base64.Encoding{
		"standard": base64.StdEncoding, "standard, raw": base64.RawStdEncoding,
		"URL-safe": base64.URLEncoding, "URL-safe, raw": base64.RawURLEncoding,
	}
	for writing, write := range writings {
		for wrapping, wrapped := range wrappings {
			for name, encoding := range encodings {
				t.Run(writing+"/"+wrapping+"/"+name, func(t *testing.T) {
					t.Parallel()
					for seed := range uint64(20) {
						in := write(wrapped(encoding.EncodeToString(noise(seed, 257+int(seed)))))
						out, _ := redact.String(in)
						require.Contains(t, out, "[base64 redacted]")
						// The last few characters can look like a word on a line of its own.
						require.Less(t, len(out), 140, out)
						require.Equal(t, json.Valid([]byte(in)), json.Valid([]byte(out)))
					}
				})
			}
		}
	}
}

// What others write directly before or behind a payload must not hide it.
func TestNoPayloadGetsThroughBesideOrdinaryText(t *testing.T) {
	t.Parallel()
	for name, text := range ordinary {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(7, 8))
			for range 10 {
				payload := b64(r.Uint64(), 300)
				out, _ := redact.String(text(r) + payload + text(r))
				for i := 0; i+64 <= len(payload); i++ {
					require.NotContains(t, out, payload[i:i+64])
				}
			}
		})
	}
}

// Other ways to write bytes, from 257 bytes on, whatever the bytes are.
func TestNoPayloadGetsThroughInOtherEncodings(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 10))
	for _, name := range []string{"random", "compressed", "a PNG", "a JPEG", "English", "JSON", "Go", "Russian", "Chinese", "Hindi", "floats"} {
		for range 50 {
			content := payloads[name].make(r, 400)
			for _, written := range []func([]byte) string{
				hex.EncodeToString, func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) },
				base32.StdEncoding.EncodeToString, base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString,
			} {
				out, _ := redact.String("see " + written(content[:257]) + " there")
				require.Equal(t, "see [base64 redacted] there", out, name)
				for _, width := range []int{60, 76} {
					out, _ := redact.String("see\n" + wrap(written(content[:400]), width, "\n") + "\nthere")
					require.Contains(t, out, "see\n[base64 redacted]")
					// The last few characters can look like a word on a line of its own.
					require.Less(t, len(out), 110, name)
				}
			}
		}
	}
}

func compressed(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.Bytes()
}

// picture draws something of at least n pixels.
func picture[W any](r *rand.Rand, n int, encode func(W, image.Image) error) []byte {
	side := int(math.Sqrt(float64(n))) + 16
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side * side / 4 {
		m.Set(i%side, r.IntN(side), color.RGBA{byte(i), byte(r.IntN(9)), 7, 255})
	}
	var b bytes.Buffer
	_ = encode(any(&b).(W), m)
	return b.Bytes()
}

func wavHead(r *rand.Rand) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), r.Uint32N(1e5))
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x44\xac\x00\x00\x88\x58\x01\x00\x02\x00\x10\x00data"...)
	return binary.LittleEndian.AppendUint32(b, r.Uint32N(1e5))
}

func bmpHead() []byte {
	return append([]byte("BM\xe6\x04\x00\x00\x00\x00\x00\x006\x00\x00\x00\x28\x00\x00\x00\x14\x00\x00\x00\x14\x00\x00\x00\x01\x00\x18\x00\x00\x00\x00\x00\xb0\x04\x00\x00\x13\x0b\x00\x00\x13\x0b\x00\x00"), make([]byte, 8)...)
}

func bytesOf(values ...byte) func(*rand.Rand, int) []byte {
	return func(r *rand.Rand, n int) []byte { return []byte(pick(r, string(values), n)) }
}

// script makes text of one script, with spaces, which shift the three bytes of
// a base64 group against the characters.
func script(from, to rune) func(*rand.Rand, int) []byte {
	return func(r *rand.Rand, n int) []byte {
		var b strings.Builder
		for b.Len() < n {
			if r.IntN(7) == 0 {
				b.WriteByte(' ')
			}
			b.WriteRune(from + r.Int32N(to-from+1))
		}
		return []byte(b.String())
	}
}

// cutOf cuts n bytes out of a file.
func cutOf(r *rand.Rand, path string, n int) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	b := make([]byte, n)
	_, _ = f.ReadAt(b, r.Int64N(info.Size()-int64(n)))
	return b
}
