package recipes

import (
	"context"
	"net/http"

	"connectrpc.com/connect"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/otelposthog/otelposthog-go/baggage"
)

const connectAsk = "/chat.v1.Chat/Ask"

// Connect is net/http: its handlers need nothing of their own. In the browser
// connect-web calls fetch, to which posthog-js adds its headers. connect's clients
// in Go are guarded by the http.Client that they get, with baggage.NewTransport.
func Connect() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(connectAsk, connect.NewUnaryHandler(connectAsk,
		func(ctx context.Context, req *connect.Request[wrapperspb.StringValue]) (*connect.Response[wrapperspb.StringValue], error) {
			return connect.NewResponse(wrapperspb.String(ask(ctx, req.Msg.GetValue()))), nil
		}))
	return baggage.NewHandler(otelhttp.NewHandler(mux, "gateway"))
}
