// Package posthogexporter is a component of the OpenTelemetry Collector that
// stores the AI spans among the traces as PostHog events.
//
// Queue, retry and time limits are those of every Collector exporter. What an
// event looks like is decided by the exporter package of this project, which Go
// programs use without a Collector.
package posthogexporter
