package processor_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/processor"
)

func TestStamp(t *testing.T) {
	t.Parallel()
	str := attribute.String
	for _, tt := range []struct {
		name    string
		baggage []string
		set     []attribute.KeyValue // given to the start of the span
		want    map[attribute.Key]string
	}{
		{name: "no baggage", want: map[attribute.Key]string{}},
		{
			name:    "foreign members are not copied",
			baggage: []string{"user.tier", "gold", "session.id", sessionID},
			want:    map[attribute.Key]string{"$session_id": sessionID},
		},
		{
			name:    "all three",
			baggage: []string{"session.id", "s", "posthog.window_id", "w", "posthog.distinct_id", "d"},
			want:    map[attribute.Key]string{"$session_id": "s", "$window_id": "w", "posthog.distinct_id": "d"},
		},
		{
			name:    "posthog.session_id",
			baggage: []string{"posthog.session_id", "s"},
			want:    map[attribute.Key]string{"$session_id": "s"},
		},
		{
			name:    "$session_id",
			baggage: []string{"$session_id", "s"},
			want:    map[attribute.Key]string{"$session_id": "s"},
		},
		{
			name:    "distinct id alone, in Unicode",
			baggage: []string{"posthog.distinct_id", "zoë"},
			want:    map[attribute.Key]string{"posthog.distinct_id": "zoë"},
		},
		{
			name:    "at the limits",
			baggage: []string{"session.id", strings.Repeat("s", 200), "posthog.distinct_id", strings.Repeat("d", 200)},
			want:    map[attribute.Key]string{"$session_id": strings.Repeat("s", 200), "posthog.distinct_id": strings.Repeat("d", 200)},
		},
		{
			name:    "beyond the limits",
			baggage: []string{"session.id", strings.Repeat("s", 201), "posthog.distinct_id", strings.Repeat("d", 201), "posthog.window_id", "w"},
			want:    map[attribute.Key]string{"$window_id": "w"},
		},
		{
			name:    "characters that no id has",
			baggage: []string{"session.id", "two words", "posthog.window_id", "line\nbreak", "posthog.distinct_id", "nul\x00"},
			want:    map[attribute.Key]string{},
		},
		{
			name:    "an explicit session wins, and takes no window of another",
			baggage: []string{"session.id", "s", "posthog.window_id", "w", "posthog.distinct_id", "d"},
			set:     []attribute.KeyValue{str("$session_id", "mine")},
			want:    map[attribute.Key]string{"$session_id": "mine", "posthog.distinct_id": "d"},
		},
		{
			name:    "an explicit session of another spelling wins, too",
			baggage: []string{"session.id", "s"},
			set:     []attribute.KeyValue{str("posthog.session_id", "mine")},
			want:    map[attribute.Key]string{"posthog.session_id": "mine"},
		},
		{
			name:    "the same session, explicitly: the window belongs to it",
			baggage: []string{"session.id", "s", "posthog.window_id", "w"},
			set:     []attribute.KeyValue{str("$session_id", "s")},
			want:    map[attribute.Key]string{"$session_id": "s", "$window_id": "w"},
		},
		{
			name:    "an explicit window",
			baggage: []string{"session.id", "s", "posthog.window_id", "w"},
			set:     []attribute.KeyValue{str("$window_id", "mine")},
			want:    map[attribute.Key]string{"$session_id": "s", "$window_id": "mine"},
		},
		{
			name:    "an explicit person",
			baggage: []string{"session.id", "s", "posthog.distinct_id", "d"},
			set:     []attribute.KeyValue{str("posthog.distinct_id", "mine")},
			want:    map[attribute.Key]string{"$session_id": "s", "posthog.distinct_id": "mine"},
		},
		{
			name:    "session.id on a span may be a chat, and is let alone",
			baggage: []string{"session.id", "s"},
			set:     []attribute.KeyValue{str("session.id", "chat-1")},
			want:    map[attribute.Key]string{"$session_id": "s", "session.id": "chat-1"},
		},
		{
			name:    "other attributes stay",
			baggage: []string{"session.id", "s"},
			set:     []attribute.KeyValue{str("http.route", "/"), attribute.Int("n", 1)},
			want:    map[attribute.Key]string{"$session_id": "s", "http.route": "/", "n": "1"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pl := newPipeline(t)
			ctx := t.Context()
			if tt.baggage != nil {
				ctx = withBaggage(ctx, t, tt.baggage...)
			}
			_, s := pl.start(ctx, "GET /", tt.set...)
			s.End()
			got := map[attribute.Key]string{}
			for _, kv := range pl.beside.GetSpans()[0].Attributes {
				got[kv.Key] = kv.Value.String()
			}
			require.Equal(t, tt.want, got)
		})
	}
}

