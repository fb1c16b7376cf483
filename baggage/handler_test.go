package baggage_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/baggage"
)

var (
	ofA  = baggage.Session{ID: sessionA, WindowID: windowA, DistinctID: "zoe"}
	ofA1 = []string{"X-POSTHOG-SESSION-ID", sessionA, "X-POSTHOG-WINDOW-ID", windowA, "X-POSTHOG-DISTINCT-ID", "zoe"}
)

func identity(s baggage.Session) baggage.HandlerOption {
	return baggage.WithIdentity(func(*http.Request) baggage.Session { return s })
}

func TestHandlerSources(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		opts   []baggage.HandlerOption
		header http.Header
		want   baggage.Session
	}{
		"nothing": {nil, headers(), baggage.Session{}},
		"posthog-js headers": {
			nil, headers(ofA1...), ofA,
		},
		"baggage": {
			nil, headers("baggage", "posthog.distinct_id=zoe,session.id="+sessionA+",posthog.window_id="+windowA), ofA,
		},
		"baggage under another name": {
			nil, headers("baggage", "posthog.session_id="+sessionA), baggage.Session{ID: sessionA},
		},
		"baggage under a third name": {
			nil, headers("baggage", "$session_id="+sessionA), baggage.Session{ID: sessionA},
		},
		"headers win over baggage": {
			nil, headers(append(ofA1, "baggage", "session.id="+sessionB+",posthog.distinct_id=eve")...), ofA,
		},
		"the server wins over both": {
			[]baggage.HandlerOption{identity(baggage.Session{ID: "own", WindowID: "w", DistinctID: "root"})},
			headers(append(ofA1, "baggage", "session.id="+sessionB)...),
			baggage.Session{ID: "own", WindowID: "w", DistinctID: "root"},
		},
		"the server knows the person, the browser the session": {
			[]baggage.HandlerOption{identity(baggage.Session{DistinctID: "root"})},
			headers(ofA1...),
			baggage.Session{ID: sessionA, WindowID: windowA, DistinctID: "root"},
		},
		"the server knows nothing": {
			[]baggage.HandlerOption{identity(baggage.Session{}), nil}, headers(ofA1...), ofA,
		},
		"a nil identity": {
			[]baggage.HandlerOption{baggage.WithIdentity(nil)}, headers(ofA1...), ofA,
		},
		"an identity that is no id does not let the browser's in": {
			[]baggage.HandlerOption{identity(baggage.Session{ID: "a b", DistinctID: "anonymous"})},
			headers(ofA1...),
			baggage.Session{},
		},
		"an invalid window of the server": {
			[]baggage.HandlerOption{identity(baggage.Session{ID: sessionA, WindowID: "a b"})},
			headers(ofA1...), ofA,
		},
		"the server names another session than the browser": {
			[]baggage.HandlerOption{identity(baggage.Session{ID: sessionB})},
			headers(ofA1...),
			baggage.Session{ID: sessionB},
		},
		"an invalid header falls to baggage": {
			nil, headers("X-POSTHOG-SESSION-ID", "a b", "baggage", "session.id="+sessionA), baggage.Session{ID: sessionA},
		},
		"an empty header falls to baggage": {
			nil, headers("X-POSTHOG-SESSION-ID", "", "baggage", "session.id="+sessionA), baggage.Session{ID: sessionA},
		},
		"fields of one session add up": {
			nil, headers("X-POSTHOG-SESSION-ID", sessionA, "baggage", "session.id="+sessionA+",posthog.window_id="+windowA+",posthog.distinct_id=zoe"), ofA,
		},
		"a person without a session adds to one": {
			nil, headers("X-POSTHOG-SESSION-ID", sessionA, "baggage", "posthog.distinct_id=zoe"), baggage.Session{ID: sessionA, DistinctID: "zoe"},
		},
		"window and person of another session do not": {
			nil, headers("X-POSTHOG-SESSION-ID", sessionA, "baggage", "session.id="+sessionB+",posthog.window_id=w,posthog.distinct_id=eve"), baggage.Session{ID: sessionA},
		},
		"a window alone does not either": {
			nil, headers("X-POSTHOG-SESSION-ID", sessionA, "baggage", "posthog.window_id=w"), baggage.Session{ID: sessionA},
		},
		"equal lines are one": {
			nil, headers(append(ofA1, ofA1...)...), ofA,
		},
		"an empty line says nothing": {
			nil, headers("X-POSTHOG-SESSION-ID", "", "X-POSTHOG-SESSION-ID", sessionA), baggage.Session{ID: sessionA},
		},
		"an empty line says nothing, last": {
			nil, headers("X-POSTHOG-SESSION-ID", sessionA, "X-POSTHOG-SESSION-ID", ""), baggage.Session{ID: sessionA},
		},
		"lines that differ are refused": {
			nil, headers("X-POSTHOG-SESSION-ID", sessionA, "X-POSTHOG-SESSION-ID", sessionB, "X-POSTHOG-DISTINCT-ID", "zoe", "baggage", "session.id="+sessionB), baggage.Session{ID: sessionB, DistinctID: "zoe"},
		},
		"an empty member says nothing": {
			nil, headers("baggage", "session.id="+sessionA+",session.id=,session.id=%20"), baggage.Session{ID: sessionA},
		},
		"several baggage headers": {
			nil, headers("baggage", "a=1", "baggage", "session.id="+sessionA, "baggage", "b=2"), baggage.Session{ID: sessionA},
		},
		"the last of several members": {
			nil, headers("baggage", "session.id="+sessionB+",session.id="+sessionA), baggage.Session{ID: sessionA},
		},
		"the last valid one of several members": {
			nil, headers("baggage", "session.id="+sessionA+",session.id=a%20b,session.id=%zz"), baggage.Session{ID: sessionA},
		},
		"no distinct id from the browser": {
			[]baggage.HandlerOption{baggage.WithoutBrowserDistinctID()}, headers(append(ofA1, "baggage", "posthog.distinct_id=zoe")...), baggage.Session{ID: sessionA, WindowID: windowA},
		},
		"no distinct id from the browser, one from the server": {
			[]baggage.HandlerOption{baggage.WithoutBrowserDistinctID(), identity(baggage.Session{DistinctID: "root"})}, headers(ofA1...), baggage.Session{ID: sessionA, WindowID: windowA, DistinctID: "root"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := newEdge(t, tc.opts...).get(t, tc.header)
			require.Equal(t, tc.want, got.Session, "context")
			require.Equal(t, tc.want, got.Span, "span of otelhttp")
			// Whoever reads the headers inside must not find anything else.
			for name, value := range map[string]string{
				baggage.HeaderSessionID:  tc.want.ID,
				baggage.HeaderWindowID:   tc.want.WindowID,
				baggage.HeaderDistinctID: tc.want.DistinctID,
			} {
				if tc.header.Values(name) != nil && value != "" {
					require.Equal(t, []string{value}, got.Header[name])
				} else {
					require.Empty(t, got.Header.Values(name))
				}
			}
		})
	}
}

