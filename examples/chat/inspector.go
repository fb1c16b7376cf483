package main

import (
	"context"
	"errors"
	"net"
	"net/http"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/inspector/server"
)

// Without a key, the inspector takes the place of PostHog.

const localKey = "phc_local"

type inspector struct {
	url    string
	server *server.Server
	http   *http.Server
}

// inspect starts the inspector on addr or, where that is taken, on a free port.
func (a *app) inspect(addr string) (*inspector, error) {
	ln, err := net.Listen("tcp", addr) //nolint:noctx // returns at once
	if err != nil {
		if ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil { //nolint:noctx // returns at once
			return nil, err
		}
	}
	srv, err := server.New(server.Options{})
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	i := &inspector{url: "http://" + ln.Addr().String(), server: srv, http: srv.HTTPServer()}
	go func() {
		if err := i.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- err
		}
	}()
	return i, nil
}

// trace sends the spans of services to the inspector, beside the events.
func (i *inspector) trace(services ...*telemetry) error {
	for _, t := range services {
		exp, err := otlptracehttp.New(context.Background(), otlptracehttp.WithEndpointURL(i.url+"/v1/traces"))
		if err != nil {
			return err
		}
		t.provider.RegisterSpanProcessor(sdktrace.NewBatchSpanProcessor(exp))
	}
	return nil
}

func (i *inspector) close(ctx context.Context) error {
	return errors.Join(i.http.Shutdown(ctx), i.server.Close())
}
