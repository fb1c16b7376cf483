package pii

import "strings"

const (
	begin     = "-----BEGIN "
	endMark   = "-----END "
	dashes    = "-----"
	maxHeader = 64
	// minBody is how much base64 makes a block of a key and not of an example.
	minBody = 40
)

// findPrivateKey finds blocks between BEGIN and END PRIVATE KEY, and what is left
// of one whose end was cut off.
func findPrivateKey(s string, from int, m *meter) (start, end int) {
	for {
		start = indexFrom(s, begin, from, m)
		if start < 0 {
			return -1, -1
		}
		from = start + len(begin)
		header := headerEnd(s, from)
		m.add(maxHeader)
		if header < 0 || !strings.Contains(s[from:header], "PRIVATE KEY") {
			continue
		}
		// The body has no dashes: what comes next of them ends it.
		next := indexFrom(s, dashes, header, m)
		if next >= 0 && strings.HasPrefix(s[next:], endMark) {
			end := headerEnd(s, next+len(endMark))
			// A note in the body stands for what was found there before.
			if end >= 0 && strings.Contains(s[next:end], "PRIVATE KEY") && bodyLen(s[header:next]) >= minBody && strings.IndexByte(s[header:next], '[') < 0 {
				return start, end
			}
		}
		from = header
		if end := cutBody(s, header, m); bodyLen(s[header:end]) >= minBody {
			return start, end
		}
	}
}

// indexFrom is strings.Index for s[from:].
func indexFrom(s, sub string, from int, m *meter) int {
	i := strings.Index(s[from:], sub)
	if i < 0 {
		m.add(len(s) - from)
		return -1
	}
	m.add(i + len(sub))
	return from + i
}

// headerEnd returns the index behind the five dashes that end a header whose
// label starts at s[i], or -1.
func headerEnd(s string, i int) int {
	label := s[i:min(len(s), i+maxHeader)]
	n := strings.Index(label, dashes)
	if n < 0 {
		return -1
	}
	for j := range n {
		if c := label[j]; c != ' ' && !is(c, upper|digit) {
			return -1
		}
	}
	return i + n + len(dashes)
}

// bodyLen returns how many characters of base64 are in rows of at least 16. A
// row may be the only one, and rows be short, but words are shorter.
func bodyLen(s string) (n int) {
	for i := 0; i < len(s); {
		end := i
		for end < len(s) && (is(s[end], alnum) || s[end] == '+' || s[end] == '/') {
			end++
		}
		if end-i >= minRun {
			n += end - i
		}
		i = end + 1
	}
	return n
}

// cutBody returns where a body that starts at s[i] and has no END ends.
func cutBody(s string, i int, m *meter) int {
	start := i
	for ; i < len(s); i++ {
		c := s[i]
		if c == '\n' || c == '\r' || c == '\\' && (at(s, i+1) == 'n' || at(s, i+1) == 'r' || at(s, i+1) == '\\') {
			continue
		}
		if !is(c, alnum) && strings.IndexByte("+/= \t", c) < 0 {
			break
		}
	}
	m.add(i - start)
	return start + len(strings.TrimRight(s[start:i], "\\ \t\r\n"))
}
