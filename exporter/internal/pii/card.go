package pii

// cardScheme is a range of numbers that a scheme gives out, by their first six
// digits, and how long they are.
type cardScheme struct {
	from, to int
	lengths  []int
}

// cardSchemes are the ranges of ISO/IEC 7812 that the schemes publish.
var cardSchemes = []cardScheme{
	{400000, 499999, []int{16}},             // Visa; the few of 19 digits look like 64-bit numbers
	{510000, 559999, []int{16}},             // Mastercard
	{222100, 272099, []int{16}},             // Mastercard
	{340000, 349999, []int{15}},             // American Express
	{370000, 379999, []int{15}},             // American Express
	{601100, 601199, []int{16}},             // Discover
	{644000, 659999, []int{16}},             // Discover
	{352800, 358999, []int{16}},             // JCB
	{300000, 305999, []int{14}},             // Diners Club
	{360000, 369999, []int{14}},             // Diners Club
	{380000, 399999, []int{14, 16}},         // Diners Club
	{620000, 629999, []int{16, 17, 18, 19}}, // UnionPay
	{501800, 501899, []int{16, 18, 19}},     // Maestro
	{502000, 502099, []int{16, 18, 19}},
	{503800, 503899, []int{16, 18, 19}},
	{589300, 589399, []int{16, 18, 19}},
	{630400, 630499, []int{16, 18, 19}},
	{675900, 676399, []int{16, 18, 19}},
}

// cardGroups are the lengths of the groups in which cards show their number.
var cardGroups = [][]int{{4, 4, 4, 4}, {4, 6, 5}, {4, 6, 4}, {4, 4, 4, 4, 3}, {16}, {15}, {14}, {17}, {18}, {19}}

// findCard finds numbers in the groups and the range of a scheme, with the right
// check digit.
func findCard(s string, from int, m *meter) (start, end int) {
	for i := from; ; {
		i = skipEscape(s, nextDigit(s, i, m))
		if i >= len(s) {
			return -1, -1
		}
		end := skip(s, i, digit)
		m.add(end - i)
		// The first group has four digits, or is all of the number.
		if n := end - i; (n == 4 || 14 <= n && n <= maxDigits) && startsCard(s, i) && hasDigits(s, i, 14, m) {
			x := readNumber(s, i, m)
			if end := cardEnd(s, &x); end >= 0 {
				return i, end
			}
		}
		i = end
	}
}

// cardEnd returns the end of the card number that a number starts with, or -1.
func cardEnd(s string, x *number) int {
	for _, lengths := range cardGroups {
		n := len(lengths)
		if n > x.n || x.continues(n) || !x.hasGroups(lengths) || !endsNumber(s, x.groups[n-1].end) {
			continue
		}
		var buf [maxDigits]byte
		digits, end := x.digits(s, n, buf[:0]), x.groups[n-1].end
		if inScheme(digits) && luhn(digits) && (n == 1 || !inTable(s, x.groups[0].start, end, 4, "payment card")) {
			return end
		}
	}
	return -1
}

// hasGroups reports whether the first groups have these lengths, and all the same
// space or hyphen between them.
func (x *number) hasGroups(lengths []int) bool {
	for i, n := range lengths {
		g := x.groups[i]
		if g.len() != n || i > 0 && (g.before != " " && g.before != "-" || g.before != x.groups[1].before) {
			return false
		}
	}
	return true
}

func startsCard(s string, i int) bool {
	switch at(s, i-1) {
	case '.', '_', '-', '+', '/':
		return false
	}
	return startsWord(s, i)
}

func inScheme(digits []byte) bool {
	if len(digits) < 14 {
		return false
	}
	prefix := 0
	for _, c := range digits[:6] {
		prefix = 10*prefix + int(c-'0')
	}
	for i := range cardSchemes {
		if c := &cardSchemes[i]; c.from <= prefix && prefix <= c.to {
			for _, n := range c.lengths {
				if n == len(digits) {
					return true
				}
			}
		}
	}
	return false
}

// luhn reports whether the last digit is the check digit of the others.
func luhn(digits []byte) bool {
	sum := 0
	for i, c := range digits {
		n := int(c - '0')
		if (len(digits)-i)%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}
