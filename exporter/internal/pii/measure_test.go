package pii_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/pii"
)

// measured are the redactors, and what they must reach on the labelled texts.
var measured = []struct {
	name, note        string
	precision, recall float64
}{
	{"email", "[email redacted]", 0, 0},
	{"phone", "[phone redacted]", 0, 0},
	{"payment_card", "[payment card redacted]", 0, 0},
	{"iban", "[IBAN redacted]", 0, 0},
	{"ip_address", "[IP address redacted]", 0, 0},
	{"api_keys", "[API key redacted]", 0, 0},
	{"bearer_tokens", "[bearer token redacted]", 0, 0},
	{"private_keys", "[private key redacted]", 0, 0},
}

// score counts values and notes. A value counts as found when nothing of it is
// left, and a note as wrong when it stands for no value.
type score struct{ texts, values, found, wrong, exact int }

func (s score) precision() float64 { return float64(s.found) / float64(max(1, s.found+s.wrong)) }
func (s score) recall() float64    { return float64(s.found) / float64(max(1, s.values)) }

// judge compares where the notes of a text come from with where they should.
func (s *score) judge(l labelled, spans [][2]int, report func(what string)) {
	s.texts++
	s.values += len(l.values)
	for _, v := range l.values {
		covered := false
		for _, at := range spans {
			if at[0] <= v[0] && v[1] <= at[1] {
				covered = true
				if at == v {
					s.exact++
				}
			}
		}
		if covered {
			s.found++
		} else {
			report("missed")
		}
	}
	for _, at := range spans {
		right := false
		for _, v := range l.values {
			right = right || at[0] < v[1] && v[0] < at[1]
		}
		if !right {
			s.wrong++
			report("wrong")
		}
	}
}

// TestPrecisionAndRecall measures every redactor on its own texts and on the
// common traps. PII_SHOW=1 shows what is missed and what is wrong.
func TestPrecisionAndRecall(t *testing.T) {
	show := os.Getenv("PII_SHOW") != ""
	traps := load(t, "traps")
	var table strings.Builder
	for _, m := range measured {
		set, err := pii.New([]string{m.name})
		require.NoError(t, err)
		var s score
		for _, l := range append(load(t, m.name), traps...) {
			out, changed := set.Redact(l.text)
			require.Equal(t, out != l.text, changed)
			spans := pii.Spans(set, l.text)
			require.Len(t, spans, strings.Count(out, m.note))
			s.judge(l, spans, func(what string) {
				if show {
					t.Logf("%s %s: %s.txt:%d: %.300q\n    became %.300q", m.name, what, l.file, l.line, l.text, out)
				}
			})
		}
		require.GreaterOrEqual(t, s.texts, 200, m.name)
		fmt.Fprintf(&table, "| `%s` | %d | %d | %d | %d | %.3f | %.3f |\n", m.name, s.texts, s.values, s.values-s.found, s.wrong, s.precision(), s.recall())
		require.GreaterOrEqual(t, s.precision(), m.precision, "precision of %s", m.name)
		require.GreaterOrEqual(t, s.recall(), m.recall, "recall of %s", m.name)
	}
	t.Logf("\n| Redactor | Texts | Values | Missed | Wrong notes | Precision | Recall |\n|---|---|---|---|---|---|---|\n%s", table.String())
}
