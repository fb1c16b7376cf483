package otelopenai_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/otelposthog/otelposthog-go/contrib/openai/otelopenai"
)

func Example() {
	// In place of OpenAI and of a trace backend.
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"id":"resp_1","status":"completed","model":"gpt-5","usage":{"input_tokens":12,"output_tokens":3},
			"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"On its way."}]}]}`)
	}))
	defer api.Close()
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))

	genai := otelopenai.New(otelopenai.WithTracerProvider(provider))
	client := openai.NewClient(
		option.WithAPIKey("sk-..."),
		option.WithBaseURL(api.URL), // leave out for OpenAI
		option.WithMiddleware(genai.Middleware),
	)
	resp, err := client.Responses.New(context.Background(), responses.ResponseNewParams{
		Model: "gpt-5",
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Where is order 1042?")},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.OutputText())

	for _, span := range spans.GetSpans() {
		fmt.Println(span.Name)
		for _, kv := range span.Attributes {
			if kv.Key == "gen_ai.output.messages" || kv.Key == "gen_ai.usage.output_tokens" {
				fmt.Println(kv.Key, "=", kv.Value.String())
			}
		}
	}
	// Output:
	// On its way.
	// chat gpt-5
	// gen_ai.usage.output_tokens = 3
	// gen_ai.output.messages = [{"role":"assistant","parts":[{"type":"text","content":"On its way."}],"finish_reason":"stop"}]
}

// An agent and its tool, in spans around the calls of the model.
func ExampleTracer_InvokeAgent() {
	spans := tracetest.NewInMemoryExporter()
	genai := otelopenai.New(otelopenai.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))))

	answer, err := genai.InvokeAgent(context.Background(),
		otelopenai.Agent{Name: "order-desk", Conversation: "chat-7", Input: "Where is order 1042?"},
		func(ctx context.Context) (string, error) {
			// Ask the model with ctx. When it asks for a tool:
			call := otelopenai.ToolCall{Name: "order_status", ID: "call_1", Arguments: `{"order_id":"1042"}`}
			return genai.ExecuteTool(ctx, call, func(_ context.Context, arguments string) (string, error) {
				return "looked up " + arguments, nil
			})
		})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer)
	for _, span := range spans.GetSpans() {
		fmt.Println(span.Name)
	}
	// Output:
	// looked up {"order_id":"1042"}
	// execute_tool order_status
	// invoke_agent order-desk
}
