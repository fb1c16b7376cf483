package recipes

import (
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"

	posthoggrpc "github.com/otelposthog/otelposthog-go/contrib/grpc"
)

// GRPC is a server that browsers reach through a gRPC-Web proxy, which hands the
// headers of posthog-js on as metadata, or that apps call. The handler goes around
// otelgrpc's, which starts the server span.
func GRPC(opts ...grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(opts,
		grpc.StatsHandler(posthoggrpc.NewServerHandler(otelgrpc.NewServerHandler())))...)
}
