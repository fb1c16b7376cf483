package redact

import (
	"strconv"
	"strings"
)

const (
	// minRun is how many characters make a bare run worth judging. 257 bytes of
	// payload are 343 characters, and tokens of 200 are none of our business.
	minRun = 256
	// minLine is how long a line must be to be a line of wrapped base64. Usual
	// are 60, 64, 72 and 76; a list of base64 hashes has 43 or 44.
	minLine = 48
)

// class is a set of kinds of characters.
type class uint8

const (
	upper class = 1 << iota
	lower
	digit
	standardMark // + and /
	urlMark      // - and _

	standard = upper | lower | digit | standardMark
	urlSafe  = upper | lower | digit | urlMark
)

var classes = func() (t [256]class) {
	for c := range byte(26) {
		t['A'+c], t['a'+c] = upper, lower
	}
	for c := byte('0'); c <= '9'; c++ {
		t[c] = digit
	}
	t['+'], t['/'], t['-'], t['_'] = standardMark, standardMark, urlMark, urlMark
	return t
}()

// glyph returns the ASCII character that the text shows at s[i], 0 when it is
// another one, and how many bytes it takes there. It sees through the escapes
// of JSON strings to any depth, percent-encoding, and HTML's numeric references.
func glyph(s string, i int) (c byte, size int) {
	if c := s[i]; c != '\\' && c != '%' && c != '&' {
		return c, 1
	}
	return escaped(s, i)
}

func escaped(s string, i int) (byte, int) {
	switch s[i] {
	case '\\':
		return backslash(s, i)
	case '%':
		return percent(s, i)
	}
	return reference(s, i)
}

// backslash reads \/ \n \u002b and the like. JSON inside JSON doubles the
// backslashes, so that their number says nothing. An escape sequence is always
// taken as a whole: whoever cuts at glyphs cuts none.
func backslash(s string, i int) (byte, int) {
	j := i
	for j < len(s) && s[j] == '\\' {
		j++
	}
	if j == len(s) {
		return 0, j - i
	}
	switch s[j] {
	case '/':
		return '/', j + 1 - i
	case 'n':
		return '\n', j + 1 - i
	case 'r':
		return '\r', j + 1 - i
	case 't':
		return '\t', j + 1 - i
	case 'b', 'f':
		return 0, j + 1 - i
	case 'u':
		if c, ok := number(s, j+1, j+5, 16); ok {
			return c, j + 5 - i
		}
	}
	return 0, j - i
}

// percent reads %2B, and %252B, which is the same encoded once more.
func percent(s string, i int) (byte, int) {
	j := i + 1
	for j+2 <= len(s) && s[j:j+2] == "25" {
		j += 2
	}
	if c, ok := number(s, j, j+2, 16); ok {
		return c, j + 2 - i
	}
	return 0, j - i
}

// reference reads &#43; and &#x2B;.
func reference(s string, i int) (byte, int) {
	j, base := i+2, 10
	if j >= len(s) || s[i+1] != '#' {
		return 0, 1
	}
	if s[j] == 'x' || s[j] == 'X' {
		j, base = j+1, 16
	}
	for k := j + 1; k < len(s) && k <= j+4; k++ {
		if s[k] == ';' {
			if c, ok := number(s, j, k, base); ok {
				return c, k + 1 - i
			}
			break
		}
	}
	return 0, 1
}

// number reads s[from:to]; numbers beyond ASCII are 0.
func number(s string, from, to, base int) (byte, bool) {
	if to > len(s) {
		return 0, false
	}
	for i := from; i < to; i++ {
		if classes[s[i]]&(upper|lower|digit) == 0 { // ParseUint takes signs
			return 0, false
		}
	}
	n, err := strconv.ParseUint(s[from:to], base, 32)
	if n >= 0x80 {
		n = 0
	}
	return byte(n), err == nil
}

// run is a stretch of base64 characters, perhaps over several lines.
type run struct {
	start, end int
	chars      int
	padded     bool // ends with = and nothing follows that could belong to it
}

// readRun reads the run that starts at s[i]. Its first line must have at least
// minFirst characters for another line to join.
func readRun(s string, i int, alphabet class, minFirst int) run {
	r := run{start: i}
	r.end, r.chars = readLine(s, i, alphabet)
	// A line of minRun characters speaks for itself: nobody wraps there, and
	// what stands on the next line is something else.
	for width := r.chars; minFirst <= width && width < minRun; minFirst = minLine {
		next, ok := skipBreak(s, r.end)
		if !ok {
			break
		}
		end, chars := readLine(s, next, alphabet)
		if chars >= minRun || chars < minLine && (width < minLine || !isTail(s, next, end)) {
			break
		}
		if end < len(s) && s[end] == '[' {
			break // perhaps a note: who knows what the line was like before
		}
		r.end, r.chars, width = end, r.chars+chars, chars
	}
	r.end, r.padded = skipPadding(s, r.end)
	return r
}

// readLine returns the end of the base64 characters from s[i] on and their number.
func readLine(s string, i int, alphabet class) (end, chars int) {
	for i < len(s) {
		if classes[s[i]]&alphabet != 0 {
			i, chars = i+1, chars+1
			continue
		}
		c, size := glyph(s, i)
		if classes[c]&alphabet == 0 {
			break
		}
		i, chars = i+size, chars+1
	}
	return i, chars
}

// skipBreak returns where the text goes on after a line break at s[i] and the
// indentation behind it.
func skipBreak(s string, i int) (next int, ok bool) {
	next = skip(s, skip(s, i, '\r'), '\n')
	if next == i {
		return i, false
	}
	for from := -1; from != next; {
		from = next
		next = skip(s, skip(s, next, ' '), '\t')
	}
	return next, true
}

// skip returns the index after the glyph at s[i] if it is c, else i.
func skip(s string, i int, c byte) int {
	if i < len(s) {
		if g, size := glyph(s, i); g == c {
			return i + size
		}
	}
	return i
}

// skipPadding returns the index after up to two = at s[i], and whether there
// were any that really end a payload. A note may stand there after another
// payload was replaced; it counts as what it replaced.
func skipPadding(s string, i int) (end int, padded bool) {
	end = skip(s, skip(s, i, '='), '=')
	if end == i {
		return i, false
	}
	if end == len(s) {
		return end, true
	}
	c, _ := glyph(s, end)
	return end, c != '=' && c != '[' && classes[c] == 0
}

// isTail reports whether s[start:end], on a line after lines of wrapped base64,
// is the last of them and not a word of the text that follows.
func isTail(s string, start, end int) bool {
	if _, padded := skipPadding(s, end); padded {
		return true
	}
	if start == end || end < len(s) && strings.IndexByte("\r\n\"'`<)\\%&", s[end]) < 0 {
		return false
	}
	return !isWord(s[start:end])
}

// isWord reports whether s is all capitals, all small letters behind a first
// letter of any kind, or all digits.
func isWord(s string) bool {
	var kinds class
	for i := 1; i < len(s); i++ {
		kinds |= classes[s[i]]
	}
	first := classes[s[0]]
	switch kinds | first {
	case upper, lower, digit:
		return true
	}
	return first == upper && kinds == lower
}
