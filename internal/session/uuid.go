package session

import "time"

// The default lifetime of a posthog-js session: posthog-js starts a new one
// after MaxIdle without activity, and after MaxAge at the latest.
const (
	MaxIdle = 30 * time.Minute
	MaxAge  = 24 * time.Hour
)

// clockSkew is how far a browser's clock may be ahead of ours.
const clockSkew = 5 * time.Minute

// IsUUIDv7 reports whether id has the form of a posthog-js id: 36 characters,
// version 7, in either letter case.
func IsUUIDv7(id string) bool {
	return isUUID(id) && id[14] == '7' && hexDigit(id[19])>>2 == 0b10 // the variant of RFC 9562
}

// isUUID reports whether id is a UUID of any version, in its usual form.
func isUUID(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i := range len(id) {
		switch i {
		case 8, 13, 18, 23:
			if id[i] != '-' {
				return false
			}
		default:
			if hexDigit(id[i]) < 0 {
				return false
			}
		}
	}
	return true
}

// StartTime returns the time inside a UUIDv7: the start of the session by the
// browser's clock.
func StartTime(id string) (t time.Time, ok bool) {
	if !IsUUIDv7(id) {
		return time.Time{}, false
	}
	var ms int64
	for i := range len("01234567-89ab") {
		if d := hexDigit(id[i]); d >= 0 {
			ms = ms<<4 | int64(d)
		}
	}
	return time.UnixMilli(ms).UTC(), true
}

// AliveAt reports whether id can be a live posthog-js session at time t: a
// UUIDv7 whose time is at most MaxAge before t and at most clockSkew after it.
func AliveAt(id string, t time.Time) bool {
	start, ok := StartTime(id)
	return ok && !start.After(t.Add(clockSkew)) && !start.Before(t.Add(-MaxAge))
}

// hexDigit returns the value of c, or -1.
func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
