package posthogsession_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/collector/posthogsession"
)

const topOfTrace = "01000000000000000000000000000000"

// TestWholeTrace has everything in one request, as behind groupbytrace.
func TestWholeTrace(t *testing.T) {
	t.Parallel()
	header := func(name string) string { return "http.request.header." + name }
	for name, test := range map[string]struct {
		resource map[string]any
		session  []string
		spans    []spec
		// want is the session of span 9, parent the parent of it: a byte, or the
		// id of the trace.
		want   string
		parent string
		person string
	}{
		"from the root":            {spans: []spec{other(1, 0, "$session_id", sid), other(2, 1), call(9, 2)}, want: sid, parent: topOfTrace},
		"from session.id":          {spans: []spec{other(1, 0, "session.id", "any"), call(9, 1)}, want: "any", parent: topOfTrace},
		"from a sibling":           {spans: []spec{other(1, 0), other(2, 1, "$session_id", sid), call(9, 1)}, want: sid, parent: topOfTrace},
		"from its own":             {spans: []spec{other(1, 0, "$session_id", "other"), call(9, 1, "$session_id", sid)}, want: sid, parent: topOfTrace},
		"from the resource":        {resource: map[string]any{"app.session": sid}, session: []string{"app.session"}, spans: []spec{call(9, 0)}, want: sid},
		"from an attribute told":   {session: []string{"app.session"}, spans: []spec{other(1, 0, "app.session", sid), call(9, 1)}, want: sid, parent: topOfTrace},
		"from a header":            {spans: []spec{other(1, 0, header("x-posthog-session-id"), []any{sid}), call(9, 1)}, want: sid, parent: topOfTrace},
		"from a header, _":         {spans: []spec{other(1, 0, header("x_posthog_session_id"), []any{sid}), call(9, 1)}, want: sid, parent: topOfTrace},
		"from a header, text":      {spans: []spec{other(1, 0, header("x_posthog_session_id"), sid), call(9, 1)}, want: sid, parent: topOfTrace},
		"from baggage":             {spans: []spec{other(1, 0, header("baggage"), []any{"a=b,session.id=" + sid, "c=d"}), call(9, 1)}, want: sid, parent: topOfTrace},
		"an invalid header":        {spans: []spec{other(1, 0, header("x_posthog_session_id"), "a b"), call(9, 1)}, parent: topOfTrace},
		"an invalid baggage":       {spans: []spec{other(1, 0, header("baggage"), "session.id"), call(9, 1)}, parent: topOfTrace},
		"a chat is no session":     {spans: []spec{other(1, 0), call(9, 1, "session.id", "chat-7", "openinference.span.kind", "LLM")}, parent: topOfTrace},
		"a chat of a neighbor":     {spans: []spec{other(1, 0), call(2, 1, "session.id", "chat-7", "langfuse.observation.type", "span"), call(9, 1)}, parent: topOfTrace},
		"the nearest of several":   {spans: []spec{other(1, 0, "$session_id", "far"), other(2, 1, "$session_id", sid), call(9, 2)}, want: sid, parent: topOfTrace},
		"none of several aside":    {spans: []spec{other(1, 0), other(2, 1, "$session_id", "a"), other(3, 1, "$session_id", "b"), call(9, 1)}, parent: topOfTrace},
		"no session at all":        {spans: []spec{other(1, 0), call(9, 1)}, parent: topOfTrace},
		"below an AI span":         {spans: []spec{call(1, 0, "$session_id", sid), other(2, 1), other(3, 2), call(9, 3)}, want: sid, parent: "1"},
		"right below one":          {spans: []spec{call(1, 0, "$session_id", sid), call(9, 1)}, want: sid, parent: "1"},
		"a root":                   {spans: []spec{call(9, 0, "$session_id", sid)}, want: sid},
		"with the person":          {spans: []spec{other(1, 0, "$session_id", sid, "posthog.distinct_id", "ada"), call(9, 1)}, want: sid, parent: topOfTrace, person: "ada"},
		"not with another person":  {spans: []spec{other(1, 0, "$session_id", sid, "posthog.distinct_id", "ada"), call(9, 1, "user.id", "bob")}, want: sid, parent: topOfTrace},
		"no person from a header":  {spans: []spec{other(1, 0, header("baggage"), "session.id="+sid+",posthog.distinct_id=eve"), call(9, 1)}, want: sid, parent: topOfTrace},
		"no person of the service": {resource: map[string]any{"user.id": "svc"}, spans: []spec{other(1, 0, "$session_id", sid, "posthog.distinct_id", "ada"), call(9, 1)}, want: sid, parent: topOfTrace},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := defaultConfig()
			cfg.Wait = 0
			cfg.Session = test.session
			sink := new(consumertest.TracesSink)
			p := newProcessor(t, cfg, sink)
			td := trace(t, 1, test.resource, test.spans...)
			require.NoError(t, p.ConsumeTraces(t.Context(), td))
			require.NoError(t, p.Shutdown(t.Context()))

			got := spansOf(t, sink.AllTraces())
			require.Len(t, got, len(test.spans))
			s := got[9]
			session := attr(s, "$session_id")
			if session == "" && test.want != "" {
				session = attr(s, "session.id")
			}
			require.Equal(t, test.want, session)
			require.Equal(t, test.person, attr(s, "posthog.distinct_id"))
			switch test.parent {
			case topOfTrace:
				require.Equal(t, topOfTrace, attr(s, "$ai_parent_id"))
			case "":
				require.True(t, s.ParentSpanID().IsEmpty())
				require.Empty(t, attr(s, "$ai_parent_id"))
			default:
				require.Equal(t, pcommon.SpanID{test.parent[0] - '0'}, s.ParentSpanID())
			}
			if o, ok := got[2]; ok && o.Name() == "GET /" {
				require.Equal(t, pcommon.SpanID{1}, o.ParentSpanID(), "other spans stay as they are")
			}
		})
	}
}

