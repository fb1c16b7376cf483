package posthogtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// recorder is a test that notes its failures.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorder) text() string { return strings.Join(r.errors, "\n") }

// ai returns an AI event. Each pair is a property.
func ai(name, uuid string, pairs ...any) posthogtest.Event {
	e := posthogtest.Event{Name: name, UUID: uuid, Properties: map[string]any{"$ai_trace_id": "t"}}
	for i := 0; i < len(pairs); i += 2 {
		e.Properties[pairs[i].(string)] = pairs[i+1]
	}
	return e
}

func TestStartCloses(t *testing.T) {
	t.Parallel()
	var srv *posthogtest.Server
	t.Run("a test", func(t *testing.T) { srv = posthogtest.Start(t, posthogtest.WithAPIKey("k")) })
	require.ErrorIs(t, srv.Start(), posthogtest.ErrClosed)
}

func TestWaitFor(t *testing.T) {
	t.Parallel()
	srv := posthogtest.Start(t)
	hasTwo := func(events []posthogtest.Event) bool { return len(events) == 2 }
	got := make(chan error)
	go func() {
		_, err := srv.WaitFor(t.Context(), hasTwo)
		got <- err
	}()
	post(t, srv, v0Path, v0Batch(v0Event(uuid1)))
	post(t, srv, v0Path, v0Batch(v0Event(uuid2)))
	require.NoError(t, <-got)

	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	events, err := srv.WaitFor(ctx, func([]posthogtest.Event) bool { return false })
	require.Len(t, events, 2)
	require.ErrorContains(t, err, "2 (not those that WaitFor waits for) events stored in 2 requests: enough")

	srv.Close()
	_, err = srv.WaitFor(t.Context(), func([]posthogtest.Event) bool { return false })
	require.ErrorIs(t, err, posthogtest.ErrClosed)
}

func TestAssertNoFurtherEvents(t *testing.T) {
	t.Parallel()
	srv := posthogtest.Start(t)
	post(t, srv, v0Path, v0Batch(v0Event(uuid1)))
	require.True(t, srv.AssertNoFurtherEvents(t, time.Millisecond))

	r := &recorder{TB: t}
	done := make(chan bool)
	go func() { done <- srv.AssertNoFurtherEvents(r, time.Hour) }()
	// It can begin to wait before or after the second event, so there is a third.
	for n := 2; ; n++ {
		post(t, srv, v0Path, v0Batch(v0Event(fmt.Sprintf("0190a7c2-0000-7000-8000-%012d", n))))
		select {
		case ok := <-done:
			require.False(t, ok)
			require.Contains(t, r.text(), `further events, the first is {"event":"$ai_generation"`)
			return
		default:
		}
	}
}

func TestAssertSession(t *testing.T) {
	t.Parallel()
	good := ai("$ai_generation", "1", "$session_id", "s", "$ai_span_name", "chat")
	require.True(t, posthogtest.AssertSession(t, []posthogtest.Event{good, {Name: "$pageview"}}, "s"))

	r := &recorder{TB: t}
	require.False(t, posthogtest.AssertSession(r, []posthogtest.Event{
		good, ai("$ai_span", "2", "$ai_span_name", "plan"), ai("$ai_span", "3", "$session_id", "other"),
	}, "s"))
	require.Contains(t, r.text(), "2 of 3 AI events")
	require.Contains(t, r.text(), "span plan: no $session_id")
	require.Contains(t, r.text(), `span: $session_id is "other"`)

	r = &recorder{TB: t}
	require.False(t, posthogtest.AssertSession(r, nil, "s"))
	require.Contains(t, r.text(), "no AI event")
}

func TestTree(t *testing.T) {
	t.Parallel()
	at := func(e posthogtest.Event, second int) posthogtest.Event {
		e.Timestamp = time.Unix(int64(second), 0)
		return e
	}
	events := []posthogtest.Event{
		at(ai("$ai_generation", "3", "$ai_span_id", "c", "$ai_parent_id", "b", "$ai_span_name", "chat\n gpt-5"), 3),
		at(ai("$ai_trace", "1", "$ai_span_id", "a", "$ai_trace_name", "POST /ask"), 1),
		at(ai("$ai_span", "2", "$ai_span_id", "b", "$ai_parent_id", "t", "$ai_span_name", "plan"), 2),
		at(ai("$ai_span", "2", "$ai_span_id", "b", "$ai_parent_id", "t", "$ai_span_name", "plan"), 2),
		at(ai("$ai_embedding", "4", "$ai_span_id", "d", "$ai_parent_id", "a", "$ai_model", "small"), 4),
		at(ai("$ai_span", "5", "$ai_span_id", "e", "$ai_parent_id", "gone", "$ai_span_name", "lost"), 5),
		at(ai("$ai_span", "6", "$ai_span_id", "f", "$ai_parent_id", "g"), 6),
		at(ai("$ai_span", "7", "$ai_span_id", "g", "$ai_parent_id", "f"), 7),
		at(ai("$ai_metric", "8", "$ai_target_span_id", "c", "$ai_metric_name", "score"), 8),
		at(posthogtest.Event{Name: "$pageview", UUID: "9"}, 9),
		at(ai("$ai_generation", "10", "$ai_trace_id", "t2", "$ai_span_id", "a", "$ai_parent_id", "t2"), 10),
	}
	const want = `
		trace POST /ask
			span plan
				generation chat gpt-5
					metric score
			embedding small
			span lost (parent missing)
		span (parent cycle)
			span

		generation
	`
	require.True(t, posthogtest.AssertTree(t, events, want))
	require.Empty(t, posthogtest.Tree(nil))

	r := &recorder{TB: t}
	require.False(t, posthogtest.AssertTree(r, events[1:3], "trace POST /ask\n  span act\n  tool"))
	require.Contains(t, r.text(), "  trace POST /ask\n-   span act\n-   tool\n+   span plan\n")
}

