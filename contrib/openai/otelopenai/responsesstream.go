package otelopenai

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
)

// responseStream reads the events of a streamed response. The last event has the
// whole response; the ones before are kept for a stream that breaks off.
type responseStream struct {
	budget *budget
	whole  response
	ended  bool // whole is the final response
	items  map[int]*responseDeltas
}

// responseDeltas is one item of the output so far.
type responseDeltas struct {
	item responseItem
	done bool // item is complete
	text []byte
}

// responseEvent is what matters of the events.
type responseEvent struct {
	Type        string          `json:"type"`
	OutputIndex int             `json:"output_index"`
	Item        json.RawMessage `json:"item"`
	Delta       string          `json:"delta"`
	Response    *response       `json:"response"`
	Error       *apiError       `json:"error"`
	apiError                    // the event "error" is one itself
}

func newResponseStream(b *budget) assembler {
	return &responseStream{budget: b, items: make(map[int]*responseDeltas)}
}

func (s *responseStream) add(event []byte) progress {
	if string(event) == "[DONE]" { // of compatible servers
		return progress{last: true}
	}
	var e responseEvent
	if decode(event, &e) != nil {
		return progress{}
	}
	switch e.Type {
	case "response.completed", "response.incomplete", "response.failed":
		if e.Response != nil {
			s.whole, s.ended = *e.Response, true
		}
		return progress{last: true}
	case "error":
		s.whole.Error = cmp.Or(e.Error, &e.apiError)
		return progress{last: true}
	case "response.output_item.added", "response.output_item.done":
		s.item(&e)
		return progress{}
	case "response.output_text.delta", "response.refusal.delta", "response.function_call_arguments.delta",
		"response.custom_tool_call_input.delta", "response.reasoning_text.delta", "response.reasoning_summary_text.delta":
		if d := s.deltas(e.OutputIndex); d != nil && !d.done {
			d.text = s.budget.append(d.text, e.Delta)
		}
		return progress{token: true}
	}
	if e.Response != nil { // created, queued, in_progress
		s.whole = *e.Response
	}
	if e.Error != nil { // the client stops at any event with an error
		s.whole.Error = e.Error
		return progress{last: true}
	}
	return progress{}
}

func (s *responseStream) item(e *responseEvent) {
	d := s.deltas(e.OutputIndex)
	if d == nil || !s.budget.take(len(e.Item)) {
		return
	}
	d.item = responseItem{}
	_ = json.Unmarshal(e.Item, &d.item)
	d.done = e.Type == "response.output_item.done"
	if d.done {
		d.text = nil
	}
}

func (s *responseStream) deltas(index int) *responseDeltas {
	d := s.items[index]
	if d == nil {
		if len(s.items) >= maxIndexed {
			s.budget.cut = true
			return nil
		}
		d = &responseDeltas{}
		s.items[index] = d
	}
	return d
}

func (s *responseStream) answer() *answer {
	if !s.ended {
		s.whole.Output = nil
		for _, index := range slices.Sorted(maps.Keys(s.items)) {
			s.whole.Output = append(s.whole.Output, s.items[index].soFar())
		}
	}
	return s.whole.answer()
}

// soFar returns the item with the deltas where its text goes.
func (d *responseDeltas) soFar() responseItem {
	it := d.item
	if d.done || len(d.text) == 0 {
		return it
	}
	text := json.RawMessage(encode(string(d.text)))
	switch it.Type {
	case "function_call":
		it.Arguments = text
	case "custom_tool_call":
		it.Input = string(d.text)
	case "reasoning":
		it.Summary = []inputPart{{Type: "summary_text", Text: string(d.text)}}
	default:
		it.Role = cmp.Or(it.Role, "assistant")
		it.Content = text
	}
	return it
}
