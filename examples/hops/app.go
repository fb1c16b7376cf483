package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/examples/internal/selfcheck"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// wantEvents is what one request makes: in each of four services an agent and
// one call of a model, and in the worker a second call.
const wantEvents = 9

// once starts everything, plays one request of a browser, stops everything and
// returns the events. The error says whether the session survived every hop.
func once(ctx context.Context, session baggage.Session) (_ []posthogtest.Event, err error) {
	posthog := posthogtest.NewServer()
	defer posthog.Close()
	a, err := start(posthog.URL)
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err = errors.Join(err, a.stop(stopping))
	}()
	if err != nil {
		return nil, err
	}
	if err := request(ctx, a.url, session); err != nil {
		return nil, err
	}
	// The answer comes when the job is in the queue. The worker takes its time.
	waiting, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	events, err := posthog.Wait(waiting, wantEvents)
	if err != nil {
		return events, err
	}
	return events, check(events, session)
}

func check(events []posthogtest.Event, session baggage.Session) error {
	errs := []error{selfcheck.Events(events, session.ID)}
	for _, service := range []string{"planner", "writer", "librarian", "worker"} {
		if !slices.ContainsFunc(events, func(e posthogtest.Event) bool { return e.Properties["service.name"] == service }) {
			errs = append(errs, fmt.Errorf("no event of the %s", service))
		}
	}
	return errors.Join(errs...)
}

// request is the browser.
func request(ctx context.Context, url string, session baggage.Session) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("the week in orders"))
	if err != nil {
		return err
	}
	req.Header.Set("X-POSTHOG-SESSION-ID", session.ID)
	req.Header.Set("X-POSTHOG-WINDOW-ID", session.WindowID)
	req.Header.Set("X-POSTHOG-DISTINCT-ID", session.DistinctID)
	return send(&http.Client{}, req)
}

// send sends a request that is to be answered with 202.
func send(client *http.Client, req *http.Request) error {
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusAccepted {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
		return fmt.Errorf("%s answered %s: %s", req.URL.Host, resp.Status, text)
	}
	return nil
}

// app is what runs, as a list of what stops it again, in the order of stopping.
type app struct {
	url   string
	stops []func(context.Context) error
}

func (a *app) onStop(stop func(context.Context) error) {
	a.stops = append([]func(context.Context) error{stop}, a.stops...)
}

func (a *app) stop(ctx context.Context) error {
	var errs []error
	for _, stop := range a.stops {
		errs = append(errs, stop(ctx))
	}
	return errors.Join(errs...)
}

// start starts the services from the last to the first. What has started can be
// stopped, even after an error.
func start(posthogURL string) (*app, error) {
	a := &app{}
	services := make(map[string]*telemetry)
	for _, name := range []string{"gateway", "planner", "writer", "librarian", "worker"} {
		t, err := newTelemetry(name, "phc_stand_in", posthogURL)
		if err != nil {
			return a, err
		}
		services[name] = t
		a.onStop(t.provider.Shutdown)
	}

	broker, err := startBroker()
	if err != nil {
		return a, err
	}
	a.onStop(func(context.Context) error {
		broker.Shutdown()
		broker.WaitForShutdown()
		return nil
	})
	workerStop, err := startWorker(broker.ClientURL(), services["worker"])
	if err != nil {
		return a, err
	}
	a.onStop(workerStop)

	librarianAddr, err := a.serve(newLibrarian(services["librarian"]))
	if err != nil {
		return a, err
	}
	library, err := openLibrary("http://"+librarianAddr, services["writer"])
	if err != nil {
		return a, err
	}
	a.onStop(func(context.Context) error { return library.Close() })

	writerAddr, writerStop, err := startWriter(broker.ClientURL(), library, services["writer"])
	if err != nil {
		return a, err
	}
	a.onStop(writerStop)

	planner, err := newPlanner(writerAddr, services["planner"])
	if err != nil {
		return a, err
	}
	a.onStop(func(context.Context) error { return planner.close() })
	plannerAddr, err := a.serve(services["planner"].handler("planner", planner))
	if err != nil {
		return a, err
	}

	gateway := &gateway{plannerURL: "http://" + plannerAddr, client: services["gateway"].client(plannerAddr)}
	gatewayAddr, err := a.serve(services["gateway"].edge("gateway", gateway))
	a.url = "http://" + gatewayAddr
	return a, err
}

// serve starts an HTTP server on a free port of loopback.
func (a *app) serve(handler http.Handler) (addr string, err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // returns at once
	if err != nil {
		return "", err
	}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = srv.Serve(ln) }() // always ErrServerClosed, from stop
	a.onStop(srv.Shutdown)
	return ln.Addr().String(), nil
}

func startBroker() (*natsserver.Server, error) {
	broker, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		return nil, err
	}
	broker.Start()
	if !broker.ReadyForConnections(10 * time.Second) {
		broker.Shutdown()
		return nil, errors.New("the embedded NATS server did not start")
	}
	return broker, nil
}
