package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/otelposthog/otelposthog-go/inspector/internal/view"
)

// tail prints events as they come, one in a line.
func tail(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := newFlags("tail", stderr)
	c := clientFlags(flags)
	asJSON := flags.Bool("json", false, "print JSON lines")
	if err := flags.Parse(args); err != nil {
		return err
	}
	body, err := c.get(ctx, "tail")
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if !*asJSON {
			var item view.Item
			if err := json.Unmarshal([]byte(data), &item); err != nil {
				return err
			}
			data = tailLine(item)
		}
		if _, err := fmt.Fprintln(stdout, data); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return lines.Err()
}

func tailLine(e view.Item) string {
	s := fmt.Sprintf("%s  %-14s  %-32s", e.End.Local().Format("15:04:05.000"), plain(e.Event), plain(e.Title))
	if e.Model != "" {
		s += "  " + plain(e.Model)
	}
	if d := e.End.Sub(e.Start); d > 0 {
		s += "  " + d.Round(time.Millisecond).String()
	}
	if e.InputTokens+e.OutputTokens > 0 {
		s += fmt.Sprintf("  %d+%d tokens", e.InputTokens, e.OutputTokens)
	}
	if e.Error {
		s += "  ERROR"
	}
	if e.SessionID == "" {
		return s + "  no session"
	}
	return s + "  session " + plain(e.SessionID)
}

// plain keeps escape sequences of foreign text out of the terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, s)
}
