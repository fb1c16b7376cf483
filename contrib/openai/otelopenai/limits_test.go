package otelopenai_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
)

// An answer with vectors of 10 MB: the client gets all of them, and the span the
// usage that stands behind them.
func TestLargeEmbeddings(t *testing.T) {
	t.Parallel()
	one := `{"object":"embedding","index":0,"embedding":[` + strings.Repeat("0.0123456789,", 1<<10) + `1]}`
	body := `{"object":"list","data":[` + strings.Repeat(one+",", 800) + one + `],"model":"m","usage":{"prompt_tokens":9}}`
	h := newHarness(t, answer(body))
	var resp *http.Response // to decode the vectors takes longer than the rest of the tests
	require.NoError(t, h.client.Execute(t.Context(), http.MethodPost, "embeddings", []byte(`{"model":"m","input":"hi"}`), &resp))
	got, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Len(t, got, len(body))
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

// A caller that asks for compressed bodies gets them, and decompresses them
// itself. The span says that it could not look inside.
func TestCompressedAnswer(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(z, hello)
		_ = z.Close()
	})
	var resp *http.Response
	require.NoError(t, h.client.Execute(t.Context(), http.MethodPost, "chat/completions", []byte(`{"model":"m"}`), &resp,
		option.WithHeader("Accept-Encoding", "gzip")))
	z, err := gzip.NewReader(resp.Body)
	require.NoError(t, err)
	got, err := io.ReadAll(z)
	require.NoError(t, err)
	require.Equal(t, hello, string(got))
	require.NoError(t, resp.Body.Close())
	span := h.span(t)
	require.Equal(t, codes.Unset, span.Status().Code)
	require.Equal(t, true, attributes(span)["$ai_truncated"])
}
