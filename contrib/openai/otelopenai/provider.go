package otelopenai

import "strings"

// defaultProvider is the value of gen_ai.provider.name for hosts that are not in
// the list: OpenAI itself, and gateways and servers that speak its API.
const defaultProvider = "openai"

// providerOf returns the conventions' name of the provider that serves host.
func providerOf(host string) string {
	host = "." + strings.ToLower(host)
	for _, p := range [...]struct{ suffix, name string }{
		{".openai.azure.com", "azure.ai.openai"},
		{".cognitiveservices.azure.com", "azure.ai.openai"},
		{".services.ai.azure.com", "azure.ai.openai"},
		{".amazonaws.com", "aws.bedrock"},
		{".googleapis.com", "gcp.gemini"},
		{".deepseek.com", "deepseek"},
		{".groq.com", "groq"},
		{".mistral.ai", "mistral_ai"},
		{".perplexity.ai", "perplexity"},
		{".x.ai", "x_ai"},
	} {
		if strings.HasSuffix(host, p.suffix) {
			return p.name
		}
	}
	return defaultProvider
}
