package capture

// search decides how many events go into the next request while it looks for
// events that make PostHog refuse a whole request. It halves a refused request
// until a bad event is alone. The next request has the length of the last good
// run, a fair estimate of the distance to the next bad event. The number of
// requests is about the number of bad events times the logarithm of their
// distance.
type search struct {
	window   int // events in the next request; 0: all
	run      int // events stored since the last bad one
	suspects int // so many of the next events hold a bad one; 0: not known
	maxBytes int // half the size of the smallest request answered 413; 0: none was
}

// next returns how many of the segments to send. There must be at least one.
func (s *search) next(segments []segment) int {
	n := len(segments)
	switch {
	case s.suspects > 0:
		n = min(n, max(s.suspects/2, 1))
	case s.window > 0:
		n = min(n, s.window)
	}
	if s.maxBytes > 0 {
		for n > 1 && size(segments[:n]) > s.maxBytes {
			n--
		}
	}
	return n
}

// stored records that a request with n events was stored.
func (s *search) stored(n int) {
	s.run += n
	if s.suspects > 0 {
		s.suspects = max(s.suspects-n, 0)
		return
	}
	if s.window > 0 {
		s.window = min(2*s.window, maxCount)
	}
}

// refused records that a request with n events was refused. A single refused
// event is bad.
func (s *search) refused(n int) {
	if n > 1 {
		s.suspects = n
		return
	}
	s.window, s.run, s.suspects = max(s.run, 1), 0, 0
}

// tooLarge records that a request of several events was too large.
func (s *search) tooLarge(bytes int) { s.maxBytes = bytes / 2 }