// serve sends a request through the edge without a network, which would refuse
// some of the values below before the edge can.
func serve(t testing.TB, r *http.Request, opts ...baggage.HandlerOption) (inner *http.Request) {
	t.Helper()
	baggage.NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { inner = r }), opts...).
		ServeHTTP(httptest.NewRecorder(), r)
	require.NotNil(t, inner)
	return inner
}

func TestHandlerShapes(t *testing.T) {
	t.Parallel()
	for _, tc := range shapes {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			encoded := url.PathEscape(tc.value)
			encoded = strings.NewReplacer(",", "%2C", ";", "%3B").Replace(encoded)
			want := baggage.Session{}
			if tc.id {
				want.ID, want.WindowID = tc.value, tc.value
			}
			if tc.distinct {
				want.DistinctID = tc.value
			}
			if !utf8.ValidString(tc.value) || strings.Contains(tc.value, ",") {
				return // A header says other things by these: TestHandlerHeaderValues.
			}
			for _, header := range []http.Header{
				headers("X-Posthog-Session-Id", " "+tc.value+"\t", "X-Posthog-Window-Id", tc.value, "X-Posthog-Distinct-Id", tc.value),
				headers("baggage", "session.id="+encoded+" , posthog.window_id = "+encoded+";p=q,posthog.distinct_id="+encoded),
			} {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
				r.Header = header
				got, _ := baggage.SessionFromContext(serve(t, r).Context())
				require.Equal(t, want, got)
			}
		})
	}
}

