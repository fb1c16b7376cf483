package capture

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// request is the part that is the same in all attempts to send the same events.
type request struct {
	endpoint *endpoint
	id       uuid.UUID
	created  time.Time
	attempt  int // from 1
}

const timeLayout = "2006-01-02T15:04:05.000Z"

// post makes one attempt. The events are already encoded; only the parts that
// change are written around them and compressed with them.
func (d *delivery) post(ctx context.Context, req *request, piece []segment) (*response, error) {
	c := d.client
	p := c.newBody()
	defer p.release()
	now := time.Now()
	c.compress(p, func(w io.Writer) { d.writeBody(w, req, piece, now) })
	d.report.WireBytes += int64(len(p.buf))

	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.Host.JoinPath(req.endpoint.path).String(), nil)
	if err != nil {
		return nil, err
	}
	r.Body, _ = p.open()
	r.GetBody = p.open
	r.ContentLength = int64(len(p.buf))
	c.setHeader(r.Header, req, now)
	resp, err := c.cfg.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return readResponse(resp, req.endpoint), nil
}

func (d *delivery) writeBody(w io.Writer, req *request, piece []segment, now time.Time) {
	n := 0
	put := func(b []byte) {
		_, _ = w.Write(b) // a body or a compressor in front of one: no errors
		n += len(b)
	}
	put(d.client.head(req, now))
	for i, seg := range piece {
		if i > 0 {
			put([]byte(","))
		}
		put(d.batch.buf[seg.start:seg.end])
	}
	put([]byte("]}"))
	d.report.PlainBytes += int64(n)
}

// head is the body up to the first event. The server corrects the clock of this
// machine by sent_at, which is therefore the time of the attempt; the v1
// contract has a header for that.
func (c *Client) head(req *request, now time.Time) []byte {
	head := make([]byte, 0, 128)
	if req.endpoint.v1 {
		head = append(head, `{"created_at":"`...)
		head = req.created.UTC().AppendFormat(head, timeLayout)
	} else {
		head = jsontree.AppendString(append(head, `{"api_key":`...), c.cfg.APIKey)
		head = append(head, `,"sent_at":"`...)
		head = now.UTC().AppendFormat(head, timeLayout)
	}
	return append(head, `","batch":[`...)
}

func (c *Client) setHeader(h http.Header, req *request, now time.Time) {
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", c.cfg.SDK)
	if c.cfg.Compression != None {
		h.Set("Content-Encoding", string(c.cfg.Compression))
	}
	if c.cfg.User != nil {
		h.Set("Authorization", "Basic "+basic(c.cfg.User))
	}
	if req.endpoint.v1 {
		h.Set("Authorization", "Bearer "+c.cfg.APIKey)
		h.Set("PostHog-Sdk-Info", c.cfg.SDK)
		h.Set("PostHog-Attempt", strconv.Itoa(req.attempt))
		h.Set("PostHog-Request-Id", req.id.String())
		h.Set("PostHog-Request-Timestamp", now.UTC().Format(timeLayout))
	}
}

func basic(user *url.Userinfo) string {
	password, _ := user.Password()
	return base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
}
