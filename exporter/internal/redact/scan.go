package redact

import "strconv"

const (
	// minRun is the shortest bare run that is checked. 257 bytes of payload
	// have 343 characters; tokens of 200 characters are to be kept.
	minRun = 256
	// minLine is the shortest line of wrapped base64. Usual are 60, 64, 72 and
	// 76 characters; lines of base64 hashes have 43 or 44.
	minLine = 48
	// minShortLine is the same if the line before has the same length and both
	// are whole groups of four: mail programs and some libraries wrap at 40.
	minShortLine = 40
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

// glyph returns the ASCII character at s[i] and its length in bytes; the
// character is 0 if it is not ASCII. It decodes the escapes of JSON strings to
// any depth, percent-encoding, and HTML's numeric references.
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
// backslashes, so any number of them is accepted. An escape sequence is always
// read as a whole, so a cut between glyphs never splits one.
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
