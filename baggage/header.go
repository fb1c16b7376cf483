package baggage

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// inbound is the parsed baggage of one request.
type inbound struct {
	session  Session
	aiParent string       // verbatim, with its properties; empty: none
	other    string       // a member session.id of another system, verbatim; empty: none
	foreign  []listMember // at most maxMembers, in order of arrival, unique names
}

// listMember is one member of a baggage header: its name and its verbatim text.
type listMember struct{ name, text string }

// parseHeader reads baggage header lines. The lines are untrusted: it reads all
// of them, because the session may come last, but in linear time, and it keeps
// at most maxMembers members. Of several members with one name the last valid
// one counts, as in OpenTelemetry. Foreign members are included only if foreign
// is set.
func parseHeader(lines []string, foreign bool, refused *refusals) inbound {
	var in inbound
	var ids [len(session.MemberIDs)]string
	var seen map[string]int // index in in.foreign
	for _, line := range lines {
		for text := range strings.SplitSeq(line, ",") {
			if text = trim(text); text == "" {
				continue
			}
			name, value, ok := parseMember(text)
			if !ok {
				refused.add(sourceBaggage, reasonMalformed)
				continue
			}
			if name, ours := session.MemberName(name); ours {
				in.takeOurs(listMember{name, text}, value, foreign, &ids, refused)
				continue
			}
			if !foreign {
				continue
			}
			if i, ok := seen[name]; ok {
				in.foreign[i].text = text
				continue
			}
			if len(in.foreign) == maxMembers {
				refused.add(sourceBaggage, reasonOverLimit)
				continue
			}
			if seen == nil {
				seen = make(map[string]int)
			}
			seen[name] = len(in.foreign)
			in.foreign = append(in.foreign, listMember{name, text})
		}
	}
	for _, id := range ids {
		if id != "" {
			in.session.ID = id
			break
		}
	}
	return in
}

// takeOurs stores the value of one of our members if it is valid. A session id
// goes into ids, at the index of its name.
func (in *inbound) takeOurs(m listMember, value string, foreign bool, ids *[len(session.MemberIDs)]string, refused *refusals) {
	// parseMember has checked the encoding.
	v, _ := url.PathUnescape(value)
	v = trim(v)
	if m.name == MemberOptOut { // the strictest one counts
		c, why := session.ParseConsent(v)
		in.session.Consent = max(in.session.Consent, c)
		refused.add(sourceBaggage, why)
		return
	}
	if v == "" {
		return
	}
	var why session.Reason
	switch m.name {
	case MemberDistinctID:
		why = take(&in.session.DistinctID, v, session.CheckDistinctID)
	case MemberWindowID:
		why = take(&in.session.WindowID, v, session.CheckID)
	case MemberAIParent:
		if why = checkAIParent(v); why == session.Valid && len(m.text) > session.MaxBytes {
			why = session.TooLong
		}
		if why == session.Valid {
			in.aiParent = m.text
		}
	default:
		if m.name == MemberSessionID && session.OfAnotherSystem(v) {
			if foreign {
				in.other = m.text
			}
			return
		}
		i := slices.Index(session.MemberIDs[:], m.name)
		refused.addID(sourceBaggage, take(&ids[i], v, session.CheckID))
		return
	}
	refused.add(sourceBaggage, why)
}

func take(field *string, v string, check func(string) session.Reason) session.Reason {
	why := check(v)
	if why == session.Valid {
		*field = v
	}
	return why
}

// formatHeader writes a baggage header within the limits: the session s first,
// then the AI parent, then foreign members as long as there is room.
func formatHeader(s Session, in inbound, refused *refusals) string {
	var b strings.Builder
	n := 0
	write := func(text string) {
		if n > 0 {
			b.WriteByte(',')
		}
		b.WriteString(text)
		n++
	}
	id := MemberSessionID
	if in.other != "" {
		id = session.MemberPostHogID
	}
	for _, m := range s.members(id) {
		write(strings.ReplaceAll(m.String(), "+", "%2B")) // receivers that decode forms read a plus as a blank
	}
	if in.aiParent != "" {
		write(in.aiParent)
	}
	foreign := in.foreign
	if in.other != "" {
		foreign = append([]listMember{{MemberSessionID, in.other}}, foreign...)
	}
	// inflated counts the bytes that a receiver adds when it replaces broken
	// UTF-8.
	inflated := 0
	for _, m := range foreign {
		extra := inflation(m.text)
		if n == maxMembers || b.Len()+1+len(m.text)+inflated+extra > maxBytes {
			refused.add(sourceBaggage, reasonOverLimit)
			continue
		}
		write(m.text)
		inflated += extra
	}
	return b.String()
}

// inflation bounds how much longer a member gets when OpenTelemetry decodes and
// encodes it again. Valid UTF-8 never grows. A broken byte, 3 characters in the
// header, becomes U+FFFD, 9 characters.
func inflation(text string) int {
	if strings.IndexByte(text, '%') < 0 {
		return 0
	}
	head, _, _ := strings.Cut(text, ";")
	if v, err := url.PathUnescape(head); err == nil && utf8.ValidString(v) {
		return 0
	}
	return 6 * strings.Count(head, "%")
}

// parseMember splits one list member, without white space around it, into its
// name and its encoded value. It accepts the grammar of
// https://www.w3.org/TR/baggage/#definition and nothing that OpenTelemetry
// rejects; the fuzz test compares the two.
func parseMember(text string) (name, value string, ok bool) {
	pair, properties, _ := strings.Cut(text, ";")
	name, value, ok = strings.Cut(pair, "=")
	name, value = trim(name), trim(value)
	if !ok || !isToken(name) || !isEncoded(value) {
		return "", "", false
	}
	for p := range strings.SplitSeq(properties, ";") {
		if p == "" {
			continue
		}
		k, v, _ := strings.Cut(p, "=")
		if !isToken(trim(k)) || !isEncoded(trim(v)) {
			return "", "", false
		}
	}
	return name, value, true
}

// isToken reports whether s is an RFC 7230 token.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if isAlphanumeric(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 {
			continue
		}
		return false
	}
	return s != ""
}

// isEncoded reports whether s consists of baggage octets, each % followed by
// two hexadecimal digits.
func isEncoded(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ' || c > '~' || c == '"' || c == ',' || c == ';' || c == '\\':
			return false
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
			i += 2
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// contextLines writes the baggage of a context as header lines of one member
// each, in a stable order.
func contextLines(b otelbaggage.Baggage) []string {
	lines := make([]string, 0, b.Len())
	for _, m := range b.Members() {
		lines = append(lines, m.String())
	}
	slices.Sort(lines)
	return lines
}
