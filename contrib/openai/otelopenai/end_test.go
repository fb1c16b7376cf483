package otelopenai_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
)

// kind is a way to call the API: raw, so that the test decides how much of the
// body is read.
type kind struct {
	name, path, body string
	contentType      string
	head             string // of the answer: what arrives before the test decides
	tail             string
}

var kinds = []kind{
	{"chat", "chat/completions", `{"model":"m","messages":[]}`, "application/json", `{"id":"c-1",`, `"model":"m","choices":[]}`},
	{"chat stream", "chat/completions", `{"model":"m","messages":[],"stream":true}`, "text/event-stream", "data: {\"id\":\"c-1\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n", "data: [DONE]\n\n"},
	{"responses", "responses", `{"model":"m","input":"hi"}`, "application/json", `{"id":"c-1",`, `"status":"completed","output":[]}`},
	{
		"responses stream", "responses", `{"model":"m","input":"hi","stream":true}`, "text/event-stream",
		"data: {\"type\":\"response.created\",\"response\":{\"id\":\"c-1\"}}\n\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\n",
		"data: {\"type\":\"response.completed\",\"response\":{\"id\":\"c-1\",\"status\":\"completed\"}}\n\n",
	},
	{"embeddings", "embeddings", `{"model":"m","input":"hi"}`, "application/json", `{"object":"list",`, `"model":"m","data":[]}`},
}

// started is a call whose head has arrived. The server sends the tail when it is
// told to, and waits for the end of the request otherwise.
type started struct {
	*harness
	kind     kind
	resp     *http.Response
	sendTail chan struct{}
	cancel   context.CancelFunc
}

func start(t *testing.T, k kind) *started {
	t.Helper()
	s := &started{kind: k, sendTail: make(chan struct{})}
	s.harness = newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", k.contentType)
		_, _ = io.WriteString(w, k.head)
		w.(http.Flusher).Flush()
		select {
		case <-s.sendTail:
			_, _ = io.WriteString(w, k.tail)
		case <-r.Context().Done():
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	s.cancel = cancel
	require.NoError(t, s.client.Execute(ctx, http.MethodPost, k.path, []byte(k.body), &s.resp))
	require.Len(t, s.spans.Started(), 1)
	require.Empty(t, s.spans.Ended(), "the answer is still on its way")
	return s
}

// readHead reads what has arrived: the middleware must not wait for more.
func (s *started) readHead(t *testing.T) {
	t.Helper()
	head := make([]byte, len(s.kind.head))
	_, err := io.ReadFull(s.resp.Body, head)
	require.NoError(t, err)
	require.Equal(t, s.kind.head, string(head))
}

func forEachKind(t *testing.T, test func(t *testing.T, s *started)) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t, k))
		})
	}
}

func TestTheAnswerIsReadToItsEnd(t *testing.T) {
	forEachKind(t, func(t *testing.T, s *started) {
		s.readHead(t)
		close(s.sendTail)
		tail, err := io.ReadAll(s.resp.Body)
		require.NoError(t, err)
		require.Equal(t, s.kind.tail, string(tail))
		require.Equal(t, codes.Unset, s.span(t).Status().Code)
		require.NoError(t, s.resp.Body.Close())
		require.NoError(t, s.resp.Body.Close())
		s.cancel()
		s.span(t) // still one
	})
}

// A caller that has what it wants closes early. That is no error.
func TestTheAnswerIsClosedEarly(t *testing.T) {
	forEachKind(t, func(t *testing.T, s *started) {
		s.readHead(t)
		require.NoError(t, s.resp.Body.Close())
		span := s.span(t)
		require.Equal(t, codes.Unset, span.Status().Code)
		if s.kind.contentType == "text/event-stream" {
			require.Equal(t, "c-1", attributes(span)["gen_ai.response.id"], "what came is kept")
			require.Contains(t, attributes(span)["gen_ai.output.messages"], "Hi")
		}
	})
}

// A caller that decodes JSON, or knows the last event of a stream, stops reading
// there and never meets the end of the body.
func TestTheAnswerIsClosedAtItsEnd(t *testing.T) {
	forEachKind(t, func(t *testing.T, s *started) {
		s.readHead(t)
		close(s.sendTail)
		_, err := io.ReadFull(s.resp.Body, make([]byte, len(s.kind.tail)))
		require.NoError(t, err)
		require.NoError(t, s.resp.Body.Close())
		attrs := attributes(s.span(t))
		if s.kind.name == "embeddings" {
			require.Equal(t, "m", attrs["gen_ai.response.model"])
		} else {
			require.Equal(t, "c-1", attrs["gen_ai.response.id"])
		}
	})
}

