package event

import (
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// personNamespace is PostHog's own, so that its endpoint and this exporter
// derive the same distinct id.
var personNamespace = uuid.MustParse("392e81d5-3d13-4a6f-b541-bdbf6c865e56")

// NobodyOf returns the distinct id for a trace without a known person. It goes
// with $process_person_profile: false.
func NobodyOf(traceID string) string { return derived("trace:" + traceID) }

// ConversationOf is [NobodyOf] for a conversation.
func ConversationOf(id string) string { return derived("session:" + id) }

func derived(from string) string { return uuid.NewSHA1(personNamespace, []byte(from)).String() }

// OptOutKey is the attribute that says whether the person of a session opted out.
const OptOutKey = string(session.OptOutKey)

// Consent returns what the event says about the consent of the person. An
// unreadable value counts as an opt-out.
func (e *Event) Consent() session.Consent {
	p := e.Get(OptOutKey)
	if p == nil {
		return session.ConsentUnknown
	}
	return session.ConsentOf(p.Value)
}

// CutID cuts a distinct id to the 200 bytes that PostHog takes. Invalid UTF-8
// counts with the length in which it will be sent.
func CutID(id string) string {
	id = strings.ToValidUTF8(id, "\uFFFD")
	if len(id) <= 200 {
		return id
	}
	end := 200
	for end > 0 && !utf8.RuneStart(id[end]) {
		end--
	}
	return id[:end]
}
