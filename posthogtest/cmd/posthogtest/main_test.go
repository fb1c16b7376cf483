package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain is also the command that is run in the tests.
func TestMain(m *testing.M) {
	if properties := os.Getenv("POSTHOGTEST_SEND"); properties != "" {
		os.Exit(send(properties))
	}
	os.Exit(m.Run())
}

func send(properties string) int {
	body := fmt.Sprintf(`{"api_key":%q,"batch":[{"event":"$ai_span","distinct_id":"ada","properties":%s}]}`, os.Getenv("POSTHOG_API_KEY"), properties)
	resp, err := http.Post(os.Getenv("POSTHOG_HOST")+"/batch/", "application/json", strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return 4
	}
	defer func() { _ = resp.Body.Close() }()
	fmt.Println("answer", resp.StatusCode)
	return 3
}

func TestCommand(t *testing.T) {
	t.Setenv("POSTHOGTEST_SEND", `{"$ai_trace_id":"t","$session_id":"undefined"}`)
	self, err := os.Executable()
	require.NoError(t, err)
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"-warn", self}, &stdout, &stderr)
	require.Equal(t, 3, code, "that of the command")
	require.Contains(t, stdout.String(), `{"event":"$ai_span"`)
	require.Equal(t, 1, strings.Count(stdout.String(), "\n"))
	require.Contains(t, stderr.String(), "answer 200")
	require.Contains(t, stderr.String(), "$session_id: it is no session id")
}

func TestMissingCommand(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	require.Equal(t, 1, run(t.Context(), []string{"/missing/command"}, io.Discard, &stderr))
	require.Contains(t, stderr.String(), "/missing/command")
}

func TestUntilInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan int)
	go func() { done <- run(ctx, []string{"-key", "k"}, io.Discard, w) }()
	var url string
	_, err := fmt.Fscanf(r, "posthogtest: listening on %s\n", &url)
	require.NoError(t, err)
	resp, err := http.Post(url+"/batch/", "application/json", strings.NewReader(`{"api_key":"other","batch":[{"event":"e","distinct_id":"a"}]}`))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 401, resp.StatusCode)
	cancel()
	require.Zero(t, <-done)
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"-addr", "8010"}, "write it like 127.0.0.1:8010"},
		{[]string{"-addr", "0.0.0.0:0"}, "not an address of this machine"},
		{[]string{"-addr", "127.0.0.1:99999"}, "127.0.0.1:99999"},
		{[]string{"-what"}, "-what"},
	} {
		var stderr bytes.Buffer
		require.Equal(t, 2, run(t.Context(), tt.args, io.Discard, &stderr))
		require.Contains(t, stderr.String(), tt.says)
	}
	require.Zero(t, run(t.Context(), []string{"-help"}, io.Discard, io.Discard))
}
