package convert_test

import (
	"math"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// derived returns the distinct id of nobody.
func derived(name string) string {
	return uuid.NewSHA1(uuid.MustParse("392e81d5-3d13-4a6f-b541-bdbf6c865e56"), []byte(name)).String()
}

const (
	rowTrace = "01000000000000000000000000000000"
	chat     = "chat"
)

// TestMappingPeople is the distinct id of section 3.
func TestMappingPeople(t *testing.T) {
	t.Parallel()
	inOrder := []string{
		"ai.telemetry.metadata.posthog_distinct_id", "ai.settings.context.posthog_distinct_id", "posthog.distinct_id", "user.id",
		"enduser.id", "langfuse.user.id", "traceloop.association.properties.user_id",
	}
	conversations := []string{
		"$ai_session_id", "ai.telemetry.metadata.$ai_session_id", "ai.settings.context.$ai_session_id",
		"eve.session.id", "anthropic.session.id", "gen_ai.conversation.id",
	}
	var rows []row
	for i, key := range inOrder {
		first := attrs{"gen_ai.operation.name": chat}
		for _, later := range inOrder[i:] {
			first[later] = "of " + later
		}
		rows = append(rows, row{
			name: key + " comes before those below", event: semconv.EventGeneration, attrs: first,
			res: attrs{"posthog.distinct_id": "resource", "user.id": "resource"}, person: "of " + key,
			absent: []string{"$process_person_profile", "user.id", "posthog.distinct_id", "distinct_id"},
		})
	}
	for i, key := range conversations {
		first := attrs{"gen_ai.operation.name": chat, "$session_id": "browser", "session.id": "browser"}
		for _, later := range conversations[i:] {
			first[later] = "of " + later
		}
		rows = append(rows, row{
			name: key + " makes the id of nobody", event: semconv.EventGeneration, attrs: first, person: derived("session:of " + key),
			want: map[string]string{"$process_person_profile": "false"},
		})
	}
	long := strings.Repeat("a", 198) + "日本"
	checkRows(t, append(
		rows,
		row{
			name: "resource posthog.distinct_id", event: semconv.EventGeneration, attrs: attrs{"gen_ai.operation.name": chat},
			res: attrs{"posthog.distinct_id": "p", "user.id": "u"}, person: "p", absent: []string{"posthog.distinct_id", "user.id"},
		},
		row{
			name: "resource user.id", event: semconv.EventGeneration, attrs: attrs{"gen_ai.operation.name": chat}, res: attrs{"user.id": "u"}, person: "u",
		},
		row{
			name: "other people of the resource do not count", event: semconv.EventGeneration, attrs: attrs{"gen_ai.operation.name": chat},
			res: attrs{"enduser.id": "u", "langfuse.user.id": "u"}, person: derived("trace:" + rowTrace),
		},
		row{
			name: "empty and no text are not set", event: semconv.EventGeneration,
			attrs: attrs{"gen_ai.operation.name": chat, "posthog.distinct_id": "", "user.id": 42, "enduser.id": "e"}, person: "e",
			absent: []string{"posthog.distinct_id", "user.id"},
		},
		row{
			name: "conversation of the resource", event: semconv.EventGeneration, attrs: attrs{"gen_ai.operation.name": chat},
			res: attrs{"gen_ai.conversation.id": "c"}, person: derived("session:c"),
		},
		row{
			name: "trace", event: semconv.EventGeneration, attrs: attrs{"gen_ai.operation.name": chat, "$session_id": "browser"},
			person: derived("trace:" + rowTrace), want: map[string]string{"$process_person_profile": "false", "$session_id": `"browser"`},
		},
		row{
			name: "no person of nobody, whatever an attribute says", event: semconv.EventGeneration,
			attrs: attrs{"gen_ai.operation.name": chat, "$process_person_profile": true}, res: attrs{"$process_person_profile": "x"},
			want: map[string]string{"$process_person_profile": "false"},
		},
		row{
			name: "an explicit profile stays with somebody", event: semconv.EventGeneration,
			attrs: attrs{"gen_ai.operation.name": chat, "user.id": "u", "$process_person_profile": false},
			want:  map[string]string{"$process_person_profile": "false"},
		},
		row{name: "200 bytes stay", event: semconv.EventGeneration, attrs: attrs{"gen_ai.operation.name": chat, "user.id": long[:200-2] + "é"}, person: long[:198] + "é"},
		row{name: "cut on a rune boundary", event: semconv.EventGeneration, attrs: attrs{"gen_ai.operation.name": chat, "user.id": long}, person: long[:198]},
		row{
			name: "what is no UTF-8 is cut as it is sent", event: semconv.EventGeneration,
			attrs: attrs{"gen_ai.operation.name": chat, "user.id": strings.Repeat("a", 199) + "\x80\x80"}, person: strings.Repeat("a", 199),
		},
	))
}

// TestMappingEveryEvent is section 4.
func TestMappingEveryEvent(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "child", event: semconv.EventGeneration, span: "call", attrs: attrs{"gen_ai.operation.name": chat},
			want: map[string]string{
				"$ai_trace_id": `"` + rowTrace + `"`, "$ai_span_id": `"0200000000000000"`, "$ai_parent_id": `"0300000000000000"`,
				"$ai_span_name": `"call"`, "$ai_latency": "1.5", "$geoip_disable": "true", "$lib": `"otelposthog-go"`, "$ai_lib": `"opentelemetry"`,
			},
			absent: []string{"$ai_ingestion_source", "$ai_is_error", "gen_ai.operation.name", "$session_id", "$window_id", "$ai_framework"},
		},
		{name: "root, without a name", event: semconv.EventGeneration, root: true, attrs: attrs{"gen_ai.operation.name": chat}, absent: []string{"$ai_parent_id", "$ai_span_name"}},
		{
			name: "ids come from the span", event: semconv.EventGeneration,
			attrs: attrs{"gen_ai.operation.name": chat, "$ai_trace_id": "x", "$ai_span_id": "x", "$ai_parent_id": "x"},
			res:   attrs{"$ai_trace_id": "y", "$ai_parent_id": "y"},
			want:  map[string]string{"$ai_trace_id": `"` + rowTrace + `"`, "$ai_span_id": `"0200000000000000"`, "$ai_parent_id": `"0300000000000000"`},
		},
		{
			name: "the source is never told", event: semconv.EventGeneration,
			attrs: attrs{"gen_ai.operation.name": chat, "$ai_ingestion_source": "otel"}, res: attrs{"$ai_ingestion_source": "otel"},
			absent: []string{"$ai_ingestion_source"},
		},
		{
			name: "explicit names win", event: semconv.EventGeneration,
			attrs: attrs{"gen_ai.operation.name": chat, "$lib": "mine", "$lib_version": "9", "$ai_lib": "own", "$ai_span_name": "named"},
			want:  map[string]string{"$lib": `"mine"`, "$lib_version": `"9"`, "$ai_lib": `"own"`, "$ai_span_name": `"named"`},
		},
		{
			name: "an explicit library wins over a recognised one", event: semconv.EventGeneration,
			attrs: attrs{"llm.request.type": chat, "$ai_lib": "own"}, want: map[string]string{"$ai_lib": `"own"`},
		},
		{
			name: "resource without noise", event: semconv.EventGeneration, attrs: attrs{"gen_ai.operation.name": chat, "service.version": "span"},
			res: attrs{
				"service.name": "svc", "service.version": "resource", "deployment.environment.name": "prod", "hostile": "x",
				"host.name": "h", "process.pid": 1, "os.type": "linux", "telemetry.sdk.name": "opentelemetry", "telemetry.sdk.version": "1",
				"telemetry.sdk.language": "go", "telemetry.distro.name": "d", "user.id": "u", "posthog.ai.debug": "true",
			},
			want: map[string]string{
				"service.name": `"svc"`, "service.version": `"span"`, "deployment.environment.name": `"prod"`, "hostile": `"x"`, "$ai_lib": `"opentelemetry"`,
			},
			absent: []string{
				"host.name", "process.pid", "os.type", "telemetry.sdk.name", "telemetry.sdk.version", "telemetry.sdk.language",
				"telemetry.distro.name", "user.id", "posthog.ai.debug", "$ai_lib_version",
			},
		},
		{
			name: "unknown attributes keep their type", event: semconv.EventGeneration,
			attrs: attrs{
				"gen_ai.operation.name": chat, "a.text": "[1]", "a.empty": "", "a.int": 0, "a.float": 1.5, "a.bool": false, "a.list": []string{"x"},
				"a.bytes": []byte{0, 0xAB}, "a.nan": math.NaN(), "a.inf": math.Inf(-1), "a.none": nil, "a.map": attrs{"b": []any{1, nil, math.NaN()}},
			},
			want: map[string]string{
				"a.text": `"[1]"`, "a.empty": `""`, "a.int": "0", "a.float": "1.5", "a.bool": "false", "a.list": `["x"]`,
				"a.bytes": `"00ab"`, "a.nan": "null", "a.inf": "null", "a.map": `{"b":[1,null,null]}`,
			},
			absent: []string{"a.none"},
		},
		{
			name: "removed", event: semconv.EventGeneration,
			attrs: attrs{
				"gen_ai.operation.name": chat, "llm.request.type": chat, "user.id": "u", "posthog.distinct_id": "p", "posthog.ai.debug": "true",
				"telemetry.sdk.language": "go",
			},
			absent: []string{"gen_ai.operation.name", "llm.request.type", "user.id", "posthog.distinct_id", "posthog.ai.debug", "telemetry.sdk.language"},
		},
	})
}