// What the application sets after the start wins as always.
func TestAttributesSetLaterWin(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t)
	_, s := pl.start(withBaggage(t.Context(), t, "session.id", "s"), "chat", chat)
	s.SetAttributes(attribute.String("$session_id", "later"))
	s.End()
	require.Equal(t, "later", value(pl.sent(t, "chat"), "$session_id"))
}

// The window and the link to the replay are those of the session that was stamped.
func TestSessionSetLaterTakesNothingOfTheStampedOne(t *testing.T) {
	t.Parallel()
	str := attribute.String
	link := func(id string) attribute.KeyValue {
		return str("$ai_replay_url", "https://us.posthog.com/project/1/replay/"+id)
	}
	stamped := []attribute.KeyValue{str("$session_id", "s"), str("$window_id", "w"), str("posthog.distinct_id", "d"), link("s")}
	for _, tt := range []struct {
		name      string
		set, want []attribute.KeyValue
	}{
		{"nothing", nil, stamped},
		{"the same session", []attribute.KeyValue{str("$session_id", "s")}, stamped},
		{
			"another session",
			[]attribute.KeyValue{str("$session_id", "t")},
			[]attribute.KeyValue{str("$session_id", "t"), str("posthog.distinct_id", "d")},
		},
		{
			"with its own window and link",
			[]attribute.KeyValue{str("$session_id", "t"), str("$window_id", "v"), link("t")},
			[]attribute.KeyValue{str("$session_id", "t"), str("$window_id", "v"), str("posthog.distinct_id", "d"), link("t")},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pl := newPipeline(t, processor.WithReplayURL("https://us.posthog.com/project/1"))
			ctx := withBaggage(t.Context(), t, "session.id", "s", "posthog.window_id", "w", "posthog.distinct_id", "d")
			_, s := pl.start(ctx, "gen_ai.chat")
			s.SetAttributes(tt.set...)
			s.End()
			require.ElementsMatch(t, append(tt.want, str("posthog.link.status", "linked")), pl.sent(t, "gen_ai.chat").Attributes)
			require.True(t, hasKey(find(t, pl.beside.GetSpans(), "gen_ai.chat"), "$window_id"), "the span itself stays as it is")
		})
	}
}

func TestSessionOfTheRootSetLater(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t, processor.WithTraceEvents(), processor.WithReplayURL("https://us.posthog.com/project/1"))
	ctx, root := pl.start(withBaggage(t.Context(), t, "session.id", "s", "posthog.window_id", "w"), "GET /")
	_, call := pl.start(ctx, "gen_ai.chat")
	call.End()
	root.SetAttributes(attribute.String("$session_id", "later"))
	root.End()
	event := pl.sent(t, "GET /")
	require.Equal(t, "later", value(event, "$session_id"))
	require.False(t, hasKey(event, "$window_id"))
	require.False(t, hasKey(event, "$ai_replay_url"))
}

func TestWithReplayURL(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, url, session, want string }{
		{"plain", "https://us.posthog.com/project/12345", "s-1", "https://us.posthog.com/project/12345/replay/s-1"},
		{"trailing slash", "http://localhost:8010/project/1/", "s-1", "http://localhost:8010/project/1/replay/s-1"},
		{"escaped", "https://us.posthog.com/project/1", "a/b?c#d", "https://us.posthog.com/project/1/replay/a%2Fb%3Fc%23d"},
		{"off", "", "s-1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pl := newPipeline(t, processor.WithReplayURL(tt.url))
			_, s := pl.start(withBaggage(t.Context(), t, "session.id", tt.session), "GET /")
			s.End()
			_, s = pl.start(withBaggage(t.Context(), t, "posthog.distinct_id", "d"), "no session")
			s.End()
			require.Equal(t, tt.want, value(find(t, pl.beside.GetSpans(), "GET /"), "$ai_replay_url"))
			require.False(t, hasKey(find(t, pl.beside.GetSpans(), "no session"), "$ai_replay_url"))
		})
	}
}

