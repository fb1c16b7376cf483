// Package spans shows the spans of the Collector as spans of the OpenTelemetry
// SDK, so that the Collector has the same conversion to events as Go programs.
package spans

import (
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// Of returns the spans of td in order. They read td as long as they are in use,
// and never change it. They are for one goroutine at a time, because what they
// show is made at the first look.
func Of(td ptrace.Traces, opts ...Option) []sdktrace.ReadOnlySpan {
	var cfg config
	for _, opt := range opts {
		opt(&cfg)
	}
	list := make([]sdktrace.ReadOnlySpan, 0, td.SpanCount())
	backing := make([]span, td.SpanCount())
	for _, rs := range td.ResourceSpans().All() {
		// One pointer for all: the conversion prepares each resource once.
		res := resource.NewSchemaless(cfg.visible(rs.Resource().Attributes())...)
		session := session{cfg.sessionKeys, sessionOf(rs.Resource().Attributes(), cfg.sessionKeys)}
		for _, ss := range rs.ScopeSpans().All() {
			scope := instrumentation.Scope{
				Name:      ss.Scope().Name(),
				Version:   ss.Scope().Version(),
				SchemaURL: ss.SchemaUrl(),
			}
			for _, s := range ss.Spans().All() {
				sp := &backing[len(list)]
				sp.pdata, sp.resource, sp.scope, sp.session = s, res, scope, session
				list = append(list, sp)
			}
		}
	}
	return list
}

// Option changes what [Of] shows.
type Option func(*config)

type config struct {
	sessionKeys []string
	hidden      []string
}

// WithSession names attributes that hold the browser session, in order of
// preference. The first valid one, of the span or else of its resource, is shown
// as $session_id, also where there is another $session_id.
func WithSession(keys ...string) Option {
	return func(c *config) { c.sessionKeys = keys }
}

// WithoutResource leaves these attributes of resources out.
func WithoutResource(keys ...string) Option {
	return func(c *config) { c.hidden = keys }
}

func (c *config) visible(m pcommon.Map) []attribute.KeyValue {
	return slices.DeleteFunc(Attributes(m), func(kv attribute.KeyValue) bool {
		return slices.Contains(c.hidden, string(kv.Key))
	})
}

// IsAI is [semconv.IsAI] for spans that [Of] returned. It does not make the
// attributes of the other spans, which are the most in most pipelines.
func IsAI(s sdktrace.ReadOnlySpan) bool {
	sp, ok := s.(*span)
	if !ok {
		return semconv.IsAI(s.Name(), s.Attributes())
	}
	return IsAIData(sp.pdata)
}

// IsAIData is [semconv.IsAI] for a span of the Collector. Values count only as far as
// there is one, so none is made, which could be a long conversation. Most spans have
// no key that matters, and are decided without a list of attributes.
func IsAIData(s ptrace.Span) bool {
	some := false
	for key, v := range s.Attributes().All() {
		if v.Type() != pcommon.ValueTypeEmpty && semconv.IsAIKey(attribute.Key(key)) {
			some = true
			break
		}
	}
	if !some {
		return semconv.IsAI(s.Name(), nil)
	}
	var few [32]attribute.KeyValue
	keys := few[:0]
	for key, v := range s.Attributes().All() {
		kv := attribute.KeyValue{Key: attribute.Key(key)}
		if v.Type() != pcommon.ValueTypeEmpty {
			kv.Value = attribute.BoolValue(true)
		}
		keys = append(keys, kv)
	}
	return semconv.IsAI(s.Name(), keys)
}

// span overrides every method of the interface that it embeds: the embedded one
// is nil and there for the method that only the SDK can write.
type span struct {
	sdktrace.ReadOnlySpan
	pdata    ptrace.Span
	resource *resource.Resource
	scope    instrumentation.Scope
	session  session

	attrs []attribute.KeyValue // nil until the first look
}

var _ sdktrace.ReadOnlySpan = (*span)(nil)

func (s *span) Name() string { return s.pdata.Name() }

func (s *span) SpanContext() trace.SpanContext { return s.context(s.pdata.SpanID()) }

func (s *span) Parent() trace.SpanContext {
	if s.pdata.ParentSpanID().IsEmpty() {
		return trace.SpanContext{}
	}
	return s.context(s.pdata.ParentSpanID())
}

func (s *span) context(id [8]byte) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID(s.pdata.TraceID()),
		SpanID:  id,
		// Nobody sends spans that are not sampled, and not every SDK sets the flag.
		TraceFlags: trace.FlagsSampled,
	})
}

// SpanKind has the numbers of OTLP.
func (s *span) SpanKind() trace.SpanKind { return trace.SpanKind(s.pdata.Kind()) }

func (s *span) StartTime() time.Time { return s.pdata.StartTimestamp().AsTime() }

func (s *span) EndTime() time.Time { return s.pdata.EndTimestamp().AsTime() }

func (s *span) Attributes() []attribute.KeyValue {
	if s.attrs == nil {
		s.attrs = s.session.stamp(Attributes(s.pdata.Attributes()), s.pdata.Attributes())
	}
	return s.attrs
}

func (s *span) Events() []sdktrace.Event {
	if s.pdata.Events().Len() == 0 {
		return nil
	}
	events := make([]sdktrace.Event, 0, s.pdata.Events().Len())
	for _, e := range s.pdata.Events().All() {
		events = append(events, sdktrace.Event{
			Name:                  e.Name(),
			Time:                  e.Timestamp().AsTime(),
			Attributes:            Attributes(e.Attributes()),
			DroppedAttributeCount: int(e.DroppedAttributesCount()),
		})
	}
	return events
}

func (s *span) Links() []sdktrace.Link {
	if s.pdata.Links().Len() == 0 {
		return nil
	}
	links := make([]sdktrace.Link, 0, s.pdata.Links().Len())
	for _, l := range s.pdata.Links().All() {
		links = append(links, sdktrace.Link{
			SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
				TraceID: trace.TraceID(l.TraceID()),
				SpanID:  trace.SpanID(l.SpanID()),
			}),
			Attributes:            Attributes(l.Attributes()),
			DroppedAttributeCount: int(l.DroppedAttributesCount()),
		})
	}
	return links
}

func (s *span) Status() sdktrace.Status {
	status := sdktrace.Status{Description: s.pdata.Status().Message()}
	switch s.pdata.Status().Code() {
	case ptrace.StatusCodeOk:
		status.Code = codes.Ok
	case ptrace.StatusCodeError:
		status.Code = codes.Error
	}
	return status
}

func (s *span) InstrumentationScope() instrumentation.Scope { return s.scope }

//nolint:staticcheck // The interface has this deprecated method.
func (s *span) InstrumentationLibrary() instrumentation.Library { return s.scope }

func (s *span) Resource() *resource.Resource { return s.resource }

func (s *span) DroppedAttributes() int { return int(s.pdata.DroppedAttributesCount()) }

func (s *span) DroppedEvents() int { return int(s.pdata.DroppedEventsCount()) }

func (s *span) DroppedLinks() int { return int(s.pdata.DroppedLinksCount()) }

// ChildSpanCount is not in OTLP.
func (s *span) ChildSpanCount() int { return 0 }
