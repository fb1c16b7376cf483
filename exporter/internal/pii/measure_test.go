package pii_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/pii"
)

type measurement struct {
	name, note string
	// precision and recall are the least that the labelled texts must show.
	precision, recall float64
}

// measured are the redactors, and what they must reach on the labelled texts.
var measured = []measurement{
	{"email", "[email redacted]", 0.99, 0.97},
	{"phone", "[phone redacted]", 0.98, 0.98},
	{"payment_card", "[payment card redacted]", 0.99, 0.97},
	{"iban", "[IBAN redacted]", 0.99, 0.99},
	{"ip_address", "[IP address redacted]", 0.99, 0.99},
	{"api_keys", "[API key redacted]", 0.99, 0.96},
	{"bearer_tokens", "[bearer token redacted]", 0.99, 0.98},
	{"private_keys", "[private key redacted]", 0.99, 0.99},
}

// score counts values and notes. A value counts as found when nothing of it is
// left, and a note as wrong when it stands for no value.
type score struct{ texts, values, found, wrong, exact int }

func (s score) precision() float64 { return float64(s.found) / float64(max(1, s.found+s.wrong)) }
func (s score) recall() float64    { return float64(s.found) / float64(max(1, s.values)) }

// judge compares where the notes of a text come from with where they should.
func (s *score) judge(l labelled, kind string, spans [][2]int, report func(what string)) {
	s.texts++
	for i, v := range l.values {
		if l.kinds[i] != kind {
			continue
		}
		s.values++
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
		for i, v := range l.values {
			// One secret may be found as another: a JSON Web Token behind "token=".
			same := l.kinds[i] == kind || isSecret(kind) && isSecret(l.kinds[i])
			right = right || same && at[0] < v[1] && v[0] < at[1]
		}
		if !right {
			s.wrong++
			report("wrong")
		}
	}
}

func isSecret(kind string) bool {
	return kind == "api_keys" || kind == "bearer_tokens" || kind == "private_keys"
}

// TestPrecisionAndRecall measures every redactor on its own texts and on the
// common traps. PII_SHOW=1 shows what is missed and what is wrong.
func TestPrecisionAndRecall(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	for _, m := range measured {
		s := m.measure(t, append(load(t, m.name), load(t, "traps")...))
		require.GreaterOrEqual(t, s.texts, 200, m.name)
		require.GreaterOrEqual(t, s.precision(), m.precision, "precision of %s", m.name)
		require.GreaterOrEqual(t, s.recall(), m.recall, "recall of %s", m.name)
		rows.WriteString(s.row(m.name))
	}
	t.Log(table(rows.String()))
}

// TestUnseen measures all of them on texts that were written after the code. What
// it showed at first is in the README.
func TestUnseen(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	all := score{}
	for _, m := range measured {
		s := m.measure(t, load(t, "unseen"))
		all.values += s.values
		all.found += s.found
		all.wrong += s.wrong
		rows.WriteString(s.row(m.name))
	}
	t.Log(table(rows.String()))
	require.GreaterOrEqual(t, all.precision(), 0.98)
	require.GreaterOrEqual(t, all.recall(), 0.98)
}

func (m measurement) measure(t *testing.T, texts []labelled) (s score) {
	set, err := pii.New([]string{m.name})
	require.NoError(t, err)
	for _, l := range texts {
		out, changed := set.Redact(l.text)
		require.Equal(t, out != l.text, changed)
		spans := pii.Spans(set, l.text)
		require.Len(t, spans, strings.Count(out, m.note))
		s.judge(l, m.name, spans, func(what string) {
			if os.Getenv("PII_SHOW") != "" {
				t.Logf("%s %s: %s.txt:%d: %.300q\n    became %.300q", m.name, what, l.file, l.line, l.text, out)
			}
		})
	}
	return s
}

func (s score) row(name string) string {
	return fmt.Sprintf("| `%s` | %d | %d | %d | %d | %.3f | %.3f |\n", name, s.texts, s.values, s.values-s.found, s.wrong, s.precision(), s.recall())
}

func table(rows string) string {
	return "\n| Redactor | Texts | Values | Missed | Wrong notes | Precision | Recall |\n|---|---|---|---|---|---|---|\n" + rows
}
