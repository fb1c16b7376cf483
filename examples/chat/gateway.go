package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// conversation is what the page sends, and the gateway passes on. Nothing in it
// tells the browser session: that goes beside it, in headers.
type conversation struct {
	ID       string `json:"id"`
	Messages []turn `json:"messages"`
}

type turn struct {
	Role    string `json:"role"` // "user" or "assistant"
	Content string `json:"content"`
}

// reply is what the page gets back.
type reply struct {
	Answer  string `json:"answer"`
	TraceID string `json:"trace_id"`
}

const (
	maxBody  = 64 << 10 // bytes of one conversation
	maxTurns = 40
)

// check says what a person did wrong, or nil.
func (c *conversation) check() error {
	if len(c.Messages) == 0 || len(c.Messages) > maxTurns {
		return fmt.Errorf("a conversation has 1 to %d messages, this one has %d", maxTurns, len(c.Messages))
	}
	for _, m := range c.Messages {
		if m.Role != "user" && m.Role != "assistant" {
			return fmt.Errorf("role is user or assistant, not %q", m.Role)
		}
	}
	last := c.Messages[len(c.Messages)-1]
	if last.Role != "user" || strings.TrimSpace(last.Content) == "" {
		return errors.New("the last message must be a question of the user")
	}
	return nil
}

// gateway is the service that the browser talks to. It knows nothing of LLMs,
// and makes no AI span: without baggage, the session would end here.
type gateway struct {
	assistantURL string
	client       *http.Client
}

var _ http.Handler = (*gateway)(nil)

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var c conversation
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&c); err != nil {
		httpError(w, http.StatusBadRequest, "the body is not a conversation in JSON")
		return
	}
	if err := c.check(); err != nil {
		httpError(w, http.StatusBadRequest, err.Error())
		return
	}
	answer, err := g.ask(r, c)
	if err != nil {
		log.Printf("gateway: %v", err)
		httpError(w, http.StatusBadGateway, "the assistant could not answer; the terminal says why")
		return
	}
	writeJSON(w, reply{
		Answer:  answer,
		TraceID: trace.SpanContextFromContext(r.Context()).TraceID().String(),
	})
}

// ask calls the assistant. The context of the request carries trace and session;
// the client puts both on the wire.
func (g *gateway) ask(r *http.Request, c conversation) (string, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, g.assistantURL, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := g.client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
		return "", fmt.Errorf("the assistant answered %s: %s", resp.Status, text)
	}
	var a reply
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		return "", fmt.Errorf("reading the assistant's answer: %w", err)
	}
	return a.Answer, nil
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		log.Printf("writing a response: %v", err)
	}
}

func httpError(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": message}) // the client is gone
}
