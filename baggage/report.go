package baggage

import (
	"sync"
	"sync/atomic"
	"time"
)

// reportEvery is the minimum time between two reports of one cause.
const reportEvery = time.Minute

// reports remembers when each cause was last reported. It is bounded, because
// the causes are constants of this package.
var reports limiter

type limiter struct{ next sync.Map } // cause to *atomic.Int64, Unix nanoseconds

// due reports whether a cause was not reported within the last minute.
func (l *limiter) due(cause string) bool {
	v, ok := l.next.Load(cause)
	if !ok {
		v, _ = l.next.LoadOrStore(cause, new(atomic.Int64))
	}
	next, now := v.(*atomic.Int64), time.Now().UnixNano()
	old := next.Load()
	return now >= old && next.CompareAndSwap(old, now+int64(reportEvery))
}
