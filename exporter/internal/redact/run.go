package redact

import "strings"

// run is a stretch of base64 characters, perhaps over several lines.
type run struct {
	start, end int
	chars      int
	padded     bool // ends with = as base64 does, and nothing follows that could belong to it
}

// readRun reads the run that starts at s[i]. Its first line must have at least
// minFirst characters for another line to join.
func readRun(s string, i int, alphabet class, minFirst int) run {
	r := run{start: i}
	r.end, r.chars = readLine(s, i, alphabet)
	// A line of minRun characters is complete: nobody wraps at that width, so
	// the next line is something else.
	for width := r.chars; (minFirst <= width || isShortLine(width)) && width < minRun; minFirst = minLine {
		next, ok := skipBreak(s, r.end)
		if !ok {
			break
		}
		end, chars := readLine(s, next, alphabet)
		if chars >= minRun || !follows(s, next, end, chars, width) {
			break
		}
		if end < len(s) && s[end] == '[' {
			break // perhaps a note: who knows what the line was like before
		}
		r.end, r.chars, width = end, r.chars+chars, chars
	}
	end, n := skipPadding(s, r.end)
	r.end, r.padded = end, n == 1 || n == 2
	return r
}

// isShortLine reports whether a line of this width can be one of many.
func isShortLine(width int) bool { return width >= minShortLine && width < minLine && width%4 == 0 }

// follows reports whether the line s[start:end] of base64 characters continues
// the line before, which has width characters.
func follows(s string, start, end, chars, width int) bool {
	switch {
	case chars >= minLine:
		return !isShortLine(width)
	case chars == width && isShortLine(width):
		return true
	}
	return chars < width && (width >= minLine || isShortLine(width)) && isTail(s, start, end)
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

// skipBreak returns where the text continues after a line break at s[i] and the
// following indentation. Every line may be a separate literal, as in source
// code, or quoted, as in a mail.
func skipBreak(s string, i int) (next int, ok bool) {
	i, mark := skipQuote(s, i)
	if mark != 0 {
		i = skip(s, skipBlanks(s, i), '+')
	}
	next = skip(s, skip(s, i, '\r'), '\n')
	if next == i {
		return i, false
	}
	next = skipBlanks(s, next)
	if mark != 0 {
		next, again := skipQuote(s, next)
		return next, again == mark
	}
	for from := -1; from != next; {
		from = next
		next = skipBlanks(s, skip(s, next, '>'))
	}
	return next, true
}

// skipBlanks returns the index after all spaces and tabs from s[i] on.
func skipBlanks(s string, i int) int {
	for from := -1; from != i; {
		from = i
		i = skip(s, skip(s, i, ' '), '\t')
	}
	return i
}

// skipQuote returns the index after a quotation mark at s[i], escaped or not,
// and the mark, 0 when there is none.
func skipQuote(s string, i int) (next int, mark byte) {
	j := i
	for j < len(s) && s[j] == '\\' {
		j++
	}
	if j < len(s) && (s[j] == '"' || s[j] == '\'' && j == i) {
		return j + 1, s[j]
	}
	return i, 0
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

// maxPadding is how many = end base32. Base64 ends with two at most.
const maxPadding = 6

// skipPadding returns the index after the = signs at s[i], and how many of them
// can be padding. If a note is there because another payload was replaced, it
// counts like that payload.
func skipPadding(s string, i int) (end, n int) {
	for end = i; n < maxPadding; n++ {
		next := skip(s, end, '=')
		if next == end {
			break
		}
		end = next
	}
	if n == 0 || end == len(s) {
		return end, n
	}
	if c, _ := glyph(s, end); c == '=' || c == '[' || classes[c] != 0 {
		return end, 0
	}
	return end, n
}

// isTail reports whether s[start:end], on a line after lines of wrapped base64,
// is the last of them and not a word of the text that follows.
func isTail(s string, start, end int) bool {
	if _, n := skipPadding(s, end); n > 0 {
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
