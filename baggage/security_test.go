package baggage_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// Parts of URLs that were made to look like another host.
var (
	schemes = []string{"http://", "https://", "HTTP://", "http:", "http:/", "http:\\\\", "//", "http://http://"}
	users   = []string{
		"", "", "", "", "user@", "api.own.test@", "api.own.test:443@", "api.own.test%40", "api.own.test%2f@", "@", "a:b@c@", "api.own.test\\@", "10.1.2.3@", "%00@",
	}
	hosts = []string{
		"api.own.test", "own.test", "evil.test", "own.test.evil.test", "api.own.test.evil.test", "evil.test.own.test", "xown.test", "api-own.test",
		"10.1.2.3", "10.255.255.255", "11.1.2.3", "010.1.2.3", "10.1", "0x0a010203", "167838211", "10.1.2.3.", "10.1.2.3.evil.test", "[::ffff:10.1.2.3]", "[::ffff:11.1.2.3]",
		"[::1]", "[::1%25eth0]", "[fe80::1%25own.test]", "[fd00::1]", "127.0.0.1", "localhost", "LOCALHOST.", "local\u0131host", "a.localhost",
		"api.own.test.", "API.OWN.TEST", "api.own.test..", ".own.test", "..own.test", "*.own.test", "ap\u0131.own.test", "api\u3002own\u3002test", "api.own\uff0etest", "api.\u24dewn.test",
		"api.ow\u200bn.test", "api.own.test\u00ad", "xn--pi-7ba.own.test", "xn--.own.test", "api%2eown.test", "api%2Eown%2Etest", "evil.test%2f.own.test", "evil.test%23.own.test", "evil.test%00.own.test",
		"evil.test\t.own.test", "evil.test\n.own.test", "evil.test\\.own.test", "evil.test;.own.test", "evil.test,.own.test", "evil.test#.own.test", "evil.test?.own.test", "evil.test/.own.test",
		"", ".", "-", "_.own.test", "a_b.own.test", "\u212aapi.own.test", "api.\u017fown.test", "a.own.te\u017ft",
	}
	ports = []string{"", "", "", ":80", ":443", ":8443", ":0", ":65536", ":", ":http", ":80:80", ":80@evil.test", ":443.evil.test", ":0080", ":\u0668\u0660"}
	tails = []string{"", "/", "/x", "?api.own.test", "#api.own.test", "/@api.own.test", "\\.own.test", "/../..//api.own.test", "%2f.own.test", "?@api.own.test"}
)

// hostileURL builds a URL from parts, or by hand where no parser would.
func hostileURL(r *rand.Rand) *url.URL {
	pick := func(parts []string) string { return parts[r.IntN(len(parts))] }
	host := pick(hosts)
	for r.IntN(4) == 0 { // and parts of parts
		other := pick(hosts)
		host = host[:r.IntN(len(host)+1)] + other[r.IntN(len(other)+1):]
	}
	if r.IntN(8) == 0 {
		b := []byte(host + "x")
		b[r.IntN(len(b))] = byte(r.IntN(256))
		host = string(b)
	}
	if r.IntN(4) == 0 {
		return &url.URL{Scheme: []string{"http", "https", "HTTP", ""}[r.IntN(4)], Host: host + pick(ports), Path: pick(tails)}
	}
	u, err := url.Parse(pick(schemes) + pick(users) + host + pick(ports) + pick(tails))
	if err != nil {
		return &url.URL{Scheme: "http", Host: pick(users) + host + pick(ports)}
	}
	return u
}

// mayHave reports by the address that was dialled whether the host is one of
// those that TestHostileURLs trusts. It has nothing in common with the patterns.
func mayHave(addr string) bool {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap().WithZone("")
		return ip.Is4() && ip.As4()[0] == 10 || ip == netip.MustParseAddr("::1") && port == "443"
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return len(host) > len(".own.test") && strings.HasSuffix(host, ".own.test") && !strings.ContainsAny(host, "\x00\t\n /\\@#?%")
}

// Whatever a URL looks like: what counts is the address that net/http dials.
func TestHostileURLs(t *testing.T) {
	t.Parallel()
	const runs = 200_000
	trusted := baggage.WithTrustedHosts("*.own.test", "10.0.0.0/8", "[::1]:443")
	errDialled, errWithheld := errors.New("dialled"), errors.New("nothing was let out")
	dialled := ""
	base := &http.Transport{DisableKeepAlives: true, DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
		dialled = addr
		return nil, errDialled
	}}
	ctx := mustContext(t, ofA)
	guards := map[string]http.RoundTripper{}
	for name, p := range map[string]propagation.TextMapPropagator{"plain": w3c, "ours": ours} {
		guards[name] = baggage.NewTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			h := http.Header{}
			p.Inject(r.Context(), propagation.HeaderCarrier(h))
			if !strings.Contains(h.Get("baggage"), sessionA) {
				return nil, errWithheld // wherever it goes
			}
			return base.RoundTrip(r)
		}), trusted)
	}
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	withheld, sent := 0, 0
	for i := range runs {
		u := hostileURL(r)
		guard := guards["ours"]
		if i%2 == 0 {
			guard = guards["plain"]
		}
		res, err := guard.RoundTrip((&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}}).WithContext(ctx))
		if res != nil {
			require.NoError(t, res.Body.Close())
		}
		switch {
		case errors.Is(err, errWithheld):
			withheld++
		case errors.Is(err, errDialled):
			sent++
			require.True(t, mayHave(dialled), "seed %d: %#v went to %q", seed, u, dialled)
		} // else net/http refused the URL
	}
	require.Greater(t, withheld, runs/10, "seed %d", seed)
	require.Greater(t, sent, runs/100, "seed %d", seed)
	t.Logf("of %d URLs, %d got nothing and %d the session", runs, withheld, sent)
}

