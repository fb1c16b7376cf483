// Command chat is the main demonstration: a web page, a gateway and an assistant
// that calls an LLM, and the id of the browser session that travels from the
// page to the LLM events in PostHog.
//
//	go run ./examples/chat          # then open http://127.0.0.1:8080
//	go run ./examples/chat -once    # one request; the events as JSON lines
//
// It needs no account and no network: a fake LLM API answers unless
// OPENAI_API_KEY is set, and the inspector takes the place of PostHog unless
// POSTHOG_API_KEY is set: it shows the session, its LLM calls and its replay. See the README for all variables and flags.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chat:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer, getenv func(string) string) error {
	flags := flag.NewFlagSet("chat", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "", "address of the page and the gateway (default 127.0.0.1:8080; a free port with -once)")
	inspectorAddr := flags.String("inspector", "127.0.0.1:8008", "address of the inspector; where it is taken, a free port")
	onceOnly := flags.Bool("once", false, "play one request of a browser, print the events as JSON lines, check them, exit")
	viaBaggage := flags.Bool("baggage", false, "with -once: send the session in a baggage header instead of X-POSTHOG-*")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	cfg, err := configFromEnv(getenv)
	if err != nil {
		return err
	}
	cfg.log = log.New(stderr, "", log.LstdFlags)

	if *onceOnly {
		cfg.addr = orDefault(*addr, "127.0.0.1:0")
		send := posthogHeaders
		if *viaBaggage {
			send = baggageHeader
		}
		events, err := once(ctx, cfg, send)
		for _, e := range events {
			if _, err := fmt.Fprintln(stdout, e); err != nil {
				return err
			}
		}
		return err
	}

	cfg.addr, cfg.inspect, cfg.inspectorAddr = orDefault(*addr, "127.0.0.1:8080"), true, *inspectorAddr
	a, err := start(cfg)
	if err != nil {
		return err
	}
	_, _ = io.WriteString(stdout, a.greeting()) // a terminal that is gone does not matter
	select {
	case <-ctx.Done():
		_, _ = io.WriteString(stdout, "\nStopping; what is on its way to PostHog is sent first.\n")
	case err = <-a.failed:
	}
	// The signal must not cancel the shutdown that it asked for.
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, a.shutdown(stopping))
}
