package trust_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"google.golang.org/api/option"
	gtransport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/otelposthog/otelposthog-go/baggage"
	posthoggrpc "github.com/otelposthog/otelposthog-go/contrib/grpc"
	posthogmcp "github.com/otelposthog/otelposthog-go/contrib/mcp"
)

// newGRPC is a gRPC service on loopback that all names lead to. The function
// returns what the last call brought.
func newGRPC(t *testing.T) (dial grpc.DialOption, last func() request) {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var mu sync.Mutex
	var got request
	srv := grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		md, _ := metadata.FromIncomingContext(ctx)
		mu.Lock()
		defer mu.Unlock()
		got = request{header: http.Header{}}
		for key, values := range md {
			if !strings.HasPrefix(key, ":") {
				got.header[http.CanonicalHeaderKey(key)] = values
			}
		}
		return handle(ctx, req)
	}))
	grpc_health_v1.RegisterHealthServer(srv, health.NewServer())
	go func() { _ = srv.Serve(lis) }()
	t.Cleanup(srv.Stop)
	dial = grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", lis.Addr().String())
	})
	return dial, func() request {
		mu.Lock()
		defer mu.Unlock()
		return got
	}
}

func check(ctx context.Context, t *testing.T, conn *grpc.ClientConn) {
	t.Helper()
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	_, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	require.NoError(t, err)
}

func TestGRPCService(t *testing.T) {
	t.Parallel()
	dial, last := newGRPC(t)
	call := func(guard ...grpc.DialOption) request {
		conn, err := grpc.NewClient("passthrough:///"+ownHost+":443", append(guard, dial,
			grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithStatsHandler(otelgrpc.NewClientHandler()))...)
		require.NoError(t, err)
		check(userRequest(t), t, conn)
		return last()
	}
	requireNoSession(t, call())
	requireNoSession(t, call(posthoggrpc.DialOptions(posthoggrpc.WithTrustedHosts("elsewhere.test"))...))
	r := call(posthoggrpc.DialOptions(posthoggrpc.WithTrustedHosts("*.internal.test"))...)
	requireSession(t, r)
	require.Contains(t, r.header.Get("baggage"), baggage.MemberAIParent+"=")
}

// Google's API clients install otelgrpc by themselves.
func TestGoogleAPIClient(t *testing.T) {
	t.Parallel()
	dial, last := newGRPC(t)
	call := func(guard ...grpc.DialOption) request {
		opts := []option.ClientOption{option.WithEndpoint("passthrough:///aiplatform.googleapis.test:443"), option.WithGRPCDialOption(dial)}
		for _, o := range guard {
			opts = append(opts, option.WithGRPCDialOption(o))
		}
		conn, err := gtransport.DialInsecure(t.Context(), opts...)
		require.NoError(t, err)
		check(userRequest(t), t, conn)
		return last()
	}
	r := call()
	requireNoSession(t, r)
	require.NotEmpty(t, r.header.Get("traceparent"), "it does inject")
	requireNoSession(t, call(posthoggrpc.DialOptions()...))
	requireSession(t, call(posthoggrpc.DialOptions(posthoggrpc.WithTrustedHosts("aiplatform.googleapis.test"))...))
}

// A reverse proxy forwards what a browser sent: headers, cookies and all.
func TestReverseProxy(t *testing.T) {
	t.Parallel()
	forward := func(transport func(http.RoundTripper) http.RoundTripper) request {
		in := newInternet(t)
		to, err := url.Parse("http://" + ownHost)
		require.NoError(t, err)
		proxy := &httputil.ReverseProxy{
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to) },
			Transport: transport(in.transport),
		}
		edge := httptest.NewServer(baggage.NewHandler(otelhttp.NewHandler(proxy, "edge"), baggage.WithCookie("phc_test")))
		defer edge.Close()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, edge.URL+"/chat", nil)
		require.NoError(t, err)
		req.Header.Set("X-POSTHOG-SESSION-ID", session.ID)
		req.Header.Set("X-POSTHOG-WINDOW-ID", session.WindowID)
		req.Header.Set("X-POSTHOG-DISTINCT-ID", "k\xe4the+1@example.com") // Latin-1, as a browser sends it
		req.Header.Set("Cookie", "theme=dark; ph_phc_test_posthog="+url.PathEscape(`{"distinct_id":"x","$sesid":[1,"`+session.ID+`",1]}`))
		req.Header.Set("baggage", "tenant=nordlicht")
		resp, err := edge.Client().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		r := in.arrived(t, ownHost)[0]
		require.Contains(t, r.header.Get("baggage"), "tenant=nordlicht")
		require.Contains(t, r.header.Get("Cookie"), "theme=dark")
		return r
	}
	requireNoSession(t, forward(func(base http.RoundTripper) http.RoundTripper { return otelhttp.NewTransport(base) }))
	requireNoSession(t, forward(func(base http.RoundTripper) http.RoundTripper { return above.wrap(base) }))
	r := forward(func(base http.RoundTripper) http.RoundTripper {
		return above.wrap(base, baggage.WithTrustedHosts(ownHost))
	})
	requireSession(t, r)
	require.Equal(t, session.ID, r.header.Get("X-POSTHOG-SESSION-ID"))
	require.Contains(t, r.header.Get("Cookie"), "ph_phc_test_posthog")
}

