// Package mcp carries the trace context and the browser session over the Model
// Context Protocol: in params._meta of each request, under the keys traceparent,
// tracestate and baggage, as SEP-414 says.
//
//	import posthogmcp "github.com/otelposthog/otelposthog-go/contrib/mcp"
//
// A client sends them. The session goes only to a server that was named; a foreign
// MCP server is a third party like an LLM vendor:
//
//	transport := &mcp.StreamableClientTransport{Endpoint: "https://tools.internal.example.com/mcp"}
//	client.AddSendingMiddleware(posthogmcp.SendingMiddleware(transport, posthogmcp.WithTrustedHosts("*.internal.example.com")))
//	session, err := client.Connect(ctx, transport, nil)
//
// A server takes them, so that the spans of its tools belong to the trace and carry
// the session:
//
//	server.AddReceivingMiddleware(posthogmcp.ReceivingMiddleware())
package mcp
