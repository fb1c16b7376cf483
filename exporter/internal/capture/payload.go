package capture

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/otelposthog/otelposthog-go/exporter/internal/pool"
)

// payload is a request body in a buffer that is used again. The HTTP transport
// may go on reading a body after it has returned the response, so the buffer is
// free only when every reader is closed.
type payload struct {
	buf  []byte
	refs atomic.Int32
	from *pool.Pool[payload]
}

// maxPayload is the largest buffer that is kept.
const maxPayload = 8 << 20

func (c *Client) newPayload() *payload {
	p := c.payloads.Get()
	if p == nil {
		p = &payload{from: &c.payloads}
	}
	p.buf = p.buf[:0]
	p.refs.Store(1)
	return p
}

// Write appends to the body. It never fails.
func (p *payload) Write(b []byte) (int, error) {
	p.buf = append(p.buf, b...)
	return len(b), nil
}

func (p *payload) release() {
	if p.refs.Add(-1) == 0 && cap(p.buf) <= maxPayload {
		p.from.Put(p)
	}
}

// open returns the body from its start. It cannot fail.
func (p *payload) open() (io.ReadCloser, error) {
	if len(p.buf) == 0 {
		return http.NoBody, nil
	}
	p.refs.Add(1)
	return &payloadReader{payload: p}, nil
}

// payloadReader has a lock because HTTP/2 closes a body while it is being read.
type payloadReader struct {
	mu      sync.Mutex
	payload *payload // nil once closed
	read    int
}

func (r *payloadReader) Read(dst []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.payload == nil {
		return 0, http.ErrBodyReadAfterClose
	}
	n := copy(dst, r.payload.buf[r.read:])
	r.read += n
	if n == 0 && len(dst) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (r *payloadReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.payload != nil {
		r.payload.release()
		r.payload = nil
	}
	return nil
}
