package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
)

// client asks an inspector that runs elsewhere.
type client struct{ url, token string }

func clientFlags(flags *flag.FlagSet) *client {
	c := &client{}
	flags.StringVar(&c.url, "inspector", "http://"+defaultAddr, "address of the running inspector")
	flags.StringVar(&c.token, "token", os.Getenv("INSPECTOR_TOKEN"), "its token, if it has one (default: INSPECTOR_TOKEN)")
	return c
}

// get opens a path of the API. The caller closes the body.
func (c *client) get(ctx context.Context, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.url, "/")+"/inspector/api/"+path, nil)
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no inspector at %s: start one with `inspector`, or name it with -inspector: %w", c.url, err)
	}
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
		_ = resp.Body.Close()
		return nil, errors.New(strings.TrimSpace(string(text)))
	}
	return resp.Body, nil
}

// snapshot fetches what the inspector has.
func (c *client) snapshot(ctx context.Context) (store.Snapshot, error) {
	body, err := c.get(ctx, "export")
	if err != nil {
		return store.Snapshot{}, err
	}
	defer func() { _ = body.Close() }()
	copied := store.New(1 << 30)
	if _, err := copied.Import(body); err != nil {
		return store.Snapshot{}, err
	}
	return copied.Snapshot(), nil
}
