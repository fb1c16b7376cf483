package capture

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// failure is why events are not stored, and what to do about it.
type failure struct {
	reason     Reason
	err        error
	status     int
	retryAfter time.Duration
	retryable  bool
	effect     effect
}

// effect is what a failure means for the delivery.
type effect uint8

const (
	splits    effect = iota // one of the events is bad
	loses                   // these events are lost, the others are not concerned
	waits                   // the same request may work later
	waitsSome               // the same, but PostHog works: others get through
	fallsBack               // the AI path is missing, the batch path may not be
	stops                   // every further request would fail alike
)

func (f *failure) isTemporary() bool { return f.effect == waits || f.effect == waitsSome }

// gaveUp is the failure when it is not waited out.
func (f *failure) gaveUp() *failure {
	if f.effect == waitsSome {
		return f.with(loses)
	}
	return f.with(stops)
}

func (f *failure) with(e effect) *failure {
	g := *f
	g.effect = e
	return &g
}

// errTimeout is the cause of the end of a request that took too long.
var errTimeout = errors.New("no answer within the request timeout, see WithTimeout")

// retried lists the statuses that are worth another attempt, on every endpoint.
// Where there is no v1 contract, a 429 that names a Retry-After is one more.
var retried = []int{
	http.StatusRequestTimeout,
	http.StatusInternalServerError,
	http.StatusBadGateway,
	http.StatusServiceUnavailable,
	http.StatusGatewayTimeout,
}

// judge decides about an answer. It is nil for a 2xx.
func (c *Client) judge(rt *route, ans answer) *failure {
	f := &failure{status: ans.status, retryAfter: ans.retryAfter, effect: stops}
	var advice string
	switch status := ans.status; {
	case isSuccess(status) && !ans.foreign:
		return nil
	case isSuccess(status):
		f.reason, advice = NotPostHog, "that is not how PostHog answers, so nothing is stored: give WithHost the address of PostHog's capture API, such as https://us.i.posthog.com"
	case slices.Contains(retried, status):
		f.reason, f.effect, f.retryable = Unavailable, waits, true
	case status == http.StatusTooManyRequests && !rt.v1 && ans.mayRetry:
		f.reason, f.effect, f.retryable = RateLimited, waits, true
	case status == http.StatusTooManyRequests:
		f.reason, advice = RateLimited, "too many requests; send fewer or larger batches"
	case status == http.StatusBadRequest:
		f.reason, f.effect = Rejected, splits
	case status == http.StatusRequestEntityTooLarge:
		f.reason, f.effect, advice = TooLarge, splits, "lower WithMaxEventBytes, or raise the body limit of the proxy in front of PostHog"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		f.reason, advice = Unauthorized, "check the project API key (phc_...) and that it belongs to the region of WithHost"
	case status == http.StatusPaymentRequired:
		f.reason, advice = OverQuota, "check the billing limits of the project"
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		f.reason, advice = NotFound, "check WithHost and WithCaptureMode: there is no such capture endpoint"
		if rt == &aiRoute && c.cfg.Mode == Auto {
			f.effect = fallsBack
		}
	case status >= 300 && status < 400:
		f.reason, advice = Redirected, "redirects are not followed: give WithHost the final address"+c.secrets.clean(ans.target())
	default:
		f.reason = Refused
	}
	f.err = c.errorf(rt, "answered %s%s", statusText(ans.status), c.hint(ans, advice))
	return f
}

// quotaFailure is the cause of the loss when PostHog took the request and threw
// its events away.
func (c *Client) quotaFailure(rt *route, status int) *failure {
	return &failure{reason: OverQuota, status: status, err: c.errorf(rt, "stored nothing: the project is over its quota (quota_limited); check its billing limits")}
}

// maxCause is how much of the text of a transport's error goes into ours: it can
// repeat a header of the server.
const maxCause = 400

// transportFailure decides about a request without an answer. What a later
// attempt of the same export cannot change ends it at once.
func (c *Client) transportFailure(rt *route, err error) *failure {
	f := &failure{reason: Unreachable, effect: waits, retryable: true}
	// *url.Error repeats the whole address.
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	var advice string
	switch {
	case isProxy(err):
		advice = "check the proxy: HTTPS_PROXY, or that of WithHTTPClient"
	case isDNS(err):
		f.reason, f.effect, advice = NameNotFound, stops, "check WithHost"
	case errors.Is(err, http.ErrSchemeMismatch):
		f.reason, f.effect, advice = TLSFailed, stops, "the host speaks plain http: check the scheme of WithHost"
	case isTLS(err):
		f.reason, f.effect, advice = TLSFailed, stops, "check WithHost, or trust its certificate by WithHTTPClient"
	case errors.Is(err, errTimeout):
		f.reason = Unavailable
	}
	if advice != "" {
		advice = "; " + advice
	}
	text := cut(c.secrets.clean(err.Error()), maxCause)
	f.err = c.secrets.wrap(fmt.Sprintf("request to %s failed: %s%s", c.where(rt), text, advice), err)
	return f
}

// ended is the failure of an export whose context is over; last is what it was
// waiting out, or nil.
func (c *Client) ended(ctx context.Context, last *failure) *failure {
	cause := context.Cause(ctx)
	f := &failure{reason: EndReason(ctx), effect: stops, retryable: true}
	f.err = fmt.Errorf("the export ended early: %w", cause)
	if !errors.Is(cause, ctx.Err()) {
		f.err = fmt.Errorf("the export ended early: %w (%w)", cause, ctx.Err())
	}
	if last != nil {
		f.status, f.retryAfter = last.status, last.retryAfter
		f.err = fmt.Errorf("%w; before, %w", f.err, last.err)
	}
	return f
}

func isProxy(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "proxyconnect"
}

func isDNS(err error) bool {
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
func (c *Client) where(rt *route) string { return c.cfg.Host.JoinPath(rt.path).String() }

func (c *Client) errorf(rt *route, format string, args ...any) error {
	return errors.New(c.where(rt) + " " + fmt.Sprintf(format, args...))
}

// hint is what follows the status in an error: what the server said and what
// the reader can do.
func (c *Client) hint(ans answer, advice string) string {
	var hint string
	if said := ans.said(c.secrets); said != "" {
		hint = " (" + said + ")"
	}
	if advice != "" {
		hint += "; " + advice
	}
	return hint
}

func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}
