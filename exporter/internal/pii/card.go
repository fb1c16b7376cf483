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
		i = nextDigit(s, i, m)
		if i == len(s) {
			return -1, -1
		}
		i = afterEscape(s, i, len(s))
		if i == len(s) || !is(s[i], digit) {
			continue
		}
		x := readNumber(s, i, m)
		for g := range x.n {
			if end := cardEnd(s, &x, g); end >= 0 {
				return x.groups[g].start, end
			}
		}
		i = skip(s, x.end, digit)
		m.add(i - x.end)
	}
}

// cardEnd returns the end of the card number that starts with a group, or -1.
func cardEnd(s string, x *number, first int) int {
	g := x.groups[first]
	if first > 0 && g.before != " " || first == 0 && !startsCard(s, g.start) {
		return -1
	}
	for _, lengths := range cardGroups {
		last := first + len(lengths)
		if last > x.n || x.continues(last) || !x.hasGroups(first, lengths) || !endsNumber(s, x.groups[last-1].end) {
			continue
		}
		var buf [maxDigits + 1]byte
		if digits := x.digits(s, first, last, buf[:0]); inScheme(digits) && luhn(digits) && (lengths[0] != 4 || !inTable(s, g.start, x.groups[last-1].end, 4)) {
			return x.groups[last-1].end
		}
	}
	return -1
}

// hasGroups reports whether the groups from first on have these lengths, and all
// the same space or hyphen between them.
func (x *number) hasGroups(first int, lengths []int) bool {
	for i, n := range lengths {
		g := x.groups[first+i]
		if g.len() != n || i > 0 && (g.before != " " && g.before != "-" || g.before != x.groups[first+1].before) {
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
	return startsWord(s, i) && startsItem(s, i)
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
