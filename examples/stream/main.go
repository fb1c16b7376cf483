// Command stream is a chat whose answers come word by word over the two transports
// that cannot carry a header: a WebSocket and an EventSource.
//
//	go run ./examples/stream    # then open http://127.0.0.1:8080
//
// The session comes by query parameter, by the cookie of posthog-js or, over the
// WebSocket, with each message. A make-believe model answers, and a stand-in takes
// the place of PostHog: the events are printed as they arrive.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "stream:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("stream", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:8080", "address of the page")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}

	posthog := posthogtest.NewServer()
	defer posthog.Close()
	t, err := newTelemetry(projectKey, posthog.URL)
	if err != nil {
		return err
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err = errors.Join(err, t.provider.Shutdown(stopping))
	}()
	ln, err := net.Listen("tcp", *addr) //nolint:noctx // returns at once
	if err != nil {
		return err
	}
	// A socket that is open ends with ctx: Shutdown does not wait for it.
	srv := &http.Server{Handler: newHandler(t), ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	defer func() { _ = srv.Close() }()
	if _, err := fmt.Fprintf(stdout, "Open http://%s and ask.\n", ln.Addr()); err != nil {
		return err
	}
	return printEvents(ctx, posthog, stdout, failed)
}

// printEvents prints events as they arrive, until ctx or the server ends.
func printEvents(ctx context.Context, posthog *posthogtest.Server, stdout io.Writer, failed <-chan error) error {
	for n := 0; ; {
		waiting, cancel := context.WithTimeout(ctx, time.Second)
		events, err := posthog.Wait(waiting, n+1)
		cancel()
		for ; err == nil && n < len(events); n++ {
			if _, err := fmt.Fprintln(stdout, events[n]); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		default:
		}
	}
}
