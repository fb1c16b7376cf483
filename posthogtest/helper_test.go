package posthogtest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	uuid1 = "0190a7c2-0000-7000-8000-000000000001"
	uuid2 = "0190a7c2-0000-7000-8000-000000000002"
	uuid3 = "0190a7c2-0000-7000-8000-000000000003"
	noon  = "2026-03-01T12:00:00Z"

	v0Path   = "/batch/"
	v0AIPath = "/i/v0/ai/batch/"
	v1Path   = "/i/v1/analytics/events"
	v1AIPath = "/i/v1/ai/events"
)

// v0Event is an event with a uuid that every path takes.
func v0Event(uuid string) string {
	return fmt.Sprintf(`{"event":"$ai_generation","distinct_id":"ada","uuid":%q,"timestamp":%q,"properties":{"$ai_model":"m"}}`, uuid, noon)
}

func v0Batch(events ...string) string {
	return `{"api_key":"phc_test","batch":[` + strings.Join(events, ",") + `]}`
}

func v1Batch(events ...string) string {
	return `{"created_at":"` + noon + `","batch":[` + strings.Join(events, ",") + `]}`
}

// bodyFor wraps events in the envelope of the path.
func bodyFor(path string, events ...string) string {
	if strings.HasPrefix(path, "/i/v1/") {
		return v1Batch(events...)
	}
	return v0Batch(events...)
}

// newRequest builds a POST that the path takes. Each header is a name and a
// value; an empty value takes the header away.
func newRequest(t *testing.T, srv *posthogtest.Server, path string, body io.Reader, headers ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+path, body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(path, "/i/v1/") {
		req.Header.Set("Authorization", "Bearer phc_test")
		req.Header.Set("User-Agent", "test/1.0")
		req.Header.Set("PostHog-Sdk-Info", "test/1.0")
		req.Header.Set("PostHog-Attempt", "1")
		req.Header.Set("PostHog-Request-Id", uuid.NewString())
		req.Header.Set("PostHog-Request-Timestamp", time.Now().UTC().Format(time.RFC3339Nano))
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" && headers[i] != "User-Agent" {
			req.Header.Del(headers[i])
		}
	}
	return req
}

// post sends a body and returns the status and the body of the answer.
func post(t *testing.T, srv *posthogtest.Server, path, body string, headers ...string) (int, string) {
	t.Helper()
	resp, err := srv.Client().Do(newRequest(t, srv, path, strings.NewReader(body), headers...))
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

func newServer(t *testing.T, opts ...posthogtest.Option) *posthogtest.Server {
	t.Helper()
	srv := posthogtest.NewServer(opts...)
	t.Cleanup(srv.Close)
	return srv
}
