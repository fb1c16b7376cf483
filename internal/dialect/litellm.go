package dialect

import (
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// litellm is LiteLLM, proxy and SDK. It writes the attributes of OpenLLMetry and
// of the GenAI conventions, so their rules do the work.
var litellm = library{
	scopes:   []string{"litellm*"},
	matchers: []string{"hidden_params", "metadata.user_api_key_*"},
	overlay:  true,
	drop:     []string{"metadata.user_api_key*"}, // hashes, aliases and budgets of keys
}

// litellmRaw is the span below a call on which LiteLLM repeats the provider's
// request and response under llm.<provider>.*: the same content, with the
// parameters and headers of the request.
var litellmRaw = library{
	spans: []string{"raw_gen_ai_request"},
	kind:  kindRule{of: func(*Conversion) string { return names.EventSpan }, rank: 2},
	drop:  []string{"llm.*", string(names.GenAIInputMessagesKey), string(names.GenAIOutputMessagesKey)},
}

// llm handles other libraries with attributes below llm., like those of
// OpenLLMetry for Go and OpenInference.
var llm = library{
	matchers:   []string{"llm.*"},
	before:     []rule{traceloopSession},
	after:      append(traceloop.after[:len(traceloop.after):len(traceloop.after)], openInference.after...),
	parameters: traceloop.parameters,
	drop:       append([]string{"llm.token_count.total", "llm.cost.*"}, traceloop.drop...),
	postprocess: func(c *Conversion) {
		c.fillMessages(inferenceMessages(c, "llm.input_messages."), inferenceMessages(c, "llm.output_messages."))
		postprocessTraceloop(c)
	},
}
