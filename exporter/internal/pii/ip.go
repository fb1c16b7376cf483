package pii

import (
	"net/netip"
	"slices"
	"strings"
)

// findIPv4 finds four numbers up to 255 with dots between them.
func findIPv4(s string, from int, m *meter) (start, end int) {
	for i := from; ; {
		start = nextDigit(s, i, m)
		if start == len(s) {
			return -1, -1
		}
		start = skipEscape(s, start)
		end = ipv4End(s, start)
		m.add(end - start + maxName)
		if end > start && !isNobodys(s[start:]) && startsAddress(s, start) && !isVersion(s, start) {
			return start, end
		}
		// What is left of a chain of numbers and dots is no address.
		i = max(end, start)
		for i < len(s) && (is(s[i], digit) || s[i] == '.') {
			i++
		}
		m.add(i - end)
	}
}

// isNobodys reports whether an address is a loopback, unspecified or link-local
// one, or a netmask.
func isNobodys(s string) bool {
	return slices.ContainsFunc([]string{"127.", "0.", "255.", "169.254."}, func(p string) bool { return strings.HasPrefix(s, p) })
}

// ipv4End returns the end of the address at s[i], or i.
func ipv4End(s string, i int) int {
	start := i
	for part := range 4 {
		if part > 0 {
			if at(s, i) != '.' {
				return start
			}
			i++
		}
		n, first := 0, i
		for i < len(s) && i-first < 4 && is(s[i], digit) {
			n = 10*n + int(s[i]-'0')
			i++
		}
		if i == first || n > 255 || s[first] == '0' && i > first+1 {
			return start
		}
	}
	next := at(s, i)
	if !endsWord(s, i) || next == '.' && isAt(s, i+1, alnum) || next == '-' && isAt(s, i+1, letter) {
		return start
	}
	return i
}

// startsAddress reports whether an address may start at s[i], and not the version
// in a name as in lib-1.2.3.4 or Chrome/1.2.3.4.
func startsAddress(s string, i int) bool {
	if !startsWord(s, i) {
		return false
	}
	switch at(s, i-1) {
	case '.', '_':
		return false
	case '-':
		return !isAt(s, i-2, letter)
	case '/':
		word := skipBack(s, i-1, max(0, i-1-maxName), alnum)
		return word == i-1 || at(s, word-1) == '/'
	case '=':
		return at(s, i-2) != '='
	}
	return true
}

// isVersion reports whether a word before s[i] says that a version or the number
// of a chapter follows.
func isVersion(s string, i int) bool {
	for stop := max(0, i-6); i > stop && strings.IndexByte(` .:="'(`, s[i-1]) >= 0; {
		i--
	}
	if strings.HasSuffix(s[:i], "§") {
		return true
	}
	word := strings.ToLower(s[skipBack(s, i, max(0, i-maxName), letter):i])
	switch word {
	case "v", "ver", "rev", "release", "firmware", "build", "chapter", "section", "kapitel", "abschnitt":
		return true
	}
	return strings.HasSuffix(word, "version")
}

// maxIPv6 is the length of the longest way to write an address.
const maxIPv6 = 45

// findIPv6 finds addresses by their colons.
func findIPv6(s string, from int, m *meter) (start, end int) {
	for i := from; ; {
		colon := indexFrom(s, ":", i, m)
		if colon < 0 {
			return -1, -1
		}
		start, end = colon, colon
		for start > max(i, colon-maxIPv6) && is(s[start-1], hexDigit) {
			start--
		}
		start = min(skipEscape(s, start), colon)
		for end < len(s) && end-start <= maxIPv6 && (is(s[end], hexDigit) || s[end] == ':' || s[end] == '.') {
			end++
		}
		i = end
		m.add(end - start)
		if at(s, end-1) == '.' {
			end--
		}
		if strings.HasSuffix(s[start:end], ":") && !strings.HasSuffix(s[start:end], "::") {
			end--
		}
		if isIPv6(s[start:end]) && startsWord(s, start) && at(s, start-1) != '.' && endsWord(s, end) {
			return start, end
		}
	}
}

// isIPv6 reports whether s is an address that may belong to somebody, and not the
// scope of a name in a program or a row of bytes.
func isIPv6(s string) bool {
	colons := strings.Count(s, ":")
	short := colons >= 2 && strings.Contains(s, "::")
	if len(s) > maxIPv6 || !short && colons != 7 && (colons != 6 || !strings.Contains(s, ".")) {
		return false
	}
	digits, groups, longest, row := 0, 0, 0, 0
	for i := range len(s) {
		if s[i] == ':' {
			row = 0
			continue
		}
		if is(s[i], digit) {
			digits++
		}
		if row++; row == 1 {
			groups++
		}
		longest = max(longest, row)
	}
	if digits == 0 || groups < 2 || longest < 3 {
		return false
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}
