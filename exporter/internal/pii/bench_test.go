package pii_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/pii"
)

const words = `the of and to in is you that it he was for on are as with his they at be this have from or one had by word but not what all were we when your can said there
use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could
people my than first water been call who oil its now find long down day did get come made may part over new sound take only little work know place year live me back give most
understanding international responsibilities communication environment development`

// prose makes text of n bytes.
func prose(n int) string {
	list := strings.Fields(words)
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		b.WriteString(list[(i*i+7*i)%len(list)])
		b.WriteString([]string{" ", " ", " ", ", ", ". ", " ", "\n"}[i%7])
	}
	return b.String()[:n]
}

func BenchmarkRedact(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	text := prose(8 << 10)
	code := strings.Repeat("func (s *Server) handleRequest(w http.ResponseWriter, r *http.Request) {\n\tid := r.URL.Query().Get(\"request_id\")\n\tif len(id) != 36 {\n\t\thttp.Error(w, \"bad id\", 400)\n\t}\n}\n", 50)[:8<<10]
	log := strings.Repeat("2024-03-15T10:30:00.123Z INFO id=550e8400-e29b-41d4-a716-446655440000 status=200 bytes=18231 took=0.0351\n", 90)[:8<<10]
	texts := map[string]string{
		"Prose": text, "Code": code, "Log": log, "JSON": `[{"role":"user","content":"` + strings.ReplaceAll(text, "\n", `\n`) + `"}]`,
		"Values": strings.Repeat(text[:900]+" ada@example.com +442079460018 192.0.2.1 "+made["anthropic"](r)+"\n", 8)[:8<<10],
	}
	for _, names := range [][]string{{"secrets"}, pii.Names()[:8]} {
		set, err := pii.New(names)
		require.NoError(b, err)
		for name, text := range texts {
			b.Run(map[int]string{1: "Secrets", 8: "All"}[len(names)]+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					set.Redact(text)
				}
			})
		}
	}
}
