package baggage_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/baggage"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// trusts asks a transport, by what it lets out, whether it trusts a URL.
func trusts(t *testing.T, u *url.URL, patterns ...string) bool {
	t.Helper()
	var got bool
	rt := baggage.NewTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		got = otelbaggage.FromContext(r.Context()).Len() > 0
		return &http.Response{Body: http.NoBody}, nil
	}), baggage.WithTrustedHosts(patterns...))
	r := (&http.Request{URL: u, Header: make(http.Header)}).WithContext(mustContext(t, ofA))
	res, err := rt.RoundTrip(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return got
}

func TestTrustedHosts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		pattern string
		yes     []string
		no      []string
	}{
		{
			"api.example.com",
			[]string{
				"http://api.example.com", "https://api.example.com/x?y#z", "http://API.Example.COM", "http://api.example.com.",
				"http://api.example.com:8080", "http://user:pw@api.example.com/", "HTTP://api.example.com:0080",
			},
			[]string{
				"http://example.com", "http://x.api.example.com", "http://api.example.com.evil.test", "http://xapi.example.com",
				"http://api.example.com@evil.test/", "http://evil.test/api.example.com", "http://evil.test/@api.example.com",
				"http://evil.test?api.example.com", "http://evil.test#api.example.com", "http://api.example.com..", "http://.api.example.com",
				"http://api-example.com", "http://api.example.com%2eevil.test", "http://api.ex%61mple.com.evil.test",
			},
		},
		{"API.Example.Com.", []string{"http://api.example.com", "http://api.example.com./"}, []string{"http://example.com"}},
		{"  api.example.com\n", []string{"http://api.example.com"}, nil},
		{
			"*.example.com",
			[]string{"http://a.example.com", "http://a.b.EXAMPLE.com:1", "http://a.example.com."},
			[]string{"http://example.com", "http://aexample.com", "http://a.example.com.evil.test", "http://.example.com", "http://evil.test/a.example.com", "http://a b.example.com"},
		},
		{
			"*.svc.cluster.local",
			[]string{"http://assistant.prod.svc.cluster.local:8080"},
			[]string{"http://svc.cluster.local", "http://svc.cluster.local.evil.test", "http://assistant"},
		},
		{
			"api.example.com:8443",
			[]string{"https://api.example.com:8443", "http://api.example.com.:8443"},
			[]string{"https://api.example.com", "http://api.example.com:08443", "http://api.example.com:84430"},
		},
		{"api.example.com:443", []string{"https://api.example.com", "http://api.example.com:443"}, []string{"http://api.example.com", "ftp://api.example.com"}},
		{"*.example.com:80", []string{"http://a.example.com"}, []string{"https://a.example.com", "http://example.com"}},
		{
			"10.1.2.3",
			[]string{"http://10.1.2.3", "http://10.1.2.3:8080", "http://[::ffff:10.1.2.3]"},
			[]string{"http://10.1.2.30", "http://10.1.2.4", "http://10.1.2.3.evil.test", "http://010.1.2.3", "http://10.1.2.3."},
		},
		{"10.1.2.3:8080", []string{"http://10.1.2.3:8080"}, []string{"http://10.1.2.3"}},
		{
			"10.0.0.0/8",
			[]string{"http://10.0.0.0", "http://10.255.255.255:1", "http://[::ffff:10.9.9.9]:80"},
			[]string{"http://11.0.0.0", "http://9.255.255.255", "http://10.example.com", "http://[::a00:1]", "http://167772161", "http://10.1", "http://0xa.0.0.1"},
		},
		{"fd00::/8", []string{"http://[fd12::1]", "http://[FD12::1]:80", "http://[fd12::1%25eth0]"}, []string{"http://[fe80::1]", "http://[::1]"}},
		{"::1", []string{"http://[::1]", "http://[0:0:0:0:0:0:0:1]:9"}, []string{"http://[::2]", "http://localhost", "http://127.0.0.1"}},
		{"[::1]:8080", []string{"http://[::1]:8080"}, []string{"http://[::1]", "http://[::1]:80"}},
		{"[fe80::1]", []string{"http://[fe80::1]", "http://[fe80::1%25eth0]:80"}, []string{"http://[fe80::2]"}},
		{"::ffff:10.1.2.3", []string{"http://10.1.2.3"}, []string{"http://10.1.2.4"}},
		{
			baggage.Loopback,
			[]string{"http://localhost", "http://LOCALHOST.:1", "http://a.localhost", "http://127.0.0.1", "http://127.8.9.1:80", "http://[::1]", "http://[::ffff:127.0.0.1]"},
			[]string{"http://localhost.evil.test", "http://notlocalhost", "http://128.0.0.1", "http://127.1", "http://2130706433", "http://0x7f000001", "http://0177.0.0.1", "http://0.0.0.0", "http://[::2]", "http://loopback"},
		},
		{"loopback:8080", []string{"http://127.0.0.1:8080"}, []string{"http://127.0.0.1"}},
		{
			baggage.SingleLabel,
			[]string{"http://assistant", "http://my_service:8080", "http://localhost"},
			[]string{"http://assistant.", "http://assistant.prod", "http://2130706433", "http://0x7f000001", "http://0x", "http://10.1.2.3", "http://[::1]", "http:///path", "http://bücher", "http://a%20b"},
		},
		{
			"xn--bcher-kva.example",
			[]string{"http://xn--bcher-kva.example", "http://XN--BCHER-KVA.example"},
			// net/http would connect to the same host, but also maps look-alikes to
			// ASCII; no name outside ASCII is trusted.
			[]string{"http://bücher.example", "http://buecher.example"},
		},
		// Letters whose lower case is ASCII. net/http connects to another host for
		// the first one.
		{"kiwi.example.com", nil, []string{"http://k\u0130wi.example.com", "http://\u212aiwi.example.com"}},
		{"example.com", []string{"http://example.com"}, []string{"http://ⓔxample.com", "http://example。com", "http://exam\u00adple.com", "http://ＥＸＡＭＰＬＥ.com"}},
	} {
		for _, u := range tc.yes {
			t.Run(tc.pattern+" trusts "+u, func(t *testing.T) {
				t.Parallel()
				require.NoError(t, baggage.ValidateTrustedHosts(tc.pattern))
				require.True(t, trusts(t, mustParse(t, u), tc.pattern))
			})
		}
		for _, u := range tc.no {
			t.Run(tc.pattern+" does not trust "+u, func(t *testing.T) {
				t.Parallel()
				require.False(t, trusts(t, mustParse(t, u), tc.pattern))
				require.False(t, trusts(t, mustParse(t, u)), "nobody by default")
			})
		}
	}
}

