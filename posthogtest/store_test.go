package posthogtest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func TestWait(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	events, err := srv.Wait(t.Context(), 0)
	require.NoError(t, err)
	require.Empty(t, events)

	done := make(chan error, 1)
	go func() {
		events, err := srv.Wait(t.Context(), 3)
		if err == nil && len(events) != 3 {
			err = fmt.Errorf("%d events", len(events))
		}
		done <- err
	}()
	post(t, srv, v0Path, v0Batch(v0Event(uuid1)))
	post(t, srv, v0Path, `{"api_key":"k","batch":[]}`)
	post(t, srv, v0Path, v0Batch(v0Event(uuid2), v0Event(uuid3)))
	require.NoError(t, <-done)

	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	events, err = srv.Wait(ctx, 4)
	require.ErrorIs(t, err, cause)
	require.EqualError(t, err, "otelposthog: 3 of 4 events stored, the last failed request was POST /batch/: 400 the request holds no event: enough")
	require.Len(t, events, 3)

	srv.Reset()
	_, err = srv.Wait(ctx, 1)
	require.EqualError(t, err, "otelposthog: 0 of 1 events stored in 0 requests: enough")
}

func TestCloseEndsWait(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	post(t, srv, v0Path, v0Batch(v0Event(uuid1)))
	done := make(chan error, 1)
	go func() {
		_, err := srv.Wait(context.Background(), 2)
		done <- err
	}()
	srv.Close()
	srv.Close()
	require.ErrorIs(t, <-done, posthogtest.ErrClosed)
	require.ErrorIs(t, srv.Start(), posthogtest.ErrClosed)
	srv.Stop()
	events, err := srv.Wait(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, events, 1)
}

func TestLedger(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	require.NotNil(t, srv.Stored())
	post(t, srv, v0Path, v0Batch(v0Event(uuid1), v0Event(uuid2)))
	post(t, srv, v1Path, v1Batch(v0Event(uuid1)))
	later := strings.Replace(v0Event(uuid1), noon, "2026-03-01T12:00:01Z", 1)
	post(t, srv, v0Path, v0Batch(later))
	sameInstant := strings.Replace(v0Event(uuid1), noon, "2026-03-01T13:00:00+01:00", 1)
	post(t, srv, v0Path, v0Batch(sameInstant))

	require.Equal(t, map[string]int{uuid1: 4, uuid2: 1}, srv.Stored())
	require.Len(t, srv.Events(), 5)
	left := srv.Deduplicated()
	require.Len(t, left, 3)
	require.Equal(t, []string{uuid1, uuid2, uuid1}, []string{left[0].UUID, left[1].UUID, left[2].UUID})
	require.NotEqual(t, left[0].Timestamp, left[2].Timestamp)

	require.Len(t, srv.Reset(), 5)
	require.Empty(t, srv.Events())
	require.Empty(t, srv.Stored())
	require.Empty(t, srv.Requests())
	require.Empty(t, srv.Reset())
}
