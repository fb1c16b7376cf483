package session_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

func TestParseConsent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]session.Consent{
		"true": session.ConsentRefused, "TRUE": session.ConsentRefused, "1": session.ConsentRefused,
		"false": session.ConsentGiven, "False": session.ConsentGiven, "0": session.ConsentGiven,
	} {
		c, why := session.ParseConsent(text)
		require.Equal(t, want, c, text)
		require.Equal(t, session.Valid, why, text)
	}
	for _, text := range []string{"", "perhaps", "no", "2", "00", " false", "undefined"} {
		c, why := session.ParseConsent(text)
		require.Equal(t, session.ConsentRefused, c, "%q must not let content out", text)
		require.Equal(t, session.NotConsent, why, text)
	}
}

func TestConsentOf(t *testing.T) {
	t.Parallel()
	for v, want := range map[attribute.Value]session.Consent{
		attribute.BoolValue(true):       session.ConsentRefused,
		attribute.BoolValue(false):      session.ConsentGiven,
		attribute.StringValue("true"):   session.ConsentRefused,
		attribute.StringValue("false"):  session.ConsentGiven,
		attribute.StringValue("0"):      session.ConsentGiven,
		attribute.StringValue("no way"): session.ConsentRefused,
		attribute.Int64Value(0):         session.ConsentRefused,
	} {
		require.Equal(t, want, session.ConsentOf(v), v.String())
		got := session.FromAttributes([]attribute.KeyValue{{Key: session.OptOutKey, Value: v}}, time.Now())
		require.Equal(t, session.Session{Consent: want}, got, v.String())
	}
}

func TestConsentInBaggage(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]session.Session{
		"session.id=s,posthog.opt_out=true":   {ID: "s", Consent: session.ConsentRefused},
		"posthog.opt_out=%31,session.id=s":    {ID: "s", Consent: session.ConsentRefused},
		"%70osthog.opt_out=false":             {},
		"posthog.opt_out=0":                   {Consent: session.ConsentGiven},
		"posthog.opt_out=":                    {Consent: session.ConsentRefused},
		"posthog.opt_out=never,tenant=a":      {Consent: session.ConsentRefused},
		"posthog.opt_outs=true,xposthog.o=on": {},
	} {
		b, err := otelbaggage.Parse(header)
		require.NoError(t, err)
		got, ok := session.FromBaggage(b)
		require.Equal(t, want, got, header)
		require.Equal(t, !want.IsZero(), ok, header)
	}
}

// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestConsentDoesNotAllocate(t *testing.T) {
	b, err := otelbaggage.Parse("session.id=s,posthog.opt_out=True,tenant=a")
	require.NoError(t, err)
	attrs := []attribute.KeyValue{session.IDKey.String("s"), session.OptOutKey.Bool(true)}
	at := time.Now()
	require.Zero(t, testing.AllocsPerRun(100, func() {
		session.FromBaggage(b)
		session.FromAttributes(attrs, at)
	}))
}
