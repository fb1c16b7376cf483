package capture

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
)

// action is the reaction to a failed request.
type action uint8

const (
	stop      action = iota // every further request would fail alike
	skip                    // these events are lost, others are not concerned
	split                   // one of the events is at fault
	retry                   // the same request may succeed later
	retrySome               // the same, but PostHog works: others get through
	fallBack                // the AI path is missing, the batch path may not be
)

// rule is the meaning of a status or an error.
type rule struct {
	reason    outcome.Reason
	action    action
	retryable bool // nothing is wrong with the events: a later export may store them
	attempts  int  // at most; 0: as many as there is time for
	advice    string
}

// statusRules maps answers to rules. The first matching row counts; a 2xx
// without a matching row comes from PostHog.
var statusRules = []struct {
	from, to int
	when     func(*Client, *endpoint, *response) bool // nil: always
	rule
}{
	// PostHog may have stored events whose answer was lost or replaced on the
	// way. Three attempts limit the copies to three.
	{200, 299, truncated, rule{outcome.Unreadable, retry, true, 3, "the answer ended early, so nothing counts as stored"}},
	{200, 299, overQuota, rule{outcome.OverQuota, skip, false, 0, "the project is over its quota (quota_limited), so nothing is stored: check its billing limits"}},
	{200, 299, foreign, rule{outcome.NotPostHog, retry, true, 3, "that is not how PostHog answers, so nothing counts as stored: " + hostAdvice}},
	{200, 299, foreignV1, rule{outcome.NotPostHog, stop, false, 0, "that is not how PostHog answers, so nothing is stored: " + hostAdvice}},
	{300, 399, nil, rule{outcome.Redirected, stop, false, 0, "redirects are not followed: give WithHost the final address"}},
	{400, 400, nil, rule{outcome.Rejected, split, false, 0, ""}},
	{401, 401, nil, rule{outcome.Unauthorized, stop, false, 0, keyAdvice}},
	{402, 402, nil, rule{outcome.OverQuota, stop, false, 0, "check the billing limits of the project"}},
	{403, 403, nil, rule{outcome.Unauthorized, stop, false, 0, keyAdvice}},
	{404, 405, mayFallBack, rule{outcome.NotFound, fallBack, false, 0, ""}},
	{404, 405, nil, rule{outcome.NotFound, stop, false, 0, "check WithHost and WithCaptureMode: there is no such capture endpoint"}},
	{408, 408, nil, rule{outcome.Unavailable, retry, true, 0, ""}},
	{413, 413, nil, rule{outcome.TooLarge, split, false, 0, "lower WithMaxEventBytes, or raise the body limit of the proxy in front of PostHog"}},
	{429, 429, saysWhen, rule{outcome.RateLimited, retry, true, 0, ""}},
	{429, 429, nil, rule{outcome.RateLimited, stop, false, 0, "too many requests; send fewer or larger batches"}},
	{500, 500, nil, rule{outcome.Unavailable, retry, true, 0, ""}},
	{502, 504, nil, rule{outcome.Unavailable, retry, true, 0, ""}},
	{0, 199, nil, rule{outcome.Refused, stop, false, 0, ""}},
	{300, math.MaxInt, nil, rule{outcome.Refused, stop, false, 0, ""}},
}

const (
	hostAdvice = "give WithHost the address of PostHog's capture API, such as https://us.i.posthog.com"
	keyAdvice  = "check the project API key (phc_...) and that it belongs to the region of WithHost"
)

func truncated(_ *Client, ep *endpoint, r *response) bool { return !ep.v1 && r.truncated }
func overQuota(_ *Client, _ *endpoint, r *response) bool  { return r.overQuota }
func foreign(_ *Client, ep *endpoint, r *response) bool   { return !ep.v1 && !r.posthog }
func foreignV1(_ *Client, ep *endpoint, r *response) bool { return ep.v1 && !r.maybeJSON() }
func saysWhen(_ *Client, ep *endpoint, r *response) bool  { return !ep.v1 && r.mayRetry }
func mayFallBack(c *Client, ep *endpoint, _ *response) bool {
	return ep == &aiEndpoint && c.cfg.Mode == Auto
}

