package capture

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// Limits of what is read of an answer. One result of the v1 contract takes
// about 100 bytes.
const (
	maxAnswer   = 64 << 10
	maxAnswerV1 = 1 << 20
)

// answer is what PostHog said.
type answer struct {
	status     int
	header     http.Header
	body       []byte
	cut        bool // body is not all
	foreign    bool // not what PostHog's capture API says
	retryAfter time.Duration
	mayRetry   bool // there is a Retry-After
}

// readAnswer reads what is needed of a response. Mostly that is all of it, so
// that the connection can be used again.
func readAnswer(resp *http.Response, rt *route) answer {
	limit := maxAnswer
	if rt.v1 {
		limit = maxAnswerV1
	}
	// When the answer ends early, its status still counts.
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	ans := answer{status: resp.StatusCode, header: resp.Header, body: body, cut: err != nil || len(body) > limit}
	ans.retryAfter, ans.mayRetry = parseRetryAfter(resp.Header, time.Now())
	ans.foreign = len(body) > 0 && !ans.isJSON()
	return ans
}

// isJSON reports whether the body is JSON or, where it is not all there, whether
// it begins as PostHog's answers do.
func (a answer) isJSON() bool {
	if a.cut {
		return bytes.HasPrefix(bytes.TrimLeft(a.body, " \t\r\n"), []byte("{"))
	}
	return json.Valid(a.body)
}

// overQuota reports whether a v0 success was none: PostHog answers 200 and names
// what it threw away.
func (a answer) overQuota() bool {
	var status struct {
		QuotaLimited json.RawMessage `json:"quota_limited"`
	}
	if json.Unmarshal(a.body, &status) != nil {
		return false
	}
	switch strings.Join(strings.Fields(string(status.QuotaLimited)), "") {
	case "", "null", "false", "[]", "{}", `""`:
		return false
	}
	return true
}

// maxSaid is how much of an error text of the server goes into an error.
const maxSaid = 200

// said returns the short error text of an answer, on one line, or "". Secrets go
// before it is cut, for half a key is one, too.
func (a answer) said(secrets scrubber) string {
	text := string(a.body)
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		return "" // a web page
	}
	var known struct {
		Detail      string `json:"detail"`
		Description string `json:"error_description"`
		Error       string `json:"error"`
	}
	if json.Unmarshal(a.body, &known) == nil {
		for _, s := range []string{known.Error, known.Description, known.Detail} {
			if s != "" {
				text = s
			}
		}
	}
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(secrets.clean(text), ""), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	return cut(secrets.clean(text), maxSaid) // once more, for what had been broken up
}

// cut returns the beginning of a text of more than limit bytes.
func cut(text string, limit int) string {
	for i := range text {
		if i > limit {
			return text[:i] + "..."
		}
	}
	return text
}

// maxHost is the length of the longest name that DNS knows, with a port.
const maxHost = 260

// target names the host that a redirect points to, or "".
func (a answer) target() string {
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(u.Host) > maxHost {
		return ""
	}
	return ", perhaps " + u.Scheme + "://" + u.Host
}
