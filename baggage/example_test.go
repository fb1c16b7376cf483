package baggage_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"

	"github.com/otelposthog/otelposthog-go/baggage"
)

func Example() {
	mux := http.NewServeMux()
	mux.HandleFunc("/chat", func(_ http.ResponseWriter, r *http.Request) {
		// Every span that starts with this context can be stamped now, and every
		// call that is made with it passes the session on.
		session, ok := baggage.SessionFromContext(r.Context())
		fmt.Println(session.ID, session.DistinctID, ok)
	})
	gateway := baggage.NewHandler(otelhttp.NewHandler(mux, "gateway"))

	r := httptest.NewRequest(http.MethodPost, "/chat", http.NoBody)
	r.Header.Set("X-POSTHOG-SESSION-ID", "0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b")
	r.Header.Set("X-POSTHOG-DISTINCT-ID", "ada@example.com")
	gateway.ServeHTTP(httptest.NewRecorder(), r)
	// Output: 0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b ada@example.com true
}

func ExampleNewHandler() {
	inner := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Header.Get("baggage"))
	})
	// The person comes from the login session, never from the browser.
	edge := baggage.NewHandler(inner,
		baggage.WithIdentity(func(r *http.Request) baggage.Session {
			user, _, _ := r.BasicAuth()
			return baggage.Session{DistinctID: user}
		}),
		baggage.WithoutBrowserDistinctID(),
	)

	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.SetBasicAuth("zoe", "secret")
	r.Header.Set("X-POSTHOG-DISTINCT-ID", "somebody-else")
	r.Header.Set("baggage", "tenant=acme, posthog.session_id=s1, broken=%zz")
	edge.ServeHTTP(httptest.NewRecorder(), r)
	// Output: session.id=s1,posthog.distinct_id=zoe,tenant=acme
}

func ExampleNewTransport() {
	// What a request to each host carries, after otelhttp wrote its headers.
	wire := exampleTransport(func(r *http.Request) (*http.Response, error) {
		fmt.Printf("%s %q\n", r.URL.Host, r.Header.Get("baggage"))
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	})
	client := &http.Client{Transport: baggage.NewTransport(
		otelhttp.NewTransport(wire, otelhttp.WithPropagators(propagation.Baggage{})),
		baggage.WithTrustedHosts("*.svc.cluster.local", baggage.Loopback),
	)}

	ctx, err := baggage.ContextWithSession(context.Background(), baggage.Session{ID: "s1"})
	if err != nil {
		panic(err)
	}
	for _, url := range []string{"http://assistant.prod.svc.cluster.local/run", "https://api.openai.com/v1/chat/completions"} {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, http.NoBody)
		if err != nil {
			panic(err)
		}
		res, err := client.Do(r)
		if err != nil {
			panic(err)
		}
		_ = res.Body.Close()
	}
	// Output:
	// assistant.prod.svc.cluster.local "session.id=s1"
	// api.openai.com ""
}

type exampleTransport func(*http.Request) (*http.Response, error)

func (f exampleTransport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func ExampleContextWithSession() {
	ctx, err := baggage.ContextWithSession(context.Background(), baggage.Session{ID: "s1", WindowID: "w1"})
	if err != nil {
		panic(err)
	}

	// To change one field, change what is there.
	session, _ := baggage.SessionFromContext(ctx)
	session.DistinctID = "ada@example.com"
	ctx, err = baggage.ContextWithSession(ctx, session)
	fmt.Println(baggage.SessionFromContext(ctx))
	fmt.Println(err)

	_, err = baggage.ContextWithSession(ctx, baggage.Session{ID: "not an id"})
	fmt.Println(errors.Is(err, baggage.ErrInvalidSession))
	// Output:
	// {s1 w1 ada@example.com unknown} true
	// <nil>
	// true
}

func ExampleValidateTrustedHosts() {
	patterns := []string{"*.example.com", "https://api.example.com"} // from a configuration
	if err := baggage.ValidateTrustedHosts(patterns...); err != nil {
		fmt.Println(err)
	}
	// Output: otelposthog: baggage.WithTrustedHosts: pattern "https://api.example.com" trusts nothing: it is a URL: give the host alone
}

func ExampleServerTiming() {
	const incoming = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	mux := http.NewServeMux()
	server := baggage.NewHandler(otelhttp.NewHandler(baggage.ServerTiming(mux), "gateway",
		otelhttp.WithPropagators(propagation.TraceContext{})))

	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("traceparent", incoming)
	rec := httptest.NewRecorder()
	server.ServeHTTP(rec, r)
	fmt.Println(rec.Header().Get("Server-Timing"))
	// Output: traceparent;desc="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
}

func ExampleWithQuery() {
	// new WebSocket("wss://api.example.com/chat?room=7&ph_session=" + posthog.get_session_id())
	server := baggage.NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		session, _ := baggage.SessionFromContext(r.Context())
		fmt.Println(session.ID, r.URL)
	}), baggage.WithQuery("ph_session"))

	r := httptest.NewRequest(http.MethodGet, "/chat?room=7&ph_session=0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b", http.NoBody)
	server.ServeHTTP(httptest.NewRecorder(), r)
	// Output: 0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b /chat?room=7
}

func ExampleContextWithTrust() {
	// The consumers of this queue are services of yours. No guard can see that.
	publish := func(ctx context.Context, headers map[string]string) {
		baggage.Propagator(nil).Inject(baggage.ContextWithTrust(ctx), propagation.MapCarrier(headers))
	}
	ctx, err := baggage.ContextWithSession(context.Background(), baggage.Session{ID: "0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"})
	if err != nil {
		panic(err)
	}
	headers := map[string]string{}
	publish(ctx, headers)
	fmt.Println(headers["baggage"])
	// Output: session.id=0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
}
