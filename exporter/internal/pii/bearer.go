package pii

import "strings"

// findBearer finds JSON Web Tokens, and whatever stands behind "Bearer" and
// looks random.
func findBearer(s string, from int, m *meter) (start, end int) {
	return findInRuns(s, from, m, bearerIn)
}

// bearerIn finds the first token in a run of token bytes. Without one it returns -1
// and the end of the run.
func bearerIn(s string, run int, m *meter) (start, end int) {
	if start, end := bearer(s, run, m); start >= 0 {
		return start, end
	}
	return jsonWebToken(s, run, m)
}

const scheme = "bearer"

// bearer returns the token in a run of token bytes if "Bearer" stands before it,
// or in it when a URL has made a plus of the space.
func bearer(s string, run int, m *meter) (start, end int) {
	start = skipEscape(s, run)
	i := start
	switch {
	case at(s, start+len(scheme)) == '+':
		i = start + len(scheme)
		start = i + 1
	case start > run && s[run-1] == '%':
		i = run - 1 // Bearer%20
	default:
		for i > 0 && start-i < 4 && strings.IndexByte(` =:"'`, s[i-1]) >= 0 {
			i--
		}
	}
	word := i - len(scheme)
	m.add(start - word)
	if i == start || word < 0 || !strings.EqualFold(s[word:i], scheme) || !startsWord(s, word) {
		return -1, -1
	}
	end = runValue(s, start, m)
	if end < 0 {
		return -1, -1
	}
	end = skipPadding(s, end)
	if !endsWord(s, end) {
		return -1, -1
	}
	return start, end
}

// minSegment is less than the shortest header or payload of a JSON Web Token:
// {"alg":"none"} has 20 characters.
const minSegment = 10

// jsonWebToken finds the first one in a run of token bytes: three segments of
// base64, or five, of which the first is a JSON object. Without one it returns -1
// and the end of the run.
func jsonWebToken(s string, run int, m *meter) (start, end int) {
	i := run
	for ; isAt(s, i, token); i++ {
		if s[i] != 'e' || !strings.HasPrefix(s[i:], "eyJ") || !startsSegment(s, i) {
			continue
		}
		if end := tokenEnd(s, i, m); end >= 0 {
			m.add(i - run)
			return i, end
		}
	}
	m.add(i - run)
	return -1, i
}

// tokenEnd returns the end of the token at s[i], or -1 when it is none.
func tokenEnd(s string, i int, m *meter) int {
	var ends [5]int
	n := 0
	for from := i; n < len(ends); n++ {
		ends[n] = segmentEnd(s, from, m)
		from = ends[n] + 1
		if at(s, ends[n]) != '.' {
			n++
			break
		}
	}
	if n < 3 || ends[0]-i < minSegment || !random(s[i:ends[0]]) {
		return -1
	}
	end := ends[2]
	encrypted := n == len(ends) && ends[4] > ends[3]+1
	switch {
	case encrypted:
		end = ends[4]
	case ends[1]-ends[0]-1 < minSegment:
		return -1
	}
	if !endsWord(s, end) {
		return -1
	}
	return end
}

// startsSegment reports whether a segment may start at s[i]: unlike a word, it
// does not after - and _, which belong to a segment. So no segment is looked at
// again from its middle.
func startsSegment(s string, i int) bool {
	return startsWord(s, i) && at(s, i-1) != '-' && at(s, i-1) != '_'
}

// segmentEnd returns the end of the segment at s[i].
func segmentEnd(s string, i int, m *meter) int {
	end := i
	for end < len(s) && wordMarks[s[end]] {
		end++
	}
	m.add(end - i)
	return end
}