// errorRules maps errors without an answer to rules. An error that a later
// attempt cannot change ends the export at once.
var errorRules = []struct {
	is func(error) bool
	rule
}{
	{isProxy, rule{outcome.Unreachable, retry, true, 0, "check the proxy: HTTPS_PROXY, or that of WithHTTPClient"}},
	{isUnknownHost, rule{outcome.NameNotFound, stop, true, 0, "check WithHost"}},
	{isSchemeMismatch, rule{outcome.TLSFailed, stop, true, 0, "the host speaks plain http: check the scheme of WithHost"}},
	{isTLS, rule{outcome.TLSFailed, stop, true, 0, "check WithHost, or trust its certificate by WithHTTPClient"}},
	{isTimeout, rule{outcome.Unavailable, retry, true, 0, ""}},
	{func(error) bool { return true }, rule{outcome.Unreachable, retry, true, 0, ""}},
}

// failure says why a request did not store its events, and how to react.
type failure struct {
	outcome.Failure
	action   action
	attempts int
}

func (r *rule) failure(err error) *failure {
	return &failure{outcome.Failure{Reason: r.reason, Err: err, Retryable: r.retryable}, r.action, r.attempts}
}

// gaveUp is the failure when there is no further attempt.
func (f *failure) gaveUp() *failure {
	g := *f
	g.action = stop
	if f.action == retrySome {
		g.action = skip
	}
	return &g
}

// classify decides about an answer. It returns nil if the answer may confirm
// stored events.
func (d *delivery) classify(ep *endpoint, resp *response, piece []segment) *failure {
	for i := range statusRules {
		row := &statusRules[i]
		if resp.status < row.from || resp.status > row.to || row.when != nil && !row.when(d.client, ep, resp) {
			continue
		}
		var err error
		if row.action != split || len(piece) == 1 { // else nobody reads it
			err = d.answered(ep, resp, row.advice, piece)
		}
		f := row.failure(err)
		f.StatusCode, f.RetryAfter = resp.status, resp.retryAfter
		return f
	}
	return nil
}

// answered is an error with the server's text and advice for the reader.
func (d *delivery) answered(ep *endpoint, resp *response, advice string, piece []segment) error {
	c := d.client
	text := c.where(ep) + " answered " + statusText(resp.status)
	if said := c.secrets.quote(resp.said(), maxSaid); d.repeats(said, piece) {
		text += " (" + leftOut + ")"
	} else if said != "" {
		text += " (" + said + ")"
	}
	if isSuccess(resp.status) {
		text += " with " + resp.kind()
	}
	if advice != "" {
		text += "; " + advice
	}
	if resp.status/100 == 3 {
		text += c.secrets.clean(resp.target())
	}
	return errors.New(text)
}

// How much of a server's text goes into an error, and how much of a transport
// error, which can repeat a header of the server.
const (
	maxSaid  = 200
	maxCause = 400
)

// classifyError decides about a request without an answer.
func (d *delivery) classifyError(ep *endpoint, err error, piece []segment) *failure {
	// *url.Error repeats the whole address.
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	i := 0
	for !errorRules[i].is(err) {
		i++
	}
	row := &errorRules[i]
	said := d.client.secrets.quote(err.Error(), maxCause)
	if _, ok := errors.AsType[net.Error](err); !ok && d.repeats(said, piece) {
		said, err = leftOut, nil
	}
	text := fmt.Sprintf("request to %s failed: %s", d.client.where(ep), said)
	if row.advice != "" {
		text += "; " + row.advice
	}
	return row.failure(d.client.secrets.wrap(text, err))
}

// errTimeout is the cause if a request takes too long.
var errTimeout = errors.New("no answer within the request timeout, see WithTimeout")

func isTimeout(err error) bool        { return errors.Is(err, errTimeout) }
func isSchemeMismatch(err error) bool { return errors.Is(err, http.ErrSchemeMismatch) }

func isProxy(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "proxyconnect"
}

func isUnknownHost(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound
}

func isTLS(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	_, ok := errors.AsType[tls.AlertError](err)
	return ok
}

// where names an endpoint. The host has no user in it.
func (c *Client) where(ep *endpoint) string { return c.cfg.Host.JoinPath(ep.path).String() }

func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

func isSuccess(status int) bool { return status/100 == 2 }
