package posthogtest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// response is what goes back to the client.
type response struct {
	status int
	header http.Header
	body   []byte
}

func (b *batch) storedResponse(ep endpoint) response {
	if ep.v1 {
		return jsonResponse(http.StatusOK, map[string]any{"results": b.results})
	}
	return jsonResponse(http.StatusOK, map[string]any{"status": 1})
}

func (b *batch) quotaResponse(ep endpoint) response {
	if !ep.v1 {
		resource := "llm_events"
		if slices.ContainsFunc(b.events, func(e Event) bool { return !isAI(e.Name) }) {
			resource = "events"
		}
		return jsonResponse(http.StatusOK, map[string]any{"status": 1, "quota_limited": []string{resource}})
	}
	for _, e := range b.events {
		details := detailEventsOverQuota
		if isAI(e.Name) {
			details = detailOverQuota
		}
		b.results[e.UUID] = EventResult{Result: ResultDrop, Details: details}
	}
	return b.storedResponse(ep)
}

func (f Fault) statusResponse(ep endpoint) response {
	if f.status < 200 || f.status > 599 {
		return rejectResponse(ep, refuse(http.StatusInternalServerError, "posthogtest: Status(%d) is no status to answer", f.status))
	}
	return rejectResponse(ep, refuse(f.status, "%s", http.StatusText(f.status)))
}

func rejectResponse(ep endpoint, err error) response {
	status := statusOf(err)
	if ep.v1 {
		code := strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
		return jsonResponse(status, map[string]any{"error": code, "error_description": err.Error()})
	}
	return textResponse(status, err.Error())
}

func textResponse(status int, text string) response {
	return response{status: status, header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, body: []byte(text)}
}

func jsonResponse(status int, v any) response {
	body, err := json.Marshal(v)
	if err != nil {
		return textResponse(http.StatusInternalServerError, err.Error())
	}
	return response{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: body}
}

// play sends the answer with the fault on it.
func (f Fault) play(ctx context.Context, w http.ResponseWriter, resp response) {
	if !sleep(ctx, f.slowHeader) || f.cut == cutBeforeAnswer {
		disconnect(w, true)
		return
	}
	body := resp.body
	if f.body != "" {
		body = []byte(f.body)
	}
	if f.empty {
		body = nil
	}
	if f.gzip {
		w.Header().Set("Content-Encoding", "gzip")
		body = compress(body)
		body = body[:len(body)/2]
	}
	if resp.status == http.StatusNoContent || resp.status == http.StatusNotModified {
		body, f.padding = nil, 0 // HTTP allows them no body
	} else {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+max(f.padding, 0)))
	}
	maps.Copy(w.Header(), resp.header)
	maps.Copy(w.Header(), f.header)
	w.WriteHeader(resp.status)
	if f.cut == cutAfterHeader {
		_ = http.NewResponseController(w).Flush()
		disconnect(w, true)
		return
	}
	if f.cut == cutAnswer || f.slowBody > 0 {
		half := len(body) / 2
		_, _ = w.Write(body[:half])
		_ = http.NewResponseController(w).Flush()
		body = body[half:]
	}
	if !sleep(ctx, f.slowBody) || f.cut == cutAnswer {
		disconnect(w, false)
		return
	}
	_, _ = w.Write(body)
	_, _ = io.CopyN(w, spaces{}, int64(f.padding))
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // b has no errors
	_ = z.Close()
	return b.Bytes()
}

// spaces is an endless reader of white space.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// sleep reports whether it slept through; it ends early when the client goes
// away or the server stops.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// disconnect ends the connection of a request, by a TCP reset or in good order.
func disconnect(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // the connection is gone already
	}
	if reset {
		raw := conn
		if secure, ok := conn.(*tls.Conn); ok {
			raw = secure.NetConn()
		}
		if tcp, ok := raw.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = raw.Close()
	}
	_ = conn.Close()
}
