package convert_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// TestSecrets puts a secret wherever libraries are known to put one.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const secret = "sk-live-1234567890"
	call := func(more attrs) attrs {
		more["gen_ai.operation.name"] = "chat"
		return more
	}
	for name, r := range map[string]row{
		"a header":                {attrs: call(attrs{"http.request.header.authorization": "Bearer " + secret})},
		"a list of header values": {attrs: call(attrs{"http.request.header.x-api-key": []string{secret}})},
		"a cookie":                {attrs: call(attrs{"http.request.header.cookie": secret})},
		"a header of the answer":  {attrs: call(attrs{"http.response.header.set-cookie": []string{secret}})},
		"OpenLLMetry's headers":   {attrs: call(attrs{"llm.headers": "{'Authorization': '" + secret + "'}"})},
		"default headers":         {attrs: call(attrs{"default_headers": attrs{"Authorization": secret}})},
		"a key":                   {attrs: call(attrs{"openai.api_key": secret})},
		"a key of the resource":   {attrs: call(attrs{}), res: attrs{"OPENAI_API_KEY": secret}},
		"LiteLLM's keys":          {attrs: call(attrs{"hidden_params": `{"model_id":"m","api_key":"` + secret + `"}`, "metadata.user_api_key_hash": secret})},
		"LiteLLM's raw request":   {span: "raw_gen_ai_request", attrs: attrs{"llm.openai.api_key": secret, "llm.openai.extra_body": secret}},
		"the query of an address": {attrs: attrs{"gen_ai.operation.name": "execute_tool", "url.full": "https://a.example/v1?key=" + secret + "&q=1"}},
		"the user of an address":  {attrs: attrs{"gen_ai.operation.name": "execute_tool", "http.url": "https://me:" + secret + "@a.example/"}},
		"the address of a call":   {attrs: call(attrs{"url.full": "https://a.example/v1?access_token=" + secret, "url.query": "key=" + secret})},
		"a statement":             {attrs: attrs{"gen_ai.operation.name": "retrieval", "db.query.text": "SELECT '" + secret + "'", "db.statement": secret, "db.query.parameter.0": secret}},
		"metadata in JSON":        {attrs: call(attrs{"metadata": `{"user":{"password":"` + secret + `"},"tenant":"a"}`, "gen_ai.request.metadata": `{"authToken" : "` + secret + `"}`})},

		"parameters of OpenInference": {attrs: attrs{"openinference.span.kind": "LLM", "llm.invocation_parameters": `{"api_key":"` + secret + `","extra_headers":{"a":"` + secret + `"},"temperature":0.5}`}},
		"parameters of Genkit": {attrs: attrs{
			"genkit:type": "action", "genkit:metadata:subtype": "model", "genkit:name": "a/b",
			"genkit:input": `{"messages":[{"role":"user","content":[{"text":"hi"}]}],"config":{"apiKey":"` + secret + `","temperature":0.5}}`,
		}},
		"parameters of Langfuse": {attrs: attrs{"langfuse.observation.type": "generation", "langfuse.observation.model.parameters": `{"openai_api_key":"` + secret + `","temperature":0.5}`}},
		"parameters of LangSmith": {attrs: attrs{
			"langsmith.span.kind": "llm", "langsmith.metadata.ls_invocation_params": `{"apiKey":"` + secret + `","temperature":0.5}`,
			"langsmith.metadata.LANGSMITH_API_KEY": secret,
		}},
		"parameters of Braintrust": {attrs: attrs{"braintrust.span_attributes": `{"type":"llm"}`, "braintrust.input_json": "[]", "braintrust.metadata": `{"model":"m","api_key":"` + secret + `","temperature":0.5}`}},
		"parameters on the span":   {attrs: call(attrs{"$ai_model_parameters": attrs{"api_key": secret, "temperature": 0.5}})},
		"parameters of Pipecat":    {attrs: call(attrs{"param.api_key": secret, "param.temperature": 0.5})},
		"headers of Vercel":        {attrs: attrs{"ai.operationId": "ai.generateText", "ai.request.headers.authorization": secret}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events := convert.Batch([]sdktrace.ReadOnlySpan{r.stub().Snapshot()}, convert.Options{})
			require.Len(t, events, 1)
			event := string(events[0].Append(nil))
			require.NotContains(t, event, secret)
			if strings.HasPrefix(name, "parameters") {
				require.Contains(t, event, `"temperature":0.5`, "the rest stays")
			}
		})
	}
	checkRows(t, []row{
		{
			name: "what only looks like a secret", event: semconv.EventGeneration,
			attrs: call(attrs{
				"gen_ai.request.max_tokens": 5, "token_type": "bearer", "api_key_id": "k1", "app.tokens_left": 7, "metadata": `{"tenant":"a"}`,
				"http.request.resend_count": 1,
			}),
			want: map[string]string{
				"$ai_max_tokens": "5", "token_type": `"bearer"`, "api_key_id": `"k1"`, "app.tokens_left": "7", "metadata": `{"tenant":"a"}`,
				"http.request.resend_count": "1",
			},
		},
		{
			name: "an address without a secret", attrs: attrs{"gen_ai.operation.name": "execute_tool", "url.full": "https://a.example/?q=1&page=2"},
			want: map[string]string{"url.full": `"https://a.example/?q=1&page=2"`},
		},
	})
}
