package baggage_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// What browsers and proxies really make of one value.
func TestHandlerHeaderValues(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lines []string
		want  string // the person
	}{
		"joined by XMLHttpRequest":       {[]string{"zoe, zoe"}, "zoe"},
		"joined by a proxy":              {[]string{"zoe,zoe", "zoe"}, "zoe"},
		"joined with nothing":            {[]string{", zoe ,"}, "zoe"},
		"joined, and another":            {[]string{"zoe, eve"}, ""},
		"two lines":                      {[]string{"zoe", "eve"}, ""},
		"Latin-1":                        {[]string{"jos\xe9@example.com"}, "josé@example.com"},
		"Latin-1, twice":                 {[]string{"jos\xe9@example.com, jos\xe9@example.com"}, "josé@example.com"},
		"UTF-8":                          {[]string{"josé@example.com"}, "josé@example.com"},
		"a control character of Latin-1": {[]string{"jos\x85"}, ""},
		"undefined":                      {[]string{"undefined"}, ""},
		"undefined, joined":              {[]string{"undefined, undefined"}, ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header = http.Header{"X-Posthog-Session-Id": {sessionA + ", " + sessionA}, "X-Posthog-Distinct-Id": tc.lines}
		in := serve(t, r)
		got, _ := baggage.SessionFromContext(in.Context())
		require.Equal(t, baggage.Session{ID: sessionA, DistinctID: tc.want}, got, name)
		require.Equal(t, []string{sessionA}, in.Header["X-Posthog-Session-Id"], name)
	}
	require.Equal(t, map[string]int64{"headers ambiguous": 2, "headers not_an_id": 1},
		refused(t, http.Header{
			"X-Posthog-Session-Id": {"a, b"}, "X-Posthog-Distinct-Id": {"a", "b"}, "X-Posthog-Window-Id": {"[object Object]"},
		}))
}

func TestHandlerOfSeveralCookies(t *testing.T) {
	t.Parallel()
	older := cookie(t, "eve", []any{ago(20 * time.Minute), sessionB, ago(time.Hour)})
	live := cookie(t, "zoe", []any{ago(time.Minute), sessionA, ago(time.Hour)})
	over := cookie(t, "old", []any{ago(time.Hour), sessionB, ago(time.Hour)})
	none := cookie(t, "new", nil)
	for name, tc := range map[string]struct {
		cookies string
		want    baggage.Session
	}{
		"the live one, last":               {older + "; " + live, baggage.Session{ID: sessionA, DistinctID: "zoe"}},
		"the live one, first":              {live + "; " + older, baggage.Session{ID: sessionA, DistinctID: "zoe"}},
		"one that is over":                 {over + "; " + live, baggage.Session{ID: sessionA, DistinctID: "zoe"}},
		"one that is over, later":          {live + "; " + over, baggage.Session{ID: sessionA, DistinctID: "zoe"}},
		"none is alive, the last active":   {none + "; " + over, baggage.Session{DistinctID: "old"}},
		"none is alive, the last, swapped": {over + "; " + none, baggage.Session{DistinctID: "old"}},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header.Set("Cookie", tc.cookies)
		got, _ := baggage.SessionFromContext(serve(t, r, baggage.WithCookie(projectKey)).Context())
		require.Equal(t, tc.want, got, name)
	}
}

