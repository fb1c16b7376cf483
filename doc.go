// Package otelposthog is the root of a module that links LLM traces to session
// replays: browser session ids ride W3C baggage through Go services, and
// OpenTelemetry GenAI spans become PostHog events that carry them.
package otelposthog

// Version is the version of this module. It is sent to PostHog as $lib_version.
const Version = "0.1.0"
