package otelopenai_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/contrib/openai/otelopenai"
)

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
			kept, whole, cut := otelopenai.Skim([]byte(c.doc), piece, 4, 1000, "v")
			require.True(t, whole)
			require.Equal(t, c.want, string(kept), "in pieces of %d", piece)
			require.Equal(t, strings.Contains(c.doc, "5") || strings.Contains(c.doc, `\"`) || strings.Contains(c.doc, "é4"), cut, c.doc)
		}
	}
	kept, whole, _ := otelopenai.Skim([]byte(`[1,2,3,4]`), 1, 4, 5, "")
	require.False(t, whole)
	require.Empty(t, kept)
}

// Of valid JSON, what is kept is valid JSON; without a long string it is the same.
func FuzzSkim(f *testing.F) {
	for _, c := range recordedCalls(f) {
		f.Add(c.request, 7)
		f.Add(c.answer, 97)
	}
	f.Fuzz(func(t *testing.T, doc []byte, piece int) {
		if piece < 1 {
			piece = 1
		}
		kept, whole, _ := otelopenai.Skim(doc, piece, 1<<20, 1<<20, "")
		if whole {
			require.Equal(t, string(doc), string(kept))
		}
		kept, _, cut := otelopenai.Skim(doc, piece, 16, 1<<20, "embedding")
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
	for _, c := range recordedCalls(f) {
		if c.stream {
			f.Add(c.answer, 13)
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte, piece int) {
		require.Equal(t, otelopenai.Events(stream, len(stream)+1), otelopenai.Events(stream, max(1, piece)))
	})
}

func TestEvents(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"a", "b\n c", "[DONE]"},
		otelopenai.Events([]byte("data: a\r\n\r\nevent: x\ndata:b\ndata: c\n\n: comment\n\ndata\n\nid: 1\n\ndata: [DONE]\n\ndata: cut off"), 2))
}

// Whatever is sent and answered, the call ends with one span and without a panic.
func FuzzCall(f *testing.F) {
	for _, c := range recordedCalls(f) {
		f.Add(c.name, c.request, c.answer, c.stream)
	}
	f.Fuzz(func(t *testing.T, name string, request, response []byte, stream bool) {
		spans, genai := newTracer(t)
		path := map[byte]string{'c': "chat/completions", 'r': "responses"}[append([]byte(name), ' ')[0]]
		if path == "" {
			path = "embeddings"
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.openai.com/v1/"+path, strings.NewReader(string(request)))
		require.NoError(t, err)
		header := http.Header{"Content-Type": {"application/json"}}
		if stream {
			header.Set("Content-Type", "text/event-stream")
		}
		resp, err := genai.Middleware(req, func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(string(response)))}, nil
		})
		require.NoError(t, err)
		got, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, string(response), string(got))
		require.NoError(t, resp.Body.Close())
		require.Len(t, spans.Ended(), 1)
		attrs := attributes(spans.Ended()[0])
		for _, key := range []string{"gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions"} {
			if text, ok := attrs[key].(string); ok {
				require.True(t, json.Valid([]byte(text)), "%s: %s", key, text)
			}
		}
	})
}

// An answer with vectors of 24 MB: the client gets all of them, and the span the
// usage that stands behind them.
func TestLargeEmbeddings(t *testing.T) {
	t.Parallel()
	vector := "[" + strings.Repeat("0.0123456789,", 1<<10) + "1]"
	one := `{"object":"embedding","index":0,"embedding":` + vector + `}`
	many := strings.Repeat(one+",", 1800) + one
	h := newHarness(t, answer(`{"object":"list","data":[`+many+`],"model":"text-embedding-3-small","usage":{"prompt_tokens":9,"total_tokens":9}}`))
	res, err := h.client.Embeddings.New(t.Context(), openai.EmbeddingNewParams{
		Model: "text-embedding-3-small", Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("hi")},
	})
	require.NoError(t, err)
	require.Len(t, res.Data, 1801)
	attrs := attributes(h.span(t))
	require.EqualValues(t, 9, attrs["gen_ai.usage.input_tokens"])
	require.NotContains(t, attrs, "$ai_truncated")
}

