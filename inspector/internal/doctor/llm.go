package doctor

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// LLM is a stand-in for an LLM API. It answers every call and notes what the
// headers tell about the user.
type LLM struct {
	mu    sync.Mutex
	calls int
	leaks []string
}

var _ http.Handler = (*LLM)(nil)

// Calls returns how many requests came.
func (l *LLM) Calls() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}

func (l *LLM) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var call struct {
		Model  string
		Stream bool
	}
	_ = json.NewDecoder(http.MaxBytesReader(w, r.Body, 8<<20)).Decode(&call) // any body is good
	l.note(r.Header)
	w.Header().Set("Content-Type", "application/json")
	usage := map[string]any{"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17, "input_tokens": 12, "output_tokens": 5}
	text := "This answer comes from the doctor."
	answer := map[string]any{"model": call.Model, "usage": usage, "created": 1, "created_at": 1}
	switch {
	case strings.HasSuffix(r.URL.Path, "/messages"): // Anthropic
		answer["id"], answer["type"], answer["role"], answer["stop_reason"] = "msg_doctor", "message", "assistant", "end_turn"
		answer["content"] = []any{map[string]any{"type": "text", "text": text}}
	case strings.HasSuffix(r.URL.Path, "/responses"): // OpenAI Responses
		answer["id"], answer["object"], answer["status"] = "resp_doctor", "response", "completed"
		answer["output"] = []any{map[string]any{
			"type": "message", "id": "msg_doctor", "role": "assistant", "status": "completed",
			"content": []any{map[string]any{"type": "output_text", "text": text, "annotations": []any{}}},
		}}
	case strings.HasSuffix(r.URL.Path, "/embeddings"):
		answer["object"] = "list"
		answer["data"] = []any{map[string]any{"object": "embedding", "index": 0, "embedding": []float64{0.1, 0.2}}}
	default:
		answer["id"], answer["object"] = "chatcmpl-doctor", "chat.completion"
		message := map[string]any{"role": "assistant", "content": text}
		answer["choices"] = []any{map[string]any{"index": 0, "finish_reason": "stop", "message": message}}
		if call.Stream {
			l.stream(w, call.Model, text)
			return
		}
	}
	_ = json.NewEncoder(w).Encode(answer) // a client that is gone does not matter
}

func (l *LLM) stream(w http.ResponseWriter, model, text string) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, choice := range []map[string]any{
		{"index": 0, "delta": map[string]any{"role": "assistant", "content": text}},
		{"index": 0, "delta": map[string]any{}, "finish_reason": "stop"},
	} {
		chunk, err := json.Marshal(map[string]any{
			"id": "chatcmpl-doctor", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": []any{choice},
		})
		if err != nil {
			return
		}
		_, _ = fmt.Fprintf(w, "data: %s\n\n", chunk)
	}
	_, _ = fmt.Fprint(w, "data: [DONE]\n\n")
}

// note keeps the names of telling headers, never their values.
func (l *LLM) note(h http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	add := func(what string) {
		if !slices.Contains(l.leaks, what) {
			l.leaks = append(l.leaks, what)
		}
	}
	for name := range h {
		if strings.HasPrefix(name, "X-Posthog-") {
			add(name)
		}
	}
	baggage := strings.Join(h.Values("Baggage"), ",")
	for member := range strings.SplitSeq(baggage, ",") {
		if key, _, ok := strings.Cut(member, "="); ok {
			add("baggage member " + strings.TrimSpace(key))
		}
	}
}

func (l *LLM) result() Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := Result{Name: "LLM API", About: "what the stand-in for the LLM API could read about the user"}
	switch {
	case l.calls == 0:
		r.Grade, r.Detail = Unclear, "No call came to the stand-in."
		r.Fix = "Set the base URL of the LLM client (such as OPENAI_BASE_URL) to the address of -llm-listen."
	case len(l.leaks) > 0:
		r.Grade, r.Detail = Fail, fmt.Sprintf("%d calls; they carried %s.", l.calls, strings.Join(l.leaks, ", "))
		r.Fix = "Wrap the client of the LLM API in baggage.NewTransport: without trusted hosts it lets nothing out."
	default:
		r.Grade, r.Detail = Pass, fmt.Sprintf("%d calls, none with baggage or a session.", l.calls)
	}
	return r
}
