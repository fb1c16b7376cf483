package main

import (
	"context"
	"net"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// writer is hop 3: gRPC in, a call of a tool and a message out.
type writer struct {
	telemetry *telemetry
	library   *mcp.ClientSession
	queue     *nats.Conn
}

func startWriter(brokerURL string, library *mcp.ClientSession, t *telemetry) (addr string, stop func(context.Context) error, err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // returns at once
	if err != nil {
		return "", nil, err
	}
	queue, err := nats.Connect(brokerURL)
	if err != nil {
		_ = ln.Close()
		return "", nil, err
	}
	srv := grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler(t.grpc()...)))
	srv.RegisterService(&writerService, &writer{telemetry: t, library: library, queue: queue})
	go func() { _ = srv.Serve(ln) }() // ends with stop
	return ln.Addr().String(), func(context.Context) error {
		srv.GracefulStop()
		queue.Close()
		return nil
	}, nil
}

// Write implements writerServer.
func (w *writer) Write(ctx context.Context, plan *wrapperspb.StringValue) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, runAgent(ctx, w.telemetry, "writer", func(ctx context.Context) error {
		sources, err := lookUp(ctx, w.library, plan.GetValue())
		if err != nil {
			return err
		}
		draft := askModel(ctx, w.telemetry, "Write what this plan says: "+plan.GetValue()+", from "+sources)
		return publish(ctx, w.telemetry, w.queue, draft)
	})
}

// What protoc would make of
//
//	service Writer { rpc Write(google.protobuf.StringValue) returns (google.protobuf.Empty); }
const writeMethod = "/hops.Writer/Write"

type writerServer interface {
	Write(context.Context, *wrapperspb.StringValue) (*emptypb.Empty, error)
}

var _ writerServer = (*writer)(nil)

var writerService = grpc.ServiceDesc{
	ServiceName: "hops.Writer",
	HandlerType: (*writerServer)(nil),
	Methods: []grpc.MethodDesc{{
		MethodName: "Write",
		Handler: func(srv any, ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor) (any, error) {
			in := &wrapperspb.StringValue{}
			if err := decode(in); err != nil {
				return nil, err
			}
			call := func(ctx context.Context, req any) (any, error) {
				return srv.(writerServer).Write(ctx, req.(*wrapperspb.StringValue))
			}
			if intercept == nil {
				return call(ctx, in)
			}
			return intercept(ctx, in, &grpc.UnaryServerInfo{Server: srv, FullMethod: writeMethod}, call)
		},
	}},
}
