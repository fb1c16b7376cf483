package spantest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// Case is one span and what is expected of its event.
type Case struct {
	Name   string
	Note   string
	Span   sdktrace.ReadOnlySpan
	Expect struct {
		Event      string
		DistinctID string `json:"distinct_id"`
		Properties map[string]any
		Absent     []string
		Dropped    bool
	}
}

// ReadCases reads a file of cases.
func ReadCases(path string) ([]Case, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []struct {
		Case
		Span caseSpan
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var cases []Case
	for _, c := range list {
		stub, err := c.Span.stub()
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, c.Name, err)
		}
		c.Case.Span = stub.Snapshot()
		for k, v := range c.Expect.Properties {
			c.Expect.Properties[k] = generated(v)
		}
		cases = append(cases, c.Case)
	}
	return cases, nil
}

type caseSpan struct {
	Name          string
	TraceID       string `json:"trace_id"`
	SpanID        string `json:"span_id"`
	ParentSpanID  string `json:"parent_span_id"`
	StartUnixNano string `json:"start_unix_nano"`
	EndUnixNano   string `json:"end_unix_nano"`
	Scope         struct{ Name, Version string }
	Resource      map[string]any
	Attributes    map[string]any
	Events        []struct {
		Name         string
		TimeUnixNano string `json:"time_unix_nano"`
		Attributes   map[string]any
	}
	Status struct{ Code, Message string }
}

func (s caseSpan) stub() (tracetest.SpanStub, error) {
	sc, err := spanContext(s.TraceID, s.SpanID)
	if err != nil {
		return tracetest.SpanStub{}, err
	}
	stub := tracetest.SpanStub{
		Name:                 s.Name,
		SpanContext:          sc,
		StartTime:            unixNano(s.StartUnixNano),
		EndTime:              unixNano(s.EndUnixNano),
		Attributes:           fromMap(s.Attributes),
		Resource:             resource.NewSchemaless(fromMap(s.Resource)...),
		InstrumentationScope: instrumentation.Scope{Name: s.Scope.Name, Version: s.Scope.Version},
		Status: sdktrace.Status{
			Code:        map[string]codes.Code{"ok": codes.Ok, "error": codes.Error}[s.Status.Code],
			Description: s.Status.Message,
		},
	}
	if s.ParentSpanID != "" {
		if stub.Parent, err = spanContext(s.TraceID, s.ParentSpanID); err != nil {
			return tracetest.SpanStub{}, err
		}
	}
	for _, e := range s.Events {
		stub.Events = append(stub.Events, sdktrace.Event{
			Name: e.Name, Time: unixNano(e.TimeUnixNano), Attributes: fromMap(e.Attributes),
		})
	}
	return stub, nil
}

func fromMap(m map[string]any) []attribute.KeyValue {
	var attrs []attribute.KeyValue
	for k, v := range m {
		attrs = append(attrs, attribute.KeyValue{Key: attribute.Key(k), Value: fromAny(generated(v))})
	}
	return attrs
}

func fromAny(v any) attribute.Value {
	switch v := v.(type) {
	case string:
		return attribute.StringValue(v)
	case bool:
		return attribute.BoolValue(v)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return attribute.Int64Value(n)
		}
		f, _ := strconv.ParseFloat(v.String(), 64)
		return attribute.Float64Value(f)
	case []any:
		var values []attribute.Value
		var texts []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				texts = append(texts, s)
			}
			values = append(values, fromAny(e))
		}
		if len(texts) == len(v) {
			return attribute.StringSliceValue(texts)
		}
		return attribute.SliceValue(values...)
	case map[string]any:
		return attribute.MapValue(fromMap(v)...)
	}
	return attribute.Value{}
}

// generated replaces {"$repeat": ...}, which stands for a long text.
func generated(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	r, ok := m["$repeat"].(map[string]any)
	if !ok {
		return v
	}
	str := func(key string) string { s, _ := r[key].(string); return s }
	count, _ := r["count"].(json.Number)
	n, _ := count.Int64()
	return str("prefix") + strings.Repeat(str("unit"), int(n)) + str("suffix")
}
