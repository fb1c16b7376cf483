package genaitrace_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
)

const chunk = `{"id":"chatcmpl-2","object":"chat.completion.chunk","model":"gpt-5-mini-2026","choices":[{"index":0,`

// answerStream sends the chunks and, if done, what ends them.
func answerStream(done bool, chunks ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		for _, c := range chunks {
			// In pieces that are not lines, so that lines are cut across reads.
			text := ": a comment\r\ndata: " + c + "\r\n\r\n"
			for _, piece := range []string{text[:len(text)/2], text[len(text)/2:]} {
				_, _ = io.WriteString(w, piece)
				w.(http.Flusher).Flush()
			}
		}
		if !done {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answerStream(true,
		chunk+`"delta":{"role":"assistant","content":"Order 1042 "}}]}`,
		chunk+`"delta":{"content":"is on its way."},"finish_reason":"stop"}]}`,
		`{"id":"chatcmpl-2","object":"chat.completion.chunk","model":"gpt-5-mini-2026","choices":[],`+
			`"usage":{"prompt_tokens":30,"completion_tokens":9,"total_tokens":39}}`,
	))
	params := question()
	params.StreamOptions.IncludeUsage = openai.Bool(true)
	stream := h.client.Chat.Completions.NewStreaming(t.Context(), params)
	var text strings.Builder
	for stream.Next() {
		for _, c := range stream.Current().Choices {
			text.WriteString(c.Delta.Content)
		}
	}
	require.NoError(t, stream.Err())
	require.NoError(t, stream.Close())
	require.Equal(t, "Order 1042 is on its way.", text.String())

	s, attrs := h.span(t)
	require.Equal(t, codes.Unset, s.Status().Code)
	require.Equal(t, true, attrs["gen_ai.request.stream"])
	require.Equal(t, "chatcmpl-2", attrs["gen_ai.response.id"])
	require.Equal(t, []string{"stop"}, attrs["gen_ai.response.finish_reasons"])
	require.Equal(t, int64(30), attrs["gen_ai.usage.input_tokens"])
	require.Equal(t, int64(9), attrs["gen_ai.usage.output_tokens"])
	require.Positive(t, attrs["gen_ai.response.time_to_first_chunk"])
	require.Equal(t, `[{"role":"assistant","parts":[{"type":"text","content":"Order 1042 is on its way."}],"finish_reason":"stop"}]`,
		attrs["gen_ai.output.messages"])
}

func TestStreamThatBreaks(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answerStream(false, chunk+`"delta":{"content":"Order "}}]}`))
	stream := h.client.Chat.Completions.NewStreaming(t.Context(), question())
	for stream.Next() {
		require.NotEmpty(t, stream.Current().ID)
	}
	require.Error(t, stream.Err())
	require.NoError(t, stream.Close())

	s, attrs := h.span(t)
	require.Equal(t, codes.Error, s.Status().Code)
	require.Contains(t, attrs["gen_ai.output.messages"], "Order ", "what came is kept")
}

func TestStreamThatNobodyReads(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answerStream(true, chunk+`"delta":{"content":"Order "}}]}`))
	stream := h.client.Chat.Completions.NewStreaming(t.Context(), question())
	require.NoError(t, stream.Err())
	require.NoError(t, stream.Close())
	_, attrs := h.span(t)
	require.Equal(t, "chat", attrs["gen_ai.operation.name"])
}