// TestWaits has the spans of a trace in the order in which they end: the AI span
// first, the root last.
func TestWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		p := newProcessor(t, defaultConfig(), sink)
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(9, 3), other(4, 3))))
		require.Equal(t, 1, sink.SpanCount(), "only the AI span waits")
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, other(3, 2))))
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(2, 1))))
		require.Equal(t, 2, sink.SpanCount())
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, other(1, 0, "$session_id", sid))))
		require.Equal(t, 5, sink.SpanCount())
		require.Len(t, sink.AllTraces(), 4, "what has waited comes together")

		got := spansOf(t, sink.AllTraces())
		require.Equal(t, sid, attr(got[9], "$session_id"))
		require.Equal(t, sid, attr(got[2], "$session_id"))
		require.Equal(t, pcommon.SpanID{2}, got[9].ParentSpanID())
		require.Equal(t, topOfTrace, attr(got[2], "$ai_parent_id"))

		// A span that comes later finds what the trace has told.
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(8, 3))))
		got = spansOf(t, sink.AllTraces())
		require.Equal(t, sid, attr(got[8], "$session_id"))
		require.Equal(t, pcommon.SpanID{2}, got[8].ParentSpanID())
		require.NoError(t, p.Shutdown(t.Context()))
	})
}

func TestWaitEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		p := newProcessor(t, defaultConfig(), sink)
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(9, 3), call(8, 9))))
		time.Sleep(9 * time.Second)
		synctest.Wait()
		require.Zero(t, sink.SpanCount())
		time.Sleep(2 * time.Second)
		synctest.Wait()
		got := spansOf(t, sink.AllTraces())
		require.Len(t, got, 2)
		require.Equal(t, pcommon.SpanID{3}, got[9].ParentSpanID(), "an unknown parent stays")
		require.Empty(t, attr(got[9], "$ai_parent_id"))
		require.Equal(t, pcommon.SpanID{9}, got[8].ParentSpanID())
		require.NoError(t, p.Shutdown(t.Context()))
	})
}

func TestShutdownSendsAll(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	p := newProcessor(t, defaultConfig(), sink)
	for id := range byte(20) {
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, id+1, nil, call(id+1, 99, "$session_id", sid))))
	}
	require.NoError(t, p.Shutdown(t.Context()))
	require.Len(t, spansOf(t, sink.AllTraces()), 20)
}

func TestForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		p := newProcessor(t, defaultConfig(), sink)
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, other(1, 0, "$session_id", sid))))
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(9, 1))))
		require.NoError(t, p.Shutdown(t.Context()))
		require.Empty(t, attr(spansOf(t, sink.AllTraces())[9], "$session_id"))
	})
}

// TestBounds sends spans that would wait, over each of the bounds.
func TestBounds(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*posthogsession.Config){
		"traces": func(c *posthogsession.Config) { c.MaxTraces = 10 },
		"spans":  func(c *posthogsession.Config) { c.MaxSpans = 10 },
		"bytes":  func(c *posthogsession.Config) { c.MaxWaitingBytes = 500 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := defaultConfig()
				change(cfg)
				sink := new(consumertest.TracesSink)
				p := newProcessor(t, cfg, sink)
				for id := range byte(100) {
					require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, id+1, nil, call(id+1, 200))))
				}
				require.GreaterOrEqual(t, sink.SpanCount(), 85, "the first ones went on")
				require.Less(t, sink.SpanCount(), 100, "the last ones wait")
				require.NoError(t, p.Shutdown(t.Context()))
				require.Len(t, spansOf(t, sink.AllTraces()), 100)
			})
		})
	}
}

// TestHugeTrace has more spans in one trace than are remembered at all.
func TestHugeTrace(t *testing.T) {
	t.Parallel()
	cfg := defaultConfig()
	cfg.MaxSpans = 10
	sink := new(consumertest.TracesSink)
	p := newProcessor(t, cfg, sink)
	for id := range byte(100) {
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(id+1, 200))))
	}
	require.NoError(t, p.Shutdown(t.Context()))
	require.Len(t, spansOf(t, sink.AllTraces()), 100)
}

func TestCircles(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	p := newProcessor(t, defaultConfig(), sink)
	require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(9, 1), other(1, 2), other(2, 1), call(8, 8))))
	require.NoError(t, p.Shutdown(t.Context()))
	require.Len(t, spansOf(t, sink.AllTraces()), 4)
}

// TestResources keeps the resource and scope of spans that waited.
func TestResources(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	p := newProcessor(t, defaultConfig(), sink)
	td := trace(t, 1, map[string]any{"service.name": "a"}, call(1, 99), call(2, 99))
	td.ResourceSpans().At(0).ScopeSpans().At(0).Scope().SetName("x")
	trace(t, 1, map[string]any{"service.name": "b"}, other(3, 99), call(4, 99)).ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
	require.NoError(t, p.ConsumeTraces(t.Context(), td))
	require.NoError(t, p.Shutdown(t.Context()))

	all := sink.AllTraces()
	require.Len(t, all, 2)
	waited := all[1].ResourceSpans()
	require.Equal(t, 2, waited.Len())
	require.Equal(t, map[string]any{"service.name": "a"}, waited.At(0).Resource().Attributes().AsRaw())
	require.Equal(t, "x", waited.At(0).ScopeSpans().At(0).Scope().Name())
	require.Equal(t, 2, waited.At(0).ScopeSpans().At(0).Spans().Len())
	require.Equal(t, map[string]any{"service.name": "b"}, waited.At(1).Resource().Attributes().AsRaw())
	require.Equal(t, 1, waited.At(1).ScopeSpans().At(0).Spans().Len())
}

// TestMetadata keeps what the requests of waiting spans told apart.
func TestMetadata(t *testing.T) {
	t.Parallel()
	got := make(map[byte]string)
	next, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error {
		id := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SpanID()[0]
		got[id] = client.FromContext(ctx).Metadata.Get("x-tenant")[0]
		return nil
	})
	require.NoError(t, err)
	p := newProcessor(t, defaultConfig(), next)
	for id, tenant := range []string{"acme", "globex"} {
		ctx := client.NewContext(t.Context(), client.Info{Metadata: client.NewMetadata(map[string][]string{"x-tenant": {tenant}})})
		require.NoError(t, p.ConsumeTraces(ctx, trace(t, 1, nil, call(byte(id)+1, 99))))
	}
	require.NoError(t, p.Shutdown(t.Context()))
	require.Equal(t, map[byte]string{1: "acme", 2: "globex"}, got)
}

