package otelopenai

import (
	"cmp"
	"encoding/json"
)

// chatMessage is a message of Chat Completions, in a request, in an answer, and
// as the delta of a stream.
type chatMessage struct {
	Role       string          `json:"role"`
	Name       string          `json:"name"`
	Content    json.RawMessage `json:"content"` // a string, a list of parts, or null
	Refusal    string          `json:"refusal"`
	ToolCallID string          `json:"tool_call_id"`
	ToolCalls  []chatToolCall  `json:"tool_calls"`
	Function   *chatFunction   `json:"function_call"` // before tool_calls
	Audio      *struct {
		Transcript string `json:"transcript"`
	} `json:"audio"`
	// Reasoning and ReasoningContent are what compatible APIs add: vLLM and
	// OpenRouter the one, DeepSeek the other.
	Reasoning        string `json:"reasoning"`
	ReasoningContent string `json:"reasoning_content"`
}

type chatToolCall struct {
	Index    *int          `json:"index"` // in streams
	ID       string        `json:"id"`
	Function *chatFunction `json:"function"`
	Custom   *struct {
		Name  string `json:"name"`
		Input string `json:"input"`
	} `json:"custom"`
}

type chatFunction struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// call returns the name and the arguments, whichever kind of tool it is.
func (c *chatToolCall) call() (name, arguments string) {
	switch {
	case c.Function != nil:
		return c.Function.Name, c.Function.Arguments
	case c.Custom != nil:
		return c.Custom.Name, c.Custom.Input
	}
	return "", ""
}

// message returns the conventions' message.
func (m *chatMessage) message() message {
	out := message{Role: m.Role, Name: m.Name, Parts: []part{}}
	if m.Role == "tool" || m.Role == "function" { // function is what tool was called before
		out.Role = "tool"
		out.Parts = []part{{Type: "tool_call_response", ID: m.ToolCallID, Response: toolResponse(m.Content)}}
		return out
	}
	if text := cmp.Or(m.Reasoning, m.ReasoningContent); text != "" {
		out.Parts = append(out.Parts, part{Type: "reasoning", Content: text})
	}
	out.Parts = append(out.Parts, contentParts(m.Content)...)
	out.Parts = appendText(out.Parts, m.Refusal)
	if m.Audio != nil {
		out.Parts = append(out.Parts, part{Type: "blob", Modality: "audio"})
		out.Parts = appendText(out.Parts, m.Audio.Transcript)
	}
	for i := range m.ToolCalls {
		name, arguments := m.ToolCalls[i].call()
		out.Parts = append(out.Parts, toolCallPart(m.ToolCalls[i].ID, name, arguments))
	}
	if m.Function != nil {
		out.Parts = append(out.Parts, toolCallPart("", m.Function.Name, m.Function.Arguments))
	}
	return out
}

func chatInput(r *request) []message {
	out := make([]message, len(r.Messages))
	for i := range r.Messages {
		out[i] = r.Messages[i].message()
	}
	return out
}

// chatResponse is an answer of Chat Completions, or a chunk of one.
type chatResponse struct {
	ID          string       `json:"id"`
	Model       string       `json:"model"`
	ServiceTier string       `json:"service_tier"`
	Choices     []chatChoice `json:"choices"`
	Usage       *usage       `json:"usage"`
	Error       *apiError    `json:"error"`
}

type chatChoice struct {
	Index        int         `json:"index"`
	FinishReason string      `json:"finish_reason"`
	Message      chatMessage `json:"message"`
	Delta        chatMessage `json:"delta"`
}

func decodeChat(doc []byte) (*answer, error) {
	var r chatResponse
	if err := decode(doc, &r); err != nil {
		return nil, err
	}
	return r.answer(), nil
}

func (r *chatResponse) answer() *answer {
	a := &answer{id: r.ID, model: r.Model, serviceTier: r.ServiceTier, usage: r.Usage, failure: r.Error}
	for i := range r.Choices {
		c := &r.Choices[i]
		m := c.Message.message()
		m.Role = cmp.Or(m.Role, "assistant")
		m.FinishReason = messageFinishReason(c.FinishReason)
		a.messages = append(a.messages, m)
		if c.FinishReason != "" {
			a.finishReasons = append(a.finishReasons, c.FinishReason)
		}
	}
	return a
}

// messageFinishReason turns OpenAI's finish reason into the word that the
// conventions have for the one of a message.
func messageFinishReason(reason string) string {
	if reason == "tool_calls" || reason == "function_call" {
		return "tool_call"
	}
	return reason
}