// The recording opens five seconds before the span. The start of the session is
// inside its id.
func TestWithReplayURLOpensAtTheSpan(t *testing.T) {
	t.Parallel()
	const (
		project = "https://us.posthog.com/project/1"
		v4      = "0190b5a4-7c3e-4d1a-9f2b-3c4d5e6f7a8b"
	)
	began := time.UnixMilli(0x0190b5a47c3e)
	for _, tt := range []struct {
		name, session string
		after         time.Duration
		want          string
	}{
		{"in the middle", sessionID, 65 * time.Second, "?t=60"},
		{"part of a second", sessionID, 65*time.Second + 999*time.Millisecond, "?t=60"},
		{"upper case", strings.ToUpper(sessionID), 65 * time.Second, "?t=60"},
		{"at the beginning", sessionID, 3 * time.Second, "?t=0"},
		{"the browser's clock is ahead", sessionID, -time.Minute, "?t=0"},
		{"a whole day", sessionID, 24 * time.Hour, "?t=86395"},
		{"older than a session can be", sessionID, 24*time.Hour + time.Millisecond, ""},
		{"another UUID", v4, time.Minute, ""},
		{"no UUID", "s-1", time.Minute, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := project + "/replay/" + tt.session + tt.want
			pl := newPipeline(t, processor.WithReplayURL(project))
			ctx := withBaggage(t.Context(), t, "posthog.session_id", tt.session)
			_, s := pl.tracer.Start(ctx, "stamped", trace.WithTimestamp(began.Add(tt.after)))
			s.End()
			require.Equal(t, want, value(find(t, pl.beside.GetSpans(), "stamped"), "$ai_replay_url"))

			// The session of the span above becomes known after the call.
			ctx, root := pl.start(t.Context(), "GET /")
			_, s = pl.tracer.Start(ctx, "filled", trace.WithTimestamp(began.Add(tt.after)), trace.WithAttributes(chat))
			s.End(trace.WithTimestamp(began.Add(tt.after + time.Second)))
			root.SetAttributes(attribute.String("$session_id", tt.session))
			root.End()
			require.Equal(t, want, value(pl.sent(t, "filled"), "$ai_replay_url"))
		})
	}
}

// Spans of one request open the recording at different seconds.
func TestWithReplayURLOfEachSpan(t *testing.T) {
	t.Parallel()
	began := time.UnixMilli(0x0190b5a47c3e)
	pl := newPipeline(t, processor.WithReplayURL("https://us.posthog.com/project/1"))
	ctx := withBaggage(t.Context(), t, "session.id", sessionID)
	var links []string
	for _, after := range []time.Duration{10 * time.Second, 70 * time.Second} {
		_, s := pl.tracer.Start(ctx, after.String(), trace.WithTimestamp(began.Add(after)), trace.WithAttributes(chat))
		s.End(trace.WithTimestamp(began.Add(after + time.Second)))
		links = append(links, value(pl.sent(t, after.String()), "$ai_replay_url"))
	}
	link := "https://us.posthog.com/project/1/replay/" + sessionID
	require.Equal(t, []string{link + "?t=5", link + "?t=65"}, links)
}

// The error handler is global, so these cases run one after the other.
func TestWithReplayURLRefused(t *testing.T) {
	var reports []error
	old := otel.GetErrorHandler()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { reports = append(reports, err) }))
	t.Cleanup(func() { otel.SetErrorHandler(old) })

	for _, bad := range []string{
		"us.posthog.com/project/1", "ftp://us.posthog.com", "https://", "://bad", "https://user:secret@us.posthog.com",
		"https://us.posthog.com/?a=b", "https://us.posthog.com/#replay",
	} {
		reports = nil
		pl := newPipeline(t, processor.WithReplayURL(bad))
		for range 3 {
			_, s := pl.start(withBaggage(t.Context(), t, "session.id", "s"), "GET /")
			s.End()
		}
		require.Len(t, reports, 1, bad)
		require.ErrorContains(t, reports[0], "otelposthog: ", bad)
		require.NotContains(t, reports[0].Error(), "secret")
		require.False(t, hasKey(pl.beside.GetSpans()[0], "$ai_replay_url"), bad)
	}

	reports = nil
	processor.New(nil, processor.WithReplayURL("bad"), processor.WithReplayURL("https://us.posthog.com"))
	require.Empty(t, reports, "the last one counts")
}

// twoAttributes does by hand what a stamp does.
type twoAttributes struct {
	nop
	attrs []attribute.KeyValue
}

func (p twoAttributes) OnStart(_ context.Context, s sdktrace.ReadWriteSpan) {
	s.SetAttributes(p.attrs...)
}

// The processor allocates nothing: a stamped span costs what its attributes cost
// the SDK.
func TestAllocations(t *testing.T) {
	count := func(sp sdktrace.SpanProcessor, ctx context.Context) int {
		tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(sp))
		tr := tp.Tracer("test")
		ctx, root := tr.Start(ctx, "root")
		defer root.End()
		step := func() {
			_, s := tr.Start(ctx, "GET /")
			s.End()
		}
		for range 5000 { // until the memory is as large as it gets
			step()
		}
		return int(testing.AllocsPerRun(2000, step))
	}
	session := withBaggage(t.Context(), t, "session.id", sessionID, "posthog.distinct_id", "d")
	bare := count(nop{}, t.Context())
	require.Equal(t, bare, count(processor.New(nil), t.Context()))
	require.Equal(t, bare, count(processor.New(nop{}), t.Context()))

	stamped := count(twoAttributes{attrs: []attribute.KeyValue{
		attribute.String("$session_id", sessionID), attribute.String("posthog.distinct_id", "d"),
	}}, t.Context())
	require.Equal(t, stamped, count(processor.New(nil), session))
	require.Equal(t, stamped, count(processor.New(nop{}), session))
}
