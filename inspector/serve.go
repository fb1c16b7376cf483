package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/otelposthog/otelposthog-go/inspector/server"
)

const defaultAddr = "127.0.0.1:8008"

// serveConfig is what the flags of serve and run say.
type serveConfig struct {
	addr string
	opts server.Options
}

func serveFlags(flags *flag.FlagSet) *serveConfig {
	c := &serveConfig{opts: server.Options{Version: version, ForwardKey: os.Getenv("POSTHOG_API_KEY")}}
	flags.StringVar(&c.addr, "addr", defaultAddr, "address to listen on; off loopback a token is asked for")
	flags.StringVar(&c.opts.Dir, "data", "", "folder in which the data survives a restart (default: memory only)")
	flags.StringVar(&c.opts.Forward, "forward", "", "send everything on to this PostHog, too; spans that come by OTLP with the key in POSTHOG_API_KEY")
	flags.StringVar(&c.opts.Token, "token", "", "token that the page asks for (default: none on loopback, else a random one)")
	flags.Func("limit", "how much received data is kept, in MiB (default 64)", func(s string) error {
		var mib int
		if _, err := fmt.Sscanf(s, "%d", &mib); err != nil || mib < 1 || mib > 64<<10 {
			return errors.New("a number of MiB from 1 on")
		}
		c.opts.Limit = mib << 20
		return nil
	})
	flags.Func("host", "a further name under which this server is called; may be repeated", func(s string) error {
		c.opts.Hosts = append(c.opts.Hosts, strings.ToLower(s))
		return nil
	})
	return c
}

// inspector is a server that listens.
type inspector struct {
	url    string // without a slash at the end
	token  string
	server *server.Server
	http   *http.Server
	failed chan error
}

// boundMemory lets the collector work harder before the process needs more than
// about 200 MB at the default limit. GOMEMLIMIT wins.
func (c *serveConfig) boundMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(11 * int64(cmp.Or(c.opts.Limit, server.DefaultLimit)) / 4)
	}
}

func (c *serveConfig) start() (*inspector, error) {
	ln, err := net.Listen("tcp", c.addr) //nolint:noctx // returns at once
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with -addr", err)
	}
	addr, _ := ln.Addr().(*net.TCPAddr)
	if !addr.IP.IsLoopback() && c.opts.Token == "" {
		c.opts.Token = rand.Text()
	}
	srv, err := server.New(c.opts)
	if err != nil {
		_ = ln.Close()
		return nil, err
	}
	host := addr.String()
	if addr.IP.IsUnspecified() {
		host = net.JoinHostPort("127.0.0.1", fmt.Sprint(addr.Port))
	}
	i := &inspector{url: "http://" + host, token: c.opts.Token, server: srv, http: srv.HTTPServer(), failed: make(chan error, 1)}
	go func() {
		if err := i.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			i.failed <- err
		}
	}()
	return i, nil
}

// stop ends the server and writes its file.
func (i *inspector) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(i.http.Shutdown(ctx), i.server.Close())
}

// environment is what makes programs send to the inspector.
func (i *inspector) environment() []string {
	return []string{
		"POSTHOG_HOST=" + i.url,
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + i.url,
		"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
	}
}

func (i *inspector) greeting() string {
	page := i.url
	if i.token != "" {
		page += "/?token=" + i.token
	}
	var b strings.Builder
	fmt.Fprintf(&b, "The inspector is at %s\n\nServices, in any language:\n", page)
	for _, variable := range i.environment() {
		fmt.Fprintf(&b, "    export %s\n", variable)
	}
	fmt.Fprintf(&b, "Browser:\n    posthog.init('phc_local', {api_host: '%s', tracing_headers: ['localhost', '127.0.0.1']})\nCoding agents (MCP):\n    %s/mcp\n\n", i.url, i.url)
	return b.String()
}

func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := newFlags("serve", stderr)
	cfg := serveFlags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	cfg.boundMemory()
	i, err := cfg.start()
	if err != nil {
		return err
	}
	_, _ = io.WriteString(stdout, i.greeting())
	select {
	case <-ctx.Done():
	case err = <-i.failed:
	}
	return errors.Join(err, i.stop())
}
