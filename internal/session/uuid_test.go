package session_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

func TestUUIDv7(t *testing.T) {
	t.Parallel()
	for _, id := range []string{idA, idB, windowA, strings.ToUpper(idA), "00000000-0000-7000-8000-000000000000", "ffffffff-ffff-7fff-bfff-ffffffffffff"} {
		require.True(t, session.IsUUIDv7(id), id)
	}
	for name, id := range map[string]string{
		"empty":            "",
		"version 4":        "0199a5b0-1c2d-4e3f-8a4b-5c6d7e8f9a0b",
		"no variant":       "0199a5b0-1c2d-7e3f-0a4b-5c6d7e8f9a0b",
		"another variant":  "0199a5b0-1c2d-7e3f-ca4b-5c6d7e8f9a0b",
		"without hyphens":  "0199a5b01c2d7e3f8a4b5c6d7e8f9a0b",
		"in braces":        "{0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b}",
		"no hex":           "0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0g",
		"a misplaced dash": "0199a5b01-c2d-7e3f-8a4b-5c6d7e8f9a0b",
		"too long":         idA + "0",
	} {
		require.False(t, session.IsUUIDv7(id), name)
		_, ok := session.StartTime(id)
		require.False(t, ok, name)
		require.False(t, session.AliveAt(id, time.Now()), name)
	}

	now := time.Now()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	start, ok := session.StartTime(strings.ToUpper(id.String()))
	require.True(t, ok)
	require.WithinDuration(t, now, start, time.Minute)
	require.Equal(t, time.UTC, start.Location())
}

func TestAliveAt(t *testing.T) {
	t.Parallel()
	start, ok := session.StartTime(idA)
	require.True(t, ok)
	require.Equal(t, int64(0x0199a5b01c2d), start.UnixMilli())
	for after, want := range map[time.Duration]bool{
		0: true, time.Hour: true, 24 * time.Hour: true, 24*time.Hour + time.Millisecond: false,
		-5 * time.Minute: true, -5*time.Minute - time.Millisecond: false, -24 * time.Hour: false,
	} {
		require.Equal(t, want, session.AliveAt(idA, start.Add(after)), after)
	}
	require.False(t, session.AliveAt(idA, time.Time{}))
}

func FuzzUUIDv7(f *testing.F) {
	for _, id := range []string{idA, windowA, "0199a5b0-1c2d-4e3f-8a4b-5c6d7e8f9a0b", "{}", ""} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		parsed, err := uuid.Parse(id)
		want := err == nil && len(id) == 36 && parsed.Version() == 7 && parsed.Variant() == uuid.RFC4122
		require.Equal(t, want, session.IsUUIDv7(id))
		start, ok := session.StartTime(id)
		require.Equal(t, want, ok)
		if ok {
			sec, nsec := parsed.Time().UnixTime()
			require.Equal(t, time.Unix(sec, nsec).UnixMilli(), start.UnixMilli())
		}
	})
}
