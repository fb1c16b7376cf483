package redact

const (
	// A run of minRun characters holds a line of at least minShortLine of them, and
	// that a piece of probe bytes which starts at a multiple of stride.
	stride = 24
	probe  = 16
)

// Fails to compile when a line could hide between two probes.
const _ = uint(minShortLine - (stride + probe - 1))

// longRun returns the first run of both alphabets from s[from] on that can hold
// a run of one of them of minRun characters. It reads s only around the places
// where probe bytes in a row can be of one.
func longRun(s string, from int) (run, bool) {
	for at := from; at+probe <= len(s); at += stride {
		if hasSpace(s[at:at+8]) || hasSpace(s[at+8:at+16]) || !allInRun(s[at:at+probe]) {
			continue
		}
		start := at
		for start > from && inRun[s[start-1]] {
			start--
		}
		for start <= at {
			r := readRun(s, start, standard|urlSafe, minLine)
			if r.chars >= minRun {
				return r, true
			}
			if r.end == start {
				_, size := glyph(s, start)
				r.end += size
			}
			start = r.end
		}
		from, at = start, max(at, start-stride)
	}
	return run{}, false
}

// hasSpace reports whether one of the first eight bytes of s is a space or not
// ASCII. That excludes most places of most texts, eight bytes at a time.
func hasSpace(s string) bool {
	_ = s[7]
	v := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	zeroIfSpace := v ^ ' '*ones
	return ((zeroIfSpace-ones)&^zeroIfSpace|v)&highs != 0
}

// inRun marks the bytes that occur in runs, including escapes and line breaks.
var inRun = func() (t [256]bool) {
	for c, k := range classes {
		t[c] = k != 0
	}
	for _, c := range "=\\%&#;\r\n" {
		t[c] = true
	}
	return t
}()

func allInRun(s string) bool {
	for i := range len(s) {
		if !inRun[s[i]] {
			return false
		}
	}
	return true
}
