package capture

// search decides how many events go into the next request while it looks for
// those that make PostHog refuse a whole request. A refused request is cut in
// half until a bad event stands alone. Then the size starts again at the length
// of the last good run, which is a fair guess at how far the next bad event is.
// So the number of requests is in the order of bad events times the logarithm of
// the distance between them.
type search struct {
	window   int // events in the next request; 0: all
	run      int // events stored since the last bad one
	suspects int // so many of the next events hold a bad one; 0: not known
	maxBytes int // half the size of the smallest request answered 413; 0: none was
}

// next returns how many of the segments, of which there are some, to send.
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

// stored notes a request with n events that was stored.
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

// refused notes a request with n events that was refused. A single event is
// then known to be bad.
func (s *search) refused(n int) {
	if n > 1 {
		s.suspects = n
		return
	}
	s.window, s.run, s.suspects = max(s.run, 1), 0, 0
}

// tooLarge notes a request of several events that was too large with them.
func (s *search) tooLarge(bytes int) { s.maxBytes = bytes / 2 }
