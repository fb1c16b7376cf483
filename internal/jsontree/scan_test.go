package jsontree_test

import (
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

func TestScan(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`, `[]`, ` [ ] `, "\t{\"a\" : [1, -0.5e+3 ,true,null,\"x\\u00e9\\\\\\\"\"] }\n", `[1e30,1e-400,123456789012345678901234567890]`, `[[[]],{"a":{}}]`, `["é日本🧒"]`,
		strings.Repeat("[", jsontree.MaxDepth) + strings.Repeat("]", jsontree.MaxDepth),
	} {
		_, ok := jsontree.Scan(text)
		require.True(t, ok, text)
	}
	for _, text := range []string{
		``, ` `, `1`, `"a"`, `null`, `[`, `]`, `{`, `}`, `[}`, `{]`, `[1`, `[1,]`, `[,1]`, `[1 2]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{1:2}`,
		`[01]`, `[1.]`, `[.5]`, `[+1]`, `[1e]`, `[-]`, `[tru]`, `[nul]`, `["a]`, `["\x"]`, `["\u12g4"]`, "[\"a\x01b\\n\"]", "[\"\n\"]", "[\"\xff\"]",
		"[\"\xc3\"]", `[] []`, `[]]`, "[\"a\\\"]", "[\"\\", `[1e999]`, `[-1` + strings.Repeat("0", 400) + `]`, `["\ud800"]`, `["\udc00\ud800"]`, `["\ud800\u0041"]`,
		strings.Repeat("[", jsontree.MaxDepth+1) + strings.Repeat("]", jsontree.MaxDepth+1),
		strings.Repeat("[", 1<<20),
	} {
		_, ok := jsontree.Scan(text)
		require.False(t, ok, "%.60q", text)
	}
}

func TestScanFacts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]jsontree.Facts{
		`[{"role":"user","content":"hi"}]`:                         {},
		`[{"role":"system"}]`:                                      {System: true, Shape: true},
		`[{"type":"tool_call_response","response":"x"}]`:           {ToolResponse: true},
		`[{"url":"data:image/png;base64,AAAA"}]`:                   {Media: true},
		`[{"inline_data":{"data":"AA"}}]`:                          {Media: true, Shape: true},
		`[{"type":"blob","content":"AA"},{"role":"system"}]`:       {Media: true, System: true, Shape: true},
		`["a system prompt; finish_reason; a tool_call_response"]`: {},
	} {
		got, ok := jsontree.Scan(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
}

// FuzzScan compares the scanner with a strict validator, which does not know our
// limit of depth, and with the usual one, which takes more.
func FuzzScan(f *testing.F) {
	input, output := spantest.Conversation(rand.New(rand.NewPCG(1, 2)), 700)
	for _, seed := range []string{input, output, `{"a":[1,-2.5e-7,"\ud83d\ude00",{}]}`, "[\"a\x01b\\n\"]", `[1e+]`, "[\"\xed\xa0\x80\"]", `{"":{"":[]}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, got := jsontree.Scan(text)
		trimmed := strings.Trim(text, " \t\r\n")
		container := strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[")
		want := container && jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true)) && depth(text) <= jsontree.MaxDepth && inRange(text)
		require.Equal(t, want, got, "%q", text)
		if want {
			require.True(t, json.Valid([]byte(text)))
			n, ok := jsontree.Parse(text)
			require.True(t, ok)
			require.JSONEq(t, text, n.JSON())
		} else if container {
			if n, ok := jsontree.ParseContainer(text); ok { // mended
				_, whole := jsontree.Scan(n.JSON())
				require.True(t, whole, "%q", text)
			}
		}
	})
}

// inRange reports whether every number of a valid document is a float64.
func inRange(text string) bool {
	d := json.NewDecoder(strings.NewReader(text))
	for {
		switch _, err := d.Token(); {
		case errors.Is(err, io.EOF):
			return true
		case err != nil:
			return false
		}
	}
}

// depth returns how deeply a valid document is nested.
func depth(text string) int {
	d := jsontext.NewDecoder(strings.NewReader(text), jsontext.AllowDuplicateNames(true))
	deepest := 0
	for {
		if _, err := d.ReadToken(); err != nil {
			return deepest
		}
		deepest = max(deepest, d.StackDepth())
	}
}

func BenchmarkScan(b *testing.B) {
	input, _ := spantest.Conversation(rand.New(rand.NewPCG(1, 2)), 64<<10)
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := jsontree.Scan(input); !ok {
			b.Fatal("not valid")
		}
	}
}
