package pii

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxLocal  = 64 // RFC 5321, section 4.5.3.1
	maxDomain = 255
)

// findEmail finds addresses by their @.
func findEmail(s string, from int, m *meter) (start, end int) { return findAddress(s, "@", from, m) }

// findEncodedEmail finds addresses in URLs, which write %40.
func findEncodedEmail(s string, from int, m *meter) (start, end int) {
	return findAddress(s, "%40", from, m)
}

func findAddress(s, mark string, from int, m *meter) (start, end int) {
	for i := from; ; {
		sign := indexFrom(s, mark, i, m)
		if sign < 0 {
			return -1, -1
		}
		i = sign + len(mark)
		start = localStart(s, from, sign)
		end = domainEnd(s, i)
		m.add(sign - start + max(0, end-i) + maxLocal)
		if start < sign && end > 0 && !isUserinfo(s, start) && s[start:sign] != "git" {
			return start, end
		}
	}
}

// localStart returns where the local part before s[sign] starts, or sign.
func localStart(s string, from, sign int) int {
	stop, start := max(from, sign-maxLocal), sign
	_, foreign := lastLetter(s, sign)
	for start > stop {
		size := 1
		if c := s[start-1]; !is(c, alnum) && strings.IndexByte("._+-'", c) < 0 {
			var other bool
			if size, other = lastLetter(s, start); size == 0 || other && !foreign {
				break
			}
		}
		start -= size
	}
	if start <= stop && start > from {
		return sign // too long
	}
	if at(s, start-1) == ']' || at(s, sign-1) == '.' {
		return sign
	}
	start = min(skipEscape(s, start), sign)
	for start < sign && strings.IndexByte("'.+-", s[start]) >= 0 {
		start++
	}
	return start
}

// lastLetter returns the size of the letter beyond ASCII before s[i], 0 when
// there is none, and whether it is of a script that has no words in Latin letters
// directly beside its own.
func lastLetter(s string, i int) (size int, foreign bool) {
	r, size := utf8.DecodeLastRuneInString(s[:i])
	if r < utf8.RuneSelf || size < 2 || !unicode.IsLetter(r) && !unicode.IsMark(r) {
		return 0, false
	}
	return size, !unicode.Is(unicode.Latin, r)
}

// domainEnd returns the end of the domain that starts at s[i], or -1. It has two
// labels at least, of which the last is no number and no file's extension.
func domainEnd(s string, i int) int {
	start, end, last := i, i, i
	for labels := 1; ; labels++ {
		last = end
		end = labelEnd(s, end)
		if end == last || end-start > maxDomain {
			return -1
		}
		if at(s, end) != '.' || labelEnd(s, end+1) == end+1 {
			if labels < 2 {
				return -1
			}
			break
		}
		end++
	}
	top := s[last:end]
	if len(top) < 2 || !strings.HasPrefix(top, "xn--") && hasASCIIBeyondLetters(top) || isScaledImage(s[start:end], top) {
		return -1
	}
	if c := at(s, end); c == '(' || c == '[' || c == '.' && at(s, end+1) == '[' {
		return -1 // a method is called, or a note follows
	}
	return end
}

// labelEnd returns the end of the label that starts at s[i], i if there is none.
func labelEnd(s string, i int) int {
	start, stop, foreign := i, min(len(s), i+63), false
	for i < stop {
		if c := s[i]; c < utf8.RuneSelf {
			if !is(c, alnum) && c != '-' {
				break
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		latin := unicode.Is(unicode.Latin, r)
		if i == start {
			foreign = !latin
		}
		if !unicode.IsLetter(r) && !unicode.IsMark(r) || !latin && !foreign {
			break
		}
		i += size
	}
	if i > start && (s[start] == '-' || s[i-1] == '-') {
		return start
	}
	return i
}

func hasASCIIBeyondLetters(s string) bool {
	for i := range len(s) {
		if s[i] < utf8.RuneSelf && !is(s[i], letter) {
			return true
		}
	}
	return false
}

// isScaledImage reports whether the domain is the rest of a name such as
// icon@2x.png.
func isScaledImage(domain, top string) bool {
	name := strings.TrimSuffix(domain, "."+top)
	return len(name) > 1 && len(name) < 5 && name[len(name)-1] == 'x' && is(name[0], digit)
}

// isUserinfo reports whether what starts at s[i] is the user or the password in
// a URL: https://user:password@host.
func isUserinfo(s string, i int) bool {
	switch at(s, i-1) {
	case '/':
		return at(s, i-2) == '/'
	case ':':
	default:
		return false
	}
	stop := max(0, i-maxLocal)
	for i--; i > stop && strings.IndexByte("/ \t\r\n@]", s[i-1]) < 0; i-- {
	}
	return at(s, i-1) == '/' && at(s, i-2) == '/'
}