func TestMappingGeoIP(t *testing.T) {
	t.Parallel()
	geo := func(name, want string, span, res attrs) row {
		span["gen_ai.operation.name"] = chat
		return row{
			name: name, event: semconv.EventGeneration, attrs: span, res: res,
			want: map[string]string{"$geoip_disable": want}, absent: []string{"posthog.geoip_disable"},
		}
	}
	const own, alias = "$geoip_disable", "posthog.geoip_disable"
	checkRows(t, []row{
		geo("by default", "true", attrs{}, nil),
		geo("span", "false", attrs{own: false}, nil),
		geo("resource", "false", attrs{}, attrs{own: false}),
		geo("alias on the span", "false", attrs{alias: false}, nil),
		geo("alias on the resource", "false", attrs{}, attrs{alias: false}),
		geo("text on the resource", "false", attrs{}, attrs{alias: "false"}),
		geo("span before resource", "true", attrs{own: true}, attrs{own: false}),
		geo("alias of the span before that of the resource", "true", attrs{alias: true}, attrs{alias: false}),
		geo("property before alias", "false", attrs{own: false, alias: true}, attrs{alias: true}),
		geo("property of the resource before alias of the span", "false", attrs{alias: true}, attrs{own: false}),
	})
}

func TestMappingTime(t *testing.T) {
	t.Parallel()
	stub := row{attrs: attrs{"gen_ai.operation.name": chat}}.stub()
	stub.EndTime = rowStart.Add(1_234_567_891)
	once := convert.Batch([]sdktrace.ReadOnlySpan{stub.Snapshot()}, convert.Options{})
	got := decode(t, once[0])
	require.Equal(t, "2024-01-01T00:00:01.234567891Z", got.Timestamp)
	require.JSONEq(t, "1.234567891", string(got.Properties["$ai_latency"]))
	id := uuid.MustParse(got.UUID)
	require.Equal(t, uuid.Version(5), id.Version())
	require.Equal(t, got, decode(t, convert.Batch([]sdktrace.ReadOnlySpan{stub.Snapshot()}, convert.Options{})[0]), "the same span is the same event")

	stub.EndTime = stub.StartTime
	require.NotContains(t, decode(t, convert.Batch([]sdktrace.ReadOnlySpan{stub.Snapshot()}, convert.Options{})[0]).Properties, "$ai_latency")
	stub.EndTime = rowStart.Add(-1)
	require.NotContains(t, decode(t, convert.Batch([]sdktrace.ReadOnlySpan{stub.Snapshot()}, convert.Options{})[0]).Properties, "$ai_latency")
}

// Hand-made spans without ids of their own stay apart, and each is the same event
// whenever it is sent.
func TestMappingEmptyIDs(t *testing.T) {
	t.Parallel()
	idOf := func(model string, sc trace.SpanContext) uuid.UUID {
		stub := row{attrs: attrs{"gen_ai.operation.name": chat, "gen_ai.request.model": model}}.stub()
		stub.SpanContext, stub.Parent = sc, trace.SpanContext{}
		return convert.Batch([]sdktrace.ReadOnlySpan{stub.Snapshot()}, convert.Options{})[0].UUID
	}
	traceOnly := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}})
	spanOnly := trace.NewSpanContext(trace.SpanContextConfig{SpanID: trace.SpanID{1}})
	seen := map[uuid.UUID]string{}
	for _, sc := range []trace.SpanContext{{}, traceOnly, spanOnly} {
		for _, model := range []string{"a", "b"} {
			id := idOf(model, sc)
			require.Equal(t, id, idOf(model, sc))
			require.Equal(t, uuid.Version(5), id.Version())
			require.Empty(t, seen[id], "the id of another event")
			seen[id] = model
		}
	}
}
