package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/otelposthog/otelposthog-go/inspector/internal/doctor"
	"github.com/otelposthog/otelposthog-go/inspector/internal/explain"
)

// runDoctor asks an endpoint and prints the report. It fails when a probe failed.
func runDoctor(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := newFlags("doctor", stderr)
	c := clientFlags(flags)
	check := doctor.Check{Look: c.snapshot, Header: make(http.Header)}
	asJSON := flags.Bool("json", false, "print the report as JSON")
	llm := flags.String("llm-listen", "", "address on which to stand in for the LLM API and look for leaks, such as 127.0.0.1:9999")
	flags.StringVar(&check.Method, "method", http.MethodPost, "method of the requests")
	flags.StringVar(&check.Body, "body", `{"messages":[{"role":"user","content":"ping"}]}`, "body of the requests; it must make the endpoint call its LLM")
	flags.DurationVar(&check.Wait, "wait", 15*time.Second, "how long to wait for spans; batch processors hold them for 5 s")
	flags.Func("header", "a header of the requests, such as 'Authorization: Bearer x'; may be repeated", func(s string) error {
		name, value, ok := strings.Cut(s, ":")
		if !ok {
			return errors.New("a header is NAME: VALUE")
		}
		check.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("doctor needs one URL: inspector doctor http://127.0.0.1:8080/api/chat")
	}
	check.URL = flags.Arg(0)
	if _, err := c.snapshot(ctx); err != nil {
		return err
	}
	if *llm != "" {
		ln, err := net.Listen("tcp", *llm) //nolint:noctx // returns at once
		if err != nil {
			return err
		}
		check.LLM = &doctor.LLM{}
		srv := &http.Server{Handler: check.LLM, ReadHeaderTimeout: 10 * time.Second}
		go func() { _ = srv.Serve(ln) }()
		defer func() { _ = srv.Close() }()
	}
	report, err := doctor.Run(ctx, check)
	if err != nil {
		return err
	}
	if *asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(report)
	} else {
		_, err = io.WriteString(stdout, reportText(report))
	}
	if err == nil && !report.OK {
		err = errFailed
	}
	return err
}

var marks = map[doctor.Grade]string{doctor.Pass: "✓", doctor.Fail: "✗", doctor.Unclear: "?"}

func reportText(r doctor.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", plain(r.URL))
	for _, result := range r.Results {
		fmt.Fprintf(&b, "%s %s: %s\n    %s\n", marks[result.Grade], result.Name, result.About, plain(result.Detail))
		if result.Fix != "" {
			fmt.Fprintf(&b, "    → %s\n", result.Fix)
		}
		if result.Grade == doctor.Fail {
			for _, hop := range result.Hops {
				fmt.Fprintf(&b, "      %s\n", hopText(hop))
			}
		}
	}
	verdict := "Every session arrived."
	if !r.OK {
		verdict = "Sessions are lost or leaked: see ✗."
	}
	return b.String() + "\n" + verdict + "\n"
}

func hopText(h explain.Hop) string {
	switch {
	case h.Missing:
		return "(a parent that did not arrive: " + plain(h.SpanID) + ")"
	case h.SessionID != "":
		return fmt.Sprintf("%s  %s  session in %s", plain(h.Service), plain(h.Name), plain(h.Key))
	}
	return fmt.Sprintf("%s  %s  no session", plain(h.Service), plain(h.Name))
}
