package capture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Limits of how much of an answer is read. One result of the v1 contract takes
// about 100 bytes.
const (
	maxResponse   = 64 << 10
	maxResponseV1 = 1 << 20
)

// response is the server's answer.
type response struct {
	status     int
	header     http.Header
	body       []byte
	truncated  bool // body is not all
	posthog    bool // a v0 success in PostHog's words
	overQuota  bool // with which it threw the events away
	retryAfter time.Duration
	mayRetry   bool // there is a Retry-After
}

// readResponse reads as much of a response as is needed. Usually that is all of
// it, so that the connection can be reused.
func readResponse(r *http.Response, ep *endpoint) *response {
	limit := maxResponse
	if ep.v1 {
		limit = maxResponseV1
	}
	// If the answer ends early, its status still counts.
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	resp := &response{status: r.StatusCode, header: r.Header, body: body, truncated: err != nil || len(body) > limit}
	if !ep.v1 {
		resp.readStatus()
	}
	resp.retryAfter, resp.mayRetry = parseRetryAfter(r.Header, time.Now())
	return resp
}

// readStatus records whether a v0 answer confirms that PostHog stored the
// events: 200 with {"status":1} or {"status":"Ok"}. Over quota the answer is
// the same, and also names what was dropped.
func (r *response) readStatus() {
	var says struct {
		Status json.RawMessage `json:"status"`
		Error  json.RawMessage `json:"error"`
		Quota  json.RawMessage `json:"quota_limited"`
	}
	if r.status != http.StatusOK || json.Unmarshal(r.body, &says) != nil || says.Error != nil {
		return
	}
	switch string(says.Status) {
	case "1", `"Ok"`:
		r.posthog = true
	}
	switch strings.Join(strings.Fields(string(says.Quota)), "") {
	case "", "null", "false", "[]", "{}", `""`:
	default:
		r.overQuota = r.posthog
	}
}

// maybeJSON reports whether the body is JSON or empty. Of a truncated body it
// reports whether it begins like PostHog's answers.
func (r *response) maybeJSON() bool {
	if r.truncated {
		return bytes.HasPrefix(bytes.TrimLeft(r.body, " \t\r\n"), []byte("{"))
	}
	return len(r.body) == 0 || json.Valid(r.body)
}

// kind describes the body without its content.
func (r *response) kind() string {
	contentType, _, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	if err != nil || len(contentType) > 60 {
		contentType = "no content type"
	}
	if r.truncated {
		return fmt.Sprintf("%s, cut off after %d bytes", contentType, len(r.body))
	}
	return fmt.Sprintf("%s, %d bytes", contentType, len(r.body))
}

// said returns the error text of an answer, or its body; "" for a web page.
func (r *response) said() string {
	text := string(r.body)
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		return ""
	}
	var known struct {
		Detail      string `json:"detail"`
		Description string `json:"error_description"`
		Error       string `json:"error"`
	}
	if json.Unmarshal(r.body, &known) == nil {
		for _, s := range []string{known.Error, known.Description, known.Detail} {
			if s != "" {
				text = s
			}
		}
	}
	return text
}

// maxHost is the length of the longest DNS name with a port.
const maxHost = 260

// target names the host that a redirect points to, or "".
func (r *response) target() string {
	u, err := url.Parse(r.header.Get("Location"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(u.Host) > maxHost {
		return ""
	}
	return ", perhaps " + u.Scheme + "://" + u.Host
}
