package pii

import "strings"

// kind is a set of kinds of bytes.
type kind uint8

const (
	upper kind = 1 << iota
	lower
	digit
	hexDigit
	tokenMark // what tokens consist of beside letters and digits
	plus
	gap // what separates groups of digits, or begins to

	letter = upper | lower
	alnum  = letter | digit
	token  = alnum | tokenMark
)

var kindOf = func() (t [256]kind) {
	for c := range byte(26) {
		t['A'+c], t['a'+c] = upper, lower
	}
	for c := byte('0'); c <= '9'; c++ {
		t[c] = digit | hexDigit
	}
	for c := range byte(6) {
		t['A'+c] |= hexDigit
		t['a'+c] |= hexDigit
	}
	for _, c := range []byte("-_.~/+") {
		t[c] |= tokenMark
	}
	t['+'] |= plus
	for _, c := range []byte(" -./()\xc2\xe2") {
		t[c] |= gap
	}
	return t
}()

func is(c byte, k kind) bool { return kindOf[c]&k != 0 }

// isAt reports whether s[i] exists and is of a kind.
func isAt(s string, i int, k kind) bool { return i >= 0 && i < len(s) && is(s[i], k) }

// at returns s[i], and 0 beyond the text.
func at(s string, i int) byte {
	if i < 0 || i >= len(s) {
		return 0
	}
	return s[i]
}

// startsWord reports whether no letter, no digit and no note stands directly
// before s[i]. The letters of an escape sequence are none, and start none.
func startsWord(s string, i int) bool {
	switch {
	case i == 0:
		return true
	case s[i-1] == ']', s[i-1] == '\\' && skipEscape(s, i) != i:
		return false
	}
	return !is(s[i-1], alnum) || escapeEnds(s, i)
}

// endsWord reports whether no letter, digit, underscore or note follows at s[i].
// Nothing that touches a note is found: it may touch what the note replaced, and
// must not become a finding by that.
func endsWord(s string, i int) bool {
	return i >= len(s) || !is(s[i], alnum) && s[i] != '_' && s[i] != '['
}

// escapeEnds reports whether an escape sequence of JSON or of a URL ends before
// s[i]: \n, \u0022, %3D.
func escapeEnds(s string, i int) bool {
	switch {
	case at(s, i-2) == '\\':
		return strings.IndexByte("nrtbf", s[i-1]) >= 0
	case at(s, i-3) == '%':
		return is(s[i-2], hexDigit) && is(s[i-1], hexDigit)
	case at(s, i-6) == '\\' && s[i-5] == 'u':
		return allOf(s[i-4:i], hexDigit)
	}
	return false
}

// skipEscape returns i, or the end of the escape sequence that s[i] belongs to:
// the n of \n, a digit of \u0022 or %20. Whatever starts there cuts none.
func skipEscape(s string, i int) int {
	before := at(s, i-1)
	switch {
	case before == '\\':
		for _, size := range [...]int{1, 5} {
			if i+size <= len(s) && escapeEnds(s, i+size) {
				return i + size
			}
		}
		return i
	case before != 'u' && before != '%' && !is(before, hexDigit):
		return i
	}
	for back := 1; back <= 4; back++ {
		mark := i - back
		switch {
		case at(s, mark) == '%' && back <= 2 && mark+3 <= len(s) && escapeEnds(s, mark+3):
			return mark + 3
		case at(s, mark) == 'u' && at(s, mark-1) == '\\' && mark+5 <= len(s) && escapeEnds(s, mark+5):
			return mark + 5
		}
	}
	return i
}

func allOf(s string, k kind) bool {
	for i := range len(s) {
		if !is(s[i], k) {
			return false
		}
	}
	return true
}

// skip returns the index of the first byte from s[i] on that is of none of
// these kinds.
func skip(s string, i int, k kind) int {
	for i < len(s) && is(s[i], k) {
		i++
	}
	return i
}

// skipBack returns the smallest index, not below from, from which on all bytes
// before s[i] are of these kinds.
func skipBack(s string, i, from int, k kind) int {
	for i > from && is(s[i-1], k) {
		i--
	}
	return i
}

const ones, highs = 0x0101010101010101, 0x8080808080808080

// word64 returns eight bytes as one number, the first as the lowest.
func word64(w string) uint64 {
	_ = w[7]
	return uint64(w[0]) | uint64(w[1])<<8 | uint64(w[2])<<16 | uint64(w[3])<<24 |
		uint64(w[4])<<32 | uint64(w[5])<<40 | uint64(w[6])<<48 | uint64(w[7])<<56
}

// noTokens returns a word whose high bits mark the bytes of w that are below '+',
// such as spaces and quotes, or no ASCII: no token byte is among them.
func noTokens(w uint64) uint64 {
	return (^(w&^highs + ones*(0x80-'+')) | w) & highs
}

// nextDigit returns the index of the first digit from s[i] on, or len(s).
func nextDigit(s string, i int, m *meter) int {
	from := i
	for ; i+8 <= len(s); i += 8 {
		w := s[i : i+8]
		v := word64(w)
		// A digit is 0x30 to 0x39: look closer where a byte has the 3 in front.
		const front = 0xf0f0f0f0f0f0f0f0
		zeroIfFront := v&front ^ '0'*ones
		if (zeroIfFront-ones)&^zeroIfFront&highs == 0 {
			continue
		}
		if j := firstDigit(w); j < 8 {
			m.add(i + j - from + 1)
			return i + j
		}
	}
	i += firstDigit(s[i:])
	m.add(i - from + 1)
	return i
}

func firstDigit(s string) int {
	for i := range len(s) {
		if is(s[i], digit) {
			return i
		}
	}
	return len(s)
}

// minRun is the length of the shortest token.
const minRun = 16

// finderInRun finds the first value in the run of token bytes at s[run]. Without
// one it returns -1 and the end of the run.
type finderInRun func(s string, run int, m *meter) (start, end int)

// findInRuns finds the first value in the runs of token bytes from s[from] on.
func findInRuns(s string, from int, m *meter, inRun finderInRun) (start, end int) {
	for {
		run := nextRun(s, from, m)
		if run < 0 {
			return -1, -1
		}
		if start, from = inRun(s, run, m); start >= 0 {
			return start, from
		}
	}
}

// nextRun returns the start of the first run of at least minRun token bytes from
// s[from] on, or -1. Each such run holds eight bytes whose distance from s[from] is
// a multiple of eight, so it looks at eight bytes at a time, and closer only where
// no separator is among them.
//
// It does not look for the end of the run: a run can hold many values, and the
// search goes on behind each.
func nextRun(s string, from int, m *meter) int {
	for i := from; i+8 <= len(s); i += 8 {
		if noTokens(word64(s[i:i+8])) != 0 {
			m.add(8)
			continue
		}
		start := skipBack(s, i, max(from, i-minRun), token)
		end := start
		for most := min(len(s), start+minRun); end < most && is(s[end], token); {
			end++
		}
		m.add(8 + end - start)
		if end-start == minRun {
			return start
		}
	}
	return -1
}
