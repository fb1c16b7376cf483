package processor

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// replayURL is the address of recordings up to the session id; empty for no links.
type replayURL string

// replayLead is how long before the span a recording opens, as PostHog's own
// button does it: one sees what led to the call.
const replayLead = 5 * time.Second

var errReplayURL = errors.New("otelposthog: the project address for replay links is not a plain http or https URL")

func newReplayURL(project string) (replayURL, error) {
	if project == "" {
		return "", nil
	}
	u, err := url.Parse(project)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		// The address is not printed: it may hold a password.
		return "", fmt.Errorf("%w: no links to replays will be stamped; "+
			"give WithReplayURL an address such as https://us.posthog.com/project/12345", errReplayURL)
	}
	return replayURL(strings.TrimRight(project, "/") + "/replay/"), nil
}

// link returns the link to the recording of a session, at the second of a span
// that starts at start. The start of the session is inside a UUIDv7. A session of
// posthog-js is over after a day: an older UUIDv7 is no start to count from.
func (r replayURL) link(id string, start time.Time) string {
	link := string(r) + url.PathEscape(id)
	began, ok := session.StartTime(id)
	if !ok || start.Sub(began) > session.MaxAge {
		return link
	}
	seconds := max(0, start.Add(-replayLead).Sub(began)/time.Second)
	return link + "?t=" + strconv.FormatInt(int64(seconds), 10)
}
