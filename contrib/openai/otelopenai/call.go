package otelopenai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	otelsemconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/contrib/openai/internal/stream"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// call is one request from the start of its span to its end.
type call struct {
	ctx      context.Context
	endpoint *endpoint
	content  Content
	start    time.Time

	mu     sync.Mutex // reading, closing and the end of ctx may come at once
	span   trace.Span
	ended  bool
	unhook func() bool // stops waiting for the end of ctx

	// What is read of the response: a document, or the events of a stream.
	document  stream.Skimmer
	events    *stream.Events // nil: a document
	assembler assembler
	budget    budget
	token     bool // the first token has come
	encoded   bool // the body is compressed, for a caller that asked for that
}

func newCall(ctx context.Context, span trace.Span, ep *endpoint, start time.Time, content Content) *call {
	return &call{
		ctx: ctx, span: span, endpoint: ep, start: start, content: content,
		budget: budget{left: maxContent, off: !content.outputs()},
	}
}

// watch takes what the request came back with. The span ends now, or with the
// body of the response.
func (c *call) watch(resp *http.Response, err error) {
	switch {
	case err != nil:
		c.end(err)
		return
	case resp == nil || resp.Body == nil:
		c.end(errNoResponse)
		return
	case resp.StatusCode >= http.StatusBadRequest:
		c.endWithStatus(resp)
		return
	case c.endpoint.assemble != nil && isEventStream(resp.Header):
		c.events = stream.NewEvents(documentLimits())
		c.assembler = c.endpoint.assemble(&c.budget)
	default:
		c.document = stream.NewSkimmer(documentLimits(), c.endpoint.skip)
	}
	c.encoded = resp.Header.Get("Content-Encoding") != ""
	resp.Body = &body{ReadCloser: resp.Body, call: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	// A caller that neither reads on nor closes still ends the span with ctx.
	c.unhook = context.AfterFunc(c.ctx, func() { c.end(c.ctx.Err()) })
}

var errNoResponse = errors.New("no response")

// endWithStatus reads the beginning of the body of an error, where its code is,
// and puts it back.
func (c *call) endWithStatus(resp *http.Response) {
	head, err := io.ReadAll(io.LimitReader(resp.Body, maxError))
	rest := io.Reader(resp.Body)
	if err != nil { // the client must meet the same error at the same place
		rest = errorReader{err}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), rest), resp.Body}

	c.mu.Lock()
	defer c.mu.Unlock()
	failWithStatus(c.span, resp.StatusCode, head)
	c.finish()
}

// saw takes what the client has read.
func (c *call) saw(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.encoded {
		return
	}
	if c.events == nil {
		c.document.Write(b)
		return
	}
	c.events.Write(b, func(data []byte) bool {
		p := c.assembler.add(data)
		if p.token && !c.token {
			c.token = true
			c.span.SetAttributes(semconv.GenAIResponseTimeToFirstChunkKey.Float64(time.Since(c.start).Seconds()))
		}
		if p.last {
			c.endAnswered()
		}
		return !p.last
	})
}

// end ends the span of a call that failed, or with a nil err of a body that is
// closed, unless it has ended.
func (c *call) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	if err == nil {
		err = c.ctx.Err() // the client closes the body when ctx ends
	}
	if doc, ok := c.document.Document(); err == nil && ok && json.Valid(doc) {
		c.endAnswered() // a caller that decodes JSON need not read beyond its end
		return
	}
	if c.assembler != nil {
		c.record(c.assembler.answer())
	}
	if err != nil {
		failWithError(c.span, err)
	}
	c.finish()
}

// read ends the span at the end of the body, unless it has ended.
func (c *call) read() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.endAnswered()
	}
}

// endAnswered ends the span of a response that was read to its end.
func (c *call) endAnswered() {
	if c.encoded {
		c.budget.cut = true
		c.finish()
		return
	}
	if c.assembler != nil {
		c.record(c.assembler.answer())
		c.finish()
		return
	}
	doc, ok := c.document.Document()
	c.budget.cut = c.document.Lost()
	if a, err := c.endpoint.decode(doc); ok && err != nil {
		c.span.SetAttributes(otelsemconv.ErrorType(err))
		c.span.SetStatus(codes.Error, "the response is not a JSON object")
	} else if ok {
		c.record(a)
	}
	c.finish()
}

func (c *call) record(a *answer) {
	c.span.SetAttributes(a.attributes(c.content)...)
	if a.failure != nil {
		failWithAnswer(c.span, a.failure)
	}
}

// finish ends the span. Before, everything is on it.
func (c *call) finish() {
	c.ended = true
	if c.unhook != nil {
		c.unhook()
	}
	if c.budget.cut || c.events != nil && c.events.Lost() {
		c.span.SetAttributes(attribute.Bool(semconv.PropertyTruncated, true))
	}
	c.span.End()
	c.document, c.events, c.assembler = stream.Skimmer{}, nil, nil
}

// body lets a call see what the client reads of a response.
type body struct {
	io.ReadCloser
	call *call
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.call.saw(p[:n])
	if err == io.EOF {
		b.call.read()
	} else if err != nil {
		b.call.end(err)
	}
	return n, err
}

func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.call.end(nil)
	return err
}

func isEventStream(h http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && mediaType == "text/event-stream"
}

// errorReader fails every Read with err.
type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }
