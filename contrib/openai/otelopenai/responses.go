package otelopenai

import (
	"cmp"
	"encoding/json"
	"strings"
)

// response is an answer of the Responses API.
type response struct {
	ID                string          `json:"id"`
	Model             string          `json:"model"`
	Status            string          `json:"status"`
	ServiceTier       string          `json:"service_tier"`
	Conversation      json.RawMessage `json:"conversation"`
	Output            []responseItem  `json:"output"`
	Usage             *usage          `json:"usage"`
	Error             *apiError       `json:"error"`
	IncompleteDetails struct {
		Reason string `json:"reason"`
	} `json:"incomplete_details"`
}

// responseItem is an item of the Responses API, of an input or an output.
type responseItem struct {
	Type         string          `json:"type"`
	ID           string          `json:"id"`
	Role         string          `json:"role"`
	Content      json.RawMessage `json:"content"` // of messages and reasoning
	Summary      []inputPart     `json:"summary"` // of reasoning
	CallID       string          `json:"call_id"`
	Name         string          `json:"name"`
	Arguments    json.RawMessage `json:"arguments"`
	Input        string          `json:"input"` // of a custom tool
	Output       json.RawMessage `json:"output"`
	OutputFormat string          `json:"output_format"` // of a generated image

	// What hosted tools are called with: the one or the other.
	Action  json.RawMessage `json:"action"`
	Queries json.RawMessage `json:"queries"`
	Code    json.RawMessage `json:"code"`
}

// message returns the conventions' message of an item. It is false for an item
// without anything to show, such as reasoning that is encrypted.
func (it *responseItem) message() (message, bool) {
	switch it.Type {
	case "", "message":
		return message{Role: it.Role, Parts: append([]part{}, contentParts(it.Content)...)}, true
	case "reasoning":
		var texts []string
		for i := range it.Summary {
			texts = append(texts, it.Summary[i].Text)
		}
		for _, p := range contentParts(it.Content) {
			texts = append(texts, p.Content)
		}
		return assistant(part{Type: "reasoning", Content: strings.Join(texts, "\n\n")}), len(texts) > 0
	case "function_call":
		return assistant(toolCallPart(it.CallID, it.Name, stringOf(it.Arguments))), true
	case "custom_tool_call":
		return assistant(toolCallPart(it.CallID, it.Name, it.Input)), true
	}
	if strings.HasSuffix(it.Type, "_call_output") {
		return message{Role: "tool", Parts: []part{{
			Type: "tool_call_response", ID: it.CallID, Response: toolResponse(it.Output),
		}}}, true
	}
	if name, ok := strings.CutSuffix(it.Type, "_call"); ok {
		return it.hostedTool(name), true
	}
	// Of other items, such as references, only that they were there.
	return assistant(part{Type: it.Type, ID: it.ID}), true
}

// hostedTool returns the call of a tool that OpenAI runs: a web search, an MCP
// server, a generated image.
func (it *responseItem) hostedTool(name string) message {
	call := part{Type: "tool_call", ID: cmp.Or(it.CallID, it.ID), Name: cmp.Or(it.Name, name)}
	for _, arguments := range []json.RawMessage{it.Arguments, it.Action, it.Queries, it.Code} {
		switch firstByte(arguments) {
		case 0, 'n': // null
			continue
		case '"': // text, or JSON in a text
			arguments = jsonOrText(stringOf(arguments))
		}
		call.Arguments = arguments
		break
	}
	m := assistant(call)
	switch it.Type {
	case "image_generation_call":
		m.Parts = append(m.Parts, part{Type: "blob", Modality: "image", MIMEType: "image/" + cmp.Or(it.OutputFormat, "png")})
	case "mcp_call":
		if response := toolResponse(it.Output); response != nil {
			m.Parts = append(m.Parts, part{Type: "tool_call_response", ID: call.ID, Response: response})
		}
	}
	return m
}

func assistant(parts ...part) message { return message{Role: "assistant", Parts: parts} }

// messages returns the messages of a list of items. What the assistant did in a
// row, such as reasoning and two tool calls, is one message, as in Chat
// Completions.
func messages(items []responseItem) (out []message) {
	for i := range items {
		m, ok := items[i].message()
		if !ok {
			continue
		}
		if last := len(out) - 1; last >= 0 && m.Role == "assistant" && out[last].Role == "assistant" {
			out[last].Parts = append(out[last].Parts, m.Parts...)
			continue
		}
		out = append(out, m)
	}
	return out
}

// responsesInput reads the input of a request: a text, or items.
func responsesInput(r *request) []message {
	if firstByte(r.Input) != '[' {
		if parts := contentParts(r.Input); len(parts) > 0 {
			return []message{{Role: "user", Parts: parts}}
		}
		return nil
	}
	var items []responseItem
	_ = json.Unmarshal(r.Input, &items)
	return messages(items)
}

func decodeResponse(doc []byte) (*answer, error) {
	var r response
	if err := decode(doc, &r); err != nil {
		return nil, err
	}
	return r.answer(), nil
}

func (r *response) answer() *answer {
	a := &answer{
		id: r.ID, model: r.Model, serviceTier: r.ServiceTier, conversation: idOf(r.Conversation),
		usage: r.Usage, messages: messages(r.Output),
	}
	if r.Error != nil || r.Status == "failed" {
		a.failure = cmp.Or(r.Error, &apiError{})
	}
	reason := r.finishReason()
	if reason == "" {
		return a
	}
	a.finishReasons = []string{reason}
	if last := len(a.messages) - 1; last >= 0 {
		a.messages[last].FinishReason = messageFinishReason(reason)
	}
	return a
}

// finishReason says why the answer ended, in the words of Chat Completions. It
// is empty for an answer that is still being made in the background.
func (r *response) finishReason() string {
	switch r.Status {
	case "completed":
		for i := range r.Output {
			if t := r.Output[i].Type; t == "function_call" || t == "custom_tool_call" {
				return "tool_calls"
			}
		}
		return "stop"
	case "incomplete":
		if r.IncompleteDetails.Reason == "max_output_tokens" {
			return "length"
		}
		return cmp.Or(r.IncompleteDetails.Reason, "incomplete")
	case "failed":
		return "error"
	case "cancelled":
		return "cancelled"
	}
	return ""
}
