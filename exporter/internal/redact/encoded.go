package redact

// threshold is how much evidence a window of minRun characters must have. Text
// of words and hashes have negative evidence, random bytes about 60; a file
// header before silence just passes.
const threshold = 8

// encoded reports whether a run holds base64.
//
// It counts how characters of different kinds follow each other. Base64 changes
// between capitals, small letters and digits at two of three steps. Human text
// does so rarely and, as camelCase, in only one way: from small letters to one
// capital to small letters. So the evidence is what people do not write:
//
//	3  a single small letter beside a capital, as in ABcD or 4xQ, unless it
//	   makes a camelCase word of two letters: byId, isOk
//	1  two capitals between small letters: aBCd
//	1  a single digit between a capital and a small letter: A3b
//	1  behind AAA, which is zero bytes, another letter or digit than the last
//	   time, and none that follows AAA in DNA or proteins
//	-1 the fourth and every further small letter in a row, as in words
//	-1 the third and every further digit in a row, as in numbers and hex
//
// Repetition does not count: HaHaHa or LoLLoL is no evidence for base64, zzzz
// is none against it, and neither are letters that repeat after four
// characters, which is how base64 shows bytes that repeat after three.
//
// One passing window is enough. Text that is kept therefore has no passing
// window, so a second pass finds nothing.
func encoded(s string, r run) bool {
	var (
		window         [minRun]int8
		sum, n         int
		last           row
		p1, p2, p3, p4 byte // the previous characters, p1 the last
		afterZeros     byte // what stood behind the last AAA
		letters        bool
		beyondHex      bool
	)
	for i := r.start; i < r.end; {
		c, size := glyph(s, i)
		i += size
		kind := classes[c]
		if kind == 0 {
			continue // a line break, indentation or padding
		}
		points := int8(0)
		if kind == last.kind {
			last.length++
		} else {
			if p1 != p3 && p1 != p4 {
				points = last.oddity(kind)
			}
			last = row{kind: kind, length: 1, before: last.kind, inWord: last.startsWord()}
		}
		switch {
		case p1 == 'A' && p2 == 'A' && p3 == 'A' && c != afterZeros && endsZeros(c):
			points++
			afterZeros = c
		case c == p1:
		case kind == lower && last.length >= 4 && c != p4, kind == digit && last.length >= 3:
			points--
		}
		p1, p2, p3, p4 = c, p1, p2, p3
		if kind&(upper|lower) != 0 {
			letters = true
			beyondHex = beyondHex || c|0x20 > 'f'
		}

		sum += int(points) - int(window[n%minRun])
		window[n%minRun] = points
		if n++; n >= minRun && sum >= threshold && beyondHex {
			return true
		}
	}
	// Without evidence for or against base64, padding decides, if it is valid:
	// the bits before real padding are zero, those before other = signs are
	// not.
	return r.padded && n >= minRun && sum >= 0 && letters && classes[p1]&(standardMark|urlMark) == 0
}

// row is a row of characters of one kind.
type row struct {
	kind   class
	length int
	before class // the kind of the row before
	inWord bool  // the row before starts a camelCase word
}

// startsWord reports whether the row is a single capital, as at the start of a
// camelCase word.
func (r row) startsWord() bool {
	return r.kind == upper && r.length == 1 && r.before&(upper|digit) == 0
}

// oddity is the evidence of a row before a row of another kind.
func (r row) oddity(after class) int8 {
	switch {
	case r.kind == lower && r.length == 1 && (r.before|after)&upper != 0 && !r.inWord:
		return 3
	case r.kind == upper && r.length == 2 && r.before == lower && after == lower:
		return 1
	case r.kind == digit && r.length == 1 && r.before|after == upper|lower:
		return 1
	}
	return 0
}

// endsZeros reports whether c can be what follows zero bytes.
func endsZeros(c byte) bool {
	switch c {
	case 'A', 'C', 'G', 'T', 'N', 'S':
		return false
	}
	return classes[c]&(upper|lower|digit) != 0
}
