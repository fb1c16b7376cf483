package redact

// uniform is an encoding of bytes in digits and letters of one case. It has no
// mixture of cases, so it is recognised by its length.
type uniform struct {
	member [256]bool
	// length is the length of 257 encoded bytes.
	length int
	// letters and digits are how rare they may be: one in so many. Other rows of
	// one of them are numbers, or repeat a byte, or are words.
	letters, digits int
}

var uniforms = []*uniform{
	newUniform("0123456789abcdef", 2*257, 32, 16),
	newUniform("0123456789ABCDEF", 2*257, 32, 16),
	newUniform("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", (257*8+4)/5, 2, 32),
}

func newUniform(alphabet string, length, letters, digits int) *uniform {
	u := &uniform{length: length, letters: letters, digits: digits}
	for i := range len(alphabet) {
		u.member[alphabet[i]] = true
	}
	return u
}

// writesBytes reports whether a run holds a row of hexadecimal or base32.
func writesBytes(s string, r run) bool {
	for _, u := range uniforms {
		if r.chars >= u.length && u.in(s, r) {
			return true
		}
	}
	return false
}

func (u *uniform) in(s string, r run) bool {
	letters, digits, width := 0, 0, 0
	enough := func() bool {
		n := letters + digits
		return n >= u.length && letters*u.letters >= n && digits*u.digits >= n
	}
	for i := r.start; i < r.end; {
		c, size := glyph(s, i)
		i += size
		switch {
		case classes[c] == 0: // a line break, indentation or padding
			if isHashWidth(width) {
				letters, digits = 0, 0
			}
			width = 0
			continue
		case !u.member[c]:
			if enough() {
				return true
			}
			letters, digits = 0, 0
		case classes[c] == digit:
			digits++
		default:
			letters++
		}
		width++
	}
	return enough()
}

// isHashWidth reports whether lines of this width are a list of hashes: SHA-1,
// SHA-2 of 224, 256, 384 or 512 bits.
func isHashWidth(n int) bool { return n == 40 || n == 56 || n == 64 || n == 96 || n == 128 }
