// Package log stamps the browser session on log records, so that PostHog's Logs
// product, or any other backend, leads from a line of the log to the replay.
//
//	import posthoglog "github.com/otelposthog/otelposthog-go/contrib/log"
//
//	provider := sdklog.NewLoggerProvider(
//		sdklog.WithProcessor(posthoglog.NewProcessor()), // before the one that exports
//		sdklog.WithProcessor(sdklog.NewBatchProcessor(exporter)))
//
// The attributes are those that package processor stamps on spans: $session_id,
// $window_id and posthog.distinct_id.
package log
