package pii

import "strings"

// findAPIKey finds keys by what their vendors begin them with, and values behind
// a name that says that they are secret.
func findAPIKey(s string, from int, m *meter) (start, end int) {
	return findInRuns(s, from, m, apiKeyIn)
}

// apiKeyIn finds the first key in a run of token bytes. Without one it returns -1
// and the end of the run.
func apiKeyIn(s string, run int, m *meter) (start, end int) {
	if start, end := namedKey(s, run, m); start >= 0 {
		return start, end
	}
	return vendorKey(s, run, m)
}

// vendorKey finds the first key of a vendor in a run of token bytes. Without one
// it returns -1 and the end of the run.
func vendorKey(s string, run int, m *meter) (start, end int) {
	i := run
	for ; isAt(s, i, token); i++ {
		if vendorsBy[s[i]] == nil || !startsWord(s, i) {
			continue
		}
		for j := range vendorsBy[s[i]] {
			v := &vendorsBy[s[i]][j]
			if !strings.HasPrefix(s[i:], v.prefix) {
				continue
			}
			if end := v.end(s, i+len(v.prefix), m); end >= 0 {
				m.add(i - run)
				return v.withNumber(s, i), end
			}
		}
	}
	m.add(i - run)
	return -1, i
}

// end returns the end of the body at s[i], or -1 if there is no such body.
func (v *vendor) end(s string, i int, m *meter) int {
	// A short prefix of the body is enough to reject it.
	need := max(v.min, v.max+1)
	if v.max == 0 {
		need = max(v.min, sample)
	}
	end := v.skip(s, i, min(len(s), i+need))
	m.add(end - i)
	n := end - i
	if n < v.min || v.max > 0 && n > v.max || !v.trusts(s[i:end]) {
		return -1
	}
	if v.max == 0 {
		end = v.skip(s, end, len(s))
		m.add(end - i)
	}
	if v.body == dotted && s[end-1] == '.' {
		end-- // of the sentence
		if end-i < v.min {
			return -1
		}
	}
	if v.body == base64Marks {
		end = skipPadding(s, end)
	}
	if !endsWord(s, end) {
		return -1
	}
	if key := i - len(v.prefix); v.prefix == telegram && v.withNumber(s, key) == key {
		return -1
	}
	return end
}

// trusts reports whether a body is random. Letters alone cannot mix with digits,
// and capitals have too few of them: base32 has six.
func (v *vendor) trusts(body string) bool {
	if v.body == letters || v.body == capitals {
		return varied(body)
	}
	return random(body)
}

func (v *vendor) skip(s string, i, end int) int {
	for i < end && v.body[s[i]] {
		i++
	}
	return i
}

// withNumber returns the start of the number of a Telegram bot, 8 to 10 digits,
// that belongs to the key behind the colon.
func (v *vendor) withNumber(s string, i int) int {
	if v.prefix != telegram || at(s, i-1) != ':' {
		return i
	}
	start := skipBack(s, i-1, max(0, i-12), digit)
	if n := i - 1 - start; n < 8 || n > 10 || !startsWord(s, start) {
		return i
	}
	return start
}

// skipPadding returns the index behind up to two = at s[i].
func skipPadding(s string, i int) int {
	for end := i + 2; i < end && at(s, i) == '='; {
		i++
	}
	return i
}

// maxName bounds how long a name before a value may be.
const maxName = 64

// namedKey judges a run of token bytes by the name before it:
// API_KEY="...", {"apiKey": "..."}, ?token=...
func namedKey(s string, run int, m *meter) (start, end int) {
	start = skipEscape(s, run)
	if at(s, start-1) == '\\' && at(s, start) == '/' {
		start++
	}
	name := nameBefore(s, start, m)
	if name == "" || !SecretName(name) {
		return -1, -1
	}
	end = runValue(s, start, m)
	if end < 0 {
		return -1, -1
	}
	// PHP writes the / of base64 as \/.
	for at(s, end) == '\\' && at(s, end+1) == '/' {
		next := skip(s, end+2, token)
		m.add(next - end)
		end = next
	}
	end = skipPadding(s, end)
	if at(s, end) == '(' || !endsWord(s, end) {
		return -1, -1 // a function is called
	}
	return start, end
}

// runValue returns the end of a value that is all of a run from s[i] on, without
// the dots of a sentence, or -1 when it is short or not random.
func runValue(s string, i int, m *meter) int {
	end := skip(s, i, token)
	m.add(end - i)
	if !endsWord(s, end) {
		return -1
	}
	for end > i && s[end-1] == '.' {
		end--
	}
	if end-i < minRun || !random(s[i:end]) {
		return -1
	}
	return end
}

// nameBefore returns the name that a value at s[i] is given to, or "".
func nameBefore(s string, i int, m *meter) string {
	stop := max(0, i-maxName)
	const around = ` "'\` + "`"
	j, sign := i, false
	for j > stop && (strings.IndexByte(around, s[j-1]) >= 0 || !sign && s[j-1] == '>' || s[j-1] == '=' || s[j-1] == ':') {
		sign = sign || s[j-1] == '=' || s[j-1] == ':'
		j--
	}
	m.add(i - j)
	if !sign {
		return ""
	}
	end := j
	for j > stop && (is(s[j-1], alnum) || strings.IndexByte("_-.", s[j-1]) >= 0) {
		j--
	}
	m.add(end - j)
	return s[min(skipEscape(s, j), end):end]
}
