package otelopenai

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	otelsemconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	otelposthog "github.com/otelposthog/otelposthog-go"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// scopeName names the instrumentation in exported spans.
const scopeName = "github.com/otelposthog/otelposthog-go/contrib/openai/otelopenai"

// Tracer makes the spans. It is safe for concurrent use. The zero value makes
// none.
type Tracer struct {
	tracer       trace.Tracer
	providerName string // empty: by host
	content      Content
}

// New returns a Tracer.
func New(opts ...Option) *Tracer {
	c := newConfig(opts)
	return &Tracer{
		tracer:       c.provider.Tracer(scopeName, trace.WithInstrumentationVersion(otelposthog.Version)),
		providerName: c.providerName,
		content:      *c.content,
	}
}

// Middleware makes one span per request of a known endpoint. Pass it to the
// client, or to a single call, with option.WithMiddleware. It never changes what
// the client sends or receives.
func (t *Tracer) Middleware(req *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	ep := endpointOf(req)
	if t == nil || t.tracer == nil || ep == nil || suppressed(req.Context()) {
		return next(req)
	}
	body, err := copyBody(req)
	if err != nil {
		return nil, err
	}
	in := decodeRequest(body)

	start := time.Now()
	ctx, span := t.tracer.Start(req.Context(), ep.operation+" "+in.Model,
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(t.startAttributes(req, ep, in)...))
	inner := req.WithContext(Suppress(ctx))
	if !span.IsRecording() {
		defer span.End()
		return next(inner)
	}
	t.recordRequest(ctx, span, ep, in)

	c := newCall(ctx, span, ep, start, t.content)
	returned := false
	defer func() {
		if !returned { // next panics
			c.end(errPanic)
		}
	}()
	resp, err := next(inner)
	returned = true
	c.watch(resp, err)
	return resp, err
}

var errPanic = errors.New("panic")

// startAttributes are the attributes that samplers and span processors may want
// to see when the span starts.
func (t *Tracer) startAttributes(req *http.Request, ep *endpoint, in *request) []attribute.KeyValue {
	provider := t.providerName
	if provider == "" {
		provider = providerOf(req.URL.Hostname())
	}
	attrs := []attribute.KeyValue{
		semconv.GenAIOperationNameKey.String(ep.operation),
		semconv.GenAIProviderNameKey.String(provider),
		otelsemconv.ServerAddress(req.URL.Hostname()),
	}
	if in.Model != "" {
		attrs = append(attrs, semconv.GenAIRequestModelKey.String(in.Model))
	}
	if port, err := strconv.Atoi(req.URL.Port()); err == nil {
		attrs = append(attrs, otelsemconv.ServerPort(port))
	}
	if n, err := strconv.Atoi(req.Header.Get("X-Stainless-Retry-Count")); err == nil && n > 0 {
		attrs = append(attrs, otelsemconv.HTTPRequestResendCount(n))
	}
	return attrs
}

// copyBody returns the request body and leaves the request as it was.
func copyBody(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	if err = errors.Join(err, req.Body.Close()); err != nil {
		return nil, fmt.Errorf("otelopenai: reading the request body: %w", err)
	}
	if req.GetBody != nil { // the client's own copy, so that ours can be freed
		if req.Body, err = req.GetBody(); err == nil {
			return body, nil
		}
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}
