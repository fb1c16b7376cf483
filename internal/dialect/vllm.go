package dialect

// vllm is vLLM, which records a model, usage and times, but no operation and no
// messages. Below a client's span for the same call, the client's span counts.
var vllm = library{
	name:     "vllm",
	scopes:   []string{"vllm*"},
	matchers: []string{"gen_ai.latency.time_in_queue", "gen_ai.latency.time_in_model_*", "gen_ai.latency.e2e"},
	parameters: []parameter{
		{"gen_ai.request.n", "n"},
	},
}
