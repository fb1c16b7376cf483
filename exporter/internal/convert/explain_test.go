package convert_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	r := call("", attrs{"gen_ai.request.model": "m", "llm.request.type": chat, "llm.vendor": "v", "tenant": "acme"}, nil)
	require.Empty(t, convertWith(r, convert.Options{})[0].Origins)
	why := map[string]prop.Origin{}
	for _, o := range convertWith(r, convert.Options{Explain: true})[0].Origins {
		why[o.Property] = o
	}
	require.Equal(t, prop.Origin{Property: "$ai_model", Rule: "traceloop", Attributes: []string{"gen_ai.request.model"}}, why["$ai_model"])
	require.Equal(t, []string{"llm.vendor"}, why["$ai_provider"].Attributes)
	require.Equal(t, []string{"tenant"}, why["tenant"].Attributes)
	require.Equal(t, "envelope", why["$ai_trace_id"].Rule)
}

// TestExplainEverything: each property tells the attributes that it comes from,
// wherever they are, and no others.
func TestExplainEverything(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		row  row
		want map[string][]string
	}{
		{
			name: "documents of a library",
			row: row{attrs: attrs{
				"braintrust.span_attributes": `{"type":"llm"}`, "braintrust.metadata": `{"model":"m","provider":"p","temperature":0}`,
				"braintrust.metrics":    `{"prompt_tokens":5,"prompt_cached_tokens":3}`,
				"braintrust.input_json": `"hi"`, "braintrust.output_json": `[{"message":{"role":"assistant","content":"ho"},"finish_reason":"stop"}]`,
			}},
			want: map[string][]string{
				"$ai_model": {"braintrust.metadata"}, "$ai_provider": {"braintrust.metadata"}, "$ai_temperature": {"braintrust.metadata"},
				"$ai_input_tokens": {"braintrust.metrics"}, "$ai_cache_read_input_tokens": {"braintrust.metrics"},
				"$ai_input": {"braintrust.input_json"}, "$ai_output_choices": {"braintrust.output_json"}, "$ai_stop_reason": {"braintrust.output_json"},
			},
		},
		{
			name: "several attributes, of which one decides the event",
			row: call("", attrs{
				inputKey: `[{"role":"user","content":"u"}]`, "gen_ai.system_instructions": "s", "gen_ai.request.top_p": 0.5, "gen_ai.request.seed": 1,
			}, nil),
			want: map[string][]string{
				"$ai_input":            {inputKey, "gen_ai.system_instructions"},
				"$ai_model_parameters": {"gen_ai.request.seed", "gen_ai.request.top_p"},
			},
		},
		{
			name: "flattened messages",
			row:  row{attrs: attrs{"llm.request.type": "chat", "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "u"}},
			want: map[string][]string{"$ai_input": {"gen_ai.prompt.0.content", "gen_ai.prompt.0.role"}},
		},
		{
			name: "span events",
			row: row{attrs: attrs{"gen_ai.operation.name": "chat"}, status: sdktrace.Status{Code: codes.Error}, events: []sdktrace.Event{
				{Name: "gen_ai.user.message", Attributes: attrs{"content": "u"}.list()},
				{Name: "gen_ai.first_token", Time: rowStart.Add(time.Second)},
				exception("E", "status code 418"),
			}},
			want: map[string][]string{
				"$ai_input":               {"gen_ai.user.message/content"},
				"$ai_time_to_first_token": {"gen_ai.first_token"},
				"$ai_error":               {"exception/exception.type", "exception/exception.message"},
				"$ai_http_status":         {"exception/exception.type", "exception/exception.message"},
			},
		},
		{
			name: "sessions, the same in two places",
			row:  row{attrs: attrs{"gen_ai.operation.name": "chat", "session.id": "s", "posthog.window_id": "w"}, res: attrs{"session.id": "s", "posthog.geoip_disable": false}},
			want: map[string][]string{"$session_id": {"session.id"}, "$window_id": {"posthog.window_id"}, "$geoip_disable": {"posthog.geoip_disable"}},
		},
		{
			name: "a name that the span has, too",
			row:  row{span: "f", attrs: attrs{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f"}},
			want: map[string][]string{"$ai_span_name": {"gen_ai.tool.name"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := map[string][]string{}
			for _, o := range convertWith(c.row, convert.Options{Explain: true})[0].Origins {
				require.NotEmpty(t, o.Rule, o.Property)
				got[o.Property] = o.Attributes
			}
			for property, attributes := range c.want {
				require.ElementsMatch(t, attributes, got[property], property)
			}
		})
	}
}
