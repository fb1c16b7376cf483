// Package otelopenai makes OpenTelemetry GenAI spans for OpenAI's Go client
// (github.com/openai/openai-go/v3): one CLIENT span per request of Chat
// Completions, Responses and Embeddings, streamed or not.
//
//	genai := otelopenai.New()
//	client := openai.NewClient(option.WithMiddleware(genai.Middleware))
//
// [Tracer.InvokeAgent] and [Tracer.ExecuteTool] make the INTERNAL spans around
// such requests: a run of an agent, and a tool that the model asked for.
//
// # What a span carries
//
// The attributes of OpenTelemetry's GenAI conventions: operation, provider,
// models, parameters, response id, finish reasons, token usage, service tier,
// time to the first token of a stream, and the content:
// gen_ai.input.messages, gen_ai.output.messages, gen_ai.system_instructions and
// gen_ai.tool.definitions as JSON text. Images, audio and files appear as parts
// without their bytes. [WithContent] and the environment variable
// OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT decide which content is
// recorded; the default is all of it.
//
// # When a span ends
//
// A span ends exactly once: when the answer has been read, at the last event of
// a stream, when reading fails, when the body is closed, or when the context of
// the request ends, whichever comes first. The client runs its middleware once
// per attempt, so a request that is retried twice makes three spans;
// http.request.resend_count numbers them.
//
// # What the client notices
//
// Nothing: requests and responses pass unchanged. A response is copied while the
// client reads it. Of one response or stream event, at most 4 MiB are kept, and
// of one string in it 1 MiB. Of all content of one stream, 4 MiB are kept.
// A span that lost something to these limits has the attribute $ai_truncated.
package otelopenai