// mustParse also makes the URLs that url.Parse refuses and a program can make.
func mustParse(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		scheme, host, _ := strings.Cut(s, "://")
		u = &url.URL{Scheme: scheme, Host: host}
	}
	return u
}

func TestHandmadeURLsAreNotTrusted(t *testing.T) {
	t.Parallel()
	all := []string{"*.example.com", "example.com", baggage.SingleLabel, baggage.Loopback, "0.0.0.0/0", "::/0"}
	for name, u := range map[string]*url.URL{
		"nil":              nil,
		"zero":             {},
		"path as host":     {Scheme: "http", Host: "evil.test/.example.com"},
		"userinfo as host": {Scheme: "http", Host: "evil.test@a.example.com"},
		"invalid port":     {Scheme: "http", Host: "example.com:x"},
		"two ports":        {Scheme: "http", Host: "example.com:80:80"},
		"bare IPv6":        {Scheme: "http", Host: "::1"},
		"half a bracket":   {Scheme: "http", Host: "::1%25x]:http"},
		"brackets in zone": {Scheme: "http", Host: "[::1%2[::1%25eth0]:443"},
		"port in brackets": {Scheme: "http", Host: "[::1%x]:http]"},
		"space":            {Scheme: "http", Host: "a.example.com "},
		"NUL":              {Scheme: "http", Host: "evil.test\x00.example.com"},
		"endless label":    {Scheme: "http", Host: strings.Repeat("a", 64) + ".example.com"},
		"endless name":     {Scheme: "http", Host: strings.Repeat("a.", 150) + "example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.False(t, trusts(t, u, all...))
		})
	}
}

