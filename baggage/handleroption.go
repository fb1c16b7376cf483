package baggage

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// A HandlerOption changes what NewHandler makes. A nil option is ignored.
type HandlerOption interface{ applyHandler(*handlerConfig) }

// WithIdentity names a function that says what the server itself knows about a
// request, from a login session or a verified token: usually a Session with
// nothing but the DistinctID. What it returns wins over everything that the
// request claims; an empty field leaves the question to the request. A value of
// a bad shape is refused and counted, and the request's own claim is still not
// believed.
//
// The function runs once per request before the span of otelhttp starts, with
// the request as it came in, and must be safe for concurrent use. The default,
// and a nil function, know nothing.
func WithIdentity(identity func(*http.Request) Session) HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.identity = identity })
}

// WithCookie also reads the cookie that posthog-js keeps, after all other
// sources. It helps with the requests that posthog-js cannot put headers on:
// page loads, form posts, and the first calls of a page. projectKey is the
// project's API key (phc_...), which is part of the cookie's name.
//
// The cookie holds the distinct id and the session id but no window. Its session
// is taken as posthog-js would take it: until 30 minutes after its last activity
// and 24 hours after its start.
//
// The default reads no cookie. A blank key, with which no cookie can be found,
// is reported to the OpenTelemetry error handler and reads none either.
func WithCookie(projectKey string) HandlerOption {
	projectKey = strings.TrimSpace(projectKey)
	return handlerOption(func(c *handlerConfig) {
		if projectKey == "" {
			otel.Handle(errors.New("otelposthog: baggage.WithCookie: blank project key: " +
				"no cookie is read; give the project API key that the page gives to posthog.init"))
			return
		}
		c.cookie = cookieName(projectKey)
	})
}

// WithoutBrowserDistinctID takes the person from WithIdentity alone: a distinct
// id in a header, in baggage or in the cookie is refused and counted. Anybody can
// claim to be anybody there. By default such a claim is taken, as PostHog itself
// takes it, when the server knows nothing.
//
// It is for the edge. Between services of one's own the distinct id travels in
// baggage, and a handler with this option would drop it.
func WithoutBrowserDistinctID() HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.noBrowserDistinctID = true })
}

// WithoutForeignBaggage drops the baggage members that are not this package's.
// By default they pass, in their order, as far as the limits of W3C baggage have
// room for them after the session. What this option drops is not counted.
func WithoutForeignBaggage() HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.noForeign = true })
}

// WithRequestContext names a function that puts the session of a request into the
// context in a form of its own, for a library that looks for it there. That of the
// package posthoggo links ordinary events of posthog-go to the replay:
//
//	baggage.WithRequestContext(posthoggo.ContextWithSession)
//
// The function gets the context that already carries the session, and runs once
// for each request that names a session or has baggage, also when nothing of it was
// accepted: then the session is zero, and what the context has of an unchecked one
// should go. The default, and a nil function, add nothing. The last option counts.
func WithRequestContext(put func(context.Context, Session) context.Context) HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.requestContext = put })
}

// WithMeterProvider counts what is refused, in values, by the counter
// otelposthog.baggage.refused. Its attribute source is server, headers, baggage
// or cookie; its attribute reason is one of
//
//	too_long       over 200 bytes
//	characters     outside the shape that Session describes
//	not_an_id      a word such as undefined or null in the place of an id
//	not_a_person   a distinct id that PostHog refuses: anonymous, null, ...
//	ambiguous      header lines of one name that differ
//	malformed      not a baggage member, not a posthog-js cookie
//	expired        a cookie whose session is over
//	by_option      a distinct id under WithoutBrowserDistinctID
//	over_limit     a member of others that had no room
//
// The default, and a nil provider, count nothing and cost nothing.
func WithMeterProvider(mp metric.MeterProvider) HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.meterProvider = mp })
}

type handlerConfig struct {
	identity            func(*http.Request) Session
	cookie              string // its name, empty: none
	noBrowserDistinctID bool
	noForeign           bool
	requestContext      func(context.Context, Session) context.Context
	meterProvider       metric.MeterProvider
}

type handlerOption func(*handlerConfig)

func (f handlerOption) applyHandler(c *handlerConfig) { f(c) }
