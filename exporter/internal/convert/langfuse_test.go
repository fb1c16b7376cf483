package convert_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestLangfuseKinds(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"generation": semconv.EventGeneration,
		"Generation": semconv.EventGeneration,
		"embedding":  semconv.EventEmbedding,
		"tool":       semconv.EventSpan,
		"agent":      semconv.EventSpan,
		"retriever":  semconv.EventSpan,
		"event":      semconv.EventSpan,
	} {
		checkRows(t, []row{{name: kind, attrs: attrs{"langfuse.observation.type": kind}, event: want, want: map[string]string{
			"$ai_lib": `"opentelemetry/langfuse"`,
		}}})
	}
}

func TestLangfuse(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "a chain of LangChain",
			root: true,
			attrs: attrs{
				"langfuse.observation.type": "chain", "langfuse.observation.input": `{"question":"why?"}`,
				"langfuse.trace.name": "my-request", "langfuse.trace.tags": []string{"a"},
				"langfuse.observation.output": `{"messages":[{"lc":1,"type":"constructor","id":["langchain_core","messages","AIMessage"],
					"kwargs":{"content":"because","tool_calls":[]}}]}`,
			},
			event: semconv.EventTrace,
			want: map[string]string{
				"$ai_input_state": `{"question":"why?"}`, "$ai_output_state": `{"messages":[{"role":"assistant","content":"because"}]}`,
				"$ai_trace_name": `"my-request"`, "langfuse.trace.tags": `["a"]`,
			},
			absent: []string{"langfuse.observation.type", "langfuse.observation.input", "langfuse.observation.output"},
		},
		{
			name:  "a trace that has its input and output beside the observation",
			root:  true,
			attrs: attrs{"langfuse.observation.type": "span", "langfuse.trace.input": "hi", "langfuse.trace.output": `{"a":1}`},
			event: semconv.EventTrace,
			want:  map[string]string{"$ai_input_state": `"hi"`, "$ai_output_state": `{"a":1}`},
		},
		{
			name: "a tool's result is the content of the message around it",
			attrs: attrs{
				"langfuse.observation.type": "tool", "langfuse.observation.input": `{"city":"Bern"}`,
				"langfuse.observation.output": `{"lc":1,"type":"constructor","id":["langchain_core","messages","ToolMessage"],
					"kwargs":{"content":"{\"degrees\":4}","tool_call_id":"call_1"}}`,
			},
			want: map[string]string{"$ai_input_state": `{"city":"Bern"}`, "$ai_output_state": `{"degrees":4}`},
		},
		{
			name: "a generation with plain texts, a prompt and a chat",
			attrs: attrs{
				"langfuse.observation.type": "generation", "langfuse.observation.input": "Hello?", "langfuse.observation.output": "Hello!",
				"langfuse.observation.prompt.name": "greeting", "langfuse.observation.prompt.version": 7, "session.id": "chat-17",
				"langfuse.observation.model.name": "gpt-4o", "langfuse.observation.completion_start_time": `"2024-01-01T00:00:00.250Z"`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":"Hello?"}]`, "$ai_output_choices": `[{"role":"assistant","content":"Hello!"}]`,
				"$ai_prompt_name": `"greeting"`, "$ai_prompt_version": `7`, "$ai_session_id": `"chat-17"`, "$ai_model": `"gpt-4o"`,
				"$ai_time_to_first_token": `0.25`,
			},
			absent: []string{"$session_id"},
		},
		{
			name: "parameters, tools and the roles of tools",
			attrs: attrs{
				"langfuse.observation.type":             "generation",
				"langfuse.observation.model.parameters": attrs{"temperature": 0, "maxTokens": 50, "response_format": ""},
				"langfuse.observation.input": `{"messages":[{"role":"get_weather","content":"4 degrees","additional_kwargs":{}}],
					"tools":[{"type":"function","function":{"name":"get_weather"}}]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_model_parameters": `{"temperature":0,"maxTokens":50}`, "$ai_temperature": `0`, "$ai_max_tokens": `50`,
				"$ai_tools": `[{"type":"function","function":{"name":"get_weather"}}]`,
				"$ai_input": `[{"role":"tool","name":"get_weather","content":"4 degrees","additional_kwargs":{}}]`,
			},
		},
		{
			name: "the system prompt of the Responses API",
			attrs: attrs{
				"langfuse.observation.type": "generation", "langfuse.observation.input": "Hi", "langfuse.observation.metadata.instructions": "Be brief.",
				"langfuse.observation.output": `[{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},
					{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"}]`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":[{"type":"thinking","thinking":"hm"}]},
					{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}]`,
			},
			absent: []string{"langfuse.observation.metadata.instructions"},
		},
		{
			name: "an error without a status",
			attrs: attrs{
				"langfuse.observation.type": "generation", "langfuse.observation.level": "ERROR",
				"langfuse.observation.status_message": "status code 429: slow down",
			},
			event:  semconv.EventGeneration,
			want:   map[string]string{"$ai_is_error": `true`, "$ai_error": `"status code 429: slow down"`, "$ai_http_status": `429`},
			absent: []string{"langfuse.observation.level"},
		},
		{
			name:   "a warning is no error",
			attrs:  attrs{"langfuse.observation.type": "tool", "langfuse.observation.level": "WARNING", "langfuse.observation.status_message": "slow"},
			want:   map[string]string{"langfuse.observation.level": `"WARNING"`, "langfuse.observation.status_message": `"slow"`},
			absent: []string{"$ai_is_error"},
		},
		{
			name: "vectors stay",
			attrs: attrs{
				"langfuse.observation.type": "embedding", "langfuse.observation.input": `["a","b"]`,
				"langfuse.observation.output": `[[0.25,0.5],[0.5,0.25]]`, "langfuse.observation.usage_details": `{"input":4,"total":4}`,
			},
			event:  semconv.EventEmbedding,
			want:   map[string]string{"$ai_input": `["a","b"]`, "$ai_input_tokens": `4`},
			absent: []string{"$ai_output_choices", "$ai_output_state", "langfuse.observation.output"},
		},
		{
			name:   "what sits on every span of a process rules none",
			attrs:  attrs{"gen_ai.operation.name": "chat", "langfuse.environment": "staging", "session.id": "chat-1", "langfuse.user.id": "u"},
			event:  semconv.EventGeneration,
			want:   map[string]string{"$ai_lib": `"opentelemetry"`, "langfuse.environment": `"staging"`, "$ai_session_id": `"chat-1"`},
			absent: []string{"langfuse.user.id"},
		},
		{
			name: "on a span of Vercel's it only fills gaps",
			attrs: attrs{
				"ai.operationId": "ai.generateText.doGenerate", "ai.prompt.messages": `[{"role":"user","content":"hi"}]`,
				"langfuse.observation.type": "span", "langfuse.observation.input": "other", "langfuse.observation.output": "answer",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_lib": `"opentelemetry/vercel-ai"`, "$ai_input": `[{"role":"user","content":"hi"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"answer"}]`,
			},
		},
	})
}

// TestLangfuseUsage covers the ways to count: Langfuse's own SDKs take the
// details out of the totals, people who fill in the usage may not.
func TestLangfuseUsage(t *testing.T) {
	t.Parallel()
	for usage, want := range map[string][3]string{
		`{"input":338,"output":175,"total":641,"input_cached_tokens":128,"input_audio_tokens":0}`:              {"466", "175", "128"},
		`{"input":338,"output":175,"input_cache_read":128}`:                                                    {"466", "175", "128"},
		`{"input":466,"output":175,"total":641,"input_cached_tokens":128,"output_reasoning_tokens":64}`:        {"466", "175", "128"},
		`{"input":338,"output":175,"total":641,"input_cached_tokens":128,"output_reasoning_tokens":64}`:        {"466", "175", "128"},
		`{"input":466,"output":111,"total":641,"input_cached_tokens":128,"output_reasoning_tokens":64}`:        {"466", "175", "128"},
		`{"input":338,"output":111,"total":641,"input_cached_tokens":128,"output_reasoning_tokens":64}`:        {"466", "175", "128"},
		`{"input":10,"output":5,"total":99,"input_cached_tokens":20}`:                                          {"30", "5", "20"},
		`{"input_tokens":100,"output_tokens":9,"cache_read_input_tokens":50,"cache_creation_input_tokens":25}`: {"175", "9", "50"},
		`{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}`:                                         {"12", "3", ""},
		`{"input":"7","output":1.5}`: {"7", "", ""},
		`{}`:                         {"", "", ""},
		`[1]`:                        {"", "", ""},
	} {
		r := row{name: usage, event: semconv.EventGeneration, want: map[string]string{}, attrs: attrs{
			"langfuse.observation.type": "generation", "langfuse.observation.usage_details": usage,
		}}
		for i, key := range []string{"$ai_input_tokens", "$ai_output_tokens", "$ai_cache_read_input_tokens"} {
			if want[i] == "" {
				r.absent = append(r.absent, key)
			} else {
				r.want[key] = want[i]
			}
		}
		if want[2] != "" {
			r.want["$ai_cache_reporting_exclusive"] = "false"
		}
		checkRows(t, []row{r})
	}
}

// TestLangfuseBrowserSession keeps the two sessions apart that share one key.
func TestLangfuseBrowserSession(t *testing.T) {
	t.Parallel()
	const browser = "018cc24e-e6c0-7000-8000-000000000001"
	stub := row{attrs: attrs{"langfuse.observation.type": "span", "session.id": browser, "langfuse.session.id": "chat-1"}}.stub()
	events := convert.Batch([]sdktrace.ReadOnlySpan{stub.Snapshot()}, convert.Options{})
	got := decode(t, events[0])
	require.JSONEq(t, `"`+browser+`"`, string(got.Properties["$session_id"]))
	require.JSONEq(t, `"chat-1"`, string(got.Properties["$ai_session_id"]))
}
