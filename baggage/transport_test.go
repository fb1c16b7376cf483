package baggage_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"

	"github.com/otelposthog/otelposthog-go/baggage"
)

func TestTransportAroundOtelhttp(t *testing.T) {
	t.Parallel()
	type build func(base http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper
	tp, spans := tracing(t)
	otelOpts := []otelhttp.Option{otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(w3c)}
	for position, stack := range map[string]build{
		"outside": func(base http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper {
			return baggage.NewTransport(otelhttp.NewTransport(base, otelOpts...), opts...)
		},
		"inside": func(base http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper {
			return otelhttp.NewTransport(baggage.NewTransport(base, opts...), otelOpts...)
		},
	} {
		t.Run(position, func(t *testing.T) {
			t.Parallel()
			trusted := baggage.WithTrustedHosts("*.own.test")

			t.Run("a trusted host gets everything", func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				h := w.do(t, stack(w, trusted), request(laden(t, tp), t, own))
				got, ok := baggage.SessionFromContext(w3c.Extract(t.Context(), propagation.HeaderCarrier(h)))
				require.True(t, ok)
				require.Equal(t, ofA, got)
				b, err := otelbaggage.Parse(h.Get("baggage"))
				require.NoError(t, err)
				require.Equal(t, 7, b.Len())
				require.NotEmpty(t, h.Get("traceparent"))
			})
			t.Run("nobody is trusted by default", func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				for _, url := range []string{own, other, w.srv.URL, "http://localhost/"} {
					h := w.do(t, stack(w, nil), request(laden(t, tp), t, url))
					requireNothingOfOurs(t, h)
					require.Equal(t, "tenant=a%20c%2Cm;p", h.Get("baggage"), "other people's members")
					require.NotEmpty(t, h.Get("traceparent"), "kept by default")
				}
			})
			t.Run("another host gets nothing of ours", func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				h := w.do(t, stack(w, trusted), request(laden(t, tp), t, other))
				requireNothingOfOurs(t, h)
				require.Equal(t, "tenant=a%20c%2Cm;p", h.Get("baggage"))
			})
			t.Run("no baggage at all by option", func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				rt := stack(w, trusted, baggage.WithoutBaggage())
				h := w.do(t, rt, request(laden(t, tp), t, other))
				requireNothingOfOurs(t, h)
				require.NotContains(t, h, "Baggage")
				require.NotEmpty(t, h.Get("traceparent"))
				require.Contains(t, w.do(t, rt, request(laden(t, tp), t, own)).Get("baggage"), "tenant=")
			})
			t.Run("headers that a forwarded request brought along", func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				forwarded := func(url string) *http.Request {
					r := request(t.Context(), t, url)
					r.Header = headers(append(ofA1, "Accept", "*/*")...)
					// As they came: two lines, odd white space, broken members.
					r.Header["Baggage"] = []string{" session.id = " + sessionA + ";p , k=%zz", "posthog.distinct_id=zoe", "\"q,$session_id", " , l=1 "}
					r.Header["baggage"] = []string{"posthog.window_id=" + windowA}
					r.Header["x-posthog-window-ID"] = []string{windowA}
					r.Header["ot-baggage-session.id"] = []string{sessionA}
					r.Header["Ot-Baggage-Tenant"] = []string{"acme"}
					r.Header["Uberctx-Posthog.distinct_id"] = []string{"zoe"}
					return r
				}
				r := forwarded(other)
				before := r.Header.Clone()
				h := w.do(t, stack(w, trusted), r)
				requireNothingOfOurs(t, h)
				require.Equal(t, []string{"k=%zz", "\"q", ", l=1"}, h["Baggage"])
				require.Equal(t, "acme", h.Get("Ot-Baggage-Tenant"))
				require.Equal(t, "*/*", h.Get("Accept"))
				require.Equal(t, before, r.Header, "the caller's request is the caller's")

				h = w.do(t, stack(w, trusted, baggage.WithoutBaggage()), forwarded(other))
				require.NotContains(t, h, "Baggage")
				require.NotContains(t, h, "Ot-Baggage-Tenant")

				h = w.do(t, stack(w, trusted), forwarded(own))
				require.Equal(t, "zoe", h.Get("X-Posthog-Distinct-Id"))
			})
			t.Run("a redirect is judged again", func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				rt := stack(w, trusted)
				r := request(laden(t, tp), t, own+"?to="+other)
				r.Header = headers(ofA1...)                                    // http.Client copies these to the other host
				r.Header.Set("Baggage", "session.id="+sessionA+",set.by=hand") // and this
				h := w.do(t, rt, r)
				require.Equal(t, sessionA, h.Get("X-Posthog-Session-Id"))
				require.Contains(t, h.Get("baggage"), sessionA)
				redirected := w.headersAt("api.openai.test")
				require.Len(t, redirected, 1)
				requireNothingOfOurs(t, redirected[0])

				// And back: the session of the context is not lost on the way.
				h = w.do(t, rt, request(laden(t, tp), t, other+"?to="+own+"back"))
				requireNothingOfOurs(t, h)
				back := w.headersAt("assistant.own.test")
				require.Contains(t, back[len(back)-1].Get("baggage"), sessionA)
			})
			t.Run("overfull baggage reaches a trusted host with the session", func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				for _, n := range []int{64, 100} { // one member more than fits, in number
					ctx := withMember(foreign(t, n, 1), t, "session.id", sessionA)
					h := w.do(t, stack(w, trusted), request(ctx, t, own))
					b, err := otelbaggage.Parse(h.Get("baggage"))
					require.NoError(t, err)
					require.Equal(t, 64, b.Len())
					require.Equal(t, sessionA, b.Member("session.id").Value())
				}
				// And in bytes: the receiver would drop all of it.
				ctx := withMember(foreign(t, 8, 1010), t, "session.id", sessionA)
				require.Greater(t, len(otelbaggage.FromContext(ctx).String()), 8192)
				h := w.do(t, stack(w, trusted), request(ctx, t, own))
				got, _ := baggage.SessionFromContext(w3c.Extract(t.Context(), propagation.HeaderCarrier(h)))
				require.Equal(t, sessionA, got.ID)
				require.LessOrEqual(t, len(h.Get("baggage")), 8192)
			})
		})
	}
	t.Cleanup(func() { require.NotEmpty(t, spans.sessions) })
}

