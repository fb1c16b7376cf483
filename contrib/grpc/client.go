package grpc

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// DialOptions returns the options that guard a connection: both interceptors, for
// grpc.NewClient. It does not matter where among the options they stand, nor
// where otelgrpc's stats handler does. Of several chained interceptors, put these
// last: what runs after the guard and makes calls with the same context is under
// its mark.
func DialOptions(opts ...ClientOption) []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(UnaryClientInterceptor(opts...)),
		grpc.WithChainStreamInterceptor(StreamClientInterceptor(opts...)),
	}
}

// UnaryClientInterceptor returns an interceptor that lets the session into calls
// to trusted hosts and keeps it from all others, as [baggage.NewTransport] does
// for HTTP. By default it trusts nobody.
//
// To a host that is not trusted a call goes out without the members of a session
// in its baggage and without those, and the x-posthog-* keys, in its metadata.
// Everything else goes out as it was.
func UnaryClientInterceptor(opts ...ClientOption) grpc.UnaryClientInterceptor {
	g := newGuard(opts)
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		return invoke(g.context(ctx, cc), method, req, reply, cc, opts...)
	}
}

// StreamClientInterceptor is UnaryClientInterceptor for streams.
func StreamClientInterceptor(opts ...ClientOption) grpc.StreamClientInterceptor {
	g := newGuard(opts)
	return func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, stream grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		return stream(g.context(ctx, cc), desc, cc, method, opts...)
	}
}

// A ClientOption changes what a guard lets out. A nil option is ignored.
type ClientOption interface{ applyClient(*guard) }

type clientOption func(*guard)

func (f clientOption) applyClient(g *guard) { f(g) }

// WithTrustedHosts names the services to which the session may go, by the
// patterns of [baggage.WithTrustedHosts]. They are compared with the host and the
// port of the connection's target: dns:///host:port and passthrough:///host:port.
// A dns target without a port has port 443. A unix socket is trusted by
// [baggage.Loopback].
//
// A target of another scheme, such as xds, does not say where it leads. It is
// trusted by a pattern that is the whole target:
//
//	posthoggrpc.WithTrustedHosts("xds:///assistant", "*.svc.cluster.local")
//
// The authority of a call is not looked at: it is what the caller says to the
// server. Several options add up. A pattern that is not understood trusts nothing
// and is reported to the OpenTelemetry error handler; [baggage.ParseTrustedHosts]
// checks patterns at start-up.
func WithTrustedHosts(patterns ...string) ClientOption {
	return clientOption(func(g *guard) {
		var hosts []string
		for _, p := range patterns {
			if t := strings.TrimSpace(p); isTarget(t) {
				g.targets = append(g.targets, t)
			} else {
				hosts = append(hosts, p)
			}
		}
		trusted, err := baggage.ParseTrustedHosts(hosts...)
		if err != nil {
			otel.Handle(err)
		}
		g.hosts = append(g.hosts, trusted)
	})
}

// isTarget reports whether a pattern is a whole target of a scheme that does not
// name a host, such as xds:///assistant.
func isTarget(pattern string) bool {
	scheme, rest, ok := strings.Cut(pattern, ":///")
	return ok && scheme != "" && rest != "" && !slices.Contains([]string{"dns", "passthrough", "http", "https"}, strings.ToLower(scheme))
}

// A guard decides which calls the session may go into.
type guard struct {
	hosts   []*baggage.TrustedHosts
	targets []string
}

func newGuard(opts []ClientOption) *guard {
	g := &guard{}
	for _, opt := range opts {
		if opt != nil {
			opt.applyClient(g)
		}
	}
	return g
}

// context returns the context for a call on cc.
func (g *guard) context(ctx context.Context, cc *grpc.ClientConn) context.Context {
	if g.trusts(cc) {
		return baggage.ContextWithGuardedCall(ctx)
	}
	ctx = baggage.ContextWithoutTrust(ctx)
	md, _ := metadata.FromOutgoingContext(ctx) // a copy
	if len(md) == 0 {
		return ctx
	}
	cleaner.Inject(ctx, carrier(md))
	return metadata.NewOutgoingContext(ctx, md)
}

// cleaner injects nothing and removes what a carrier has of a session.
var cleaner = baggage.Propagator(propagation.NewCompositeTextMapPropagator())

func (g *guard) trusts(cc *grpc.ClientConn) bool {
	if cc == nil {
		return false
	}
	canonical := cc.CanonicalTarget()
	if slices.Contains(g.targets, canonical) {
		return true
	}
	host, port, err := address(canonical)
	return err == nil && slices.ContainsFunc(g.hosts, func(h *baggage.TrustedHosts) bool { return h.Trust(host, port) })
}

// address returns the host and the port to which a target leads.
func address(target string) (host, port string, err error) {
	u, err := url.Parse(target)
	if err != nil {
		return "", "", err
	}
	endpoint := strings.TrimPrefix(cmp.Or(u.Path, u.Opaque), "/")
	switch u.Scheme {
	case "dns", "passthrough":
		return splitHostPort(endpoint)
	case "unix", "unix-abstract":
		return "localhost", "", nil
	}
	return "", "", errors.New("a target that names no host")
}

// splitHostPort is net.SplitHostPort with the default port of gRPC.
func splitHostPort(endpoint string) (host, port string, err error) {
	if _, err := netip.ParseAddr(endpoint); err == nil {
		return endpoint, "443", nil
	}
	host, port, err = net.SplitHostPort(endpoint)
	if err != nil {
		return net.SplitHostPort(endpoint + ":443")
	}
	return host, port, nil
}