// An image of 8 MB in the answer: usage and text are recorded, and the cut is
// told.
func TestLargeImage(t *testing.T) {
	t.Parallel()
	image := strings.Repeat("iVBORw0KGgo", 8<<20/11)
	output := `{"id":"resp_1","status":"completed","output":[{"type":"image_generation_call","id":"ig_1","result":"` + image + `"},
		{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Here."}]}],"usage":{"input_tokens":5,"output_tokens":2}}`
	for name, serve := range map[string]http.HandlerFunc{
		"document": answer(output),
		"stream": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = fmt.Fprintf(w, "data: {\"type\":\"response.completed\",\"response\":%s}\n\n", strings.ReplaceAll(output, "\n", " "))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, serve)
			var resp *http.Response
			require.NoError(t, h.client.Execute(t.Context(), http.MethodPost, "responses", []byte(`{"model":"gpt-5","input":"Draw."}`), &resp))
			n, err := io.Copy(io.Discard, resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Greater(t, n, int64(len(image)))
			attrs := attributes(h.span(t))
			require.EqualValues(t, 5, attrs["gen_ai.usage.input_tokens"])
			require.Equal(t, true, attrs["$ai_truncated"])
			require.Equal(t, `[{"role":"assistant","parts":[{"type":"tool_call","id":"ig_1","name":"image_generation"},`+
				`{"type":"blob","modality":"image","mime_type":"image/png"},{"type":"text","content":"Here."}],"finish_reason":"stop"}]`,
				attrs["gen_ai.output.messages"])
		})
	}
}

// A stream without end in sight, and an answer of structure alone, cost the span
// content, and the client nothing.
func TestMoreThanIsKept(t *testing.T) {
	t.Parallel()
	const chunk = "data: {\"id\":\"c-1\",\"choices\":[{\"delta\":{\"content\":\"%s\"}}]}\n\n"
	text := strings.Repeat("é", 50_000)
	for name, c := range map[string]struct {
		contentType, answer string
		output              int
	}{
		"text":      {"text/event-stream", strings.Repeat(fmt.Sprintf(chunk, text), 60) + "data: {\"usage\":{\"prompt_tokens\":1}}\n\ndata: [DONE]\n\n", 4 << 20},
		"choices":   {"text/event-stream", manyChoices(300) + "data: {\"usage\":{\"prompt_tokens\":1}}\n\n", 0},
		"structure": {"application/json", `{"choices":[` + strings.Repeat(`{},`, 2<<20) + `{}],"usage":{"prompt_tokens":1}}`, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", c.contentType)
				_, _ = io.WriteString(w, c.answer)
			})
			var resp *http.Response
			require.NoError(t, h.client.Execute(t.Context(), http.MethodPost, "chat/completions", []byte(`{"model":"m"}`), &resp))
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Len(t, got, len(c.answer))
			attrs := attributes(h.span(t))
			require.Equal(t, true, attrs["$ai_truncated"])
			if c.output < 0 {
				return
			}
			require.EqualValues(t, 1, attrs["gen_ai.usage.input_tokens"])
			output := attrs["gen_ai.output.messages"].(string)
			require.True(t, json.Valid([]byte(output)))
			require.NotContains(t, output, "\ufffd")
			if c.output > 0 {
				require.InDelta(t, c.output, len(output), 200)
			}
		})
	}
}

func manyChoices(n int) string {
	var b strings.Builder
	for i := range n {
		_, _ = fmt.Fprintf(&b, "data: {\"choices\":[{\"index\":%d,\"delta\":{\"content\":\"x\"}}]}\n\n", i)
	}
	return b.String()
}

// An error body larger than what is looked at reaches the client whole.
func TestLargeError(t *testing.T) {
	t.Parallel()
	message := strings.Repeat("x", 1<<20)
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"code":"too_long","message":"`+message+`"}}`)
	})
	_, err := h.client.Chat.Completions.New(t.Context(), ask())
	var apiErr *openai.Error
	require.ErrorAs(t, err, &apiErr)
	require.Equal(t, message, apiErr.Message)
	require.EqualValues(t, 400, attributes(h.span(t))["http.response.status_code"])
}

// An error whose body breaks off gives the client the error that it would have.
func TestErrorThatBreaksOff(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":`)
	})
	_, err := h.client.Chat.Completions.New(t.Context(), ask())
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, "400", attributes(h.span(t))["error.type"])
}
