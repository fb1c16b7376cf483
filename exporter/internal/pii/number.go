package pii

import (
	"strings"
	"unicode/utf8"
)

const (
	maxGroups = 10
	maxDigits = 19
)

// number is a row of digits in groups, as people write long numbers.
type number struct {
	groups [maxGroups]group
	n      int
	end    int // where reading ended
}

// group is digits with nothing between them.
type group struct {
	start, end int
	// before is what stands between the group and the one before it: a space, a
	// hyphen, a dot or a slash. Parentheses are added to it: "(", ")".
	before string
}

func (g group) len() int { return g.end - g.start }

// readNumber reads the number whose first digit is s[i].
func readNumber(s string, i int, m *meter) number {
	var x number
	before := ""
	if at(s, i-1) == '(' {
		before = "("
	}
	start := i
	for x.n < maxGroups {
		g := group{start: i, before: before}
		for i < len(s) && i-g.start <= maxDigits && is(s[i], digit) {
			i++
		}
		if i == g.start {
			break
		}
		g.end = i
		x.groups[x.n] = g
		x.n++
		x.end = i
		var size int
		before, size = separator(s[i:])
		if size == 0 {
			break
		}
		i += size
	}
	m.add(x.end - start + 1)
	return x
}

// maxNumber is longer than every number that is written with its separators.
const maxNumber = 40

// hasDigits reports whether a number from s[i] on can have n digits. It is a look
// ahead that costs less than reading.
func hasDigits(s string, i, n int, m *meter) bool {
	start := i
	for stop := min(len(s), i+maxNumber); i < stop && n > 0; i++ {
		switch {
		case is(s[i], digit):
			n--
		case !is(s[i], gap) && s[i] < utf8.RuneSelf:
			m.add(i - start)
			return false
		}
	}
	m.add(i - start)
	return n <= 0
}

// separators are what may stand between two groups beside a single byte.
var separators = []struct{ written, means string }{
	{") ", ") "},
	{")-", ")-"},
	{" (", " ("},
	{"-(", "-("},
	{"\u00a0", " "},
	{"\u202f", " "},
	{"\u2009", " "},
	{"\u2011", "-"},
	{"\u2013", "-"},
}

func separator(s string) (means string, size int) {
	if s == "" || !is(s[0], gap) {
		return "", 0
	}
	if len(s) > 1 && is(s[1], digit) {
		return s[:1], 1
	}
	for i := range separators {
		if w := separators[i].written; strings.HasPrefix(s, w) {
			return separators[i].means, len(w)
		}
	}
	return "", 0
}

// digits appends the digits of the first n groups.
func (x *number) digits(s string, n int, buf []byte) []byte {
	for _, g := range x.groups[:n] {
		buf = append(buf, s[g.start:g.end]...)
	}
	return buf
}

// continues reports whether the number goes on behind group i in a way that
// leaves no doubt that it is one number: not with a space.
func (x *number) continues(i int) bool {
	return i < x.n && x.groups[i].before != " " && x.groups[i].before != " ("
}

// endsNumber reports whether a number may end before s[i].
func endsNumber(s string, i int) bool {
	if !endsWord(s, i) {
		return false
	}
	switch at(s, i) {
	case '.', '-', '/':
		return !isAt(s, i+1, alnum)
	case '%':
		return isAt(s, i+1, hexDigit) && isAt(s, i+2, hexDigit) // a URL goes on
	}
	return true
}

// inTable reports whether a word of n hexadecimal digits stands beside
// s[start:end]: it is a dump of bytes then, or a table of characters. So does a
// note of the same kind, which may have been one.
func inTable(s string, start, end, n int, what string) bool {
	for start > 0 && (s[start-1] == ' ' || s[start-1] == '\n') {
		start--
	}
	for end < len(s) && (s[end] == ' ' || s[end] == '\n') {
		end++
	}
	before, after := start-n, end+n
	return before >= 0 && allOf(s[before:start], hexDigit) && !isAt(s, before-1, alnum) ||
		after <= len(s) && allOf(s[end:after], hexDigit) && !isAt(s, after, alnum) ||
		endsNote(s[:start], what) || strings.HasPrefix(s[end:], "["+what+" ")
}