// Datadog's RUM writes members of its own, a session.id among them.
func TestHandlerBesideDatadog(t *testing.T) {
	t.Parallel()
	const dd = "session.id=2c1b1a4e-5f0b-4b5e-9c57-6a7a1c2d3e4f,user.id=u1,account.id=a1"
	for name, tc := range map[string]struct {
		header http.Header
		opts   []baggage.HandlerOption
		want   baggage.Session
		text   string
	}{
		"alone":               {headers("baggage", dd), nil, baggage.Session{}, dd},
		"beside posthog-js":   {headers("baggage", dd, "X-Posthog-Session-Id", sessionA), nil, baggage.Session{ID: sessionA}, "posthog.session_id=" + sessionA + "," + dd},
		"beside our baggage":  {headers("baggage", dd+",posthog.session_id="+sessionA), nil, baggage.Session{ID: sessionA}, "posthog.session_id=" + sessionA + "," + dd},
		"dropped with others": {headers("baggage", dd+",posthog.session_id="+sessionA), []baggage.HandlerOption{baggage.WithoutForeignBaggage()}, baggage.Session{ID: sessionA}, "session.id=" + sessionA},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := newEdge(t, tc.opts...).get(t, tc.header)
			require.Equal(t, tc.want, got.Session)
			require.Equal(t, []string{tc.text}, got.Header["Baggage"])

			// And from here to the next service.
			ctx := ours.Extract(t.Context(), propagation.HeaderCarrier(got.Header))
			session, _ := baggage.SessionFromContext(ctx)
			require.Equal(t, tc.want, session)
			carrier := propagation.MapCarrier{}
			ours.Inject(baggage.ContextWithTrust(ctx), carrier)
			session, _ = baggage.SessionFromContext(ours.Extract(t.Context(), carrier))
			require.Equal(t, tc.want, session)
			require.Equal(t, got.Bag, otelbaggage.FromContext(w3c.Extract(t.Context(), carrier)))
		})
	}
	require.Empty(t, refused(t, headers("baggage", dd)), "it is no refusal")

	ctx := ours.Extract(t.Context(), propagation.MapCarrier{"baggage": dd})
	ctx, err := baggage.ContextWithSession(ctx, ofA)
	require.NoError(t, err)
	got, _ := baggage.SessionFromContext(ctx)
	require.Equal(t, ofA, got)
	carrier := propagation.MapCarrier{}
	w3c.Inject(ctx, carrier)
	require.Contains(t, carrier["baggage"], "session.id=2c1b1a4e-5f0b-4b5e-9c57-6a7a1c2d3e4f")
	require.Contains(t, carrier["baggage"], "posthog.session_id="+sessionA)
	ctx, err = baggage.ContextWithSession(ctx, baggage.Session{})
	require.NoError(t, err)
	_, ok := baggage.SessionFromContext(ctx)
	require.False(t, ok)
}

func TestHandlerReadsQuery(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		opts      []baggage.HandlerOption
		header    http.Header
		uri, left string
		want      string
	}{
		"by default not":      {nil, nil, "/ws?ph=" + sessionA, "/ws?ph=" + sessionA, ""},
		"a blank name":        {[]baggage.HandlerOption{baggage.WithQuery(" ")}, nil, "/ws?=" + sessionA, "/ws?=" + sessionA, ""},
		"alone":               {[]baggage.HandlerOption{baggage.WithQuery("ph")}, nil, "/ws?ph=" + sessionA, "/ws", sessionA},
		"among others":        {[]baggage.HandlerOption{baggage.WithQuery("ph")}, nil, "/ws?a=%2F&ph=" + sessionA + "&b=;c&&d", "/ws?a=%2F&b=;c&&d", sessionA},
		"escaped":             {[]baggage.HandlerOption{baggage.WithQuery("$session_id")}, nil, "/?%24session_id=" + url.QueryEscape(sessionA), "/", sessionA},
		"twice the same":      {[]baggage.HandlerOption{baggage.WithQuery("ph")}, nil, "/?ph=" + sessionA + "&ph=" + sessionA, "/", sessionA},
		"twice":               {[]baggage.HandlerOption{baggage.WithQuery("ph")}, nil, "/?ph=" + sessionA + "&ph=" + sessionB, "/", ""},
		"a word":              {[]baggage.HandlerOption{baggage.WithQuery("ph")}, nil, "/?ph=undefined&a=1", "/?a=1", ""},
		"broken":              {[]baggage.HandlerOption{baggage.WithQuery("ph")}, nil, "/?ph=%zz", "/", ""},
		"a header wins":       {[]baggage.HandlerOption{baggage.WithQuery("ph")}, headers("X-Posthog-Session-Id", sessionB), "/?ph=" + sessionA, "/", sessionB},
		"the cookie does not": {[]baggage.HandlerOption{baggage.WithQuery("ph"), baggage.WithCookie(projectKey)}, headers("Cookie", cookie(t, "eve", []any{ago(0), sessionB, ago(0)})), "/?ph=" + sessionA, "/", sessionA},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, tc.uri, http.NoBody)
		if tc.header != nil {
			r.Header = tc.header
		}
		before := *r.URL
		in := serve(t, r, tc.opts...)
		got, _ := baggage.SessionFromContext(in.Context())
		require.Equal(t, tc.want, got.ID, name)
		require.Equal(t, tc.left, in.RequestURI, name)
		require.Equal(t, tc.left, in.URL.String(), name)
		require.Equal(t, before, *r.URL, name)
	}
	r := &http.Request{}
	serve(t, r.WithContext(t.Context()), baggage.WithQuery("ph")) // has no URL
}

