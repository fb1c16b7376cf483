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
	"github.com/openai/openai-go/v3/shared"

	"github.com/otelposthog/otelposthog-go/examples/internal/genaitrace"
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
	genai  *genaitrace.Tracer
	client openai.Client
}

var _ http.Handler = (*assistant)(nil)

// newAssistant returns an assistant whose client makes GenAI spans, and trusts
// no host with the session: the LLM API is somebody else's.
func newAssistant(t *telemetry, llm llmConfig) *assistant {
	genai := genaitrace.New(t.provider)
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
	agent := genaitrace.Agent{
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
	params := openai.ChatCompletionNewParams{
		Model:    a.model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(instructions)},
		Tools:    []openai.ChatCompletionToolUnionParam{orderStatusTool},
	}
	for _, t := range turns {
		if t.Role == "assistant" {
			params.Messages = append(params.Messages, openai.AssistantMessage(t.Content))
		} else {
			params.Messages = append(params.Messages, openai.UserMessage(t.Content))
		}
	}
	for range maxSteps {
		completion, err := a.client.Chat.Completions.New(ctx, params)
		if err != nil {
			return "", err
		}
		if len(completion.Choices) == 0 {
			return "", errors.New("the model answered without a choice")
		}
		message := completion.Choices[0].Message
		if len(message.ToolCalls) == 0 {
			return message.Content, nil
		}
		params.Messages = append(params.Messages, message.ToParam())
		for _, call := range message.ToolCalls {
			result, err := a.genai.ExecuteTool(ctx, call, orderStatus)
			if err != nil {
				result = "error: " + err.Error() // the model may try again
			}
			params.Messages = append(params.Messages, openai.ToolMessage(result, call.ID))
		}
	}
	return "", fmt.Errorf("no answer after %d calls of the model", maxSteps)
}

var orderStatusTool = openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
	Name:        "order_status",
	Description: openai.String("Where an order is."),
	Parameters: shared.FunctionParameters{
		"type":       "object",
		"properties": map[string]any{"order_id": map[string]any{"type": "string"}},
		"required":   []string{"order_id"},
	},
})

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
