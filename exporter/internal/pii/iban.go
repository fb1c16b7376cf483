package pii

import "strings"

// ibanLengths are the lengths that the countries registered with SWIFT, which
// keeps the registry of ISO 13616.
var ibanLengths = func() map[string]int {
	t := map[string]int{}
	for n, countries := range map[int]string{
		15: "NO", 16: "BE", 18: "DK FI FO GL NL SD FK", 19: "MK SI", 20: "AT BA EE KZ LT LU XK MN",
		21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ TL OM SO", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
		25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
		29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 33: "RU", 32: "LC",
	} {
		for c := range strings.FieldsSeq(countries) {
			t[c] = n
		}
	}
	return t
}()

const maxIBAN = 34

// findIBAN finds a country, two check digits that are right, and as many letters
// and digits as the country has.
func findIBAN(s string, from int, m *meter) (start, end int) {
	for i := from; ; {
		i = nextDigit(s, i, m)
		if i == len(s) {
			return -1, -1
		}
		if i-from >= 2 && isAt(s, i-1, letter) && isAt(s, i-2, letter) && isAt(s, i+1, digit) && startsWord(s, i-2) {
			if end := ibanEnd(s, i-2, m); end >= 0 {
				return i - 2, end
			}
		}
		end := skip(s, i, digit)
		m.add(end - i)
		i = end
	}
}

// ibanEnd returns the end of the number that starts at s[i], or -1.
func ibanEnd(s string, i int, m *meter) int {
	want := ibanLengths[string([]byte{s[i] &^ 0x20, s[i+1] &^ 0x20})]
	if want == 0 {
		return -1
	}
	var number [maxIBAN]byte
	letters, n, end := kind(0), 0, i
	for ; n < want && end < len(s); end++ {
		c := s[end]
		if !is(c, alnum) {
			// One separator behind every four, as on paper.
			if n%4 == 0 && (c == ' ' || c == '-') && is(s[end-1], alnum) {
				continue
			}
			if n%4 == 0 && strings.HasPrefix(s[end:], "\u00a0") {
				end++
				continue
			}
			break
		}
		letters |= kindOf[c] & letter
		if is(c, lower) {
			c &^= 0x20
		}
		number[n] = c
		n++
	}
	m.add(end - i)
	if n < want || letters == letter || !endsWord(s, end) || !mod97(number[:n]) {
		return -1
	}
	return end
}

// mod97 checks a number by ISO 7064: with the first four characters at the end
// and letters as 10 to 35, it is 1 modulo 97.
func mod97(number []byte) bool {
	rest := 0
	for i := range number {
		c := number[(i+4)%len(number)]
		if is(c, digit) {
			rest = (10*rest + int(c-'0')) % 97
		} else {
			rest = (100*rest + int(c-'A') + 10) % 97
		}
	}
	return rest == 1
}
