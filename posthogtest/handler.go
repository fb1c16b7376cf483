package posthogtest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// ServeHTTP answers one request as the server does on its own address, so that
// the decoding can stand behind another server: a zero Server needs no Start for
// it. Faults, records and stored events work as usual.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handle(w, r) }

// handle takes one request from its headers to the last byte of its answer. The
// record and the events are in the store before the client sees a byte.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	req := newRequest(r)
	ep, ok := endpoints[strings.TrimSuffix(r.URL.Path, "/")]
	if !ok || ep.cloud && s.config.withoutAI {
		s.refuse(w, req, http.StatusNotFound, "no such path")
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		s.refuse(w, req, http.StatusMethodNotAllowed, "only POST works here")
		return
	}
	fault := s.script.next(req)
	if fault.cut == cutRequest {
		n, _ := io.CopyN(io.Discard, r.Body, max(r.ContentLength/2, 1))
		req.WireBytes = int(n)
		req.Error = "scripted: connection reset in the request body"
		s.store.add(req, nil)
		disconnect(w, true)
		return
	}
	resp, stored := s.process(r, ep, fault, &req)
	s.store.add(req, stored)
	fault.play(r.Context(), w, resp)
}

// process reads the body, decides, and completes the record.
func (s *Server) process(r *http.Request, ep endpoint, fault Fault, req *Request) (response, []Event) {
	b, err := s.read(r, ep, req)
	var resp response
	var stored []Event
	switch {
	case fault.status != 0:
		resp = fault.statusResponse(ep)
		req.Error = fmt.Sprintf("scripted: status %d", resp.status)
	case err != nil:
		resp = rejectResponse(ep, err)
		req.Error = fmt.Sprintf("%d %v", resp.status, err)
	case fault.quota:
		resp = b.quotaResponse(ep)
		req.Error = "scripted: over quota"
	default:
		stored = b.decide(fault)
		resp = b.storedResponse(ep)
		if len(stored) < len(b.events) {
			req.Error = fmt.Sprintf("%d of %d events not stored", len(b.events)-len(stored), len(b.events))
		}
	}
	req.Stored = len(stored)
	req.Status = resp.status
	switch fault.cut {
	case cutBeforeAnswer:
		req.Status = 0
		req.Error = "scripted: connection reset before the answer"
	case cutAfterHeader:
		req.Error = "scripted: connection reset after the headers"
	case cutAnswer:
		req.Error = "scripted: answer truncated"
	default:
		if fault.gzip || fault.empty {
			req.Error = "scripted: answer truncated"
		}
	}
	return resp, stored
}

// read turns the body into events and records what it sees on the way. On an
// error the batch holds what was read until then.
func (s *Server) read(r *http.Request, ep endpoint, req *Request) (batch, error) {
	wire, err := readWire(r, ep.wire)
	req.WireBytes = len(wire)
	if err != nil {
		return batch{}, err
	}
	if ep.v1 {
		req.APIKey = bearer(r.Header)
		if err := s.authorize(req.APIKey); err != nil {
			return batch{}, err
		}
	}
	plain, err := decompress(wire, contentEncoding(r, ep), ep)
	if err != nil {
		return batch{}, err
	}
	req.PlainBytes = len(plain)
	if err := checkDepth(plain); err != nil {
		return batch{}, err
	}
	var b batch
	if ep.v1 {
		b, err = parseV1(plain, ep, r.Header)
	} else if b, err = parseV0(plain, ep); err == nil {
		err = s.authorize(b.apiKey)
	}
	now := time.Now().UTC().Round(0)
	for i := range b.events {
		b.events[i].Path, b.events[i].APIKey = r.URL.Path, b.apiKey
		b.events[i].stamp(b.sentAt, now)
	}
	req.APIKey, req.SentAt, req.Events = b.apiKey, b.sentAt, b.events
	return b, err
}

func (s *Server) authorize(key string) error {
	if key == "" {
		return refuse(http.StatusUnauthorized, "the API key is missing")
	}
	if s.config.apiKey != "" && key != s.config.apiKey {
		return refuse(http.StatusUnauthorized, "the API key is not valid")
	}
	return nil
}

// decide returns the events to store.
func (b *batch) decide(fault Fault) []Event {
	if b.results == nil {
		return b.events
	}
	var stored []Event
	for _, e := range b.events {
		result := b.results[e.UUID]
		if result.Result == ResultOK && fault.results != nil {
			if scripted := fault.results(e); scripted != (EventResult{}) {
				result = scripted
				b.results[e.UUID] = result
			}
		}
		if result.Result == ResultOK || result.Result == ResultWarning {
			stored = append(stored, e)
		}
	}
	return stored
}

// refuse answers a request that reaches no capture path.
func (s *Server) refuse(w http.ResponseWriter, req Request, status int, text string) {
	req.Status = status
	req.Error = fmt.Sprintf("%d %s", status, text)
	s.store.add(req, nil)
	http.Error(w, text, status)
}
