package posthoglogs_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/collector/posthoglogs"
)

func TestJoins(t *testing.T) {
	t.Parallel()
	for name, order := range map[string]func(t *testing.T, b *both){
		"logs first": func(t *testing.T, b *both) { b.record(question(t, 1)); b.record(answer(t, 1)); b.span(call(1)) },
		"span first": func(t *testing.T, b *both) { b.span(call(1)); b.record(question(t, 1)); b.record(answer(t, 1)) },
		"in between": func(t *testing.T, b *both) { b.record(question(t, 1)); b.span(call(1)); b.record(answer(t, 1)) },
		"with others": func(t *testing.T, b *both) {
			b.record(question(t, 2))
			b.record(record(t, 1, "something", map[string]any{"content": "else"}, nil))
			b.record(question(t, 1))
			b.span(call(1))
			b.record(answer(t, 1))
		},
		"answer first": func(t *testing.T, b *both) { b.record(answer(t, 1)); b.span(call(1)); b.record(question(t, 1)) },
		"records sent again": func(t *testing.T, b *both) {
			b.record(question(t, 1))
			b.record(question(t, 1))
			b.span(call(1))
			b.record(answer(t, 1))
		},
		"sent again": func(t *testing.T, b *both) {
			b.span(call(1))
			b.span(call(1))
			b.record(question(t, 1))
			b.record(answer(t, 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := new(consumertest.TracesSink)
			b := newConnector(t, defaultConfig(), sink)
			order(t, b)
			require.Equal(t, 1, sink.SpanCount(), "nothing more to wait for")
			b.shutdown()
			got := events(t, sink.AllTraces())
			require.Len(t, got, 1)
			require.Equal(t, []any{map[string]any{"role": "user", "content": "hello?"}}, got[0].Properties["$ai_input"])
			require.Equal(t, "hello!", got[0].Properties["$ai_output_choices"].([]any)[0].(map[string]any)["content"])
			require.Equal(t, "stop", got[0].Properties["$ai_stop_reason"])
			require.Equal(t, "assistant", got[0].Properties["service.name"])
		})
	}
}

func TestDetails(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	b := newConnector(t, defaultConfig(), sink)
	message := func(role string) map[string]any {
		return map[string]any{"role": role, "parts": []any{map[string]any{"type": "text", "content": "hi"}}}
	}
	b.record(record(t, 1, "gen_ai.client.inference.operation.details", nil, map[string]any{"gen_ai.input.messages": []any{message("user")}}))
	b.span(call(1))
	require.Zero(t, sink.SpanCount(), "the answer has not come")
	b.record(record(t, 1, "gen_ai.client.inference.operation.details", nil, map[string]any{"gen_ai.output.messages": []any{message("assistant")}}))
	b.shutdown()
	got := events(t, sink.AllTraces())
	require.Len(t, got, 1)
	require.Equal(t, []any{message("user")}, got[0].Properties["$ai_input"])
	require.Equal(t, []any{message("assistant")}, got[0].Properties["$ai_output_choices"])
}

// TestAnswerAlone has a call whose question is never logged: its answer waits a moment.
func TestAnswerAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		b := newConnector(t, defaultConfig(), sink)
		b.span(call(2))
		b.span(call(1))
		b.record(answer(t, 1))
		require.Zero(t, sink.SpanCount())
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Equal(t, 1, sink.SpanCount())
		b.shutdown()
	})
}

func TestTwoChoices(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	b := newConnector(t, defaultConfig(), sink)
	td := call(1)
	spanIn(td).Attributes().PutInt("gen_ai.request.choice.count", 2)
	b.span(td)
	b.record(question(t, 1))
	first, second := answer(t, 1), answer(t, 1)
	onlyRecord(second).Attributes().PutInt("index", 1)
	b.record(first)
	b.record(first) // sent again
	require.Zero(t, sink.SpanCount())
	b.record(second)
	require.Equal(t, 1, sink.SpanCount())
	b.shutdown()
	require.Len(t, events(t, sink.AllTraces())[0].Properties["$ai_output_choices"], 2)
}

// TestDoNotWait has spans for which no content can come.
func TestDoNotWait(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(ptrace.Span){
		"content of its own":    func(s ptrace.Span) { s.Attributes().PutStr("gen_ai.input.messages", "[]") },
		"flattened content":     func(s ptrace.Span) { s.Attributes().PutStr("gen_ai.prompt.0.content", "x") },
		"content in its events": func(s ptrace.Span) { s.Events().AppendEmpty().SetName("gen_ai.user.message") },
		"a tool":                func(s ptrace.Span) { s.Attributes().PutStr("gen_ai.operation.name", "execute_tool") },
		"an HTTP span":          func(s ptrace.Span) { s.Attributes().Clear() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := new(consumertest.TracesSink)
			b := newConnector(t, defaultConfig(), sink)
			td := call(1)
			change(spanIn(td))
			b.span(td)
			require.Equal(t, 1, sink.SpanCount())
			b.shutdown()
		})
	}
}

func TestWaitEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		b := newConnector(t, defaultConfig(), sink)
		b.record(question(t, 1))
		b.span(call(1))
		b.record(question(t, 2))
		time.Sleep(9 * time.Second)
		synctest.Wait()
		require.Zero(t, sink.SpanCount())
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Equal(t, 1, sink.SpanCount())
		require.NotNil(t, events(t, sink.AllTraces())[0].Properties["$ai_input"], "what has come is there")

		time.Sleep(4 * time.Minute)
		b.record(answer(t, 2))
		b.span(call(2))
		require.Equal(t, 2, sink.SpanCount(), "content waits longer than a span")
		b.record(question(t, 3))
		time.Sleep(6 * time.Minute)
		b.span(call(3))
		b.shutdown()
		require.Nil(t, events(t, sink.AllTraces())[2].Properties["$ai_input"], "but not for ever")
	})
}

func TestBound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := defaultConfig()
		cfg.MaxWaitingBytes = 1000
		sink := new(consumertest.TracesSink)
		b := newConnector(t, cfg, sink)
		for id := range byte(100) {
			b.record(question(t, id+100))
			b.span(call(id + 1))
		}
		require.GreaterOrEqual(t, sink.SpanCount(), 80, "the first ones went on")
		require.Less(t, sink.SpanCount(), 100, "the last ones wait")
		b.shutdown()
		require.Equal(t, 100, sink.SpanCount(), "content goes, spans do not")
	})
}

func TestNextFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		var down atomic.Bool
		next, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error {
			if down.Load() {
				return errors.New("the queue is full")
			}
			return sink.ConsumeTraces(ctx, td)
		})
		require.NoError(t, err)
		b := newConnector(t, defaultConfig(), next)
		down.Store(true)
		b.span(call(1))
		b.record(question(t, 1))
		b.record(answer(t, 1))
		require.Zero(t, sink.SpanCount())
		down.Store(false)
		time.Sleep(time.Second)
		synctest.Wait()
		require.NotNil(t, events(t, sink.AllTraces())[0].Properties["$ai_output_choices"])
		b.shutdown()
	})
}

// TestCorpus joins recorded logs and spans, in both orders: every LLM call whose
// records have its answer gets it.
func TestCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "corpus", "*", "*.logs.otlp.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("NOT TESTED: no recordings of logs beside the repository")
	}
	joined := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		ld, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs(data)
		require.NoError(t, err)
		data, err = os.ReadFile(strings.Replace(file, ".logs.otlp.json", ".otlp.json", 1))
		require.NoError(t, err)
		td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(data)
		require.NoError(t, err)
		answered := answeredSpans(ld)

		var perOrder []map[string]any
		for _, logsFirst := range []bool{true, false} {
			sink := new(consumertest.TracesSink)
			b := newConnector(t, defaultConfig(), sink)
			copied := ptrace.NewTraces()
			td.CopyTo(copied)
			if logsFirst {
				b.record(ld)
				b.span(copied)
			} else {
				b.span(copied)
				b.record(ld)
			}
			b.shutdown()
			outputs := make(map[string]any)
			for _, e := range events(t, sink.AllTraces()) {
				id := e.Properties["$ai_span_id"].(string)
				if e.Event == "$ai_generation" && answered[id] {
					require.NotEmpty(t, e.Properties["$ai_output_choices"], "%s: %s", file, id)
					outputs[id] = []any{e.Properties["$ai_input"], e.Properties["$ai_output_choices"]}
					joined++
				}
			}
			perOrder = append(perOrder, outputs)
		}
		require.Equal(t, perOrder[0], perOrder[1], file)
	}
	require.Positive(t, joined)
	t.Logf("%d files, %d calls joined in two orders", len(files), joined)
}

// answeredSpans returns the spans for which there is an answer with content.
func answeredSpans(ld plog.Logs) map[string]bool {
	answered := make(map[string]bool)
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				name := r.EventName()
				if v, ok := r.Attributes().Get("event.name"); ok {
					name = v.AsString()
				}
				_, output := r.Attributes().Get("gen_ai.output.messages")
				body := r.Body().AsString()
				if output || name == "gen_ai.choice" && (strings.Contains(body, `"content":`) || strings.Contains(body, `"tool_calls":[`)) && !strings.Contains(body, "elided") {
					answered[r.SpanID().String()] = true
				}
			}
		}
	}
	return answered
}

func TestConfig(t *testing.T) {
	t.Parallel()
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	for name, want := range map[string]*posthoglogs.Config{
		"posthoglogs":      defaultConfig(),
		"posthoglogs/full": {Wait: 30 * time.Second, Remember: 10 * time.Minute, MaxWaitingBytes: 256 << 20},
	} {
		sub, err := conf.Sub(name)
		require.NoError(t, err)
		cfg := defaultConfig()
		require.NoError(t, sub.Unmarshal(cfg))
		require.NoError(t, confmap.Validate(cfg))
		require.Equal(t, want, cfg)
	}
	require.NoError(t, componenttest.CheckConfigStruct(defaultConfig()))
	require.ErrorContains(t, (&posthoglogs.Config{}).Validate(), "positive")
}
