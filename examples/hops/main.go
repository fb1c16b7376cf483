// Command hops follows one browser session through every kind of hop that a Go
// service has:
//
//	browser ─HTTP▶ gateway ─HTTP▶ planner ─gRPC▶ writer ─NATS▶ worker ─▶ goroutines
//	                                               └─MCP▶ librarian
//
// All of it runs in this process, over real sockets: otelhttp, otelgrpc, the
// official MCP SDK and an embedded NATS server. Planner, writer, librarian and
// worker each run an agent that calls a make-believe model. The events arrive at a PostHog stand-in, each with the
// session that the browser sent, and each below the agent that caused it, though
// that one is in another service.
//
//	go run ./examples/hops          # one request, explained
//	go run ./examples/hops -once    # the events as JSON lines, checked
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/semconv"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hops:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("hops", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asJSON := flags.Bool("once", false, "print the events as JSON lines and nothing else")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	session := baggage.Session{
		ID:         uuid.Must(uuid.NewV7()).String(),
		WindowID:   uuid.Must(uuid.NewV7()).String(),
		DistinctID: "visitor-" + uuid.NewString(),
	}
	events, err := once(ctx, session)
	if *asJSON {
		for _, e := range events {
			if _, err := fmt.Fprintln(stdout, e); err != nil {
				return err
			}
		}
		return err
	}
	_, printErr := io.WriteString(stdout, explain(session, events))
	return errors.Join(err, printErr)
}

// explain draws the events as the tree that PostHog shows.
func explain(session baggage.Session, events []posthogtest.Event) string {
	slices.SortFunc(events, func(a, b posthogtest.Event) int { return began(a).Compare(began(b)) })
	var out strings.Builder
	fmt.Fprintf(&out, "The browser sent the session %s. PostHog received:\n\n", session.ID)
	ids := make(map[any]bool)
	for _, e := range events {
		ids[e.Properties[semconv.PropertySpanID]] = true
	}
	var below func(parent any, indent string)
	below = func(parent any, indent string) {
		for _, e := range events {
			at := e.Properties[semconv.PropertyParentID]
			if at != parent && (parent != nil || ids[at]) {
				continue
			}
			mark := "the session"
			if got := e.Properties[semconv.PropertySessionID]; got != session.ID {
				mark = fmt.Sprintf("SESSION %v", got)
			}
			fmt.Fprintf(&out, "%-46s %-9v %s\n",
				fmt.Sprintf("%s%s %v", indent, e.Name, e.Properties[semconv.PropertySpanName]), e.Properties["service.name"], mark)
			below(e.Properties[semconv.PropertySpanID], indent+"  ")
		}
	}
	below(nil, "  ")
	return out.String() + "\n"
}

// began is when a span began; the timestamp of its event is its end.
func began(e posthogtest.Event) time.Time {
	latency, _ := e.Float(semconv.PropertyLatency)
	return e.Timestamp.Add(-time.Duration(latency * float64(time.Second)))
}
