// Package pii finds personal data and secrets in a text and puts a note such as
// "[email redacted]" in their place.
//
// # What is found
//
// Each redactor has a name, see [Names]. A set of them is made once, with [New],
// and used for every text:
//
//	email          addresses, also of other scripts, and with %40 as URLs write them
//	phone          with a country code; in the usual spellings of a country; or
//	               any 7 to 13 digits behind a word such as "phone"
//	payment_card   the number ranges of card schemes, with a right check digit
//	iban           the length of its country, with right check digits
//	ip_address     IPv4 and IPv6, but not loopback, unspecified or a netmask
//	api_keys       by a vendor's prefix, shape and randomness; and random values
//	               behind a name that [SecretName] knows, as in api_key=...
//	bearer_tokens  JSON Web Tokens, and random values behind "Bearer"
//	private_keys   PEM and PGP blocks, also with the line breaks escaped
//	secrets        the last three
//
// How well each does it is in the README beside this file, measured on the texts
// in testdata. A note tells what stood there and nothing about the value, unless
// [WithPseudonyms] asks for a keyed hash.
//
// # Guarantees
//
// All functions are pure and safe for concurrent use. They take time linear in
// the length of the text, whatever it holds, and allocate only when they find
// something. Redacting twice changes nothing more. Valid UTF-8 stays valid, and
// so does JSON, no escape sequence of which is cut, unless a number outside a
// string is a value: {"card": 4111111111111111}.
package pii

import (
	"fmt"
	"slices"
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/settings"
)

// Set is a number of redactors, in the order in which they look at a text.
type Set struct {
	redactors []redactor
	key       []byte
}

// Option changes how a [Set] writes its notes.
type Option func(*Set)

// WithPseudonyms makes the notes tell equal values from different ones: they
// carry 48 bits of an HMAC-SHA-256 with this key, as in "[email bgktnpdqhmrc]".
// Spaces, letter case and the like do not count where they mean nothing: an
// e-mail address in capitals has the same pseudonym. Whoever knows the key can
// test guesses. An empty key means no pseudonyms, as does leaving the option out.
func WithPseudonyms(key []byte) Option {
	return func(s *Set) { s.key = slices.Clone(key) }
}

// New returns the set of the redactors with these names. It returns an error for
// a name that is in none of [Names].
func New(names []string, opts ...Option) (*Set, error) {
	wanted := map[string]bool{}
	for _, name := range names {
		members, ok := groups[name]
		if !ok {
			members = []string{name}
		}
		for _, m := range members {
			if !slices.ContainsFunc(redactors, func(r redactor) bool { return r.name == m }) {
				return nil, unknownName(name)
			}
			wanted[m] = true
		}
	}
	set := &Set{}
	for _, r := range redactors {
		if wanted[r.name] {
			set.redactors = append(set.redactors, r)
		}
	}
	for _, o := range opts {
		o(set)
	}
	return set, nil
}

// Names returns the names that [New] takes, groups last.
func Names() []string {
	var names []string
	for _, r := range redactors {
		if !slices.Contains(names, r.name) {
			names = append(names, r.name)
		}
	}
	slices.Sort(names)
	return append(names, Secrets)
}

func unknownName(name string) error {
	names := Names()
	nearest := slices.MinFunc(names, func(a, b string) int { return settings.Distance(name, a) - settings.Distance(name, b) })
	if settings.Distance(name, nearest) <= 1+len(nearest)/3 {
		return fmt.Errorf("unknown redactor %q: do you mean %q?", name, nearest)
	}
	return fmt.Errorf("unknown redactor %q: known are %s", name, strings.Join(names, ", "))
}

// Redact returns the text with a note in the place of everything that a redactor
// of the set finds, and whether there was anything. A nil set finds nothing.
func (s *Set) Redact(text string) (string, bool) {
	if s == nil {
		return text, false
	}
	out := text
	for i := range s.redactors {
		out = s.replace(&s.redactors[i], out, nil)
	}
	return out, len(out) != len(text) || out != text
}

// Finds reports whether Redact would replace something, in less time.
func (s *Set) Finds(text string) bool {
	if s == nil {
		return false
	}
	inRuns := false
	for i := range s.redactors {
		r := &s.redactors[i]
		if r.inRun != nil {
			inRuns = true
		} else if start, _ := r.find(text, 0, nil); start >= 0 {
			return true
		}
	}
	return inRuns && s.findsInRuns(text)
}

// findsInRuns is Finds for the redactors that look at runs of token bytes: it goes
// through the runs once for all of them.
func (s *Set) findsInRuns(text string) bool {
	for run := nextRun(text, 0, nil); run >= 0; {
		from := run
		for i := range s.redactors {
			if inRun := s.redactors[i].inRun; inRun != nil {
				start, end := inRun(text, run, nil)
				if start >= 0 {
					return true
				}
				from = end
			}
		}
		run = nextRun(text, from, nil)
	}
	return false
}

// replace puts a note in the place of everything that one redactor finds.
func (s *Set) replace(r *redactor, text string, m *meter) string {
	start, end := r.find(text, 0, m)
	if start < 0 {
		return text
	}
	var out strings.Builder
	done := 0
	for start >= 0 {
		out.WriteString(text[done:start])
		s.writeNote(&out, r, text[start:end])
		done = end
		start, end = r.find(text, end, m)
	}
	out.WriteString(text[done:])
	return out.String()
}
