package pii

import (
	"math"
	"strings"
)

// sample is how many bytes of a value are judged.
const sample = 64

// random reports whether a value looks as if a generator had made it: it holds
// enough different bytes, and mixes letters, capitals and digits as words,
// identifiers, dates and versions do not.
func random(s string) bool {
	return varied(s) && mixed(s)
}

// minEntropy is the Shannon entropy, in bits a byte, that a value must have. 32
// random hexadecimal digits have about 3.6; "xxxx" has 0.
const minEntropy = 2.8

// varied reports whether the entropy of s is high enough. What documentation
// shows is not random, and the providers say so in it: AKIA...EXAMPLE.
func varied(s string) bool {
	if strings.Contains(s[:min(len(s), sample)], "EXAMPLE") {
		return false
	}
	s = s[:min(len(s), sample)]
	var counts [256]uint8
	for i := range len(s) {
		counts[s[i]]++
	}
	sum := 0.0
	for i := range len(s) {
		if n := counts[s[i]]; n > 0 {
			sum += nLogN[n]
			counts[s[i]] = 0
		}
	}
	n := len(s)
	return n > 0 && (nLogN[n]-sum)/float64(n) >= minEntropy
}

var nLogN = func() (t [sample + 1]float64) {
	for n := 1; n < len(t); n++ {
		t[n] = float64(n) * math.Log2(float64(n))
	}
	return t
}()

// mixed reports whether letters and digits, or small letters and capitals,
// follow each other often. They do at 45 of 100 steps in random letters and
// digits, and in hexadecimal. The capitals of camelCase do not count, and neither
// do numbers between marks, as in the tokens of Slack.
func mixed(s string) bool {
	s = s[:min(len(s), sample)]
	changes, size := 0, 0
	for i := 0; i < len(s); {
		end := skip(s, i, alnum)
		if !allOf(s[i:end], digit) {
			changes += changesIn(s[i:end])
			size += end - i
		}
		i = end + 1
	}
	return size > 0 && changes*100 >= size*20
}

// changesIn counts the steps between kinds in letters and digits.
func changesIn(s string) (n int) {
	for i := 1; i < len(s); i++ {
		before, k := kindOf[s[i-1]]&alnum, kindOf[s[i]]&alnum
		if before != k && ((before|k)&digit != 0 || before == lower && !startsHump(s, i)) {
			n++
		}
	}
	return n
}

// startsHump reports whether the capital at s[i] starts a word of camelCase.
func startsHump(s string, i int) bool { return isAt(s, i-2, lower) && isAt(s, i+1, lower) }
