package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// jaegerFile is Jaeger's JSON: the answer of its query service, which its
// interface also downloads.
type jaegerFile struct {
	Data []jaegerTrace `json:"data"`
}

type jaegerTrace struct {
	Spans     []jaegerSpan `json:"spans"`
	Processes map[string]struct {
		ServiceName string      `json:"serviceName"`
		Tags        []jaegerTag `json:"tags"`
	} `json:"processes"`
}

type jaegerSpan struct {
	TraceID       string      `json:"traceID"`
	SpanID        string      `json:"spanID"`
	OperationName string      `json:"operationName"`
	References    []jaegerRef `json:"references"`
	StartTime     uint64      `json:"startTime"` // microseconds
	Duration      uint64      `json:"duration"`  // microseconds
	Tags          []jaegerTag `json:"tags"`
	Logs          []struct {
		Timestamp uint64      `json:"timestamp"` // microseconds
		Fields    []jaegerTag `json:"fields"`
	} `json:"logs"`
	ProcessID string `json:"processID"`
}

type jaegerRef struct {
	RefType string `json:"refType"`
	TraceID string `json:"traceID"`
	SpanID  string `json:"spanID"`
}

type jaegerTag struct {
	Key   string          `json:"key"`
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

// isJaeger reports whether a JSON document looks like Jaeger's. OTLP has resource
// spans at the top.
func isJaeger(document json.RawMessage) bool {
	var top struct {
		Data []struct {
			Spans json.RawMessage `json:"spans"`
		} `json:"data"`
	}
	return json.Unmarshal(document, &top) == nil && len(top.Data) > 0 && top.Data[0].Spans != nil
}

func fromJaeger(document json.RawMessage) (ptrace.Traces, error) {
	td := ptrace.NewTraces()
	var file jaegerFile
	if err := json.Unmarshal(document, &file); err != nil {
		return td, fmt.Errorf("not Jaeger's JSON: %w", err)
	}
	for _, t := range file.Data {
		for i := range t.Spans {
			js := &t.Spans[i]
			rs := td.ResourceSpans().AppendEmpty()
			process := t.Processes[js.ProcessID]
			putTags(rs.Resource().Attributes(), process.Tags)
			rs.Resource().Attributes().PutStr("service.name", process.ServiceName)
			ss := rs.ScopeSpans().AppendEmpty()
			s := ss.Spans().AppendEmpty()
			if err := js.put(s); err != nil {
				return td, fmt.Errorf("span %q: %w", js.SpanID, err)
			}
			takeScope(s.Attributes(), ss.Scope())
		}
	}
	return td, nil
}

func (js *jaegerSpan) put(s ptrace.Span) error {
	traceID, err := parseID(js.TraceID, 16)
	if err != nil {
		return fmt.Errorf("traceID: %w", err)
	}
	spanID, err := parseID(js.SpanID, 8)
	if err != nil {
		return fmt.Errorf("spanID: %w", err)
	}
	s.SetTraceID(pcommon.TraceID(traceID))
	s.SetSpanID(pcommon.SpanID(spanID))
	for _, ref := range js.References {
		if ref.RefType != "CHILD_OF" || ref.TraceID != js.TraceID {
			continue
		}
		parent, err := parseID(ref.SpanID, 8)
		if err != nil {
			return fmt.Errorf("references: %w", err)
		}
		s.SetParentSpanID(pcommon.SpanID(parent))
		break
	}
	s.SetName(js.OperationName)
	s.SetStartTimestamp(micros(js.StartTime))
	s.SetEndTimestamp(micros(js.StartTime + js.Duration))
	putTags(s.Attributes(), js.Tags)
	takeStatus(s)
	for _, log := range js.Logs {
		e := s.Events().AppendEmpty()
		e.SetTimestamp(micros(log.Timestamp))
		putTags(e.Attributes(), log.Fields)
		if name, ok := e.Attributes().Get("event"); ok {
			e.SetName(name.AsString())
			e.Attributes().Remove("event")
		}
	}
	return nil
}

// parseID reads an id in hex, of which Jaeger leaves zeros at the beginning out.
func parseID(text string, size int) ([]byte, error) {
	if len(text) > 2*size {
		return nil, errors.New("the id is too long")
	}
	id, err := hex.DecodeString(strings.Repeat("0", 2*size-len(text)) + text)
	if err != nil {
		return nil, errors.New("the id is not in hex")
	}
	return id, nil
}

func micros(n uint64) pcommon.Timestamp {
	return pcommon.NewTimestampFromTime(time.UnixMicro(int64(n)))
}

func putTags(to pcommon.Map, tags []jaegerTag) {
	for _, tag := range tags {
		var text string
		if json.Unmarshal(tag.Value, &text) != nil {
			text = string(tag.Value)
		}
		var value any
		switch tag.Type {
		case "bool":
			value = text == "true"
		case "int64":
			var n int64
			if json.Unmarshal([]byte(text), &n) == nil {
				value = n
			}
		case "float64":
			var f float64
			if json.Unmarshal([]byte(text), &f) == nil {
				value = f
			}
		}
		if value == nil {
			to.PutStr(tag.Key, text)
			continue
		}
		_ = to.PutEmpty(tag.Key).FromRaw(value) // the type is one of three
	}
}

// takeStatus takes the status out of the tags that Jaeger keeps it in.
func takeStatus(s ptrace.Span) {
	tag := func(key string) string {
		v, ok := s.Attributes().Get(key)
		if !ok {
			return ""
		}
		text := v.AsString()
		s.Attributes().Remove(key)
		return text
	}
	failed := tag("error") == "true"
	switch code := tag("otel.status_code"); {
	case code == "ERROR" || failed:
		s.Status().SetCode(ptrace.StatusCodeError)
	case code == "OK":
		s.Status().SetCode(ptrace.StatusCodeOk)
	}
	s.Status().SetMessage(tag("otel.status_description"))
	if kind, ok := kinds[tag("span.kind")]; ok {
		s.SetKind(kind)
	}
}

var kinds = map[string]ptrace.SpanKind{
	"internal": ptrace.SpanKindInternal, "server": ptrace.SpanKindServer, "client": ptrace.SpanKindClient,
	"producer": ptrace.SpanKindProducer, "consumer": ptrace.SpanKindConsumer,
}

// takeScope takes the instrumentation scope out of the tags.
func takeScope(attrs pcommon.Map, scope pcommon.InstrumentationScope) {
	for _, keys := range [][2]string{{"otel.scope.name", "otel.scope.version"}, {"otel.library.name", "otel.library.version"}} {
		for i, set := range []func(string){scope.SetName, scope.SetVersion} {
			if v, ok := attrs.Get(keys[i]); ok {
				set(v.AsString())
				attrs.Remove(keys[i])
			}
		}
	}
}
