package genaitrace

import (
	"encoding/json"

	"github.com/openai/openai-go/v3"
)

// chatRequest is what the spans need of the body of a chat completion request.
type chatRequest struct {
	Model               string          `json:"model"`
	Messages            []chatMessage   `json:"messages"`
	Tools               json.RawMessage `json:"tools"`
	Stream              bool            `json:"stream"`
	Temperature         *float64        `json:"temperature"`
	TopP                *float64        `json:"top_p"`
	MaxTokens           int64           `json:"max_tokens"`
	MaxCompletionTokens int64           `json:"max_completion_tokens"`
}

type chatMessage struct {
	Role       string          `json:"role"`
	Content    json.RawMessage `json:"content"` // a string, a list of parts, or null
	ToolCallID string          `json:"tool_call_id"`
	ToolCalls  []struct {
		ID       string `json:"id"`
		Function struct {
			Name      string `json:"name"`
			Arguments string `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

// message and part are the convention's shape of gen_ai.input.messages and
// gen_ai.output.messages.
type message struct {
	Role         string `json:"role"`
	Parts        []part `json:"parts"`
	FinishReason string `json:"finish_reason,omitempty"` // outputs only
}

type part struct {
	Type      string          `json:"type"`
	Content   string          `json:"content,omitempty"`   // text
	ID        string          `json:"id,omitempty"`        // tool_call, tool_call_response
	Name      string          `json:"name,omitempty"`      // tool_call
	Arguments json.RawMessage `json:"arguments,omitempty"` // tool_call
	Response  json.RawMessage `json:"response,omitempty"`  // tool_call_response
	Modality  string          `json:"modality,omitempty"`  // uri
	URI       string          `json:"uri,omitempty"`       // uri
}

func inputMessages(in []chatMessage) string {
	out := make([]message, len(in))
	for i, m := range in {
		out[i].Role = m.Role
		if m.Role == "tool" {
			out[i].Parts = []part{{Type: "tool_call_response", ID: m.ToolCallID, Response: m.Content}}
			continue
		}
		out[i].Parts = contentParts(m.Content)
		for _, call := range m.ToolCalls {
			out[i].Parts = append(out[i].Parts, toolCall(call.ID, call.Function.Name, call.Function.Arguments))
		}
	}
	return encode(out)
}

func outputMessages(choices []openai.ChatCompletionChoice) string {
	out := make([]message, len(choices))
	for i := range choices {
		answer := &choices[i].Message
		out[i] = message{Role: "assistant", FinishReason: finishReason(choices[i].FinishReason)}
		if text := answer.Content + answer.Refusal; text != "" { // never both
			out[i].Parts = append(out[i].Parts, part{Type: "text", Content: text})
		}
		for _, call := range answer.ToolCalls {
			out[i].Parts = append(out[i].Parts, toolCall(call.ID, call.Function.Name, call.Function.Arguments))
		}
	}
	return encode(out)
}

// contentParts reads the content of a message: text, or a list of typed parts.
// Of the latter, text and image links are kept; of any other part only its type.
func contentParts(raw json.RawMessage) []part {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if text == "" { // null, beside tool calls
			return nil
		}
		return []part{{Type: "text", Content: text}}
	}
	var list []struct {
		Type     string `json:"type"`
		Text     string `json:"text"`
		ImageURL struct {
			URL string `json:"url"`
		} `json:"image_url"`
	}
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	parts := make([]part, len(list))
	for i, p := range list {
		switch p.Type {
		case "image_url":
			parts[i] = part{Type: "uri", Modality: "image", URI: p.ImageURL.URL}
		default:
			parts[i] = part{Type: p.Type, Content: p.Text}
		}
	}
	return parts
}

func toolCall(id, name, arguments string) part {
	return part{Type: "tool_call", ID: id, Name: name, Arguments: jsonOrText(arguments)}
}

// finishReason turns OpenAI's word for a finish reason into the convention's.
func finishReason(reason string) string {
	if reason == "tool_calls" || reason == "function_call" {
		return "tool_call"
	}
	return reason
}

// jsonOrText returns s itself when it is JSON, else s as a JSON string: models
// write tool arguments, and not all of them are valid.
func jsonOrText(s string) json.RawMessage {
	if json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	return json.RawMessage(encode(s))
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // unreachable: strings and valid JSON only
	}
	return string(b)
}
