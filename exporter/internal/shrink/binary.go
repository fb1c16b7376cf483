package shrink

// dropBinary takes binary content out. It reports whether there was any.
func (s *shrinker) dropBinary() bool { return false }