// A form or a link with the parameter puts it into the Referer of what follows, and
// proxies repeat the URL; a service that forwards headers would send it on.
func TestHandlerQueryInHeaders(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]struct{ in, left string }{
		"alone":        {"https://example.com/chat?ph=" + sessionA, "https://example.com/chat"},
		"among others": {"/chat?a=1&ph=" + sessionA + "&b=2", "/chat?a=1&b=2"},
		"escaped":      {"/chat?%70h=" + sessionA, "/chat"},
		"another":      {"/chat?phx=1", "/chat?phx=1"},
		"no query":     {"https://example.com/", "https://example.com/"},
		"no URL":       {"ph=" + sessionA, "ph=" + sessionA},
	} {
		for _, header := range []string{"Referer", "X-Envoy-Original-Path", "X-Forwarded-Uri", "X-Original-Uri", "X-Original-Url", "X-Rewrite-Url"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
			r.Header = http.Header{header: {"/first", line.in}}
			in := serve(t, r, baggage.WithQuery("ph"))
			require.Equal(t, []string{"/first", line.left}, in.Header[header], "%s: %s", name, header)
			require.Equal(t, []string{"/first", line.in}, r.Header[header], "the request of the server is not changed")
			require.Equal(t, r.Header, serve(t, r).Header, "without the option nothing is")
			_, ok := baggage.SessionFromContext(in.Context())
			require.False(t, ok, "nothing is read there")
		}
	}
}

// What the edge found out stands in the context, for the processor.
func TestHandlerLeavesAnEntry(t *testing.T) {
	t.Parallel()
	query, cookies := baggage.WithQuery("ph"), baggage.WithCookie(projectKey)
	for name, tc := range map[string]struct {
		uri    string
		header http.Header
		opts   []baggage.HandlerOption
		want   session.Entry
	}{
		"nothing":                      {"/", headers(), nil, session.Entry{}},
		"from a service":               {"/", headers("baggage", "session.id="+sessionA), nil, session.Entry{}},
		"from a browser":               {"/", headers(ofA1...), nil, session.Entry{Outside: true}},
		"from a browser, by query":     {"/?ph=" + sessionA, headers(), []baggage.HandlerOption{query}, session.Entry{Outside: true}},
		"from a browser, by cookie":    {"/", headers("Cookie", cookie(t, "zoe", nil)), []baggage.HandlerOption{cookies}, session.Entry{Outside: true}},
		"from a browser, by a service": {"/", headers(append(ofA1, "baggage", "session.id="+sessionA)...), nil, session.Entry{}},
		"from anybody":                 {"/", headers(), []baggage.HandlerOption{baggage.WithPublicEndpoint()}, session.Entry{Outside: true}},
		"a word":                       {"/", headers("X-Posthog-Session-Id", "undefined"), nil, session.Entry{Refused: session.Word}},
		"ambiguous":                    {"/", headers("X-Posthog-Session-Id", "a,b"), nil, session.Entry{Refused: "ambiguous"}},
		"refused in baggage":           {"/", headers("baggage", "session.id=a%20b"), nil, session.Entry{Refused: session.Characters}},
		"refused in the query":         {"/?ph=null", headers(), []baggage.HandlerOption{query}, session.Entry{Refused: session.Word}},
		"expired in the cookie":        {"/", headers("Cookie", cookie(t, "zoe", []any{ago(time.Hour), sessionA})), []baggage.HandlerOption{cookies}, session.Entry{Outside: true, Refused: "expired"}},
		"refused, and another source":  {"/", headers("X-Posthog-Session-Id", "null", "baggage", "session.id="+sessionA), nil, session.Entry{}},
		"a refused person only":        {"/", headers("X-Posthog-Distinct-Id", "null"), nil, session.Entry{}},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, tc.uri, http.NoBody)
		r.Header = tc.header
		in := serve(t, r, tc.opts...)
		got, ok := session.EntryFromContext(in.Context())
		require.True(t, ok, name)
		require.Equal(t, tc.want, got, name)

		// A second handler further in adds to it and forgets nothing.
		again, _ := session.EntryFromContext(serve(t, in).Context())
		require.Equal(t, got, again, name)
	}
}