func TestTheAnswerIsClosedUnread(t *testing.T) {
	forEachKind(t, func(t *testing.T, s *started) {
		require.NoError(t, s.resp.Body.Close())
		require.Equal(t, codes.Unset, s.span(t).Status().Code)
	})
}

func TestTheContextIsCancelledWhileReading(t *testing.T) {
	forEachKind(t, func(t *testing.T, s *started) {
		s.readHead(t)
		s.cancel()
		_, err := io.ReadAll(s.resp.Body)
		require.ErrorIs(t, err, context.Canceled)
		require.NoError(t, s.resp.Body.Close())
		requireCancelled(t, s)
	})
}

// A caller that neither reads on nor closes leaks the body, but not the span.
func TestTheAnswerIsForgotten(t *testing.T) {
	forEachKind(t, func(t *testing.T, s *started) {
		s.readHead(t)
		s.cancel()
		require.Eventually(t, func() bool { return len(s.spans.Ended()) == 1 }, 10*time.Second, time.Millisecond)
		require.NoError(t, s.resp.Body.Close())
		requireCancelled(t, s)
	})
}

func requireCancelled(t *testing.T, s *started) {
	t.Helper()
	span := s.span(t)
	require.Equal(t, codes.Error, span.Status().Code)
	require.Equal(t, "context canceled", span.Status().Description)
	require.Equal(t, "context.Canceled", attributes(span)["error.type"])
}

func TestTheConnectionBreaks(t *testing.T) {
	forEachKind(t, func(t *testing.T, s *started) {
		s.readHead(t)
		s.server.CloseClientConnections()
		_, err := io.ReadAll(s.resp.Body)
		require.Error(t, err)
		span := s.span(t)
		require.Equal(t, codes.Error, span.Status().Code)
		require.Equal(t, err.Error(), span.Status().Description)
		require.NotEmpty(t, attributes(span)["error.type"])
		require.NoError(t, s.resp.Body.Close())
	})
}

// Read, Close and the end of the context at once, as an impatient caller has it.
func TestEndConcurrentSafe(t *testing.T) {
	forEachKind(t, func(t *testing.T, s *started) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(io.Discard, s.resp.Body)
		}()
		go s.cancel()
		close(s.sendTail)
		require.NoError(t, s.resp.Body.Close())
		<-done
		s.span(t)
	})
}

func TestNoAnswer(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		h := newHarness(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		err := h.client.Execute(t.Context(), http.MethodPost, k.path, []byte(k.body), nil)
		require.Error(t, err)
		span := h.span(t)
		require.Equal(t, codes.Error, span.Status().Code)
		require.Equal(t, "EOF", span.Status().Description, "without the URL")
		require.NotEmpty(t, attributes(span)["error.type"])
	}
}

func TestCancelledBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		ctx, cancel := context.WithCancel(t.Context())
		h := newHarness(t, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			cancel()
			<-r.Context().Done()
		})
		err := h.client.Execute(ctx, http.MethodPost, k.path, []byte(k.body), nil)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, "context.Canceled", attributes(h.span(t))["error.type"])
	}
}

func TestRequestTimeout(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	_, err := h.client.Chat.Completions.New(t.Context(), ask(), option.WithRequestTimeout(20*time.Millisecond))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, "context.DeadlineExceeded", attributes(h.span(t))["error.type"])
}

// The client's own iterator, left in the middle.
func TestIteratorIsLeft(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, kinds[3].head)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	stream := h.client.Responses.NewStreaming(t.Context(), responses.ResponseNewParams{
		Model: "gpt-5", Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("hi")},
	})
	require.True(t, stream.Next())
	require.True(t, stream.Next())
	require.NoError(t, stream.Close())
	require.Contains(t, attributes(h.span(t))["gen_ai.output.messages"], "Hi")
}

func TestPanicBelow(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	client := h.newClient(option.WithMiddleware(h.genai.Middleware,
		func(*http.Request, option.MiddlewareNext) (*http.Response, error) { panic("below") }))
	require.PanicsWithValue(t, "below", func() { _, _ = client.Chat.Completions.New(t.Context(), ask()) })
	require.Equal(t, codes.Error, h.span(t).Status().Code)
}

// Middlewares of others answer as they like.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	for name, resp := range map[string]*http.Response{
		"none":    nil,
		"no body": {StatusCode: http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, nil)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/v1/responses", nil)
			require.NoError(t, err)
			got, err := h.genai.Middleware(req, func(*http.Request) (*http.Response, error) { return resp, nil })
			require.NoError(t, err)
			require.Same(t, resp, got)
			require.Equal(t, codes.Error, h.span(t).Status().Code)
		})
	}
}