func TestTransportWithoutTraceContext(t *testing.T) {
	t.Parallel()
	tp, _ := tracing(t)
	otelOpts := []otelhttp.Option{otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(w3c)}
	opts := []baggage.TransportOption{baggage.WithTrustedHosts("*.own.test"), baggage.WithoutTraceContext()}

	t.Run("inside otelhttp", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		rt := otelhttp.NewTransport(baggage.NewTransport(w, opts...), otelOpts...)
		ctx := w3c.Extract(laden(t, tp), propagation.MapCarrier{
			"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "a=b",
		})
		h := w.do(t, rt, request(ctx, t, other))
		requireNothingOfOurs(t, h)
		require.NotContains(t, h, "Traceparent")
		require.NotContains(t, h, "Tracestate")
		require.Equal(t, "tenant=a%20c%2Cm;p", h.Get("baggage"), "a separate decision")

		h = w.do(t, rt, request(ctx, t, own))
		require.Contains(t, h.Get("traceparent"), "0af7651916cd43dd8448eb211c80319c")
		require.Equal(t, "a=b", h.Get("tracestate"))
	})

	t.Run("outside otelhttp it says that it came too early", func(t *testing.T) {
		t.Parallel()
		const report = `sent headers to "early.test" that were to be withheld`
		w, before := newWorld(t), reported.count(report)
		rt := baggage.NewTransport(otelhttp.NewTransport(w, otelOpts...), opts...)
		for range 3 {
			h := w.do(t, rt, request(laden(t, tp), t, "http://early.test/"))
			requireNothingOfOurs(t, h)
			require.NotEmpty(t, h.Get("traceparent"))
		}
		require.Equal(t, before+1, reported.count(report), "once")
	})

	t.Run("a header that the caller wrote", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		r := request(t.Context(), t, other)
		r.Header["traceparent"] = []string{"x"}
		r.Header["TraceState"] = []string{"y"}
		h := w.do(t, baggage.NewTransport(w, opts...), r)
		require.NotContains(t, h, "Traceparent")
		require.NotContains(t, h, "Tracestate")
		require.Len(t, r.Header, 2)
	})
}

func TestTransportReportsLeaksBelow(t *testing.T) {
	t.Parallel()
	const report = `sent headers to "leak.test"`
	w, before := newWorld(t), reported.count(report)
	rt := baggage.NewTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Header.Set("Baggage", "session.id="+sessionA)
		return w.RoundTrip(r)
	}))
	for range 2 {
		w.do(t, rt, request(t.Context(), t, "http://leak.test/"))
	}
	require.Equal(t, before+1, reported.count(report))
}

func TestTransportPassesRequestsOn(t *testing.T) {
	t.Parallel()
	var got *http.Request
	rt := func(opts ...baggage.TransportOption) http.RoundTripper {
		return baggage.NewTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r
			return nil, io.ErrUnexpectedEOF
		}), opts...)
	}
	send := func(rt http.RoundTripper, r *http.Request) error {
		res, err := rt.RoundTrip(r)
		if res != nil {
			return errors.Join(err, res.Body.Close())
		}
		return err
	}

	plain := request(withMember(t.Context(), t, "tenant", "acme"), t, other)
	plain.Header.Set("Baggage", "tenant=acme")
	require.ErrorIs(t, send(rt(nil), plain), io.ErrUnexpectedEOF)
	require.Same(t, plain, got, "nothing of ours, nothing to copy")

	mine := request(mustContext(t, ofA), t, own)
	mine.Header.Set("Baggage", "session.id="+sessionA)
	require.ErrorIs(t, send(rt(baggage.WithTrustedHosts("*.own.test"), baggage.WithTrustedHosts()), mine), io.ErrUnexpectedEOF)
	require.Equal(t, mine.Header, got.Header, "trusted, and within the limits")
	require.Equal(t, otelbaggage.FromContext(mine.Context()), otelbaggage.FromContext(got.Context()))

	require.ErrorIs(t, send(rt(), mine), io.ErrUnexpectedEOF)
	require.NotSame(t, mine, got)
	require.Equal(t, mine.Method, got.Method)
	require.Same(t, mine.URL, got.URL)
	require.Equal(t, mine.Body, got.Body)

	require.ErrorContains(t, send(rt(), nil), "otelposthog: baggage.NewTransport: nil request")
	require.ErrorIs(t, send(rt(), (&http.Request{}).WithContext(mustContext(t, ofA))), io.ErrUnexpectedEOF)
	require.Zero(t, otelbaggage.FromContext(got.Context()).Len())
}

func TestTransportOverfullHeaderOfBrokenMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := request(t.Context(), t, own)
	r.Header.Set("Baggage", strings.Repeat("k=%zz,", 2000))
	h := w.do(t, baggage.NewTransport(w, baggage.WithTrustedHosts("*.own.test")), r)
	require.NotContains(t, h, "Baggage")
	require.Len(t, r.Header["Baggage"], 1)
}

func TestTransportBodyAndIdleConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := &http.Client{Transport: baggage.NewTransport(w)}
	r, err := http.NewRequestWithContext(mustContext(t, ofA), http.MethodPost, other, strings.NewReader("prompt"))
	require.NoError(t, err)
	res, err := client.Do(r)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, "prompt", string(body))

	closed := false
	client.Transport = baggage.NewTransport(idler{&closed})
	client.CloseIdleConnections()
	require.True(t, closed)
	client.Transport = baggage.NewTransport(roundTrip(nil))
	client.CloseIdleConnections() // has none
}

type idler struct{ closed *bool }

func (idler) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.EOF }
func (i idler) CloseIdleConnections()                         { *i.closed = true }

func TestTransportNilNext(t *testing.T) {
	t.Parallel()
	got := make(chan http.Header, 2)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header }))
	defer srv.Close()
	before := http.DefaultTransport
	for _, next := range []http.RoundTripper{nil, (*http.Transport)(nil)} {
		client := &http.Client{Transport: baggage.NewTransport(next, baggage.WithTrustedHosts("127.0.0.1"))}
		for host, want := range map[string]string{"127.0.0.1": "session.id=" + sessionA, "localhost": ""} {
			r := request(t.Context(), t, strings.Replace(srv.URL, "127.0.0.1", host, 1))
			r.Header.Set("Baggage", "session.id="+sessionA)
			res, err := client.Do(r)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, want, (<-got).Get("Baggage"), host)
		}
	}
	require.Same(t, before, http.DefaultTransport)
}

// A reverse proxy forwards what a browser sent.
func TestTransportOfAReverseProxy(t *testing.T) {
	t.Parallel()
	got := make(chan *http.Request, 1)
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		got <- r
	}))
	t.Cleanup(upstream.Close)
	send := func(opts ...baggage.TransportOption) *http.Request {
		body, w := io.Pipe()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, upstream.URL, body)
		require.NoError(t, err)
		r.Header = headers("Correlation-Context", "a=1,session.id="+sessionA, "jaeger-baggage", "session.id = "+sessionA+", a=1", "Cookie", "theme=dark; ph_phc_x_posthog=%7B%7D; lang=de")
		r.Header["cookie"] = []string{"ph_phc_y_posthog=" + sessionA}
		r.Trailer = http.Header{"X-Posthog-Session-Id": nil, "Baggage": nil, "Checksum": nil}
		go func() {
			_, _ = io.WriteString(w, "prompt")
			r.Trailer.Set("Checksum", "7")
			r.Trailer.Set("X-Posthog-Session-Id", sessionA)
			r.Trailer.Set("Baggage", "session.id="+sessionA)
			_ = w.Close()
		}()
		base := http.DefaultTransport.(*http.Transport).Clone()
		defer base.CloseIdleConnections()
		res, err := (&http.Client{Transport: baggage.NewTransport(base, opts...)}).Do(r)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return <-got
	}

	r := send()
	requireNothingOfOurs(t, r.Header)
	require.Equal(t, []string{"theme=dark; lang=de"}, r.Header["Cookie"])
	require.Equal(t, "a=1", r.Header.Get("Correlation-Context"))
	require.Equal(t, "a=1", r.Header.Get("Jaeger-Baggage"))
	require.Equal(t, "7", r.Trailer.Get("Checksum"))
	require.Empty(t, r.Trailer.Get("X-Posthog-Session-Id"))
	require.Empty(t, r.Trailer.Get("Baggage"))

	r = send(baggage.WithTrustedHosts(baggage.Loopback))
	require.Contains(t, strings.Join(r.Header["Cookie"], ";"), "ph_phc_x_posthog")
	require.Equal(t, sessionA, r.Trailer.Get("X-Posthog-Session-Id"))
}
