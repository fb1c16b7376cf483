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

// answer is what goes back to the client.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (b *batch) storedAnswer(rt route) answer {
	if rt.v1 {
		return jsonAnswer(http.StatusOK, map[string]any{"results": b.results})
	}
	return jsonAnswer(http.StatusOK, map[string]any{"status": 1})
}

func (b *batch) quotaAnswer(rt route) answer {
	if !rt.v1 {
		resource := "llm_events"
		if slices.ContainsFunc(b.events, func(e Event) bool { return !isAI(e.Name) }) {
			resource = "events"
		}
		return jsonAnswer(http.StatusOK, map[string]any{"status": 1, "quota_limited": []string{resource}})
	}
	for _, e := range b.events {
		details := detailEventsOverQuota
		if isAI(e.Name) {
			details = detailOverQuota
		}
		b.results[e.UUID] = EventResult{Result: ResultDrop, Details: details}
	}
	return b.storedAnswer(rt)
}

func (f Fault) statusAnswer(rt route) answer {
	if f.status < 200 || f.status > 599 {
		return refusalAnswer(rt, refuse(http.StatusInternalServerError, "posthogtest: Status(%d) is no status to answer", f.status))
	}
	return refusalAnswer(rt, refuse(f.status, "%s", http.StatusText(f.status)))
}

func refusalAnswer(rt route, err error) answer {
	status := statusOf(err)
	if rt.v1 {
		code := strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
		return jsonAnswer(status, map[string]any{"error": code, "error_description": err.Error()})
	}
	return textAnswer(status, err.Error())
}

func textAnswer(status int, text string) answer {
	return answer{status: status, header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, body: []byte(text)}
}

func jsonAnswer(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		return textAnswer(http.StatusInternalServerError, err.Error())
	}
	return answer{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: body}
}

// play sends the answer with the fault on it.
func (f Fault) play(ctx context.Context, w http.ResponseWriter, ans answer) {
	if !sleep(ctx, f.slowHeader) || f.cut == cutBeforeAnswer {
		disconnect(w, true)
		return
	}
	body := ans.body
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
	if ans.status == http.StatusNoContent || ans.status == http.StatusNotModified {
		body, f.padding = nil, 0 // HTTP allows them no body
	} else {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+max(f.padding, 0)))
	}
	maps.Copy(w.Header(), ans.header)
	maps.Copy(w.Header(), f.header)
	w.WriteHeader(ans.status)
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