func TestHostFieldIsNotLookedAt(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{"http://evil.test": false, "http://own.test": true} {
		var sent bool
		rt := baggage.NewTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			sent = otelbaggage.FromContext(r.Context()).Len() > 0
			return &http.Response{Body: http.NoBody}, nil
		}), baggage.WithTrustedHosts("own.test"))
		r, err := http.NewRequestWithContext(mustContext(t, ofA), http.MethodGet, url, http.NoBody)
		require.NoError(t, err)
		r.Host = map[bool]string{true: "evil.test", false: "own.test"}[want]
		res, err := rt.RoundTrip(r)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, want, sent)
	}
}

func TestBadPatterns(t *testing.T) {
	t.Parallel()
	for pattern, hint := range map[string]string{
		"":                           "blank",
		" \t":                        "blank",
		"*":                          "name yours",
		"https://api.example.com":    "give the host alone",
		"user:hunter2@example.com":   "give the host alone",
		"a.example.com,b.example":    "a pattern of its own",
		"a.example.com b.example":    "a pattern of its own",
		"api.*.example.com":          "not a host name",
		"*example.com":               "not a host name",
		"*.*.example.com":            "not a host name",
		"*.":                         "not a host name",
		".example.com":               "not a host name",
		"a..example.com":             "not a host name",
		"example.com/path":           "10.0.0.0/8",
		"example.com:":               "port",
		"example.com:0":              "port",
		"example.com:080":            "port",
		"example.com:65536":          "port",
		"example.com:http":           "port",
		"10.1.2.3/8":                 "10.0.0.0/8",
		"10.0.0.0/33":                "10.0.0.0/8",
		"10.0.0.0/8:80":              "10.0.0.0/8",
		"::ffff:10.0.0.0/104":        "write the IPv4 range",
		"fe80::1%eth0":               "zone",
		"[::1":                       "[::1]:8080",
		"[::1]8080":                  "[::1]:8080",
		"[10.1.2.3]":                 "IPv6",
		"[::1]:":                     "port",
		"bücher.example":             "xn--",
		"k\u0130wi.example":          "xn--",
		"127.1":                      "not a host name",
		"2130706433":                 "not a host name",
		"0x7f000001":                 "not a host name",
		strings.Repeat("a", 64):      "not a host name",
		"exa\x00mple.com":            "not a host name",
		"https://x.test/?key=secret": "give the host alone",
	} {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()
			err := baggage.ValidateTrustedHosts("good.example.com", pattern)
			require.ErrorContains(t, err, "otelposthog: baggage.WithTrustedHosts: pattern")
			require.ErrorContains(t, err, "trusts nothing")
			require.ErrorContains(t, err, hint)
			require.NotContains(t, err.Error(), "hunter2")
			require.NotContains(t, err.Error(), "secret")
			require.NotContains(t, err.Error(), "good.example.com")

			before := reported.count(err.Error())
			for _, host := range []string{"evil.test", "example.com", "api.example.com", "assistant", "10.1.2.3", "127.0.0.1"} {
				require.False(t, trusts(t, mustParse(t, "http://"+host), pattern), host)
			}
			require.True(t, trusts(t, mustParse(t, "http://good.example.com"), pattern, "good.example.com"), "the others hold")
			require.Greater(t, reported.count(err.Error()), before, "and it is said aloud")
		})
	}
	require.NoError(t, baggage.ValidateTrustedHosts())

	err := baggage.ValidateTrustedHosts("*", "a/b", "ok")
	require.ErrorContains(t, err, `"*"`)
	require.ErrorContains(t, err, `"a/b"`)
	require.Less(t, len(baggage.ValidateTrustedHosts(strings.Repeat("x", 10_000)).Error()), 500)
}
