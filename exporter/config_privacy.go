package exporter

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/pii"
	"github.com/otelposthog/otelposthog-go/exporter/internal/privacy"
	"github.com/otelposthog/otelposthog-go/exporter/internal/scrub"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// binary is the name of the redactor of base64 content, which package redact has.
const binary = "binary"

// redactorTime is how long one call of a redactor of the user may take.
const redactorTime = time.Second

// privacyConfig is the part of config that says what leaves the process.
type privacyConfig struct {
	content           Content
	contentSet        bool
	contentFunc       func(sdktrace.ReadOnlySpan) Content
	contentFuncSet    bool
	consentNeeded     bool
	dropOptedOut      bool
	allowedProperties []string
	redaction         []string
	unwanted          []string
	pseudonymKey      []byte
	pseudonymsSet     bool
	redactors         []func(Text) string
	beforeSend        func(*Event) bool
	beforeSendSet     bool
	groups            map[string]string
	distinctID        func(sdktrace.ReadOnlySpan) string
	distinctIDSet     bool
	hashKey           []byte
	hashKeySet        bool

	// Made by checkPrivacy.
	allowed     privacy.Allowed
	scrub       scrub.Config
	groupsValue prop.Property
}

// defaultRedaction is on unless WithoutRedaction says otherwise.
func defaultRedaction() []string { return []string{binary, pii.Secrets} }

func (c *config) checkPrivacy() {
	switch {
	case !c.contentSet:
		c.content = contentFromEnv()
	case !privacy.Level(c.content).Valid():
		c.errorf("WithContent(%d): want ContentAll, ContentInputs, ContentOutputs or ContentNone", c.content)
	}
	for _, f := range []struct {
		name  string
		isNil bool
	}{
		{"WithContentFunc", c.contentFuncSet && c.contentFunc == nil},
		{"WithBeforeSend", c.beforeSendSet && c.beforeSend == nil},
		{"WithDistinctID", c.distinctIDSet && c.distinctID == nil},
		{"WithRedactor", slices.ContainsFunc(c.redactors, func(f func(Text) string) bool { return f == nil })},
	} {
		if f.isNil {
			c.errorf("%s(nil): leave it out for the default", f.name)
		}
	}
	for _, key := range c.allowedProperties {
		if strings.TrimSuffix(key, "*") == "" {
			c.errorf("WithAllowedProperties(%q): name a property; WithContent(ContentAll) lets all of them out", key)
		}
	}
	c.allowed.Allow(c.allowedProperties...)
	if c.hashKeySet && len(c.hashKey) == 0 {
		c.errorf("WithHashedDistinctID: the key is empty, and without a key everybody can compute the hash")
	}
	c.checkRedaction()
	c.checkGroups()
}

func (c *config) checkRedaction() {
	names := slices.DeleteFunc(slices.Clone(c.redaction), func(name string) bool { return name == binary })
	c.convert.KeepBinary = len(names) == len(c.redaction)
	if c.pseudonymsSet && len(c.pseudonymKey) == 0 {
		c.errorf("WithPseudonyms: the key is empty, and without a key everybody can compute the pseudonyms")
	}
	for _, name := range c.unwanted {
		if name != binary {
			if _, err := pii.New([]string{name}); err != nil {
				c.errorf("WithoutRedaction: %w", withBinary(err))
			}
		}
	}
	set, err := pii.New(names, pii.WithPseudonyms(c.pseudonymKey))
	if err != nil {
		c.errorf("WithRedaction: %w", withBinary(err))
	}
	if len(names) == 0 {
		set = nil
	}
	c.scrub = scrub.Config{Set: set, Secrets: slices.Contains(names, pii.Secrets), KeepBinary: c.convert.KeepBinary}
	for _, redact := range c.redactors {
		c.scrub.Custom = append(c.scrub.Custom, scrub.NewGuard(func(t scrub.Text) string { return redact(Text(t)) }, redactorTime))
	}
}

// withBinary adds the name that package pii does not know.
func withBinary(err error) error {
	return errors.New(strings.Replace(err.Error(), "known are ", "known are "+binary+", ", 1))
}

func (c *config) checkGroups() {
	if len(c.groups) == 0 {
		return
	}
	object := jsontree.Obj()
	for _, kind := range slices.Sorted(maps.Keys(c.groups)) {
		if kind == "" || c.groups[kind] == "" {
			c.errorf("WithGroups: a group needs a type and a key")
		}
		object.Members = append(object.Members, jsontree.Member{Name: kind, Value: jsontree.Str(c.groups[kind])})
	}
	c.groupsValue = prop.Doc(semconv.PropertyGroups, object.JSON())
}

// reserved are names that WithProperties must not set, and why.
var reserved = map[attribute.Key]string{
	semconv.SessionIDKey:                 "it cannot be the same for all events",
	semconv.WindowIDKey:                  "it cannot be the same for all events",
	semconv.PropertyTraceID:              "it comes from the span",
	semconv.PropertySpanID:               "it comes from the span",
	semconv.PropertyParentID:             "it comes from the span",
	semconv.PropertyIsError:              "it comes from the span",
	semconv.PropertyGroups:               "use WithGroups",
	"$ai_ingestion_source":               "PostHog would convert the event once more",
	"distinct_id":                        "use WithDistinctID",
	"$set":                               "PostHog ignores it on AI events",
	"$set_once":                          "PostHog ignores it on AI events",
	"uuid":                               "it belongs to the event",
	"timestamp":                          "it belongs to the event",
	"token":                              "PostHog takes it for the API key",
	"api_key":                            "PostHog takes it for the API key",
	semconv.PropertyProcessPersonProfile: "it follows from the person",
}
