package server_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/inspector/server"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	url := start(t, server.Options{Hosts: []string{"inspector.test"}})
	for name, test := range map[string]struct {
		method, path string
		header       []string
		status       int
	}{
		"this machine":              {"GET", "/inspector/api/overview", nil, 200},
		"localhost":                 {"GET", "/inspector/api/overview", []string{"Host", "localhost:1"}, 200},
		"a name that was given":     {"GET", "/inspector/api/overview", []string{"Host", "inspector.test"}, 200},
		"DNS rebinding":             {"GET", "/inspector/api/overview", []string{"Host", "evil.example.com"}, 421},
		"rebinding on capture":      {"POST", "/e/", []string{"Host", "evil.example.com"}, 421},
		"rebinding on MCP":          {"POST", "/mcp", []string{"Host", "evil.example.com:8008"}, 421},
		"another origin":            {"GET", "/inspector/api/sessions", []string{"Origin", "https://evil.example.com"}, 403},
		"another port":              {"POST", "/inspector/api/clear", []string{"Origin", "http://127.0.0.1:1"}, 403},
		"no origin at all":          {"POST", "/inspector/api/clear", []string{"Origin", "null"}, 403},
		"a frame of another page":   {"GET", "/", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		"a link on another page":    {"GET", "/", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200},
		"MCP from another origin":   {"POST", "/mcp", []string{"Origin", "https://evil.example.com"}, 403},
		"a deep link":               {"GET", "/sessions/0198f2a0", nil, 200},
		"a file that is not there":  {"GET", "/favicon.ico", nil, 404},
		"out of the embedded files": {"GET", "/inspector/ui/player/..%2f..%2fweb.go", nil, 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, answer, header := do(t, test.method, url+test.path, "", test.header...)
			require.Equal(t, test.status, status, answer)
			if status == http.StatusOK {
				require.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'")
				require.NotContains(t, header.Get("Content-Security-Policy"), "script-src 'self' 'unsafe")
			}
			require.NotEqual(t, "https://evil.example.com", header.Get("Access-Control-Allow-Origin"))
		})
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	url := start(t, server.Options{Token: "s3cret"})
	for name, test := range map[string]struct {
		path   string
		header []string
		status int
	}{
		"without":              {"/inspector/api/overview", nil, 401},
		"wrong":                {"/inspector/api/overview", []string{"Authorization", "Bearer no"}, 401},
		"in the header":        {"/inspector/api/overview", []string{"Authorization", "Bearer s3cret"}, 200},
		"in a cookie":          {"/", []string{"Cookie", "otelposthog_inspector=s3cret"}, 200},
		"a wrong link":         {"/?token=x", nil, 401},
		"on another name":      {"/inspector/api/overview", []string{"Authorization", "Bearer s3cret", "Host", "box.lan:8008"}, 200},
		"events need no token": {"/array/phc_x/config", nil, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, answer, _ := do(t, http.MethodGet, url+test.path, "", test.header...)
			require.Equal(t, test.status, status, answer)
			require.NotContains(t, answer, "s3cret")
		})
	}
	status, _, header := do(t, http.MethodGet, url+"/traces?token=s3cret&q=x", "")
	require.Equal(t, http.StatusFound, status)
	require.Equal(t, "/traces?q=x", header.Get("Location"))
	require.Contains(t, header.Get("Set-Cookie"), "HttpOnly; SameSite=Strict")
}
