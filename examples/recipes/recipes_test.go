package recipes

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"connectrpc.com/connect"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/processor"
)

var (
	posthog  = posthogtest.NewServer()
	provider *sdktrace.TracerProvider
)

// TestMain sets up what main of a service does. It is global, so the tests run one
// after the other.
func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	exp, err := exporter.New("phc_recipes", exporter.WithHost(posthog.URL))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	proc := processor.New(sdktrace.NewBatchSpanProcessor(exp))
	provider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(proc))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(baggage.Propagator(nil, baggage.WithAIParent(proc.AIParent)))
	goleak.VerifyTestMain(stopping{m})
}

// stopping stops what TestMain has started before goleak looks.
type stopping struct{ *testing.M }

func (m stopping) Run() int {
	code := m.M.Run()
	if err := provider.Shutdown(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	posthog.Close()
	return code
}

var ada = baggage.Session{
	ID: "0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b", WindowID: "0199a5b0-1c2d-7000-8a4b-000000000001", DistinctID: "ada",
}

// headers are those of posthog-js.
func headers(s baggage.Session) http.Header {
	h := http.Header{}
	h.Set(baggage.HeaderSessionID, s.ID)
	h.Set(baggage.HeaderWindowID, s.WindowID)
	h.Set(baggage.HeaderDistinctID, s.DistinctID)
	return h
}

// requireEvent fails unless the generation is the only event and has what the
// headers said.
func requireEvent(t *testing.T, want baggage.Session) {
	t.Helper()
	require.NoError(t, provider.ForceFlush(t.Context()))
	events := posthog.Reset()
	require.Len(t, events, 1)
	e := events[0]
	require.Equal(t, "$ai_generation", e.Name)
	require.Equal(t, want.ID, e.SessionID())
	window, _ := e.Text("$window_id")
	require.Equal(t, want.WindowID, window)
	if want.DistinctID != "" {
		require.Equal(t, want.DistinctID, e.DistinctID)
	}
	// Nothing above the generation is an AI span: it stands at the top of the trace.
	require.Equal(t, e.TraceID(), e.ParentID())
}

func serve(t *testing.T, handler http.Handler) (url string) {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return srv.URL
}

func testHTTP(t *testing.T, handler http.Handler) {
	url := serve(t, handler)
	for name, tt := range map[string]struct{ sent, want baggage.Session }{
		"a session":       {ada, ada},
		"an unset one":    {baggage.Session{ID: "undefined", WindowID: "undefined", DistinctID: "undefined"}, baggage.Session{}},
		"another visitor": {baggage.Session{ID: "0199a5b0-1c2d-7e3f-8a4b-000000000002", DistinctID: "bob"}, baggage.Session{ID: "0199a5b0-1c2d-7e3f-8a4b-000000000002", DistinctID: "bob"}},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/chat/hello", nil)
			require.NoError(t, err)
			req.Header = headers(tt.sent)
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, "You asked: hello", string(body))
			requireEvent(t, tt.want)
		})
	}
}

func TestChi(t *testing.T)  { testHTTP(t, Chi()) }
func TestGin(t *testing.T)  { testHTTP(t, Gin()) }
func TestEcho(t *testing.T) { testHTTP(t, Echo()) }

func TestConnect(t *testing.T) {
	client := connect.NewClient[wrapperspb.StringValue, wrapperspb.StringValue](http.DefaultClient, serve(t, Connect())+connectAsk, connect.WithProtoJSON())
	req := connect.NewRequest(wrapperspb.String("hello"))
	for name, values := range headers(ada) {
		req.Header()[name] = values
	}
	resp, err := client.CallUnary(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "You asked: hello", resp.Msg.GetValue())
	requireEvent(t, ada)
}

func TestGRPC(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := GRPC(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error { // in the place of generated code
		var question wrapperspb.StringValue
		if err := stream.RecvMsg(&question); err != nil {
			return err
		}
		return stream.SendMsg(wrapperspb.String(ask(stream.Context(), question.GetValue())))
	}))
	go func() { _ = srv.Serve(lis) }()
	t.Cleanup(srv.Stop)
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })

	ctx := metadata.AppendToOutgoingContext(t.Context(),
		baggage.HeaderSessionID, ada.ID, baggage.HeaderWindowID, ada.WindowID, baggage.HeaderDistinctID, ada.DistinctID)
	var answer wrapperspb.StringValue
	require.NoError(t, conn.Invoke(ctx, "/chat.v1.Chat/Ask", wrapperspb.String("hello"), &answer))
	require.Equal(t, "You asked: hello", answer.GetValue())
	srv.GracefulStop() // the server span has ended
	requireEvent(t, ada)
}
