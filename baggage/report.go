package baggage

import (
	"errors"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
)

// A cause is something wrong that is told to the OpenTelemetry error handler, not
// more than once a minute: whoever can bring it about could flood a log.
type cause struct {
	text string
	next atomic.Int64 // Unix nanoseconds
}

const reportEvery = time.Minute

func (c *cause) report() {
	now := time.Now().UnixNano()
	if next := c.next.Load(); now < next || !c.next.CompareAndSwap(next, now+int64(reportEvery)) {
		return
	}
	otel.Handle(errors.New("otelposthog: " + c.text + " (said at most once a minute)"))
}

var late = cause{text: "baggage.NewHandler: the span of the request had started before NewHandler ran; " +
	"it is stamped with the session now, but spans started in between are not; " +
	"put NewHandler outside: baggage.NewHandler(otelhttp.NewHandler(mux, name)), " +
	"for gRPC NewServerHandler of contrib/grpc around otelgrpc's"}

func reportLate() { late.report() }
