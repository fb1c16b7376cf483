package mcp

import (
	"context"
	"maps"
	"net/url"
	"reflect"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// SendingMiddleware returns middleware for the clients that connect over
// transport. It writes the trace context and the baggage of the context into
// params._meta of each request: with the session when the server is trusted, and
// without it by default. It does not change the parameters of the caller, and
// leaves a request without parameters, and notifications, as they are.
//
// A server is trusted by the endpoint of its transport, a
// [mcp.StreamableClientTransport] or [mcp.SSEClientTransport], and
// [WithTrustedHosts]. Of other transports, such as [mcp.CommandTransport], nobody
// can say where they lead: [WithTrustedServer] trusts them. What a server says
// about itself is not looked at. Use one client for each server.
//
// HTTP headers are another way out, which [baggage.NewTransport] guards: in the
// HTTPClient of the transport.
func SendingMiddleware(transport mcp.Transport, opts ...Option) mcp.Middleware {
	c := newConfig(opts)
	trusted := c.trusts(transport)
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			if strings.HasPrefix(method, "notifications/") || !hasParams(req) {
				return next(ctx, method, req)
			}
			call := baggage.ContextWithoutTrust(ctx)
			if trusted {
				call = baggage.ContextWithGuardedCall(ctx)
			}
			meta := maps.Clone(req.GetParams().GetMeta())
			if meta == nil {
				meta = make(map[string]any)
			}
			if !trusted {
				cleaner.Inject(call, carrier(meta)) // of what the caller wrote by hand
			}
			c.propagator().Inject(call, carrier(meta))
			if len(meta) == 0 {
				return next(ctx, method, req)
			}
			return next(ctx, method, withMeta(req, meta))
		}
	}
}

// cleaner injects nothing and removes what a carrier has of a session.
var cleaner = baggage.Propagator(propagation.NewCompositeTextMapPropagator())

// hasParams reports whether a request has parameters, which a caller may leave
// out as a nil of their type.
func hasParams(req mcp.Request) bool {
	if req == nil || req.GetParams() == nil {
		return false
	}
	v := reflect.ValueOf(req.GetParams())
	return v.Kind() != reflect.Pointer || !v.IsNil()
}

// withMeta returns a copy of req whose parameters have other metadata. The caller
// may use its parameters for many calls, also at the same time and to another
// server. Requests have a type for each method, so the copy is made by reflection.
func withMeta(req mcp.Request, meta map[string]any) mcp.Request {
	params, ok := shallowCopy(req.GetParams()).(mcp.Params)
	if !ok {
		return req
	}
	params.SetMeta(meta)
	out, ok := shallowCopy(req).(mcp.Request)
	if !ok {
		return req
	}
	field := reflect.ValueOf(out).Elem().FieldByName("Params")
	if !field.IsValid() || !field.CanSet() || !reflect.TypeOf(params).AssignableTo(field.Type()) {
		return req
	}
	field.Set(reflect.ValueOf(params))
	return out
}

// shallowCopy returns a pointer to a copy of what the pointer v points to, nil
// for anything else.
func shallowCopy(v any) any {
	old := reflect.ValueOf(v)
	if old.Kind() != reflect.Pointer || old.Elem().Kind() != reflect.Struct {
		return nil
	}
	out := reflect.New(old.Type().Elem())
	out.Elem().Set(old.Elem())
	return out.Interface()
}

func (c *config) trusts(transport mcp.Transport) bool {
	if c.trusted {
		return true
	}
	endpoint := ""
	switch t := transport.(type) {
	case *mcp.StreamableClientTransport:
		if t != nil {
			endpoint = t.Endpoint
		}
	case *mcp.SSEClientTransport:
		if t != nil {
			endpoint = t.Endpoint
		}
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	for _, h := range c.hosts {
		if h.TrustURL(u) {
			return true
		}
	}
	return false
}

func (c *config) propagator() propagation.TextMapPropagator {
	if c.propagators != nil {
		return c.propagators
	}
	return otel.GetTextMapPropagator()
}
