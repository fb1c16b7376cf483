package otelopenai_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the expected spans anew")

// recordedCall is one folder of testdata/calls: what the client sends, what the
// API answers, and the span that comes of it. The name of the answer's file says
// how it is sent: response.json, response.429.json, response.sse, or
// response.broken.sse for a connection that breaks off.
type recordedCall struct {
	name            string
	request, answer []byte
	status          int
	stream, broken  bool
}

func recordedCalls(t testing.TB) (calls []recordedCall) {
	t.Helper()
	files, err := filepath.Glob("testdata/calls/*/response.*")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		dir, base := filepath.Split(file)
		c := recordedCall{name: filepath.Base(dir), status: http.StatusOK}
		c.answer = read(t, file)
		c.request = read(t, dir+"request.json")
		c.stream = filepath.Ext(base) == ".sse"
		switch middle := strings.TrimSuffix(strings.TrimPrefix(base, "response."), filepath.Ext(base)); middle {
		case "json", "sse":
		case "broken":
			c.broken = true
		default:
			c.status, err = strconv.Atoi(middle)
			require.NoError(t, err, file)
		}
		calls = append(calls, c)
	}
	return calls
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return data
}

// serve plays the answer, a stream in pieces that are cut anywhere.
func (c *recordedCall) serve(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	if c.stream {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	}
	w.WriteHeader(c.status)
	for rest := c.answer; len(rest) > 0; {
		n := min(len(rest), 97)
		_, _ = w.Write(rest[:n])
		if rest = rest[n:]; c.stream {
			w.(http.Flusher).Flush()
		}
	}
	if c.broken {
		panic(http.ErrAbortHandler)
	}
}

// do makes the call with the client's own methods, reads the answer to its end,
// and returns what the client made of it: JSON, or an error.
func (c *recordedCall) do(ctx context.Context, client *openai.Client) (string, error) {
	api, _, _ := strings.Cut(c.name, "-")
	switch {
	case api == "chat" && c.stream:
		return drain(client.Chat.Completions.NewStreaming(ctx, param.Override[openai.ChatCompletionNewParams](json.RawMessage(c.request))))
	case api == "chat":
		return result(client.Chat.Completions.New(ctx, param.Override[openai.ChatCompletionNewParams](json.RawMessage(c.request))))
	case api == "responses" && c.stream:
		return drain(client.Responses.NewStreaming(ctx, param.Override[responses.ResponseNewParams](json.RawMessage(c.request))))
	case api == "responses":
		return result(client.Responses.New(ctx, param.Override[responses.ResponseNewParams](json.RawMessage(c.request))))
	default:
		return result(client.Embeddings.New(ctx, param.Override[openai.EmbeddingNewParams](json.RawMessage(c.request))))
	}
}

func result(v interface{ RawJSON() string }, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return v.RawJSON(), nil
}

func drain[T interface{ RawJSON() string }](stream *ssestream.Stream[T]) (string, error) {
	var all strings.Builder
	for stream.Next() {
		all.WriteString(stream.Current().RawJSON() + "\n")
	}
	err := stream.Err()
	if closeErr := stream.Close(); err == nil {
		err = closeErr
	}
	return all.String(), err
}

func TestRecordedCalls(t *testing.T) {
	t.Parallel()
	for _, c := range recordedCalls(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, c.serve)
			got, err := c.do(t.Context(), &h.client)

			plain := h.newClient()
			want, wantErr := c.do(t.Context(), &plain)
			require.Equal(t, want, got, "the client sees what it sees without the middleware")
			if wantErr == nil {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, wantErr.Error())
			}

			recorded, err := json.MarshalIndent(record(h.span(t)), "", "  ")
			require.NoError(t, err)
			recorded = append(recorded, '\n')
			file := filepath.Join("testdata/calls", c.name, "span.json")
			if *update {
				require.NoError(t, os.WriteFile(file, recorded, 0o644))
			}
			require.Equal(t, string(read(t, file)), string(recorded))
		})
	}
}

// Whatever a request holds, no bytes of media, no secrets of hosted tools and no
// text of an error may be on a span. The recorded calls have all of them.
func TestSpansHoldNoBytesAndNoSecrets(t *testing.T) {
	t.Parallel()
	for _, c := range recordedCalls(t) {
		span := read(t, filepath.Join("testdata/calls", c.name, "span.json"))
		for _, secret := range []string{
			"base64,", "iVBORw0KGgo", "UklGRiQAAAB", "JVBERi0", "zczMPc", "0.3,", "secret", "gAAAAAB",
			"ann@example.com", "is too hard", "broke the model", "Rate limit reached", "<html>",
		} {
			require.False(t, bytes.Contains(span, []byte(secret)), "%s has %q", c.name, secret)
		}
	}
}
