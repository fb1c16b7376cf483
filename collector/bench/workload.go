package main

import (
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

const (
	spansPerRequest = 100
	distinct        = 5 // different requests, which are sent in turn
)

// aiSpans is how many of the spans of a request are AI spans.
func (w workload) aiSpans() int { return spansPerRequest / (1 + w.others) }

// make returns the requests in protobuf.
func (w workload) make() [][]byte {
	bodies := make([][]byte, distinct)
	for i := range bodies {
		body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(w.traces(i))
		if err != nil {
			panic(err) // Spans that this program made.
		}
		bodies[i] = body
	}
	return bodies
}

// traces holds LLM calls with varied text: repeated text flatters compression.
func (w workload) traces(seed int) ptrace.Traces {
	random := rand.New(rand.NewPCG(1, uint64(seed)))
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "assistant")
	rs.Resource().Attributes().PutStr("service.version", "1.2.3")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("bench")
	var trace pcommon.TraceID
	for i := range spansPerRequest {
		s := ss.Spans().AppendEmpty()
		// Each AI span is a trace, from the bottom to the top.
		place := i % (1 + w.others)
		if place == 0 {
			binary.BigEndian.PutUint64(trace[:], random.Uint64())
		}
		s.SetTraceID(trace)
		s.SetSpanID(pcommon.SpanID{1, byte(place)})
		if place < w.others && i < spansPerRequest-1 {
			s.SetParentSpanID(pcommon.SpanID{1, byte(place + 1)})
		}
		s.SetName("chat gpt-4o")
		s.SetKind(ptrace.SpanKindClient)
		s.SetStartTimestamp(1_770_000_000_000_000_000)
		s.SetEndTimestamp(1_770_000_001_000_000_000)
		if place > 0 {
			s.SetName("GET /chat")
			s.Attributes().PutStr("http.request.method", "GET")
			s.Attributes().PutStr("url.path", "/api/v1/conversations/42/messages")
			s.Attributes().PutStr("server.address", "assistant.internal")
			s.Attributes().PutInt("http.response.status_code", 200)
			continue
		}
		input, output := spantest.Conversation(random, w.bytes)
		a := s.Attributes()
		a.PutStr("gen_ai.operation.name", "chat")
		a.PutStr("gen_ai.provider.name", "openai")
		a.PutStr("gen_ai.request.model", "gpt-4o")
		a.PutStr("gen_ai.response.model", "gpt-4o-2024-08-06")
		a.PutStr("gen_ai.response.id", "chatcmpl-"+trace.String())
		a.PutInt("gen_ai.usage.input_tokens", 1200)
		a.PutInt("gen_ai.usage.output_tokens", 240)
		a.PutStr("gen_ai.input.messages", input)
		a.PutStr("gen_ai.output.messages", output)
		a.PutStr("$session_id", "0197c4a0-7e1a-7b60-8a6e-111111111111")
	}
	return td
}