func TestHandlerPassesOtherRequestsUntouched(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	in := serve(t, r)
	require.Equal(t, r.Header, in.Header)
	require.Same(t, r.URL, in.URL)
	require.Zero(t, otelbaggage.FromContext(in.Context()).Len())

	// Without a session, foreign baggage goes through the same sieve.
	r.Header.Set("Baggage", "k=%zz,l=1")
	in = serve(t, r)
	require.Equal(t, "l=1", in.Header.Get("Baggage"))
	require.Equal(t, "l=1", otelbaggage.FromContext(in.Context()).String())

	// Nothing of a header that is all refused stays.
	r.Header = headers("baggage", "k=%zz", "X-Posthog-Session-Id", "a b")
	in = serve(t, r)
	require.NotContains(t, in.Header, "Baggage")
	require.NotContains(t, in.Header, "X-Posthog-Session-Id")
	require.Len(t, r.Header, 2)

	// A request made by hand can lack a header map.
	r.Header = nil
	in = serve(t, r, identity(ofA))
	require.Nil(t, r.Header)
	got, _ := baggage.SessionFromContext(in.Context())
	require.Equal(t, ofA, got)
}

func TestHandlerBaggageOfTheContext(t *testing.T) {
	t.Parallel()
	outer := withMember(withMember(t.Context(), t, "tenant", "acme"), t, "session.id", sessionB)

	t.Run("is a source without a header", func(t *testing.T) {
		t.Parallel()
		in := serve(t, httptest.NewRequestWithContext(outer, http.MethodGet, "/", http.NoBody))
		require.Equal(t, "session.id="+sessionB+",tenant=acme", in.Header.Get("Baggage"))
		requireClean(t, in, baggage.Session{ID: sessionB})
	})
	t.Run("gives way to posthog-js", func(t *testing.T) {
		t.Parallel()
		r := httptest.NewRequestWithContext(outer, http.MethodGet, "/", http.NoBody)
		r.Header = headers(ofA1...)
		in := serve(t, r)
		requireClean(t, in, ofA)
		require.Equal(t, "acme", otelbaggage.FromContext(in.Context()).Member("tenant").Value())
	})
	t.Run("gives way to a header, as in otelhttp", func(t *testing.T) {
		t.Parallel()
		r := httptest.NewRequestWithContext(outer, http.MethodGet, "/", http.NoBody)
		r.Header = headers("baggage", "k=v")
		in := serve(t, r)
		require.Equal(t, "k=v", otelbaggage.FromContext(in.Context()).String())
	})
	t.Run("is emptied when nothing is accepted", func(t *testing.T) {
		t.Parallel()
		ctx := withMember(t.Context(), t, "session.id", "a b")
		in := serve(t, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody))
		requireClean(t, in, baggage.Session{})
	})
}

func TestHandlerNested(t *testing.T) {
	t.Parallel()
	inner := baggage.NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		requireClean(t, r, ofA)
	}))
	rec := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header = headers(append(ofA1, "baggage", "k=v")...)
	baggage.NewHandler(inner).ServeHTTP(rec, r)
	require.Equal(t, http.StatusOK, rec.Code)
}

func TestNilHandlers(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.Handler{
		"NewHandler": baggage.NewHandler(nil), "ServerTiming": baggage.ServerTiming(nil),
		"nil mux": baggage.NewHandler((*http.ServeMux)(nil)), "nil func": baggage.ServerTiming(http.HandlerFunc(nil)),
	} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
		require.Equal(t, http.StatusNotFound, rec.Code, name)
	}
}

// A function that forgets to return the context loses what it put there, not the
// request.
func TestHandlerRequestContextNil(t *testing.T) {
	t.Parallel()
	var got baggage.Session
	h := baggage.NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got, _ = baggage.SessionFromContext(r.Context()) }),
		baggage.WithRequestContext(func(context.Context, baggage.Session) (none context.Context) { return none }))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header.Set(baggage.HeaderSessionID, sessionA)
	h.ServeHTTP(httptest.NewRecorder(), r)
	require.Equal(t, baggage.Session{ID: sessionA}, got)
}

// net/http removes the temporary files of a form that is on its own request,
// and NewHandler hands a copy of that request inwards.
func TestHandlerLeavesNoFormFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	srv := httptest.NewServer(baggage.NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1); err != nil || len(r.MultipartForm.File) != 1 {
			panic(http.ErrAbortHandler)
		}
	})))
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("f", "f.bin")
	require.NoError(t, err)
	_, err = io.CopyN(file, zeros{}, 11<<20) // more than ParseMultipartForm ever keeps in memory
	require.NoError(t, err)
	require.NoError(t, form.Close())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, &body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set(baggage.HeaderSessionID, sessionA)
	res, err := srv.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	srv.Close() // waits for the handler's clean-up

	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