// Every way in, at once.
func FuzzEntries(f *testing.F) {
	f.Add(sessionA, "zoe", windowA, "ph="+sessionA, "%7B%22distinct_id%22%3A%22zoe%22%7D", "session.id="+sessionA, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	f.Add("a, a", "jos\xe9", "undefined", "ph=a&ph=b&%zz", "%7B", "%24session_id=2c1b1a4e-5f0b-4b5e-9c57-6a7a1c2d3e4f", "x")
	f.Fuzz(func(t *testing.T, id, person, window, query, cookie, bag, traceparent string) {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody)
		r.URL.RawQuery, r.RequestURI = query, "/?"+query
		r.Header = http.Header{
			"X-Posthog-Session-Id": {id}, "X-Posthog-Distinct-Id": {person}, "X-Posthog-Window-Id": {window},
			"Cookie": {"ph_phc_x_posthog=" + cookie}, "Baggage": {bag}, "Traceparent": {traceparent},
		}
		in := serve(t, r, baggage.WithQuery("ph"), baggage.WithCookie("phc_x"))
		got, _ := baggage.SessionFromContext(in.Context())
		requireClean(t, in, got)
		require.True(t, got.ID == "" || session.ValidID(got.ID))
		require.True(t, got.WindowID == "" || session.ValidID(got.WindowID))
		require.True(t, got.DistinctID == "" || session.CheckDistinctID(got.DistinctID) == session.Valid)
		for pair := range strings.SplitSeq(in.URL.RawQuery, "&") {
			key, _, _ := strings.Cut(pair, "=")
			require.NotEqual(t, "ph", key)
		}

		ctx := ours.Extract(context.Background(), propagation.HeaderCarrier{"Baggage": {bag}})
		got, _ = baggage.SessionFromContext(ctx)
		require.True(t, got.ID == "" || session.ValidID(got.ID))
		carrier := propagation.MapCarrier{}
		ours.Inject(ctx, carrier)
		if got.ID != "" && len(got.ID) > 8 {
			require.NotContains(t, carrier["baggage"], "session.id="+got.ID)
		}
	})
}

// A connection that becomes a WebSocket goes through the guard like a request.
func TestTransportUpgrades(t *testing.T) {
	t.Parallel()
	got := make(chan http.Header, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		line, _ := rw.ReadString('\n')
		_, _ = io.WriteString(conn, "echo "+line)
	}))
	t.Cleanup(srv.Close)
	for _, trusted := range []bool{false, true} {
		opts := []baggage.TransportOption{}
		if trusted {
			opts = append(opts, baggage.WithTrustedHosts(baggage.Loopback))
		}
		base := http.DefaultTransport.(*http.Transport).Clone()
		t.Cleanup(base.CloseIdleConnections)
		rt := baggage.NewTransport(otelhttp.NewTransport(base, otelhttp.WithPropagators(ours)), opts...)
		r := request(mustContext(t, ofA), t, srv.URL)
		r.Header = headers("Connection", "Upgrade", "Upgrade", "websocket", "X-Posthog-Session-Id", sessionA, "Cookie", "ph_phc_x_posthog=1")
		res, err := rt.RoundTrip(r)
		require.NoError(t, err)
		require.Equal(t, http.StatusSwitchingProtocols, res.StatusCode)
		conn, ok := res.Body.(io.ReadWriteCloser)
		require.True(t, ok)
		_, err = fmt.Fprintln(conn, "hello")
		require.NoError(t, err)
		line, err := bufio.NewReader(conn).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "echo hello\n", line)
		require.NoError(t, conn.Close())
		if h := <-got; trusted {
			require.Contains(t, h.Get("baggage"), sessionA)
			require.Equal(t, sessionA, h.Get("X-Posthog-Session-Id"))
		} else {
			requireNothingOfOurs(t, h)
		}
	}
}

func TestTransportOverHTTP2(t *testing.T) {
	t.Parallel()
	got := make(chan *http.Request, 1)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r }))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	for _, trusted := range []bool{false, true} {
		opts := []baggage.TransportOption{}
		if trusted {
			opts = append(opts, baggage.WithTrustedHosts(baggage.Loopback))
		}
		rt := baggage.NewTransport(otelhttp.NewTransport(srv.Client().Transport, otelhttp.WithPropagators(ours)), opts...)
		r := request(mustContext(t, ofA), t, srv.URL)
		r.Header["x-posthog-session-id"] = []string{sessionA}
		r.Header["ot-baggage-session.id"] = []string{sessionA}
		res, err := rt.RoundTrip(r)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		in := <-got
		require.Equal(t, 2, in.ProtoMajor)
		if trusted {
			require.Contains(t, in.Header.Get("baggage"), sessionA)
		} else {
			requireNothingOfOurs(t, in.Header)
		}
	}
}
