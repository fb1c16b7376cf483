// Package redact keeps binary content in the process: base64 payloads in texts,
// and the media objects of LLM providers in JSON, become a short note such as
// "[base64 image/png redacted]".
//
// # What is replaced
//
// In a carrier that declares its content, data of any length: the data of a
// base64 data URI ([String]), and the payload of a provider's media object, be
// it base64, a byte array, a Buffer or a Uint8Array as JavaScript writes them
// ([Tree], with the table of shapes in media.go). URLs stay.
//
// Bare base64 in a text from 256 characters on; the smallest payload to be
// replaced, 257 bytes, has at least 343. It may have the standard or the
// URL-safe alphabet, with or without padding, in one piece or wrapped into
// lines of at least 48 characters or of equally long lines of 40 or 44, quoted
// as in a mail or as a literal in source code on every line, and escaped as in
// JSON (to any depth), in a URL or in HTML. It is recognised by the mixture of
// letters: base64 is full of single small letters between capitals and digits;
// words, identifiers, paths and hashes are not. See [encoded] for the numbers.
//
// Hexadecimal of one letter case and base32 in capitals, by their length: from
// 257 bytes on, which is 514 and 412 characters. See [uniform].
//
// # What is not
//
// The two aims, to replace every payload and to keep all ordinary text, can
// conflict. Then text that people can have written is kept, and text that only
// machines write is replaced:
//
//   - A bare payload that repeats only a few bytes, such as zeros ("AAAA..."),
//     can look like repeated letters and is kept. It is replaced if it ends in
//     padding or has a header, as images, sounds and archives do. Of texts of
//     three-byte scripts with spaces and 257 bytes, 1 in 100 stays.
//   - Hexadecimal in lines as long as a hash is kept: it is a list of hashes.
//     Hexadecimal of only a few different bytes, such as zeros, is also kept.
//   - Base32 in small letters stays.
//   - Tokens shorter than 256 characters stay; that includes most signatures
//     and the parts of most JSON Web Tokens, each of which counts alone.
//   - Public keys, certificates and longer tokens are base64 payloads and are
//     replaced.
//   - A payload cut into pieces of less than 256 characters by anything but
//     line breaks (a list of strings) stays.
//
// All functions are pure and take linear time. Applied to their own result,
// they change nothing.
package redact

import "strings"

// base64Mark ends the head of a data URI.
const base64Mark = ";base64,"

// note replaces a payload; mime may be unknown.
func note(mime string) string {
	if mime == "" {
		return "[base64 redacted]"
	}
	return "[base64 " + mime + " redacted]"
}

// isNote reports whether s is a note.
func isNote(s string) bool {
	mime, ok := strings.CutPrefix(s, "[base64 ")
	if !ok {
		return false
	}
	mime, ok = strings.CutSuffix(mime, "redacted]")
	return ok && (mime == "" || mimeType(strings.TrimSuffix(mime, " ")) != "")
}

// Suspect reports whether a text, plain or JSON, might hold something that
// [String] would replace. True can be wrong, false never is. It is fast,
// because it reads only some of the bytes.
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
// whether there was any. Text around a payload, such as the Markdown around a
// data URI, is kept. A JSON text stays valid JSON: no escape sequence is cut.
func String(s string) (string, bool) {
	if !Suspect(s) {
		return s, false
	}
	return replaceAll(s)
}

// replaceAll is String without the fast check.
func replaceAll(s string) (string, bool) {
	out := replaceBare(replaceDataURIs(s))
	return out, out != s
}

// editor builds a copy of a text with some parts replaced, from left to right.
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
		// Parts of a payload can match either alphabet, and only the whole
		// shows which it is. So overlapping runs of both are joined.
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
