package baggage

import (
	"sync"
	"sync/atomic"
	"time"
)

// reportEvery is how often one cause is told.
const reportEvery = time.Minute

// reports remembers when each cause was told last. There are as many causes as
// this package has names for.
var reports limiter

type limiter struct{ next sync.Map } // cause to *atomic.Int64, Unix nanoseconds

// due reports whether a cause has not been told for a minute.
func (l *limiter) due(cause string) bool {
	v, ok := l.next.Load(cause)
	if !ok {
		v, _ = l.next.LoadOrStore(cause, new(atomic.Int64))
	}
	next, now := v.(*atomic.Int64), time.Now().UnixNano()
	old := next.Load()
	return now >= old && next.CompareAndSwap(old, now+int64(reportEvery))
}
