package redact

import "strings"

// maxHead bounds what may stand between "data:" and ";base64,": a mime type and
// parameters, of which a file name can be long.
const maxHead = 512

// replaceDataURIs replaces every base64 data URI that has data.
func replaceDataURIs(s string) string {
	e := editor{in: s}
	// No look back goes beyond the mark before, or many marks would take
	// quadratic time.
	for from := 0; ; {
		mark := strings.Index(s[from:], base64Mark)
		if mark < 0 {
			return e.text()
		}
		mark += from
		data := mark + len(base64Mark)
		if start, mime, ok := dataURIHead(s, max(from, mark-maxHead), mark); ok {
			if r := readRun(s, data, standard|urlSafe, 1); r.chars > 0 {
				e.replace(start, r.end, note(mime))
				data = r.end
			}
		}
		from = data
	}
}

// dataURIHead finds the start and the mime type of the data URI whose base64
// mark is at s[mark], within s[from:].
func dataURIHead(s string, from, mark int) (start int, mime string, ok bool) {
	start = strings.LastIndex(s[from:mark], "data:")
	if start < 0 {
		return 0, "", false
	}
	start += from
	if strings.Contains(s[max(from, start-5):start], `\u`) {
		return 0, "", false // the d belongs to an escape sequence: \u00da, ta:
	}
	head := s[start+len("data:") : mark]
	if strings.ContainsAny(head, " \t\r\n\"'<>[],") {
		return 0, "", false
	}
	mime, _, _ = strings.Cut(head, ";")
	return start, mimeType(strings.ReplaceAll(mime, `\`, "")), true // JSON may write image\/png
}

// mimeType returns s when it is the type and subtype of a mime type, else "".
func mimeType(s string) string {
	kind, sub, ok := strings.Cut(s, "/")
	if !ok || len(s) > 100 || !isToken(kind) || !isToken(sub) {
		return ""
	}
	return s
}

// isToken reports whether s can be a part of a mime type (RFC 6838, section 4.2).
func isToken(s string) bool {
	for i := range len(s) {
		if classes[s[i]]&(upper|lower|digit) == 0 && strings.IndexByte("!#$&-^_.+", s[i]) < 0 {
			return false
		}
	}
	return s != ""
}
