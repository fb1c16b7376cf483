package mcp

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// ReceivingMiddleware returns middleware that takes the trace context and the
// baggage of each request out of params._meta into the context of its handler. The
// members of a session are checked as [baggage.Propagator] checks them; a request
// without them keeps what its context has, from the headers of HTTP for example.
//
// Options that are about trust have no effect here.
func ReceivingMiddleware(opts ...Option) mcp.Middleware {
	c := newConfig(opts)
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			if hasParams(req) {
				if meta := req.GetParams().GetMeta(); len(meta) > 0 {
					ctx = baggage.Propagator(c.propagator()).Extract(ctx, carrier(meta))
				}
			}
			return next(ctx, method, req)
		}
	}
}
