package grpc_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	"github.com/otelposthog/otelposthog-go/baggage"
	posthoggrpc "github.com/otelposthog/otelposthog-go/contrib/grpc"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/processor"
)

// assistant makes a generation of each call.
type assistant struct {
	grpc_health_v1.UnimplementedHealthServer
	tracer trace.Tracer
}

func (a *assistant) Check(ctx context.Context, _ *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	_, span := a.tracer.Start(ctx, "chat m-1", trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "m-1"),
		attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"How do I get there?"}]}]`)))
	span.End()
	return &grpc_health_v1.HealthCheckResponse{}, nil
}

// gateway passes each call on.
type gateway struct {
	grpc_health_v1.UnimplementedHealthServer
	next grpc_health_v1.HealthClient
}

func (g *gateway) Check(ctx context.Context, req *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	return g.next.Check(ctx, req)
}

// TestConsentTravels sends calls over two hops to a service that makes a
// generation. Only the first service has a function of consent.
func TestConsentTravels(t *testing.T) {
	t.Parallel()
	consent := baggage.WithConsent(func(r *http.Request) baggage.Consent {
		switch r.Header.Get("X-Consent") {
		case "yes":
			return baggage.ConsentGiven
		case "no":
			return baggage.ConsentRefused
		}
		return baggage.ConsentUnknown
	})
	for name, tt := range map[string]struct {
		opts    []exporter.Option
		content map[string]bool // by what the header says
	}{
		"by default":           {nil, map[string]bool{"": true, "no": false, "yes": true}},
		"WithContentOnConsent": {[]exporter.Option{exporter.WithContentOnConsent()}, map[string]bool{"": false, "no": false, "yes": true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			posthog := posthogtest.Start(t)
			exp, err := exporter.New("phc_test", append([]exporter.Option{exporter.WithHost(posthog.URL)}, tt.opts...)...)
			require.NoError(t, err)
			tp := tracing(t, sdktrace.WithSpanProcessor(processor.New(sdktrace.NewBatchSpanProcessor(exp))))

			last := newHealth(t, &assistant{tracer: tp.Tracer("assistant")}, grpc.StatsHandler(posthoggrpc.NewServerHandler(serverStats(tp))))
			guarded := append(posthoggrpc.DialOptions(posthoggrpc.WithTrustedHosts("*.own.test")), grpc.WithStatsHandler(clientStats(tp)))
			first := newHealth(t, &gateway{next: last.client(t, own, guarded...)},
				grpc.StatsHandler(posthoggrpc.NewServerHandler(serverStats(tp), consent)))
			client := first.client(t, own)
			for said, content := range tt.content {
				ctx := metadata.AppendToOutgoingContext(t.Context(), "x-posthog-session-id", ofA.ID)
				if said != "" {
					ctx = metadata.AppendToOutgoingContext(ctx, "x-consent", said)
				}
				_, err := client.Check(ctx, &grpc_health_v1.HealthCheckRequest{})
				require.NoError(t, err)
				require.NoError(t, tp.ForceFlush(t.Context()))
				events := posthog.Reset()
				require.Len(t, events, 1)
				require.True(t, posthogtest.AssertSession(t, events, ofA.ID))
				require.Equal(t, content, strings.Contains(events[0].String(), "How do I get there?"), said)
			}
		})
	}
}
