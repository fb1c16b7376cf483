package nilcheck_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
)

func TestIsNil(t *testing.T) {
	t.Parallel()
	for _, v := range []any{nil, (*int)(nil), http.HandlerFunc(nil), http.Header(nil), []int(nil), (chan int)(nil)} {
		require.True(t, nilcheck.IsNil(v), "%T", v)
	}
	for _, v := range []any{0, "", new(int), struct{}{}, errors.New("x"), http.Header{}, []int{}, http.NotFound} {
		require.False(t, nilcheck.IsNil(v), "%T", v)
	}
}
