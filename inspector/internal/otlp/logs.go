package otlp

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/internal/names"
)

// Content is a log record with the messages of an LLM call, as an event of the
// span that it names.
type Content struct {
	TraceID, SpanID string
	Event           sdktrace.Event
}

// Contents returns the log records that hold content of LLM calls. Records of
// other kinds, and those without a span, are left out.
func Contents(ld plog.Logs) []Content {
	var list []Content
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				if c, ok := content(r); ok {
					list = append(list, c)
				}
			}
		}
	}
	return list
}

func content(r plog.LogRecord) (Content, bool) {
	name := r.EventName()
	if v, ok := r.Attributes().Get(string(names.EventNameKey)); ok && name == "" {
		name = v.AsString()
	}
	if !strings.HasPrefix(name, "gen_ai.") || r.TraceID().IsEmpty() || r.SpanID().IsEmpty() {
		return Content{}, false
	}
	attrs := Attributes(r.Attributes())
	switch r.Body().Type() {
	case pcommon.ValueTypeMap:
		attrs = append(attrs, Attributes(r.Body().Map())...)
	case pcommon.ValueTypeStr:
		attrs = append(attrs, attribute.String("content", r.Body().Str()))
	}
	return Content{
		TraceID: r.TraceID().String(), SpanID: r.SpanID().String(),
		Event: sdktrace.Event{Name: name, Time: r.Timestamp().AsTime(), Attributes: attrs},
	}, true
}
