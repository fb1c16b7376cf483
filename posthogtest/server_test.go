package posthogtest_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func TestStopAndStart(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	url := srv.URL
	post(t, srv, v0Path, v0Batch(v0Event(uuid1)))
	require.NoError(t, srv.Start())

	srv.Stop()
	srv.Stop()
	srv.Client().CloseIdleConnections()
	resp, err := srv.Client().Do(newRequest(t, srv, v0Path, strings.NewReader("{}")))
	if err == nil {
		_ = resp.Body.Close()
	}
	require.ErrorContains(t, err, "refused")

	require.NoError(t, srv.Start())
	require.Equal(t, url, srv.URL)
	status, _ := post(t, srv, v0Path, v0Batch(v0Event(uuid2)))
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, map[string]int{uuid1: 1, uuid2: 1}, srv.Stored())
}

func TestStartNeedsItsAddress(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.Stop()
	var lc net.ListenConfig
	thief, err := lc.Listen(t.Context(), "tcp", strings.TrimPrefix(srv.URL, "http://"))
	require.NoError(t, err)
	require.ErrorContains(t, srv.Start(), "otelposthog: start the test server: ")
	require.NoError(t, thief.Close())
	require.NoError(t, srv.Start())
}

func TestZeroServer(t *testing.T) {
	t.Parallel()
	var srv posthogtest.Server
	srv.Stop()
	require.Empty(t, srv.Events())
	require.Empty(t, srv.Requests())
	require.Empty(t, srv.Reset())
	require.NotNil(t, srv.Client())
	require.NoError(t, srv.Start())
	srv.Client().Transport = &http.Transport{}
	status, _ := post(t, &srv, v1AIPath, v1Batch(v0Event(uuid1)))
	require.Equal(t, http.StatusOK, status)
	require.Len(t, srv.Events(), 1)
	srv.Close()

	var closed posthogtest.Server
	closed.Close()
	require.ErrorIs(t, closed.Start(), posthogtest.ErrClosed)
}

func TestStopCutsRequestsInFlight(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.SlowHeaders(time.Hour)))
	done := make(chan error, 1)
	req := newRequest(t, srv, v0Path, strings.NewReader(v0Batch(v0Event(uuid1))))
	go func() {
		resp, err := srv.Client().Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		done <- err
	}()
	_, err := srv.Wait(t.Context(), 1)
	require.NoError(t, err)
	srv.Stop()
	require.Error(t, <-done)
	require.Len(t, srv.Events(), 1)
}

func TestTLS(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithTLS())
	require.True(t, strings.HasPrefix(srv.URL, "https://"))
	status, answer := post(t, srv, v0Path, v0Batch(v0Event(uuid1)))
	require.Equal(t, http.StatusOK, status, answer)

	stranger := &http.Client{Transport: &http.Transport{}}
	defer stranger.CloseIdleConnections()
	resp, err := stranger.Do(newRequest(t, srv, v0Path, strings.NewReader(v0Batch(v0Event(uuid2)))))
	if err == nil {
		_ = resp.Body.Close()
	}
	var unknown *tls.CertificateVerificationError
	require.ErrorAs(t, err, &unknown)
	require.Len(t, srv.Events(), 1)

	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	friend := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer friend.CloseIdleConnections()
	resp, err = friend.Do(newRequest(t, srv, v0Path, strings.NewReader(v0Batch(v0Event(uuid2)))))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Len(t, srv.Events(), 2)

	require.Nil(t, newServer(t).Certificate())
}

func TestServerConcurrentSafe(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaultFunc(func(r posthogtest.Request) posthogtest.Fault {
		if r.Header.Get("X-Poison") != "" {
			return posthogtest.DropAfterStore()
		}
		return posthogtest.Fault{}
	}))
	const senders, each = 8, 25
	var wg sync.WaitGroup
	for n := range senders {
		wg.Go(func() {
			for i := range each {
				var headers []string
				if i%5 == 0 {
					headers = []string{"X-Poison", "1"}
				}
				id := fmt.Sprintf("0190a7c2-0000-7000-8000-%06d%06d", n, i)
				req := newRequest(t, srv, v0Path, strings.NewReader(v0Batch(v0Event(id))), headers...)
				resp, err := srv.Client().Do(req)
				if err == nil {
					_ = resp.Body.Close()
				}
				srv.Events()
				srv.Requests()
				srv.Deduplicated()
				srv.SetFaults()
				srv.FaultsLeft()
			}
		})
	}
	events, err := srv.Wait(t.Context(), senders*each)
	wg.Wait()
	require.NoError(t, err)
	require.Len(t, events, senders*each)
	for id, n := range srv.Stored() {
		require.Equal(t, 1, n, id)
	}
}

func TestRestartsUnderLoad(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	stop := make(chan struct{})
	acked := make([]string, 0, 100)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			id := fmt.Sprintf("0190a7c2-0000-7000-8000-%012d", i)
			resp, err := srv.Client().Do(newRequest(t, srv, v0Path, strings.NewReader(v0Batch(v0Event(id)))))
			if err == nil {
				_ = resp.Body.Close()
				acked = append(acked, id)
			}
		}
	})
	for range 5 {
		_, err := srv.Wait(t.Context(), len(srv.Events())+3)
		require.NoError(t, err)
		srv.Stop()
		require.NoError(t, srv.Start())
	}
	close(stop)
	wg.Wait()
	stored := srv.Stored()
	for _, id := range acked {
		require.NotZero(t, stored[id], id)
	}
}
