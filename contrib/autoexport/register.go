package autoexport

import (
	"context"
	"fmt"
	"sync"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
)

// name is the value of OTEL_TRACES_EXPORTER for this module.
const name = "posthog"

// Register makes OTEL_TRACES_EXPORTER=posthog known to NewSpanExporter of
// go.opentelemetry.io/contrib/exporters/autoexport, which then returns
// [exporter.NewFromEnv]. Call it once, before that; further calls do nothing. The
// error says that another package has taken the name posthog.
//
// NewSpanExporter builds an exporter and no processor: the events carry only the
// sessions that something else has put on the spans. [NewSpanProcessor] has both
// and needs no Register.
func Register() error { return register() }

var register = sync.OnceValue(func() (err error) {
	defer func() { // autoexport panics on a name that is taken
		if r := recover(); r != nil {
			err = fmt.Errorf("otelposthog: register the exporter %s: %v", name, r)
		}
	}()
	autoexport.RegisterSpanExporter(name, func(context.Context) (sdktrace.SpanExporter, error) {
		return exporter.NewFromEnv()
	})
	return nil
})
