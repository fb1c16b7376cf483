package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"

	"github.com/otelposthog/otelposthog-go/contrib/openai/otelopenai"
)

const (
	agentName    = "order-desk"
	instructions = "You answer customers of a small shop. Look orders up with the tool; never guess. Two sentences at most."
	maxSteps     = 5 // calls of the model per answer
)

// assistant is the service that talks to the LLM. It never asks who the user is:
// the session comes in by itself, as baggage, and the span processor stamps it.
type assistant struct {
	model  string
	genai  *otelopenai.Tracer
	client openai.Client
}

var _ http.Handler = (*assistant)(nil)

// newAssistant returns an assistant whose client makes GenAI spans, and trusts
// no host with the session: the LLM API is somebody else's.
func newAssistant(t *telemetry, llm llmConfig) *assistant {
	genai := otelopenai.New(otelopenai.WithTracerProvider(t.provider))
	return &assistant{
		model: llm.model,
		genai: genai,
		client: openai.NewClient(
			option.WithAPIKey(llm.apiKey),
			option.WithBaseURL(llm.baseURL),
			option.WithHTTPClient(t.client()),
			option.WithMiddleware(genai.Middleware),
		),
	}
}

func (a *assistant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var c conversation
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&c); err != nil {
		httpError(w, http.StatusBadRequest, "the body is not a conversation in JSON")
		return
	}
	if err := c.check(); err != nil {
		httpError(w, http.StatusBadRequest, err.Error())
		return
	}
	agent := otelopenai.Agent{
		Name:         agentName,
		Conversation: c.ID,
		Input:        c.Messages[len(c.Messages)-1].Content,
	}
	answer, err := a.genai.InvokeAgent(r.Context(), agent, func(ctx context.Context) (string, error) {
		return a.answer(ctx, c.Messages)
	})
	if err != nil {
		log.Printf("assistant: %v", err)
		httpError(w, http.StatusBadGateway, "the model could not be asked")
		return
	}
	writeJSON(w, reply{Answer: answer})
}

// answer asks the model until it has called all the tools that it wants.
func (a *assistant) answer(ctx context.Context, turns []turn) (string, error) {
	input := make(responses.ResponseInputParam, 0, len(turns))
	for _, t := range turns {
		input = append(input, responses.ResponseInputItemParamOfMessage(t.Content, responses.EasyInputMessageRole(t.Role)))
	}
	for range maxSteps {
		resp, err := a.client.Responses.New(ctx, responses.ResponseNewParams{
			Model:        a.model,
			Instructions: openai.String(instructions),
			Input:        responses.ResponseNewParamsInputUnion{OfInputItemList: input},
			Tools:        []responses.ToolUnionParam{orderStatusTool},
		})
		if err != nil {
			return "", err
		}
		results := a.runTools(ctx, resp.Output)
		if len(results) == 0 {
			return resp.OutputText(), nil
		}
		for _, item := range resp.Output { // what the model said goes back to it as it is
			input = append(input, param.Override[responses.ResponseInputItemUnionParam](json.RawMessage(item.RawJSON())))
		}
		input = append(input, results...)
	}
	return "", fmt.Errorf("no answer after %d calls of the model", maxSteps)
}

// runTools runs the tools that the model asked for, and returns their results.
func (a *assistant) runTools(ctx context.Context, output []responses.ResponseOutputItemUnion) (results responses.ResponseInputParam) {
	for _, item := range output {
		if item.Type != "function_call" {
			continue
		}
		call := item.AsFunctionCall()
		result, err := a.genai.ExecuteTool(ctx,
			otelopenai.ToolCall{Name: call.Name, ID: call.CallID, Arguments: call.Arguments}, orderStatus)
		if err != nil {
			result = "error: " + err.Error() // the model may try again
		}
		results = append(results, responses.ResponseInputItemUnionParam{
			OfFunctionCallOutput: &responses.ResponseInputItemFunctionCallOutputParam{
				CallID: openai.String(call.CallID),
				Output: responses.ResponseInputItemFunctionCallOutputOutputUnionParam{OfString: openai.String(result)},
			},
		})
	}
	return results
}

var orderStatusTool = responses.ToolUnionParam{OfFunction: &responses.FunctionToolParam{
	Name:        "order_status",
	Description: openai.String("Where an order is."),
	Parameters: map[string]any{
		"type":                 "object",
		"properties":           map[string]any{"order_id": map[string]any{"type": "string"}},
		"required":             []string{"order_id"},
		"additionalProperties": false,
	},
	Strict: openai.Bool(true),
}}

// orderStatus is the tool. A shop would ask its database.
func orderStatus(_ context.Context, arguments string) (string, error) {
	var args struct {
		OrderID string `json:"order_id"`
	}
	if err := json.Unmarshal([]byte(arguments), &args); err != nil || args.OrderID == "" {
		return "", errors.New("the arguments name no order_id")
	}
	status := map[string]string{
		"1042": "on its way, delivery tomorrow before noon",
		"1043": "waiting for the supplier, about five days",
	}[args.OrderID]
	if status == "" {
		status = "unknown"
	}
	result, err := json.Marshal(map[string]string{"order_id": args.OrderID, "status": status})
	return string(result), err
}
