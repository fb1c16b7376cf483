// Package posthogsession is a processor of the OpenTelemetry Collector for traces
// of services that do not stamp the browser session on their spans: it takes the
// session from the spans above and puts it on the AI spans. It also puts AI spans
// below the AI span that they belong to, over those that PostHog never sees.
//
// The README says what it looks at, how long it waits and what it keeps in
// memory.
package posthogsession
