package exporter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/semconv"
)

type meter struct{ *sdkmetric.ManualReader }

func newMeter() (meter, exporter.CommonOption) {
	reader := sdkmetric.NewManualReader()
	return meter{reader}, exporter.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
}

// collect returns the sums and the counts of histograms, by name and the
// attributes that are not the same for all.
func (m meter) collect(t *testing.T) map[string]int64 {
	t.Helper()
	var rm metricdata.ResourceMetrics
	require.NoError(t, m.Collect(t.Context(), &rm))
	values := make(map[string]int64)
	for _, scope := range rm.ScopeMetrics {
		require.Equal(t, "github.com/otelposthog/otelposthog-go/exporter", scope.Scope.Name)
		require.NotEmpty(t, scope.Scope.Version)
		for _, metric := range scope.Metrics {
			require.NotEmpty(t, metric.Unit, metric.Name)
			require.NotEmpty(t, metric.Description, metric.Name)
			switch data := metric.Data.(type) {
			case metricdata.Sum[int64]:
				for _, point := range data.DataPoints {
					values[metric.Name+special(t, point.Attributes)] = point.Value
				}
			case metricdata.Histogram[float64]:
				for _, point := range data.DataPoints {
					values[metric.Name+special(t, point.Attributes)] = int64(point.Count)
				}
			default:
				require.Fail(t, "unexpected", "%T", data)
			}
		}
	}
	return values
}

func special(t *testing.T, set attribute.Set) string {
	t.Helper()
	name, ok := set.Value("otel.component.name")
	require.True(t, ok)
	require.True(t, strings.HasPrefix(name.AsString(), "github.com/otelposthog/otelposthog-go/exporter.Exporter/"))
	_, ok = set.Value("otel.component.type")
	require.True(t, ok)
	var b strings.Builder
	for _, kv := range set.ToSlice() {
		if kv.Key != "otel.component.name" && kv.Key != "otel.component.type" && !strings.HasPrefix(string(kv.Key), "server.") {
			fmt.Fprintf(&b, " %s=%s", kv.Key, kv.Value.String())
		}
	}
	return b.String()
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.Status(503), posthogtest.Fault{}, posthogtest.QuotaLimited(), posthogtest.Status(401)))
	reader, option := newMeter()
	exp := newExporter(t, srv, option, exporter.WithMaxEventBytes(16<<10))
	large := newSpan(5, attribute.String("app.text", strings.Repeat("x", 50_000))).Snapshot()
	require.NoError(t, exp.ExportSpans(t.Context(), append(newSpans(4), notAI(7), large)))
	require.Error(t, exp.ExportSpans(t.Context(), newSpans(3)))
	require.Error(t, exp.ExportSpans(t.Context(), newSpans(2)))
	require.NoError(t, exp.ExportSpans(t.Context(), nil))
	require.NoError(t, exp.CaptureMetric(t.Context(), exporter.AIMetric{TraceID: feedbackTrace, Name: "no span", Value: attribute.Int64Value(1)}))
	require.NoError(t, exp.Shutdown(t.Context()))
	require.Error(t, exp.ExportSpans(t.Context(), newSpans(1)))

	var plain, wire int64
	for _, r := range srv.Requests() {
		plain += int64(r.PlainBytes)
		wire += int64(r.WireBytes)
	}
	require.Less(t, wire, plain)
	require.Equal(t, map[string]int64{
		"otelposthog.exporter.span.seen":                                                             12,
		"otelposthog.exporter.event.stored posthog.link.status=linked":                               5,
		"otelposthog.exporter.event.stored posthog.link.status=no_request":                           1, // feedback
		"otelposthog.exporter.event.lost reason=over_quota":                                          3,
		"otelposthog.exporter.event.lost reason=unauthorized":                                        2,
		"otelposthog.exporter.event.lost reason=shutdown":                                            1,
		"otelposthog.exporter.event.shrunk":                                                          1,
		"otelposthog.exporter.request.retried":                                                       1,
		"otelposthog.exporter.request.uncompressed_size":                                             plain,
		"otelposthog.exporter.request.size":                                                          wire,
		"otel.sdk.exporter.span.exported":                                                            5,
		"otel.sdk.exporter.span.exported error.type=over_quota":                                      3,
		"otel.sdk.exporter.span.exported error.type=unauthorized":                                    2,
		"otel.sdk.exporter.span.exported error.type=shutdown":                                        1,
		"otel.sdk.exporter.span.inflight":                                                            0,
		"otel.sdk.exporter.operation.duration http.response.status_code=200":                         1,
		"otel.sdk.exporter.operation.duration error.type=over_quota http.response.status_code=200":   1,
		"otel.sdk.exporter.operation.duration error.type=unauthorized http.response.status_code=401": 1,
		"otel.sdk.exporter.operation.duration error.type=shutdown":                                   1,
	}, reader.collect(t))
}

// TestInflight looks at the exporter while a request is on its way.
func TestInflight(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	reader, option := newMeter()
	var during map[string]int64
	srv.SetFaultFunc(func(posthogtest.Request) posthogtest.Fault {
		during = reader.collect(t)
		return posthogtest.Fault{}
	})
	exp := newExporter(t, srv, option)
	require.NoError(t, exp.ExportSpans(t.Context(), newSpans(3)))
	require.EqualValues(t, 3, during["otel.sdk.exporter.span.inflight"])
	require.EqualValues(t, 0, reader.collect(t)["otel.sdk.exporter.span.inflight"])
}

func TestNoopMeterProvider(t *testing.T) {
	t.Parallel()
	exp := newExporter(t, newServer(t), exporter.WithMeterProvider(noop.NewMeterProvider()))
	require.NoError(t, exp.ExportSpans(t.Context(), newSpans(3)))
}

// total sums a metric over its attributes.
func total(values map[string]int64, name string) (n int64) {
	for key, value := range values {
		if key == name || strings.HasPrefix(key, name+" ") {
			n += value
		}
	}
	return n
}

// TestLink counts stored events by their link to the browser session, and tells
// once where no span processor is in front of the exporter.
func TestLink(t *testing.T) {
	server := posthogtest.NewServer()
	defer server.Close()
	reader, option := newMeter()
	exp, err := exporter.New("phc_test", exporter.WithHost(server.URL), option)
	require.NoError(t, err)
	span := func(id byte, attrs ...attribute.KeyValue) tracetest.SpanStub {
		return tracetest.SpanStub{
			SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{id}}),
			Attributes:  append(attrs, attribute.String("gen_ai.operation.name", "chat")),
		}
	}
	session := semconv.SessionIDKey.String("s")
	require.NoError(t, exp.ExportSpans(t.Context(), tracetest.SpanStubs{span(1), span(2)}.Snapshots()))
	require.NoError(t, exp.ExportSpans(t.Context(), tracetest.SpanStubs{
		span(3, session, semconv.LinkStatusKey.String(semconv.LinkLinked)), span(4, session),
		span(5, semconv.LinkStatusKey.String(semconv.LinkRefused), semconv.LinkReasonKey.String("malformed")),
	}.Snapshots()))
	values := reader.collect(t)
	for status, n := range map[string]int64{semconv.LinkNoProcessor: 2, semconv.LinkLinked: 2, semconv.LinkRefused: 1} {
		require.Equal(t, n, values["otelposthog.exporter.event.stored posthog.link.status="+status], status)
	}
	require.NotEmpty(t, handled.about("put processor.New in front of the exporter"))
	for _, e := range server.Events() {
		require.NotContains(t, e.Properties, string(semconv.LinkStatusKey), "it is no property")
	}
}
