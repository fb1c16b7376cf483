package dialect

// vllm is vLLM, which tells a model, usage and times, but neither an operation nor
// what was said. Below the span of a client for the same call, that one counts.
var vllm = library{
	name:   "vllm",
	scopes: []string{"vllm*"},
	marks:  []string{"gen_ai.latency.time_in_queue", "gen_ai.latency.time_in_model_*", "gen_ai.latency.e2e"},
	parameters: []parameter{
		{"gen_ai.request.n", "n"},
	},
}
