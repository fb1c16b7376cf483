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

// fakeLLM speaks enough of OpenAI's Responses API for the demonstration: it asks for the
// order_status tool first, and makes an answer of what the tool returned. It
// remembers the headers of every request, because what an LLM API must not see
// is half of what this example shows.
type fakeLLM struct {
	mu      sync.Mutex
	headers []http.Header
}

var _ http.Handler = (*fakeLLM)(nil)

type fakeRequest struct {
	Model        string `json:"model"`
	Instructions string `json:"instructions"`
	Input        []struct {
		Type    string `json:"type"`
		Role    string `json:"role"`
		Content string `json:"content"` // of a message
		Output  string `json:"output"`  // of a function_call_output
	} `json:"input"`
}

func (f *fakeLLM) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.headers = append(f.headers, r.Header.Clone())
	n := len(f.headers)
	f.mu.Unlock()

	var req fakeRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&req); err != nil || len(req.Input) == 0 {
		httpError(w, http.StatusBadRequest, "not a request of the Responses API")
		return
	}
	last := req.Input[len(req.Input)-1]
	var output map[string]any
	switch {
	case last.Type == "function_call_output":
		output = sayText(n, sayStatus(last.Output))
	case orderID.MatchString(last.Content):
		output = map[string]any{
			"type": "function_call", "id": fmt.Sprintf("fc_%d", n), "call_id": fmt.Sprintf("call_%d", n), "status": "completed",
			"name": "order_status", "arguments": fmt.Sprintf(`{"order_id":%q}`, orderID.FindString(last.Content)),
		}
	default:
		output = sayText(n, "Tell me the number of your order, 1042 for example, and I will look it up.")
	}
	inputTokens := 20 + len(strings.Fields(req.Instructions))
	for _, item := range req.Input {
		inputTokens += len(strings.Fields(item.Content + " " + item.Output))
	}
	const outputTokens = 24
	writeJSON(w, map[string]any{
		"id": fmt.Sprintf("resp_fake_%d", n), "object": "response", "status": "completed",
		"created_at": time.Now().Unix(), "model": req.Model, "output": []any{output},
		"usage": map[string]any{
			"input_tokens": inputTokens, "output_tokens": outputTokens, "total_tokens": inputTokens + outputTokens,
		},
	})
}

// sayText is an output of one message.
func sayText(n int, text string) map[string]any {
	return map[string]any{
		"type": "message", "id": fmt.Sprintf("msg_%d", n), "status": "completed", "role": "assistant",
		"content": []any{map[string]any{"type": "output_text", "text": text, "annotations": []any{}}},
	}
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
