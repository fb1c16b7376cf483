package baggage

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	otelposthog "github.com/otelposthog/otelposthog-go"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// A source says who claimed a value. Its text is the source attribute of the
// metric.
type source string

const (
	sourceServer  source = "server"
	sourceHeaders source = "headers"
	sourceBaggage source = "baggage"
	sourceQuery   source = "query"
	sourceCookie  source = "cookie"
)

// tally counts what one request had refused. There are few kinds, so a list
// does; and a request of a thousand bad members costs a few metric calls.
type tally struct {
	counts []count
	id     session.Reason // why a session id was refused, the last time
}

type count struct {
	source source
	why    session.Reason
	n      int64
}

// add counts one refusal. session.Valid is not one.
func (t *tally) add(src source, why session.Reason) {
	if why == session.Valid {
		return
	}
	for i := range t.counts {
		if c := &t.counts[i]; c.source == src && c.why == why {
			c.n++
			return
		}
	}
	t.counts = append(t.counts, count{src, why, 1})
}

// addID is add for a session id.
func (t *tally) addID(src source, why session.Reason) {
	t.add(src, why)
	if why != session.Valid {
		t.id = why
	}
}

// report adds the tally to counter, which may be nil.
func (t *tally) report(ctx context.Context, counter metric.Int64Counter) {
	if counter == nil {
		return
	}
	for _, c := range t.counts {
		counter.Add(ctx, c.n, metric.WithAttributes(
			attribute.String("reason", string(c.why)),
			attribute.String("source", string(c.source)),
		))
	}
}

func newCounter(mp metric.MeterProvider) metric.Int64Counter {
	meter := mp.Meter("github.com/otelposthog/otelposthog-go/baggage", metric.WithInstrumentationVersion(otelposthog.Version))
	counter, err := meter.Int64Counter(
		"otelposthog.baggage.refused",
		metric.WithUnit("{value}"),
		metric.WithDescription("Session values and baggage members that an edge handler did not let in."),
	)
	if err != nil {
		otel.Handle(fmt.Errorf("otelposthog: baggage.WithMeterProvider: refused values are not counted: %w", err))
		return nil
	}
	return counter
}
