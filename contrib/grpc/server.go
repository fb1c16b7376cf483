package grpc

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/stats"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// NewServerHandler returns a stats handler that finds the browser session of each
// call, checks it, and hands the call on to next, which is otelgrpc's server
// handler. It is [baggage.NewHandler] for gRPC and has its options and its rules;
// the metadata of the call takes the place of the headers. [baggage.WithIdentity]
// gets a request with the metadata as its header, the full method as the path of
// its URL and the address of the peer.
//
//	grpc.StatsHandler(posthoggrpc.NewServerHandler(otelgrpc.NewServerHandler()))
//
// It belongs around otelgrpc's handler, which starts the span of the call. A nil
// next is a handler that does nothing.
func NewServerHandler(next stats.Handler, opts ...baggage.HandlerOption) stats.Handler {
	if next == nil {
		next = nothing{}
	}
	return serverHandler{next, newEdge(opts)}
}

type serverHandler struct {
	stats.Handler
	edge *edge
}

// TagRPC implements stats.Handler.
func (h serverHandler) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	method := ""
	if info != nil {
		method = info.FullMethodName
	}
	return h.Handler.TagRPC(h.edge.accept(ctx, method), info)
}

// nothing is a stats handler that does nothing.
type nothing struct{}

func (nothing) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (nothing) HandleRPC(context.Context, stats.RPCStats)                         {}
func (nothing) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (nothing) HandleConn(context.Context, stats.ConnStats)                       {}

// UnaryServerInterceptor returns an interceptor with the checks of
// [NewServerHandler], for servers whose stats handler cannot be changed. It comes
// after otelgrpc has started the span of the call, which is then stamped late.
func UnaryServerInterceptor(opts ...baggage.HandlerOption) grpc.UnaryServerInterceptor {
	e := newEdge(opts)
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		return handle(e.accept(ctx, info.FullMethod), req)
	}
}

// StreamServerInterceptor is UnaryServerInterceptor for streams.
func StreamServerInterceptor(opts ...baggage.HandlerOption) grpc.StreamServerInterceptor {
	e := newEdge(opts)
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
		return handle(srv, serverStream{stream, e.accept(stream.Context(), info.FullMethod)})
	}
}

type serverStream struct {
	grpc.ServerStream
	ctx context.Context
}

// Context implements grpc.ServerStream.
func (s serverStream) Context() context.Context { return s.ctx }

// edge is baggage.NewHandler for metadata.
type edge struct{ handler http.Handler }

func newEdge(opts []baggage.HandlerOption) *edge {
	return &edge{baggage.NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if accepted, ok := r.Context().Value(acceptedKey{}).(*accepted); ok {
			accepted.request = r
		}
	}), opts...)}
}

type acceptedKey struct{}

// accepted is where the handler inside leaves the request that it got.
type accepted struct{ request *http.Request }

// accept returns the context of a call with its session, and with metadata that
// agrees with it.
func (e *edge) accept(ctx context.Context, method string) context.Context {
	md, _ := metadata.FromIncomingContext(ctx) // a copy
	r := &http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: method}, Proto: "HTTP/2.0", ProtoMajor: 2,
		Header: make(http.Header, len(md)), Body: http.NoBody,
	}
	for key, values := range md {
		switch {
		case key == ":authority" && len(values) > 0:
			r.Host = values[0]
		case !strings.HasPrefix(key, ":") && !strings.HasSuffix(key, "-bin"):
			r.Header[http.CanonicalHeaderKey(key)] = values
		}
	}
	if p, ok := peer.FromContext(ctx); ok && p.Addr != nil {
		r.RemoteAddr = p.Addr.String()
	}
	var got accepted
	e.handler.ServeHTTP(nil, r.WithContext(context.WithValue(ctx, acceptedKey{}, &got)))
	if got.request == nil {
		return ctx
	}
	for _, key := range [...]string{"Baggage", baggage.HeaderSessionID, baggage.HeaderWindowID, baggage.HeaderDistinctID} {
		if md == nil {
			break
		}
		if values := got.request.Header[key]; len(values) > 0 {
			md.Set(key, values...)
		} else {
			delete(md, strings.ToLower(key))
		}
	}
	if md == nil {
		return got.request.Context()
	}
	return metadata.NewIncomingContext(got.request.Context(), md)
}
