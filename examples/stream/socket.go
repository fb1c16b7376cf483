package main

import (
	"context"
	"net/http"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// socket answers questions for as long as the page is open.
type socket struct{ telemetry *telemetry }

var _ http.Handler = (*socket)(nil)

// question is a message of the page. A socket can be open for longer than a session
// lasts, 30 minutes without activity, so the page says the session with each
// question. Left out, it is that of the request that opened the socket.
type question struct {
	Text    string `json:"text"`
	Session string `json:"session"`
}

// word is a message to the page.
type word struct {
	Word string `json:"word,omitempty"`
	Done bool   `json:"done,omitempty"`
}

func (s *socket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil) // refuses pages of other origins
	if err != nil {
		return // Accept has answered.
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(16 << 10)
	for {
		var q question
		if err := wsjson.Read(r.Context(), conn, &q); err != nil {
			return // the page was closed, as a rule
		}
		if err := s.answer(r.Context(), conn, q); err != nil {
			_ = conn.Close(websocket.StatusInternalError, "the answer failed")
			return
		}
	}
}

// answer answers one question, in a trace of its own: the span of the request ends
// with the socket, perhaps after hours, and would hold all of its questions.
func (s *socket) answer(ctx context.Context, conn *websocket.Conn, q question) error {
	if q.Session != "" {
		// What is no id counts as left out: the answer matters more.
		if with, err := baggage.ContextWithSession(ctx, baggage.Session{ID: q.Session}); err == nil {
			ctx = with
		}
	}
	ctx, span := s.telemetry.tracer.Start(ctx, "question", trace.WithNewRoot(),
		trace.WithSpanKind(trace.SpanKindServer), trace.WithLinks(trace.LinkFromContext(ctx)))
	defer span.End()
	err := ask(ctx, s.telemetry, q.Text, func(text string) error { return wsjson.Write(ctx, conn, word{Word: text}) })
	if err == nil {
		err = wsjson.Write(ctx, conn, word{Done: true})
	}
	if err != nil {
		span.SetStatus(codes.Error, "the answer was not sent")
	}
	return err
}
