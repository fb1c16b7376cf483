package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// fakeLLM speaks enough of the OpenAI API for the demonstration: it asks for the
// order_status tool first, and makes an answer of what the tool returned. It
// remembers the headers of every request, because what an LLM API must not see
// is half of what this example shows.
type fakeLLM struct {
	mu      sync.Mutex
	headers []http.Header
}

var _ http.Handler = (*fakeLLM)(nil)

type fakeRequest struct {
	Model    string `json:"model"`
	Messages []struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	} `json:"messages"`
}

func (f *fakeLLM) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.headers = append(f.headers, r.Header.Clone())
	n := len(f.headers)
	f.mu.Unlock()

	var req fakeRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&req); err != nil || len(req.Messages) == 0 {
		httpError(w, http.StatusBadRequest, "not a chat completion request")
		return
	}
	last := req.Messages[len(req.Messages)-1]
	message, finish := map[string]any{"role": "assistant"}, "stop"
	switch {
	case last.Role == "tool":
		message["content"] = sayStatus(last.Content)
	case orderID.MatchString(last.Content):
		finish = "tool_calls"
		message["content"] = nil
		message["tool_calls"] = []any{map[string]any{
			"id": fmt.Sprintf("call_%d", n), "type": "function",
			"function": map[string]any{
				"name":      "order_status",
				"arguments": fmt.Sprintf(`{"order_id":%q}`, orderID.FindString(last.Content)),
			},
		}}
	default:
		message["content"] = "Tell me the number of your order, 1042 for example, and I will look it up."
	}
	promptTokens := 20
	for _, m := range req.Messages {
		promptTokens += len(strings.Fields(m.Content))
	}
	const completionTokens = 24
	writeJSON(w, map[string]any{
		"id": fmt.Sprintf("chatcmpl-fake-%d", n), "object": "chat.completion",
		"created": time.Now().Unix(), "model": req.Model,
		"choices": []any{map[string]any{"index": 0, "finish_reason": finish, "message": message}},
		"usage": map[string]any{
			"prompt_tokens": promptTokens, "completion_tokens": completionTokens,
			"total_tokens": promptTokens + completionTokens,
		},
	})
}

var orderID = regexp.MustCompile(`\d{3,8}`)

func sayStatus(result string) string {
	var order struct {
		ID     string `json:"order_id"`
		Status string `json:"status"`
	}
	if json.Unmarshal([]byte(result), &order) != nil || order.Status == "unknown" {
		return "I cannot find that order. Please check the number."
	}
	return fmt.Sprintf("Order %s is %s.", order.ID, order.Status)
}

// leaks lists what the API got to see and should not have: baggage, PostHog's
// headers, or any header that holds one of the secrets.
func (f *fakeLLM) leaks(secrets ...string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	leaks := []string{}
	for i, h := range f.headers {
		for name, values := range h {
			value := strings.Join(values, ", ")
			leak := name == "Baggage" || strings.HasPrefix(name, "X-Posthog-")
			for _, s := range secrets {
				leak = leak || s != "" && strings.Contains(value, s)
			}
			if leak {
				leaks = append(leaks, fmt.Sprintf("request %d to the LLM API had the header %s: %s", i+1, name, value))
			}
		}
	}
	return leaks
}

// requests returns how many requests there were.
func (f *fakeLLM) requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.headers)
}
