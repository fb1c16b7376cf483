// Command posthogtest is a PostHog for the tests of a program in any language: it
// takes events as PostHog's capture API does and prints each one as a line of JSON.
//
//	posthogtest [-addr 127.0.0.1:8010] [-key KEY] [-warn] [COMMAND [ARG...]]
//
// With a command, it runs that with POSTHOG_HOST and POSTHOG_API_KEY set, prints
// the events on standard output while the command's own output goes to standard
// error, and exits with the command's code. Without one, it prints its address to
// standard error and runs until it is interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

const usage = `usage: posthogtest [-addr ADDRESS] [-key KEY] [-warn] [COMMAND [ARG...]]

Takes events as PostHog does and prints them, one line of JSON each. A COMMAND is
run with POSTHOG_HOST and POSTHOG_API_KEY set; without one, posthogtest runs until
it is interrupted.

`

// run returns the exit code: that of the command; 1 for what failed here or for
// warnings, and 2 for a mistake on the command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("posthogtest", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	addr := flags.String("addr", "127.0.0.1:0", "where to listen, on this machine only")
	key := flags.String("key", "phc_test", "the only API key that is taken")
	warn := flags.Bool("warn", false, "also print what PostHog would store and not show, to standard error, and exit with 1 then")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	fail := func(code int, err error) int {
		fmt.Fprintln(stderr, "posthogtest:", err)
		return code
	}
	if err := checkAddress(ctx, *addr); err != nil {
		return fail(2, err)
	}
	srv := posthogtest.NewServer(posthogtest.WithAddress(*addr), posthogtest.WithAPIKey(*key))
	defer srv.Close()
	printed := make(chan error)
	go func() { printed <- printEvents(srv, stdout) }()

	code := 0
	if flags.NArg() > 0 {
		var err error
		if code, err = runCommand(ctx, flags.Args(), stderr, "POSTHOG_HOST="+srv.URL, "POSTHOG_API_KEY="+*key); err != nil {
			fail(1, err)
		}
	} else {
		fmt.Fprintf(stderr, "posthogtest: listening on %s\n", srv.URL)
		<-ctx.Done()
	}
	srv.Close()
	if err := <-printed; err != nil {
		return fail(1, err)
	}
	if *warn {
		for _, w := range srv.Warnings() {
			fmt.Fprintln(stderr, "posthogtest:", w)
			code = max(code, 1)
		}
	}
	return code
}

// checkAddress tells a mistake before the server, which would panic. It takes
// loopback only: the server believes everybody.
func checkAddress(ctx context.Context, addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("-addr %s: write it like 127.0.0.1:8010", addr)
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return fmt.Errorf("-addr %s: not an address of this machine: write it like 127.0.0.1:8010", addr)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("-addr %s: %w", addr, err)
	}
	return listener.Close()
}

// printEvents prints until the server is closed.
func printEvents(srv *posthogtest.Server, w io.Writer) error {
	for n := 0; ; {
		events, err := srv.Wait(context.Background(), n+1)
		for _, e := range events[n:] {
			if _, err := fmt.Fprintln(w, e); err != nil {
				return err
			}
		}
		if n = len(events); err != nil {
			return nil // closed
		}
	}
}

func runCommand(ctx context.Context, args []string, output io.Writer, env ...string) (int, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, output, output
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