// A tool of an MCP server over HTTP.
func TestMCPServer(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got request
	server := mcp.NewServer(&mcp.Implementation{Name: "tools", Version: "1"}, nil)
	server.AddReceivingMiddleware(posthogmcp.ReceivingMiddleware())
	mcp.AddTool(server, &mcp.Tool{Name: "look"}, func(_ context.Context, req *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
		mu.Lock()
		defer mu.Unlock()
		got = request{header: req.Extra.Header.Clone()}
		got.header.Del("baggage") // what counts here is in _meta
		for key, value := range req.Params.GetMeta() {
			if text, ok := value.(string); ok {
				got.header.Set(key, text)
			}
		}
		return &mcp.CallToolResult{}, nil, nil
	})
	srv := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
	t.Cleanup(srv.Close)
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)

	call := func(middleware func(mcp.Transport) []mcp.Middleware) request {
		transport := &mcp.StreamableClientTransport{Endpoint: srv.URL, HTTPClient: &http.Client{Transport: otelhttp.NewTransport(base)}}
		client := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1"}, nil)
		client.AddSendingMiddleware(middleware(transport)...)
		s, err := client.Connect(t.Context(), transport, nil)
		require.NoError(t, err)
		defer func() { require.NoError(t, s.Close()) }()
		_, err = s.CallTool(userRequest(t), &mcp.CallToolParams{Name: "look"})
		require.NoError(t, err)
		mu.Lock()
		defer mu.Unlock()
		return got
	}
	requireNoSession(t, call(func(mcp.Transport) []mcp.Middleware { return nil }))
	r := call(func(tr mcp.Transport) []mcp.Middleware { return []mcp.Middleware{posthogmcp.SendingMiddleware(tr)} })
	requireNoSession(t, r)
	require.Equal(t, "tenant=nordlicht", r.header.Get("baggage"))
	require.NotEmpty(t, r.header.Get("traceparent"))
	requireSession(t, call(func(tr mcp.Transport) []mcp.Middleware {
		return []mcp.Middleware{posthogmcp.SendingMiddleware(tr, posthogmcp.WithTrustedHosts(baggage.Loopback))}
	}))
}

// connect-go calls over net/http, so the transport guards it.
func TestConnectGo(t *testing.T) {
	t.Parallel()
	const path = "/reports.v1.Reports/Write"
	var mu sync.Mutex
	var got request
	handler := connect.NewUnaryHandler(path, func(_ context.Context, req *connect.Request[wrapperspb.StringValue]) (*connect.Response[wrapperspb.StringValue], error) {
		mu.Lock()
		defer mu.Unlock()
		got = request{header: req.Header().Clone()}
		return connect.NewResponse(req.Msg), nil
	})
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	base := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
	}}
	t.Cleanup(base.CloseIdleConnections)
	call := func(rt http.RoundTripper) request {
		client := connect.NewClient[wrapperspb.StringValue, wrapperspb.StringValue](&http.Client{Transport: rt}, "http://"+ownHost+path)
		_, err := client.CallUnary(userRequest(t), connect.NewRequest(wrapperspb.String("topic")))
		require.NoError(t, err)
		mu.Lock()
		defer mu.Unlock()
		return got
	}
	requireNoSession(t, call(otelhttp.NewTransport(base)))
	requireNoSession(t, call(above.wrap(base)))
	requireSession(t, call(above.wrap(base, baggage.WithTrustedHosts(ownHost))))
}