func TestHandlerTraceContext(t *testing.T) {
	t.Parallel()
	const id = "0af7651916cd43dd8448eb211c80319c"
	const sent, dropped = "00-" + id + "-b7ad6b7169203331-01", "00-" + id + "-b7ad6b7169203331-00"
	for name, tc := range map[string]struct {
		opts                    []baggage.HandlerOption
		traceparent, tracestate string
	}{
		"believed by default":      {nil, sent, "a=b"},
		"a nil sampler":            {[]baggage.HandlerOption{baggage.WithSampler(nil)}, sent, "a=b"},
		"the sampler takes it":     {[]baggage.HandlerOption{baggage.WithSampler(sdktrace.AlwaysSample())}, sent, "a=b"},
		"the sampler does not":     {[]baggage.HandlerOption{baggage.WithSampler(sdktrace.NeverSample())}, dropped, "a=b"},
		"a sampler that is parent": {[]baggage.HandlerOption{baggage.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample()))}, dropped, "a=b"},
		"a new trace":              {[]baggage.HandlerOption{baggage.WithNewTrace()}, "", ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header = headers("traceparent", sent, "tracestate", "a=b")
		in := serve(t, r, tc.opts...)
		require.Equal(t, tc.traceparent, in.Header.Get("traceparent"), name)
		require.Equal(t, tc.tracestate, in.Header.Get("tracestate"), name)
		require.Equal(t, sent, r.Header.Get("traceparent"), "the caller's header is the caller's")
		entry, _ := session.EntryFromContext(in.Context())
		if name == "a new trace" {
			require.Equal(t, id, entry.Link.TraceID().String())
			require.True(t, entry.Link.IsRemote())
		} else {
			require.False(t, entry.Link.IsValid(), name)
		}

		r.Header = headers("other", "x")
		require.NotContains(t, serve(t, r, tc.opts...).Header, "Traceparent", name)
	}

	// Through otelhttp and a ParentBased sampler, which is what services have.
	spans := tracetest.NewSpanRecorder()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.AlwaysSample())))
	t.Cleanup(func() { require.NoError(t, tp.Shutdown(context.WithoutCancel(t.Context()))) })
	ask := func(opts ...baggage.HandlerOption) trace.SpanContext {
		var sc trace.SpanContext
		h := baggage.NewHandler(otelhttp.NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			sc = trace.SpanContextFromContext(r.Context())
		}), "edge", otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(ours)), opts...)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header = headers("traceparent", sent)
		h.ServeHTTP(httptest.NewRecorder(), r)
		return sc
	}
	require.True(t, ask().IsSampled())
	sc := ask(baggage.WithSampler(sdktrace.NeverSample()))
	require.False(t, sc.IsSampled())
	require.Equal(t, id, sc.TraceID().String())
	sc = ask(baggage.WithNewTrace())
	require.True(t, sc.IsSampled())
	require.NotEqual(t, id, sc.TraceID().String())
}

// NewHandler inside of otelhttp comes too late for the start of the span.
func TestHandlerInsideOfOtelhttp(t *testing.T) {
	t.Parallel()
	const report = "the span of the request had started before NewHandler ran"
	spans := tracetest.NewSpanRecorder()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	t.Cleanup(func() { require.NoError(t, tp.Shutdown(context.WithoutCancel(t.Context()))) })
	opts := []otelhttp.Option{otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(ours)}
	reader := sdkmetric.NewManualReader()
	inside := otelhttp.NewHandler(baggage.NewHandler(http.NotFoundHandler(),
		baggage.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))), "edge", opts...)
	send := func(h http.Handler, header http.Header) sdktrace.ReadOnlySpan {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header = header
		h.ServeHTTP(httptest.NewRecorder(), r)
		ended := spans.Ended()
		return ended[len(ended)-1]
	}
	before := reported.count(report)
	for range 3 {
		got := session.FromAttributes(send(inside, headers(ofA1...)).Attributes(), time.Now())
		require.Equal(t, session.Session(ofA), got)
	}
	require.Equal(t, before+1, reported.count(report), "once a minute")
	require.Equal(t, int64(3), counted(t, reader, "otelposthog.baggage.late"))
	require.True(t, session.FromAttributes(send(inside, headers()).Attributes(), time.Now()).IsZero())

	// A second handler inside is no fault.
	nested := baggage.NewHandler(otelhttp.NewHandler(baggage.NewHandler(http.NotFoundHandler()), "edge", opts...))
	require.True(t, session.FromAttributes(send(nested, headers(ofA1...)).Attributes(), time.Now()).IsZero(), "that is for the processor")
	require.Equal(t, before+1, reported.count(report))
}
