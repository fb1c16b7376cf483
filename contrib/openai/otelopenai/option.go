package otelopenai

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
)

// Option configures a [Tracer].
type Option interface{ apply(*config) }

// WithTracerProvider sets whose spans are made. The default, and what nil means,
// is the global provider when [New] is called.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return optionFunc(func(c *config) { c.provider = provider })
}

// WithContent sets which content is recorded. It wins over the environment. The
// default is what OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT says when
// [New] is called, and [ContentAll] where the variable is not set. A value that
// is none of the constants records no content.
func WithContent(content Content) Option {
	return optionFunc(func(c *config) { c.content = &content })
}

// WithProviderName sets gen_ai.provider.name, for APIs that are compatible with
// OpenAI's. The default, and what an empty name means, follows the host of the
// request: azure.ai.openai, aws.bedrock, gcp.gemini, deepseek, groq, mistral_ai,
// perplexity and x_ai are known, any other host is openai.
func WithProviderName(name string) Option {
	return optionFunc(func(c *config) { c.providerName = name })
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	provider     trace.TracerProvider
	providerName string
	content      *Content // nil: not set
}

func newConfig(opts []Option) config {
	var c config
	for _, opt := range opts {
		if opt != nil {
			opt.apply(&c)
		}
	}
	if c.provider == nil {
		c.provider = otel.GetTracerProvider()
	}
	if c.content == nil {
		content := contentFromEnv()
		c.content = &content
	}
	return c
}
