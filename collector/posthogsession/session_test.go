package posthogsession_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
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
		"not from a sibling":       {spans: []spec{other(1, 0), other(2, 1, "$session_id", sid), call(9, 1)}, parent: topOfTrace},
		"from its own":             {spans: []spec{other(1, 0, "$session_id", "other"), call(9, 1, "$session_id", sid)}, want: sid, parent: topOfTrace},
		"from the resource":        {resource: map[string]any{"app.session": sid}, session: []string{"app.session"}, spans: []spec{call(9, 0)}, want: sid},
		"from an attribute told":   {session: []string{"app.session"}, spans: []spec{other(1, 0, "app.session", sid), call(9, 1)}, want: sid, parent: topOfTrace},
		"from a header":            {spans: []spec{other(1, 0, header("x-posthog-session-id"), []any{sid}), call(9, 1)}, want: sid, parent: topOfTrace},
		"from a header, _":         {spans: []spec{other(1, 0, header("x_posthog_session_id"), []any{sid}), call(9, 1)}, want: sid, parent: topOfTrace},
		"from a header, text":      {spans: []spec{other(1, 0, header("x_posthog_session_id"), sid), call(9, 1)}, want: sid, parent: topOfTrace},
		"from baggage":             {spans: []spec{other(1, 0, header("baggage"), []any{"a=b,session.id=" + sid, "c=d"}), call(9, 1)}, want: sid, parent: topOfTrace},
		"from a header, JSON":      {spans: []spec{other(1, 0, header("x-posthog-session-id"), `["`+sid+`"]`), call(9, 1)}, want: sid, parent: topOfTrace},
		"from a header twice":      {spans: []spec{other(1, 0, header("x-posthog-session-id"), []any{sid, "", sid}), call(9, 1)}, want: sid, parent: topOfTrace},
		"headers that differ":      {spans: []spec{other(1, 0, header("x-posthog-session-id"), []any{sid, "other"}), call(9, 1)}, parent: topOfTrace},
		"beside broken baggage":    {spans: []spec{other(1, 0, header("baggage"), "a=%zz,=b,session.id="+sid+",c d=e"), call(9, 1)}, want: sid, parent: topOfTrace},
		"told, over session.id":    {session: []string{"app.session"}, spans: []spec{other(1, 0), call(9, 1, "app.session", sid, "session.id", "chat-7")}, want: sid, parent: topOfTrace},
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

// TestTabsAndPeople has a session in two windows, and of two people.
func TestTabsAndPeople(t *testing.T) {
	t.Parallel()
	cfg := defaultConfig()
	cfg.Wait = 0
	sink := new(consumertest.TracesSink)
	p := newProcessor(t, cfg, sink)
	in := func(window, person string) []any {
		return []any{"$session_id", sid, "$window_id", window, "posthog.distinct_id", person}
	}
	for id, specs := range map[byte][]spec{
		1: {other(1, 0, in("w1", "ada")...), other(2, 1, in("w2", "bob")...), call(3, 1), call(4, 2), other(5, 0), call(6, 5)},
		2: {other(11, 0, "$session_id", sid), call(12, 11), other(13, 11, in("w1", "eve")...)},
	} {
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, id, nil, specs...)))
	}
	require.NoError(t, p.Shutdown(t.Context()))
	got := spansOf(t, sink.AllTraces())
	for id, want := range map[byte][]string{
		3:  {sid, "w1", "ada"},
		4:  {sid, "w2", "bob"},
		6:  {"", "", ""}, // below another root
		12: {sid, "", ""},
	} {
		require.Equal(t, want, []string{attr(got[id], "$session_id"), attr(got[id], "$window_id"), attr(got[id], "posthog.distinct_id")}, id)
	}
}

// TestNoTrace has spans that belong to no trace, and so have nothing to do with
// each other.
func TestNoTrace(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	p := newProcessor(t, defaultConfig(), sink)
	require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 0, nil, other(1, 0, "$session_id", sid), call(9, 1))))
	got := spansOf(t, sink.AllTraces())
	require.Len(t, got, 2, "there is nothing to wait for")
	require.Empty(t, attr(got[9], "$session_id"))
	require.NoError(t, p.Shutdown(t.Context()))
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
