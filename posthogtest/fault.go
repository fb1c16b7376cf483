package posthogtest

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Fault is what goes wrong with one request. The zero Fault is none: the request
// is answered as PostHog would.
//
// A script of faults, from [WithFaults] or [Server.SetFaults], is played in
// order, one fault for each request that reaches a capture path; requests that
// are answered 404 or 405 use none up. A request takes its fault when its
// headers have arrived. When the script is through, the function of
// [WithFaultFunc] or [Server.SetFaultFunc] is asked, if there is one.
//
// Two faults of different kinds can strike the same request:
//
//	posthogtest.Status(503).And(posthogtest.SlowBody(time.Second))
//
// To play one several times, use [slices.Repeat].
type Fault struct {
	status     int
	header     http.Header
	body       string
	slowHeader time.Duration
	slowBody   time.Duration
	padding    int
	empty      bool
	gzip       bool
	quota      bool
	results    func(Event) EventResult
	cut        cutPoint
}

// cutPoint is where the connection breaks.
type cutPoint int

const (
	cutNowhere cutPoint = iota
	cutRequest
	cutBeforeAnswer
	cutAfterHeader
	cutAnswer
)

// Status answers this status and stores nothing. The code must be between 200
// and 599; any other is answered as 500 with a body that says so. A Status(200)
// is a proxy that swallows events.
func Status(code int) Fault { return Fault{status: code} }

// Header adds a header to the answer.
func (f Fault) Header(name, value string) Fault {
	f.header = f.header.Clone()
	if f.header == nil {
		f.header = make(http.Header)
	}
	f.header.Add(name, value)
	return f
}

// RetryAfter adds a Retry-After header as it stands: seconds, a date or
// nonsense.
func (f Fault) RetryAfter(value string) Fault { return f.Header("Retry-After", value) }

// RetryAfterDate adds a Retry-After header with a date, which HTTP cuts to whole
// seconds.
func (f Fault) RetryAfterDate(t time.Time) Fault {
	return f.RetryAfter(t.UTC().Format(http.TimeFormat))
}

// Body replaces the body of the answer, whatever the status is. An empty body
// replaces nothing.
func (f Fault) Body(text string) Fault {
	f.body = text
	return f
}

// SlowHeaders stores the events, waits, and then answers. A client that gives up
// meanwhile has its events stored all the same.
func SlowHeaders(d time.Duration) Fault { return Fault{slowHeader: d} }

// SlowBody stores the events, answers the headers and half of the body, waits,
// and then sends the rest.
func SlowBody(d time.Duration) Fault { return Fault{slowBody: d} }

// ResetConnection resets the connection in the middle of the request body.
// Nothing is stored and nothing is answered.
func ResetConnection() Fault { return Fault{cut: cutRequest} }

// DropAfterStore stores the events and then resets the connection instead of
// answering. The client cannot know; this is how duplicates are made.
func DropAfterStore() Fault { return Fault{cut: cutBeforeAnswer} }

// TruncateResponse stores the events, answers the headers and half of the body,
// and then closes the connection.
func TruncateResponse() Fault { return Fault{cut: cutAnswer} }

// ResetAfterHeaders stores the events, answers the headers and then resets the
// connection.
func ResetAfterHeaders() Fault { return Fault{cut: cutAfterHeader} }

// TruncateGzip stores the events and answers with gzip of which the second half
// is missing, although the answer is whole as far as HTTP knows.
func TruncateGzip() Fault { return Fault{gzip: true} }

// EmptyResponse stores the events and answers without a body.
func EmptyResponse() Fault { return Fault{empty: true} }

// HugeResponse stores the events and adds n spaces to the answer, which a client
// must not read into memory. The whole is valid JSON. A negative n adds none.
func HugeResponse(n int) Fault { return Fault{padding: n} }

// QuotaLimited answers as PostHog does over quota, and stores nothing: 200 with
// quota_limited on the v0 paths, a drop for each event on the v1 paths.
func QuotaLimited() Fault { return Fault{quota: true} }

// PartialV1 lets result decide about each event of a v1 request that PostHog
// would store. A zero EventResult decides nothing; an event of [ResultDrop],
// [ResultRetry] or an unknown result is not stored. The v0 paths have no results
// for single events, so nothing is wrong there. Nil decides nothing.
func PartialV1(result func(Event) EventResult) Fault { return Fault{results: result} }

// And returns a fault that is both. Where both say something of the same kind, g
// wins.
func (f Fault) And(g Fault) Fault {
	header := make(http.Header)
	maps.Copy(header, f.header)
	maps.Copy(header, g.header)
	f.header = header
	f.status = cmp.Or(g.status, f.status)
	f.body = cmp.Or(g.body, f.body)
	f.slowHeader = cmp.Or(g.slowHeader, f.slowHeader)
	f.slowBody = cmp.Or(g.slowBody, f.slowBody)
	f.padding = cmp.Or(g.padding, f.padding)
	f.cut = cmp.Or(g.cut, f.cut)
	f.empty = f.empty || g.empty
	f.gzip = f.gzip || g.gzip
	f.quota = f.quota || g.quota
	if g.results != nil {
		f.results = g.results
	}
	return f
}

// script hands out the faults.
type script struct {
	mu    sync.Mutex
	queue []Fault
	pick  func(Request) Fault
}

func (s *script) next(req Request) Fault {
	s.mu.Lock()
	if len(s.queue) > 0 {
		defer s.mu.Unlock()
		f := s.queue[0]
		s.queue = s.queue[1:]
		return f
	}
	pick := s.pick
	s.mu.Unlock()
	if pick == nil {
		return Fault{}
	}
	return pick(req)
}

// SetFaults replaces what is left of the script. Without arguments it empties
// the script.
func (s *Server) SetFaults(faults ...Fault) {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	s.script.queue = slices.Clone(faults)
}

// SetFaultFunc replaces the function that picks the fault of a request once the
// script is through. It sees what the headers tell: method, path, header,
// attempt and request id. It is called from many goroutines and must not call
// Stop or Close. Nil removes it.
func (s *Server) SetFaultFunc(pick func(Request) Fault) {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	s.script.pick = pick
}

// FaultsLeft returns how many faults of the script were not played yet. A test
// that ends with some left has not tested what it says.
func (s *Server) FaultsLeft() int {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	return len(s.script.queue)
}
