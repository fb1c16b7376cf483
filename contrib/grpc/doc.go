// Package grpc carries the browser session over gRPC: out to the services that
// you name, and in through the checks of baggage.NewHandler.
//
//	import posthoggrpc "github.com/otelposthog/otelposthog-go/contrib/grpc"
//
// otelgrpc injects whatever the propagator gives, into every call of every client
// that has its stats handler; Google's API clients install it by themselves. So
// set the propagator of the baggage package, which sends no session by default,
//
//	otel.SetTextMapPropagator(baggage.Propagator(nil))
//
// and guard the clients of your own services:
//
//	opts := posthoggrpc.DialOptions(posthoggrpc.WithTrustedHosts("*.svc.cluster.local"))
//	opts = append(opts, grpc.WithStatsHandler(otelgrpc.NewClientHandler()), creds)
//	conn, err := grpc.NewClient("dns:///assistant.prod.svc.cluster.local:443", opts...)
//
// A service takes the session out of its metadata by otelgrpc alone. A service at
// the edge, which browsers or strangers call, puts the checks in front of it:
//
//	grpc.NewServer(grpc.StatsHandler(posthoggrpc.NewServerHandler(otelgrpc.NewServerHandler())))
package grpc