// TestNextFails keeps waiting spans that the next component does not take for
// now, and does not keep what it will never take.
func TestNextFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		var refusal atomic.Pointer[error]
		refuse := func(err error) { refusal.Store(&err) }
		next, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error {
			if err := refusal.Load(); err != nil && *err != nil {
				return *err
			}
			return sink.ConsumeTraces(ctx, td)
		})
		require.NoError(t, err)
		p := newProcessor(t, defaultConfig(), next)
		refuse(errors.New("the queue is full"))
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(1, 99))))
		time.Sleep(15 * time.Second)
		synctest.Wait()
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(2, 99))), "the sender is not to blame")
		refuse(nil)
		time.Sleep(15 * time.Second)
		synctest.Wait()
		require.Len(t, spansOf(t, sink.AllTraces()), 2)

		refuse(consumererror.NewPermanent(errors.New("never")))
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(3, 99))))
		time.Sleep(15 * time.Second)
		synctest.Wait()
		refuse(nil)
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(4, 99))))
		refuse(errors.New("down"))
		require.ErrorContains(t, p.Shutdown(t.Context()), "down")
		require.Len(t, spansOf(t, sink.AllTraces()), 2)
	})
}

// TestSentAgain has a sender that was told to send everything again.
func TestSentAgain(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	p := newProcessor(t, defaultConfig(), sink)
	for range 3 {
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(1, 99))))
	}
	require.NoError(t, p.Shutdown(t.Context()))
	require.Len(t, spansOf(t, sink.AllTraces()), 1)
}

func TestParentsStay(t *testing.T) {
	t.Parallel()
	cfg := defaultConfig()
	cfg.MendParents = false
	sink := new(consumertest.TracesSink)
	p := newProcessor(t, cfg, sink)
	require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(1, 0), other(2, 1), call(9, 2))))
	require.NoError(t, p.Shutdown(t.Context()))
	require.Equal(t, pcommon.SpanID{2}, spansOf(t, sink.AllTraces())[9].ParentSpanID())
}

func TestConfig(t *testing.T) {
	t.Parallel()
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	load := func(name string) *posthogsession.Config {
		sub, err := conf.Sub(name)
		require.NoError(t, err)
		cfg := defaultConfig()
		require.NoError(t, sub.Unmarshal(cfg))
		require.NoError(t, confmap.Validate(cfg))
		return cfg
	}
	require.NoError(t, componenttest.CheckConfigStruct(defaultConfig()))
	require.Equal(t, defaultConfig(), load("posthogsession"))
	require.Equal(t, &posthogsession.Config{
		Wait: 30 * time.Second, Remember: 10 * time.Minute, MaxTraces: 50_000, MaxSpans: 1_000_000,
		MaxWaitingBytes: 256 << 20, Session: []string{"app.session.id"},
	}, load("posthogsession/full"))
	require.Zero(t, load("posthogsession/grouped").Wait)

	for want, change := range map[string]func(*posthogsession.Config){
		"wait":       func(c *posthogsession.Config) { c.Wait = -1 },
		"remember":   func(c *posthogsession.Config) { c.Remember = 0 },
		"max_traces": func(c *posthogsession.Config) { c.MaxTraces = 0 },
		"max_spans":  func(c *posthogsession.Config) { c.MaxSpans = 0 },
		"max_waiting_bytes": func(c *posthogsession.Config) {
			c.MaxWaitingBytes = 0
		},
		"session": func(c *posthogsession.Config) { c.Session = []string{""} },
	} {
		cfg := defaultConfig()
		change(cfg)
		require.ErrorContains(t, cfg.Validate(), want)
	}
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	p, err := posthogsession.NewFactory().CreateTraces(t.Context(), settings(), defaultConfig(), consumertest.NewNop())
	require.NoError(t, err)
	require.True(t, p.Capabilities().MutatesData)
	require.NoError(t, p.Shutdown(t.Context()), "without a start")
}
