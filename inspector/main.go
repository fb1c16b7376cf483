// Command inspector is a local PostHog: it shows the browser sessions, LLM traces
// and replays that a program sends, and says why an event is not linked.
//
//	go run ./inspector                  # prints what to set, and the page's address
//	go run ./inspector run -- CMD       # the same, and starts CMD with it set
//	go run ./inspector doctor URL       # sends a made-up browser's requests to URL
//	go run ./inspector tail             # prints the events as they come
//
// See README.md for all flags.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version is shown on the page and to coding agents.
const version = "0.1.0"

const usage = `Usage: inspector [flags]             serve the page, PostHog's endpoints, OTLP and MCP
       inspector run [flags] -- CMD  the same, and run CMD with the variables set
       inspector doctor [flags] URL  ask an endpoint as a browser would
       inspector tail [flags]        print events as they come

Each takes -h.
`

// errFailed ends the program with code 1 without a further message.
var errFailed = errors.New("failed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	var exit exitError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.As(err, &exit):
		os.Exit(exit.code)
	case errors.Is(err, errFailed):
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, "inspector:", err)
		os.Exit(2)
	}
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	name := ""
	if len(args) > 0 {
		name = args[0]
	}
	switch name {
	case "run":
		return run(ctx, args[1:], stdout, stderr)
	case "doctor":
		return runDoctor(ctx, args[1:], stdout, stderr)
	case "tail":
		return tail(ctx, args[1:], stdout, stderr)
	case "", "serve":
		return serve(ctx, args[min(len(args), 1):], stdout, stderr)
	}
	if name[0] == '-' {
		return serve(ctx, args, stdout, stderr)
	}
	_, _ = io.WriteString(stderr, usage)
	return fmt.Errorf("there is no command %q", name)
}

// newFlags returns flags that print the usage to stderr.
func newFlags(name string, stderr io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet("inspector "+name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	if name == "serve" {
		flags.Usage = func() {
			_, _ = io.WriteString(stderr, usage+"\nFlags of serve:\n")
			flags.PrintDefaults()
		}
	}
	return flags
}
