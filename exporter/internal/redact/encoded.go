package redact

// threshold is how much evidence a window of minRun characters must show. What
// identifiers, paths, hashes and text without spaces show is negative, by 8 to
// 200; what payloads show is between 6, for a header and silence, and 60.
const threshold = 6

// encoded reports whether a run holds base64.
//
// Only the kinds of neighbouring characters count. Base64 changes between
// capitals, small letters and digits at two of three steps. Words do so rarely,
// and camelCase in one way only, from a capital to several small letters; so
// the evidence is what they do not do:
//
//	2  a single small letter beside a capital: aBcD, Xq7
//	1  two capitals between small letters: aBCd
//	1  a single digit between a capital and a small letter: A3b
//	1  a small letter or a digit behind AAA, which is zero bytes
//	-1 the fourth and every further small letter in a row, as in words
//	-1 the third and every further digit in a row, as in numbers and hex
//
// Repetition is no evidence for anything: neither HaHaHa or LoLLoL for base64,
// nor zzzz against it, nor letters that come again after four characters, which
// is how base64 shows what comes again after three bytes.
//
// It is enough that one window passes. What stays therefore holds no window
// that passes, and neither does any part of it: a second look finds nothing.
func encoded(s string, r run) bool {
	var (
		window         [minRun]int8
		sum, n, length int // length of the row of characters of one kind
		kind, before   class
		p1, p2, p3, p4 byte // the previous characters
		letters        class
		beyondHex      bool
	)
	for i := r.start; i < r.end; {
		c, size := glyph(s, i)
		i += size
		k := classes[c]
		if k == 0 {
			continue // a line break, indentation or padding
		}
		points := int8(0)
		if k == kind {
			length++
		} else {
			if p1 != p3 && p1 != p4 {
				points = oddity(before, kind, k, length)
			}
			if p1 == 'A' && p2 == 'A' && p3 == 'A' && k&(lower|digit) != 0 {
				points++
			}
			before, kind, length = kind, k, 1
		}
		switch {
		case c == p1:
		case k == lower && length >= 4 && c != p4, k == digit && length >= 3:
			points--
		}
		p1, p2, p3, p4 = c, p1, p2, p3
		letters |= k
		beyondHex = beyondHex || k&(upper|lower) != 0 && c|0x20 > 'f'

		sum += int(points) - int(window[n%minRun])
		window[n%minRun] = points
		if n++; n >= minRun && sum >= threshold && beyondHex {
			return true
		}
	}
	// Without evidence, but nothing against it either, padding decides.
	return r.padded && n >= minRun && sum >= 0 && letters&(upper|lower) != 0
}

// oddity values a row of length characters of one kind, between two others.
func oddity(before, kind, after class, length int) int8 {
	switch {
	case kind == lower && length == 1 && (before|after)&upper != 0:
		return 2
	case kind == upper && length == 2 && before == lower && after == lower:
		return 1
	case kind == digit && length == 1 && before|after == upper|lower:
		return 1
	}
	return 0
}
