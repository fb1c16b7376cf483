package otelopenai

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	otelsemconv "go.opentelemetry.io/otel/semconv/v1.40.0"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// endpoint is one path of the API that spans are made for.
type endpoint struct {
	suffix    string // of the path; what is in front differs between providers
	operation string
	apiType   string // openai.api.type; empty: none

	input    func(*request) []message // the messages of a request
	decode   func(doc []byte) (*answer, error)
	assemble func(*budget) assembler // of a stream; nil: never streams
	skip     string                  // a member of the response whose value is not kept
}

// assembler makes an answer of the events of a stream.
type assembler interface {
	// add takes one event, which it must not keep.
	add(event []byte) progress
	// answer returns what has come so far.
	answer() *answer
}

// progress is what one event of a stream means for its span.
type progress struct {
	token bool // the event carries output
	last  bool // no event after it matters
}

var endpoints = [...]endpoint{
	{
		suffix: "/chat/completions", operation: semconv.OperationChat, apiType: "chat_completions",
		input: chatInput, decode: decodeChat, assemble: newChatStream,
	},
	{
		suffix: "/responses", operation: semconv.OperationChat, apiType: "responses",
		input: responsesInput, decode: decodeResponse, assemble: newResponseStream,
	},
	{
		suffix: "/embeddings", operation: semconv.OperationEmbeddings,
		input: embeddingsInput, decode: decodeEmbeddings, skip: "embedding",
	},
}

// endpointOf returns the endpoint of a request, or nil for one that makes no
// span.
func endpointOf(req *http.Request) *endpoint {
	if req.Method != http.MethodPost {
		return nil
	}
	for i := range endpoints {
		if strings.HasSuffix(req.URL.Path, endpoints[i].suffix) {
			return &endpoints[i]
		}
	}
	return nil
}

func (e *endpoint) attributes() []attribute.KeyValue {
	if e.apiType == "" {
		return nil
	}
	return []attribute.KeyValue{otelsemconv.OpenAIAPITypeKey.String(e.apiType)}
}
