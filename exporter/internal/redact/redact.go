// Package redact keeps binary content in the process: base64 payloads in texts,
// and the media objects of LLM providers in JSON, become a short note such as
// "[base64 image/png redacted]".
//
// # What is replaced
//
// In a carrier that declares what it holds, everything is, however short: the
// data of a base64 data URI ([String]), and the payload of a provider's media
// object, be it base64, a byte array, a Buffer or a Uint8Array as JavaScript
// writes them ([Tree], with the table of shapes in media.go). URLs stay.
//
// Base64 that stands bare in a text is recognised from 256 characters on, so
// that the smallest payload meant, 257 bytes, is 343 or more. It may be of the
// standard or the URL-safe alphabet, with or without padding, in one piece or
// wrapped into lines of at least 48 characters or of equally long lines of 40 or
// 44, quoted as in a mail or as a literal in source code on every line, and
// escaped as in JSON (to any depth), in a URL or in HTML. The rule is about how
// letters are mixed: base64 is full of single small letters between capitals and
// digits, which words, identifiers, paths and hashes are not. See [encoded] for
// the figures.
//
// Hexadecimal of one letter case and base32 in capitals are recognised by their
// length, from 257 bytes on: 514 and 412 characters. See [uniform].
//
// # What is not
//
// Where the two aims, to let no payload through and to leave all ordinary text
// alone, cannot both be met, ordinary text wins for what people write, and the
// payload wins for what only machines write:
//
//   - A bare payload that repeats one or a few bytes only, such as nothing but
//     zeros ("AAAA..."), can look like repeated letters and stays. It goes when
//     padding ends it, or when it has a header, as images, sounds and archives do.
//     Of texts of three-byte scripts with spaces and 257 bytes, 1 in 100 stays.
//   - Hexadecimal in lines as long as a hash stays: it is a list of hashes. So
//     does what shows one or a few bytes only, such as nothing but zeros.
//   - Base32 in small letters stays.
//   - Tokens shorter than 256 characters stay; that includes most signatures
//     and the parts of most JSON Web Tokens, each of which counts alone.
//   - Public keys, certificates and longer tokens are base64 payloads and go.
//   - A payload cut into pieces of less than 256 characters by anything but
//     line breaks (a list of strings) stays.
//
// All functions are pure, take linear time, and change nothing when they are
// applied to their own result.
package redact

import "strings"

// base64Mark ends the head of a data URI.
const base64Mark = ";base64,"

// note is what stands in the place of a payload; mime may be unknown.
func note(mime string) string {
	if mime == "" {
		return "[base64 redacted]"
	}
	return "[base64 " + mime + " redacted]"
}

// isNote reports whether s is what note returns, for some mime type.
func isNote(s string) bool {
	mime, ok := strings.CutPrefix(s, "[base64 ")
	if !ok {
		return false
	}
	mime, ok = strings.CutSuffix(mime, "redacted]")
	return ok && (mime == "" || mimeType(strings.TrimSuffix(mime, " ")) != "")
}

// Suspect reports whether a text, plain or JSON, might hold something that
// [String] would replace. It may be wrong when it says yes, never when it says
// no, and costs little: it looks at a part of the bytes only.
func Suspect(s string) bool {
	if strings.Contains(s, base64Mark) {
		return true
	}
	if len(s) < minRun {
		return false
	}
	_, ok := longRun(s, 0)
	return ok
}

// String returns s with a note in the place of every base64 payload, and
// whether there was any. What stands around a payload, such as the Markdown
// around a data URI, stays. A JSON text stays JSON: no escape sequence is cut.
func String(s string) (string, bool) {
	if !Suspect(s) {
		return s, false
	}
	return replaceAll(s)
}

// replaceAll is String without the quick look first.
func replaceAll(s string) (string, bool) {
	out := replaceBare(replaceDataURIs(s))
	return out, out != s
}

// editor builds a text out of another, of which some stretches are replaced
// from left to right.
type editor struct {
	in   string
	out  strings.Builder
	done int // in[:done] is in out
	seen int // in[:seen] needs no other look
}

func (e *editor) replace(start, end int, by string) {
	e.out.WriteString(e.in[e.done:start])
	e.out.WriteString(by)
	e.done, e.seen = end, max(e.seen, end)
}

func (e *editor) text() string {
	if e.done == 0 {
		return e.in
	}
	e.out.WriteString(e.in[e.done:])
	return e.out.String()
}

// replaceBare replaces the runs that look like base64.
func replaceBare(s string) string {
	e := editor{in: s}
	for {
		long, ok := longRun(s, e.seen)
		if !ok {
			return e.text()
		}
		e.seen = long.end
		// A payload can look like one of either alphabet in parts, and show
		// only as a whole which it is: runs of both that overlap go together.
		a, b := encodedRuns(s, long, standard), encodedRuns(s, long, urlSafe)
		for len(a)+len(b) > 0 {
			if len(a) == 0 || len(b) > 0 && b[0].start < a[0].start {
				a, b = b, a
			}
			start, end := a[0].start, a[0].end
			for len(a) > 0 && a[0].start <= end || len(b) > 0 && b[0].start <= end {
				if len(a) == 0 || a[0].start > end {
					a, b = b, a
				}
				end = max(end, a[0].end)
				a = a[1:]
			}
			e.replace(start, end, note(""))
		}
	}
}

// encodedRuns returns the runs of one alphabet in a run of both that look like
// base64.
func encodedRuns(s string, within run, alphabet class) (runs []run) {
	for i := within.start; i < within.end; {
		c, size := glyph(s, i)
		if classes[c]&alphabet == 0 {
			i += size
			continue
		}
		r := readRun(s, i, alphabet, minLine)
		if r.chars >= minRun && (encoded(s, r) || writesBytes(s, r)) {
			runs = append(runs, r)
		}
		i = r.end
	}
	return runs
}
