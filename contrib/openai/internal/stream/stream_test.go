package stream_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/contrib/openai/internal/stream"
)

const sample = `{"object":"list","data":[{"embedding":[0.1,-2e3],"text":"a \"long\" string – with \\u00e9 in it"}],"usage":{"prompt_tokens":2}}`

// skim passes a document through a Skimmer in pieces of the given size.
func skim(doc []byte, piece, maxString, maxDocument int, skip string) (kept []byte, whole, cut bool) {
	s := stream.NewSkimmer(stream.Limits{String: maxString, Document: maxDocument}, skip)
	for len(doc) > 0 {
		n := min(len(doc), piece)
		s.Write(doc[:n])
		doc = doc[n:]
	}
	kept, whole = s.Document()
	return kept, whole, whole && s.Lost()
}

// events cuts a stream into the data of its events.
func events(in []byte, piece int) (out []string) {
	r := stream.NewEvents(stream.Limits{String: 1 << 20, Document: 1 << 20})
	for len(in) > 0 {
		n := min(len(in), piece)
		r.Write(in[:n], func(data []byte) bool {
			out = append(out, string(data))
			return true
		})
		in = in[n:]
	}
	return out
}

func TestSkim(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ doc, want string }{
		{`{"a":"1234","b":[1,2,{"c":null}],"d":true}`, ""},
		{`{"a":"12345","b":"ok"}`, `{"a":"1234","b":"ok"}`},
		{`{"a":"123\n5"}`, `{"a":"123\n"}`},
		{`{"a":"123\u00e95"}`, `{"a":"123\u00e9"}`},
		{`{"a":"1234\""}`, `{"a":"1234"}`},
		{`{"a":"12é4"}`, `{"a":"12é"}`},
		{`{"a":"123é4"}`, `{"a":"123"}`},
		{`{"v":[0.1,"x",{"v":1}], "b" : 1}`, `{"v":null, "b" : 1}`},
		{`{"a":{"v" : "x,}]" },"b":1}`, `{"a":{"v" :null},"b":1}`},
		{`["v","v",{"w":"v"}]`, ""},
		{`"v"`, ""},
		{`{"v":1}{"v":2}`, `{"v":null}{"v":null}`},
	} {
		if c.want == "" {
			c.want = c.doc
		}
		for piece := 1; piece <= len(c.doc); piece++ {
			kept, whole, cut := skim([]byte(c.doc), piece, 4, 1000, "v")
			require.True(t, whole)
			require.Equal(t, c.want, string(kept), "in pieces of %d", piece)
			require.Equal(t, strings.Contains(c.doc, "5") || strings.Contains(c.doc, `\"`) || strings.Contains(c.doc, "é4"), cut, c.doc)
		}
	}
	kept, whole, _ := skim([]byte(`[1,2,3,4]`), 1, 4, 5, "")
	require.False(t, whole)
	require.Empty(t, kept)
}

// Of valid JSON, what is kept is valid JSON; without a long string it is the same.
func FuzzSkim(f *testing.F) {
	f.Add([]byte(sample), 7)
	f.Fuzz(func(t *testing.T, doc []byte, piece int) {
		if piece < 1 {
			piece = 1
		}
		kept, whole, _ := skim(doc, piece, 1<<20, 1<<20, "")
		if whole {
			require.Equal(t, string(doc), string(kept))
		}
		kept, _, cut := skim(doc, piece, 16, 1<<20, "embedding")
		require.LessOrEqual(t, len(kept), len(doc)+len("null")*(len(doc)/len(`"embedding":`)+1))
		if json.Valid(doc) {
			require.True(t, json.Valid(kept), "%s", kept)
		}
		if !cut && !strings.Contains(string(doc), "embedding") {
			require.Equal(t, string(doc), string(kept))
		}
	})
}

// However a stream is cut into pieces, the events are the same.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("data: a\r\n\r\nevent: x\ndata:b\ndata: c\n\n: comment\n\ndata\n\nda"), 3)
	f.Fuzz(func(t *testing.T, stream []byte, piece int) {
		require.Equal(t, events(stream, len(stream)+1), events(stream, max(1, piece)))
	})
}

func TestEvents(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"a", "b\n c", "[DONE]"},
		events([]byte("data: a\r\n\r\nevent: x\ndata:b\ndata: c\n\n: comment\n\ndata\n\nid: 1\n\ndata: [DONE]\n\ndata: cut off"), 2))
}
