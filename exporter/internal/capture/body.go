package capture

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/otelposthog/otelposthog-go/exporter/internal/pool"
)

// body is a request body in a reused buffer. The HTTP transport may still read
// a body after it has returned the response, so the buffer is free only when
// every reader is closed.
type body struct {
	buf  []byte
	refs atomic.Int32
	from *pool.Pool[body]
}

// maxBodyBuffer is the largest buffer that is kept.
const maxBodyBuffer = 8 << 20

func (c *Client) newBody() *body {
	p := c.bodies.Get()
	if p == nil {
		p = &body{from: &c.bodies}
	}
	p.buf = p.buf[:0]
	p.refs.Store(1)
	return p
}

// Write appends to the body. It never fails.
func (p *body) Write(b []byte) (int, error) {
	p.buf = append(p.buf, b...)
	return len(b), nil
}

func (p *body) release() {
	if p.refs.Add(-1) == 0 && cap(p.buf) <= maxBodyBuffer {
		p.from.Put(p)
	}
}

// open returns the body from its start. It cannot fail.
func (p *body) open() (io.ReadCloser, error) {
	if len(p.buf) == 0 {
		return http.NoBody, nil
	}
	p.refs.Add(1)
	return &bodyReader{body: p}, nil
}

// bodyReader has a lock because HTTP/2 closes a body while it is being read.
type bodyReader struct {
	mu   sync.Mutex
	body *body // nil once closed
	read int
}

func (r *bodyReader) Read(dst []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.body == nil {
		return 0, http.ErrBodyReadAfterClose
	}
	n := copy(dst, r.body.buf[r.read:])
	r.read += n
	if n == 0 && len(dst) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (r *bodyReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.body != nil {
		r.body.release()
		r.body = nil
	}
	return nil
}
