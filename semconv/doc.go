// Package semconv defines names: the GenAI attribute keys that instrumentations
// set on spans, and the events and properties that PostHog's LLM analytics
// reads. Its only logic is the test for AI spans.
//
// OpenTelemetry's own Go semconv package dropped the gen_ai.* keys in v1.42,
// when the GenAI conventions moved to a repository of their own. This package
// has the keys of the current convention and of the two generations before it,
// because instrumentations of all three are in use.
//
// In a file that needs both packages, import OpenTelemetry's as otelsemconv.
package semconv
