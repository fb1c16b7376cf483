package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/otelposthog/otelposthog-go/baggage"
	posthogmcp "github.com/otelposthog/otelposthog-go/contrib/mcp"
)

// The librarian is hop 4: an MCP server with one tool, behind which another agent
// works. Trace and session travel in params._meta of the call, not in the headers
// of the request that happens to carry it.

const lookUpTool = "look_up"

type lookUpArguments struct {
	Topic string `json:"topic"`
}

func newLibrarian(t *telemetry) http.Handler {
	server := mcp.NewServer(&mcp.Implementation{Name: "librarian", Version: "1"}, nil)
	server.AddReceivingMiddleware(posthogmcp.ReceivingMiddleware(posthogmcp.WithPropagators(t.propagator)))
	mcp.AddTool(server, &mcp.Tool{Name: lookUpTool, Description: "Finds sources on a topic."},
		func(ctx context.Context, _ *mcp.CallToolRequest, arguments lookUpArguments) (*mcp.CallToolResult, any, error) {
			var found string
			err := runAgent(ctx, t, "librarian", func(ctx context.Context) error {
				found = askModel(ctx, t, "Find sources on "+arguments.Topic)
				return nil
			})
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: found}}}, nil, err
		})
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
}

// openLibrary connects to the librarian, and tells the session to it and to nobody
// else.
func openLibrary(url string, t *telemetry) (*mcp.ClientSession, error) {
	transport := &mcp.StreamableClientTransport{Endpoint: url, DisableStandaloneSSE: true}
	client := mcp.NewClient(&mcp.Implementation{Name: "writer", Version: "1"}, nil)
	client.AddSendingMiddleware(posthogmcp.SendingMiddleware(transport,
		posthogmcp.WithTrustedHosts(baggage.Loopback), posthogmcp.WithPropagators(t.propagator)))
	return client.Connect(context.Background(), transport, nil) // for as long as the service runs
}

// lookUp calls the tool.
func lookUp(ctx context.Context, library *mcp.ClientSession, topic string) (string, error) {
	result, err := library.CallTool(ctx, &mcp.CallToolParams{Name: lookUpTool, Arguments: lookUpArguments{topic}})
	switch {
	case err != nil:
		return "", fmt.Errorf("asking the librarian: %w", err)
	case len(result.Content) != 1:
		return "", errors.New("asking the librarian: no answer")
	}
	text, ok := result.Content[0].(*mcp.TextContent)
	if !ok || result.IsError {
		return "", errors.New("asking the librarian: the tool failed")
	}
	return text.Text, nil
}
