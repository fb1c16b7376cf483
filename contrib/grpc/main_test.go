package grpc_test

import (
	"context"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"github.com/otelposthog/otelposthog-go/baggage"
)

func TestMain(m *testing.M) {
	otel.SetErrorHandler(&reported)
	goleak.VerifyTestMain(m)
}

var reported errorLog

type errorLog struct {
	mu    sync.Mutex
	texts []string
}

func (l *errorLog) Handle(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts = append(l.texts, err.Error())
}

var (
	propagator = baggage.Propagator(nil)
	ofA        = baggage.Session{ID: "0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b", WindowID: "0199a5b0-1c2d-7000-8a4b-000000000001", DistinctID: "zoe+1@example.com", Consent: baggage.ConsentRefused}
)

const (
	own   = "passthrough:///assistant.own.test:443"
	other = "passthrough:///aiplatform.other.test:443"
)

// arrival is what a call brought to the service.
type arrival struct {
	md      metadata.MD
	session baggage.Session
}

// service is a health service on loopback that keeps what arrives. It fails the
// first calls with codes.Unavailable.
type service struct {
	grpc_health_v1.UnimplementedHealthServer
	health

	mu    sync.Mutex
	calls []arrival
	fails int
}

func (s *service) take(ctx context.Context) error {
	md, _ := metadata.FromIncomingContext(ctx)
	session, _ := baggage.SessionFromContext(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, arrival{md, session})
	if s.fails > 0 {
		s.fails--
		return status.Error(codes.Unavailable, "once more")
	}
	return nil
}

func (s *service) Check(ctx context.Context, _ *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	return &grpc_health_v1.HealthCheckResponse{}, s.take(ctx)
}

func (s *service) Watch(_ *grpc_health_v1.HealthCheckRequest, stream grpc.ServerStreamingServer[grpc_health_v1.HealthCheckResponse]) error {
	return s.take(stream.Context())
}

func (s *service) arrived(t *testing.T) []arrival {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.calls
	s.calls = nil
	require.NotEmpty(t, got)
	return got
}

func newService(t *testing.T, opts ...grpc.ServerOption) *service {
	t.Helper()
	s := &service{}
	s.health = newHealth(t, s, opts...)
	return s
}

// health is a server on loopback.
type health struct{ addr string }

func newHealth(t *testing.T, impl grpc_health_v1.HealthServer, opts ...grpc.ServerOption) health {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := grpc.NewServer(opts...)
	grpc_health_v1.RegisterHealthServer(srv, impl)
	go func() { _ = srv.Serve(lis) }()
	t.Cleanup(srv.Stop)
	return health{lis.Addr().String()}
}

// client connects to the service under any name.
func (s health) client(t *testing.T, target string, opts ...grpc.DialOption) grpc_health_v1.HealthClient {
	t.Helper()
	opts = append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", s.addr)
		}),
	}, opts...)
	conn, err := grpc.NewClient(target, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return grpc_health_v1.NewHealthClient(conn)
}

// kinds are the two kinds of call.
var kinds = map[string]func(context.Context, grpc_health_v1.HealthClient) error{
	"unary": func(ctx context.Context, c grpc_health_v1.HealthClient) error {
		_, err := c.Check(ctx, &grpc_health_v1.HealthCheckRequest{})
		return err
	},
	"stream": func(ctx context.Context, c grpc_health_v1.HealthClient) error {
		stream, err := c.Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
		if err != nil {
			return err
		}
		for {
			if _, err := stream.Recv(); status.Code(err) == codes.Unknown || err != nil {
				if status.Code(err) == codes.Unavailable {
					return err
				}
				return nil // the end of the stream
			}
		}
	},
}

func tracing(t *testing.T, opts ...sdktrace.TracerProviderOption) *sdktrace.TracerProvider {
	t.Helper()
	tp := sdktrace.NewTracerProvider(opts...)
	t.Cleanup(func() { require.NoError(t, tp.Shutdown(context.WithoutCancel(t.Context()))) })
	return tp
}

func clientStats(tp *sdktrace.TracerProvider) stats.Handler {
	return otelgrpc.NewClientHandler(otelgrpc.WithTracerProvider(tp), otelgrpc.WithPropagators(propagator))
}

func serverStats(tp *sdktrace.TracerProvider) stats.Handler {
	return otelgrpc.NewServerHandler(otelgrpc.WithTracerProvider(tp), otelgrpc.WithPropagators(propagator))
}

// laden is a context with a session, a member of somebody else and a span.
func laden(t *testing.T, tp *sdktrace.TracerProvider) context.Context {
	t.Helper()
	ctx, err := baggage.ContextWithSession(t.Context(), ofA)
	require.NoError(t, err)
	m, err := otelbaggage.NewMemberRaw("tenant", "acme")
	require.NoError(t, err)
	b, err := otelbaggage.FromContext(ctx).SetMember(m)
	require.NoError(t, err)
	ctx, span := tp.Tracer("test").Start(otelbaggage.ContextWithBaggage(ctx, b), "work")
	t.Cleanup(func() { span.End() })
	return ctx
}

// requireNothing looks for the values of a session, under whatever key.
func requireNothing(t *testing.T, a arrival) {
	t.Helper()
	require.True(t, a.session.IsZero())
	for key, values := range a.md {
		for _, v := range values {
			if v == "" {
				continue // A carrier that cannot delete a key holds an empty value.
			}
			for _, secret := range []string{ofA.ID, ofA.WindowID, "zoe", "posthog", "session"} {
				require.NotContains(t, key+": "+v, secret)
			}
		}
	}
}
