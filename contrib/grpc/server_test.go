package grpc_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/otelposthog/otelposthog-go/baggage"
	posthoggrpc "github.com/otelposthog/otelposthog-go/contrib/grpc"
)

// starts keeps the session that each span could see when it started.
type starts struct {
	mu       sync.Mutex
	sessions []baggage.Session
}

func (s *starts) OnStart(parent context.Context, _ sdktrace.ReadWriteSpan) {
	session, _ := baggage.SessionFromContext(parent)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = append(s.sessions, session)
}
func (*starts) OnEnd(sdktrace.ReadOnlySpan)      {}
func (*starts) ForceFlush(context.Context) error { return nil }
func (*starts) Shutdown(context.Context) error   { return nil }

func TestServer(t *testing.T) {
	t.Parallel()
	spans := &starts{}
	tp := tracing(t, sdktrace.WithSpanProcessor(spans))
	identity := baggage.WithIdentity(func(r *http.Request) baggage.Session {
		if r.Header.Get("Authorization") == "Bearer ada" && strings.HasPrefix(r.URL.Path, "/grpc.health.v1.Health/") && r.RemoteAddr != "" && r.Host != "" {
			return baggage.Session{DistinctID: "ada"}
		}
		return baggage.Session{}
	})
	for place, opts := range map[string][]grpc.ServerOption{
		"around otelgrpc": {grpc.StatsHandler(posthoggrpc.NewServerHandler(serverStats(tp), identity))},
		"alone":           {grpc.StatsHandler(posthoggrpc.NewServerHandler(nil, identity))},
		"interceptors": {
			grpc.UnaryInterceptor(posthoggrpc.UnaryServerInterceptor(identity)), grpc.StreamInterceptor(posthoggrpc.StreamServerInterceptor(identity)),
		},
	} {
		for kind, call := range kinds {
			t.Run(place+"/"+kind, func(t *testing.T) {
				s := newService(t, opts...)
				c := s.client(t, own)
				send := func(pairs ...string) arrival {
					require.NoError(t, call(metadata.AppendToOutgoingContext(t.Context(), pairs...), c))
					return s.arrived(t)[0]
				}

				a := send("x-posthog-session-id", ofA.ID, "x-posthog-window-id", ofA.WindowID, "x-posthog-distinct-id", "zoe", "baggage", "tenant=acme", "x-bin", "\x00")
				require.Equal(t, baggage.Session{ID: ofA.ID, WindowID: ofA.WindowID, DistinctID: "zoe"}, a.session)
				require.Len(t, a.md["baggage"], 1)
				require.True(t, strings.HasPrefix(a.md["baggage"][0], "session.id="+ofA.ID), a.md["baggage"][0])
				require.Contains(t, a.md["baggage"][0], "tenant=acme")
				require.Equal(t, []string{"\x00"}, a.md["x-bin"])
				if place == "around otelgrpc" {
					spans.mu.Lock()
					require.Equal(t, a.session, spans.sessions[len(spans.sessions)-1], "the span of the call can be stamped")
					spans.mu.Unlock()
				}

				a = send("baggage", "session.id="+ofA.ID+",posthog.distinct_id=zoe", "authorization", "Bearer ada")
				require.Equal(t, baggage.Session{ID: ofA.ID, DistinctID: "ada"}, a.session, "the server knows better")

				a = send("x-posthog-session-id", "undefined", "x-posthog-distinct-id", "null", "baggage", "a=1")
				require.True(t, a.session.IsZero())
				require.Empty(t, a.md["x-posthog-session-id"])
				require.Empty(t, a.md["x-posthog-distinct-id"])
				require.Equal(t, []string{"a=1"}, a.md["baggage"])

				a = send("other", "x")
				require.True(t, a.session.IsZero())
				require.Equal(t, []string{"x"}, a.md["other"])
			})
		}
	}
}
