// Package posthoglogs is a connector of the OpenTelemetry Collector that joins the
// content of LLM calls, where an instrumentation writes it to log records, with
// the spans of the calls, so that one event in PostHog has both. Log records of
// evaluations become spans of their own.
//
// It is a connector, not a part of the exporter, because a connector can sit in a
// pipeline of logs and in one of traces at once, and because the queue of the
// exporter, which may be on disk, then holds spans that are complete.
package posthoglogs
