// Command otlp2posthog shows what PostHog would get: it reads traces in OTLP and
// prints the events of their AI spans, one line of JSON each. Nothing is sent.
//
//	otlp2posthog [-explain] [-privacy] [FILE...]
//
// A file holds OTLP protobuf, one request, or OTLP/JSON, any number of requests
// one after the other, as the Collector's file exporter writes them. Without a
// file, or for -, standard input is read. Each request is converted by itself, as
// it would be when a Collector had got it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/internal/relay"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

const usage = `usage: otlp2posthog [-explain] [-privacy] [FILE...]

Reads traces in OTLP, as JSON or protobuf, from the files or from standard input
and prints the events that PostHog would get, one line of JSON each.

`

// run returns the exit code: 0, 1 for input that cannot be read and 2 for a
// mistake on the command line.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("otlp2posthog", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	explain := flags.Bool("explain", false, "add to each event, for each property, the rule and the attributes that made it")
	privacy := flags.Bool("privacy", false, "leave content out, as the setting privacy_mode does")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	var options []exporter.WriterOption
	if *explain {
		options = append(options, exporter.WithExplanations())
	}
	if *privacy {
		options = append(options, exporter.WithPrivacyMode())
	}
	printed := &counter{Writer: stdout}
	if err := printAll(ctx, flags.Args(), stdin, printed, options); err != nil {
		fmt.Fprintln(stderr, "otlp2posthog:", err)
		return 1
	}
	if printed.n == 0 {
		fmt.Fprintln(stderr, "otlp2posthog: none of the spans is an AI span, so PostHog would get nothing; the documentation of semconv.IsAI says which are")
	}
	return 0
}

// counter counts the bytes that it passes on.
type counter struct {
	io.Writer
	n int
}

func (c *counter) Write(p []byte) (int, error) {
	c.n += len(p)
	return c.Writer.Write(p)
}

func printAll(ctx context.Context, files []string, stdin io.Reader, stdout io.Writer, options []exporter.WriterOption) error {
	exp, err := exporter.NewWriter(stdout, append(options, exporter.WithFilter(spans.IsAI))...)
	if err != nil {
		return err
	}
	print := func(td ptrace.Traces) error { return exp.ExportSpans(relay.Context(ctx), spans.Of(td)) }
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, file := range files {
		if err := readFile(file, stdin, print); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return exp.Shutdown(ctx)
}

func readFile(file string, stdin io.Reader, each func(ptrace.Traces) error) error {
	if file == "-" {
		return read(stdin, each)
	}
	f, err := os.Open(file)
	if err != nil {
		return errors.Unwrap(err) // The caller names the file.
	}
	defer f.Close() //nolint:errcheck // It was only read.
	return read(f, each)
}
