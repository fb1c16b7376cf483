// Command otlp2posthog shows what PostHog would get: it reads recorded traces and
// prints the events of their AI spans, one line of JSON each, or as trees for
// people. Nothing is sent.
//
//	otlp2posthog [-tree] [-mend] [-explain] [-privacy] [FILE...]
//
// A file holds OTLP protobuf, one request; OTLP/JSON, any number of requests one
// after the other, as the Collector's file exporter writes them; or Jaeger's JSON,
// as its interface and its query service give it. Each may be packed with gzip.
// Without a file, or for -, standard input is read.
//
// Each request is converted by itself, as an exporter alone would do it. With -mend,
// and with -tree, all requests go through the processor posthogsession first, as in
// the Collector: AI spans get the session and the nearest AI span of their ancestors
// in other requests.
package main

import (
	"bytes"
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

const usage = `usage: otlp2posthog [-tree] [-mend] [-explain] [-privacy] [FILE...]

Reads traces from the files or from standard input - OTLP as JSON or protobuf, or
Jaeger's JSON, each also packed with gzip - and prints the events that PostHog would
get, one line of JSON each.

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
	asTree := flags.Bool("tree", false, "print trees and sessions for people, and why a session is missing; implies -mend")
	mend := flags.Bool("mend", false, "take sessions and parents from other requests, as the Collector's processor posthogsession does")
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
	if *asTree && *explain {
		fmt.Fprintln(stderr, "otlp2posthog: -explain explains lines of JSON: leave -tree out")
		return 2
	}
	var printed bytes.Buffer
	out := &counter{Writer: stdout}
	if *asTree {
		out.Writer = &printed
	}
	var recorded recording
	if err := convert(ctx, flags.Args(), stdin, out, *mend || *asTree, &recorded, options); err != nil {
		fmt.Fprintln(stderr, "otlp2posthog:", err)
		return 1
	}
	if out.n == 0 {
		fmt.Fprintln(stderr, "otlp2posthog: none of the spans is an AI span, so PostHog would get nothing; the documentation of semconv.IsAI says which are")
	}
	if *asTree {
		if err := printTree(stdout, &printed, &recorded); err != nil {
			fmt.Fprintln(stderr, "otlp2posthog:", err)
			return 1
		}
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

func convert(ctx context.Context, files []string, stdin io.Reader, to io.Writer, mend bool, recorded *recording, options []exporter.WriterOption) error {
	exp, err := exporter.NewWriter(to, append(options, exporter.WithFilter(spans.IsAI))...)
	if err != nil {
		return err
	}
	give := func(td ptrace.Traces) error { return exp.ExportSpans(relay.Context(ctx), spans.Of(td)) }
	finish := func() error { return nil }
	if mend {
		if give, finish, err = mended(ctx, recorded, give); err != nil {
			return err
		}
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, file := range files {
		if err := readFile(file, stdin, give); err != nil {
			return fmt.Errorf("%s: %w", file, errors.Join(err, finish()))
		}
	}
	return errors.Join(finish(), exp.Shutdown(ctx))
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