// FuzzTree: every event is one line, whatever the parents are.
func FuzzTree(f *testing.F) {
	f.Add([]byte{0, 1, 1, 2, 2, 0})
	f.Add([]byte{1, 1, 2, 2, 9, 9})
	f.Fuzz(func(t *testing.T, pairs []byte) {
		var events []posthogtest.Event
		for i := 0; i+1 < len(pairs); i += 2 {
			events = append(events, ai("$ai_span", fmt.Sprint(i), "$ai_span_id", fmt.Sprint(pairs[i]%8), "$ai_parent_id", fmt.Sprint(pairs[i+1]%8)))
		}
		require.Equal(t, len(events), strings.Count(posthogtest.Tree(events), "\n"))
	})
}

func TestGetters(t *testing.T) {
	t.Parallel()
	e := ai("$ai_span", "1", "$session_id", "s", "$ai_span_id", "b", "$ai_parent_id", "a", "$ai_model", "m", "yes", true, "list", []any{"x"})
	require.Equal(t, []string{"s", "t", "b", "a", "m"}, []string{e.SessionID(), e.TraceID(), e.SpanID(), e.ParentID(), e.Model()})
	require.True(t, e.IsAI())
	value, ok := e.Bool("yes")
	require.True(t, value && ok)
	list, ok := e.List("list")
	require.True(t, ok)
	require.Equal(t, []any{"x"}, list)
	_, ok = e.Text("yes")
	require.False(t, ok)
	_, ok = e.Bool("list")
	require.False(t, ok)
	_, ok = e.List("absent")
	require.False(t, ok)
	require.Empty(t, posthogtest.Event{}.SessionID())
}

func TestDepth(t *testing.T) {
	t.Parallel()
	srv := posthogtest.Start(t)
	deep := func(levels int) string {
		// The request is an object with a list of events with properties: 4 levels.
		text := strings.Repeat("[", levels-4) + `"]\"["` + strings.Repeat("]", levels-4)
		return `{"event":"$ai_span","distinct_id":"ada","uuid":"` + uuid1 + `","timestamp":"` + noon + `","properties":{"deep":` + text + `}}`
	}
	for _, path := range []string{v0Path, v0AIPath, v1Path, v1AIPath} {
		status, answer := post(t, srv, path, bodyFor(path, deep(127)))
		require.Equal(t, 200, status, answer)
		require.Len(t, srv.Reset(), 1)
		status, answer = post(t, srv, path, bodyFor(path, v0Event(uuid2), deep(128)))
		require.Equal(t, 400, status)
		require.Contains(t, answer, "recursion limit exceeded")
		require.Empty(t, srv.Events(), "the whole request is refused")
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, properties, want string }{
		{"all is well", `{"$ai_trace_id":"t","$session_id":"s","$ai_input":[{"role":"user","content":"hi"}],"$ai_output_choices":[{"role":"assistant","content":"ho"}],"$ai_tools":[{"type":"function","function":{"name":"f"}}]}`, ""},
		{"a text as input", `{"$ai_trace_id":"t","$ai_input":"hi","$ai_tools":"none"}`, ""},
		{"no trace", `{}`, "$ai_trace_id: it is missing"},
		{"word as session", `{"$ai_trace_id":"t","$session_id":"undefined"}`, "$session_id: it is no session id"},
		{"number as session", `{"$ai_trace_id":"t","$session_id":{"a":"secret"}}`, "$session_id: it is no session id"},
		{"message", `{"$ai_trace_id":"t","$ai_input":[{"role":"user","content":[{"type":"odd","secret":"secret"}]}]}`, `$ai_input: message 0: a content part of the type "odd"`},
		{"answer", `{"$ai_trace_id":"t","$ai_output_choices":[{"role":"assistant"}]}`, "$ai_output_choices: message 0: no content"},
		{"tools", `{"$ai_trace_id":"t","$ai_tools":[{"name":"secret"}]}`, "$ai_tools: tool 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := posthogtest.Start(t)
			require.True(t, json.Valid([]byte(tt.properties)))
			post(t, srv, v0Path, v0Batch(
				`{"event":"$ai_generation","distinct_id":"ada","uuid":"`+uuid1+`","properties":`+tt.properties+`}`,
				`{"event":"$pageview","distinct_id":"ada"}`))
			warnings := srv.Warnings()
			if tt.want == "" {
				require.Empty(t, warnings)
				return
			}
			require.Len(t, warnings, 1)
			require.Contains(t, warnings[0].String(), "$ai_generation "+uuid1+": "+tt.want)
			require.NotContains(t, warnings[0].String(), "secret")
		})
	}
}

func TestWithAddress(t *testing.T) {
	t.Parallel()
	first := posthogtest.NewServer()
	address := strings.TrimPrefix(first.URL, "http://")
	first.Close()
	srv := posthogtest.Start(t, posthogtest.WithAddress(address))
	require.Equal(t, first.URL, srv.URL)
}
