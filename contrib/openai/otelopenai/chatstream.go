package otelopenai

import (
	"cmp"
	"encoding/json"
	"slices"
)

// chatStream adds up the chunks of a streamed chat completion.
type chatStream struct {
	budget  *budget
	whole   chatResponse // choices are in choices
	choices []*chatDeltas
}

// chatDeltas is one choice of a stream so far.
type chatDeltas struct {
	index                               int
	finishReason                        string
	content, refusal, reasoning, spoken []byte
	audio                               bool
	calls                               []*chatCallDeltas
}

type chatCallDeltas struct {
	index     int
	id, name  string
	arguments []byte
}

func newChatStream(b *budget) assembler { return &chatStream{budget: b} }

func (s *chatStream) add(event []byte) progress {
	if string(event) == "[DONE]" {
		return progress{last: true}
	}
	var chunk chatResponse
	if decode(event, &chunk) != nil {
		return progress{}
	}
	s.whole.ID = cmp.Or(s.whole.ID, chunk.ID)
	s.whole.Model = cmp.Or(s.whole.Model, chunk.Model)
	s.whole.ServiceTier = cmp.Or(chunk.ServiceTier, s.whole.ServiceTier)
	if chunk.Usage != nil {
		s.whole.Usage = chunk.Usage
	}
	if chunk.Error != nil {
		s.whole.Error = chunk.Error
		return progress{last: true}
	}
	var p progress
	for i := range chunk.Choices {
		c := &chunk.Choices[i]
		if d := s.choice(c.Index); d != nil && d.add(&c.Delta, s.budget) {
			p.token = true
		}
		if d := s.choice(c.Index); d != nil {
			d.finishReason = cmp.Or(c.FinishReason, d.finishReason)
		}
	}
	return p
}

// maxIndexed limits choices, tool calls and items of one answer: their numbers
// come from the network.
const maxIndexed = 256

func (s *chatStream) choice(index int) *chatDeltas {
	for _, c := range s.choices {
		if c.index == index {
			return c
		}
	}
	if len(s.choices) >= maxIndexed {
		s.budget.cut = true
		return nil
	}
	c := &chatDeltas{index: index}
	s.choices = append(s.choices, c)
	return c
}

// add reports whether the delta carries output.
func (c *chatDeltas) add(d *chatMessage, b *budget) (output bool) {
	text, reasoning := stringOf(d.Content), cmp.Or(d.Reasoning, d.ReasoningContent)
	c.content = b.append(c.content, text)
	c.refusal = b.append(c.refusal, d.Refusal)
	c.reasoning = b.append(c.reasoning, reasoning)
	if d.Audio != nil {
		c.audio = true
		c.spoken = b.append(c.spoken, d.Audio.Transcript)
	}
	for i := range d.ToolCalls {
		c.call(&d.ToolCalls[i], b)
	}
	if d.Function != nil {
		c.call(&chatToolCall{Function: d.Function}, b)
	}
	return text != "" || d.Refusal != "" || reasoning != "" || d.Audio != nil || len(d.ToolCalls) > 0 || d.Function != nil
}

func (c *chatDeltas) call(delta *chatToolCall, b *budget) {
	index := max(0, len(c.calls)-1) // without an index: the call that is under way
	if delta.Index != nil {
		index = *delta.Index
	}
	i := slices.IndexFunc(c.calls, func(have *chatCallDeltas) bool { return have.index == index })
	if i < 0 {
		if len(c.calls) >= maxIndexed {
			b.cut = true
			return
		}
		i = len(c.calls)
		c.calls = append(c.calls, &chatCallDeltas{index: index})
	}
	call := c.calls[i]
	name, arguments := delta.call()
	call.id = cmp.Or(call.id, delta.ID)
	call.name = cmp.Or(call.name, name)
	call.arguments = b.append(call.arguments, arguments)
}

func (s *chatStream) answer() *answer {
	slices.SortFunc(s.choices, func(a, b *chatDeltas) int { return cmp.Compare(a.index, b.index) })
	r := s.whole
	for _, c := range s.choices {
		r.Choices = append(r.Choices, chatChoice{Index: c.index, FinishReason: c.finishReason, Message: c.message()})
	}
	return r.answer()
}

func (c *chatDeltas) message() chatMessage {
	m := chatMessage{Role: "assistant", Refusal: string(c.refusal), Reasoning: string(c.reasoning)}
	if len(c.content) > 0 {
		m.Content = json.RawMessage(encode(string(c.content)))
	}
	if c.audio {
		m.Audio = &struct {
			Transcript string `json:"transcript"`
		}{string(c.spoken)}
	}
	for _, call := range c.calls {
		m.ToolCalls = append(m.ToolCalls, chatToolCall{ID: call.id, Function: &chatFunction{call.name, string(call.arguments)}})
	}
	return m
}
