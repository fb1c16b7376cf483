package baggage_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/baggage"
)

const projectKey = "phc_a+b/c="

// cookie is one as posthog-js writes it: JSON, by encodeURIComponent.
func cookie(t *testing.T, distinctID any, sesid any) string {
	t.Helper()
	state, err := json.Marshal(map[string]any{
		"distinct_id": distinctID, "$sesid": sesid, "$epp": true, "$initial_person_info": map[string]any{"r": "$direct"},
	})
	require.NoError(t, err)
	return "ph_phc_aPLbSLcEQ_posthog=" + url.PathEscape(string(state))
}

func ago(d time.Duration) int64 { return time.Now().Add(-d).UnixMilli() }

func TestCookie(t *testing.T) {
	t.Parallel()
	live := []any{ago(time.Minute), sessionA, ago(time.Hour)}
	withCookie := []baggage.HandlerOption{baggage.WithCookie(projectKey)}
	for name, tc := range map[string]struct {
		opts   []baggage.HandlerOption
		header http.Header
		want   baggage.Session
	}{
		"is not read by default": {
			nil, headers("Cookie", cookie(t, "zoe", live)), baggage.Session{},
		},
		"of another project": {
			[]baggage.HandlerOption{baggage.WithCookie("phc_other")}, headers("Cookie", cookie(t, "zoe", live)), baggage.Session{},
		},
		"session and person": {
			withCookie, headers("Cookie", "a=b; "+cookie(t, "zoe", live)), baggage.Session{ID: sessionA, DistinctID: "zoe"},
		},
		"white space around the key": {
			[]baggage.HandlerOption{baggage.WithCookie(" " + projectKey + "\n")}, headers("Cookie", cookie(t, "zoe", live)), baggage.Session{ID: sessionA, DistinctID: "zoe"},
		},
		"a person beyond ASCII": {
			withCookie, headers("Cookie", cookie(t, "Zoë+1 %41", live)), baggage.Session{ID: sessionA, DistinctID: "Zoë+1 %41"},
		},
		"headers win": {
			withCookie, headers("Cookie", cookie(t, "eve", []any{ago(0), sessionB, ago(0)}), "X-POSTHOG-SESSION-ID", sessionA), baggage.Session{ID: sessionA},
		},
		"baggage wins": {
			withCookie, headers("Cookie", cookie(t, "eve", []any{ago(0), sessionB, ago(0)}), "baggage", "session.id="+sessionA), baggage.Session{ID: sessionA},
		},
		"adds the person to the same session": {
			withCookie, headers("Cookie", cookie(t, "zoe", live), "X-POSTHOG-SESSION-ID", sessionA), baggage.Session{ID: sessionA, DistinctID: "zoe"},
		},
		"the server wins": {
			append(withCookie, identity(baggage.Session{DistinctID: "root"})), headers("Cookie", cookie(t, "zoe", live)), baggage.Session{ID: sessionA, DistinctID: "root"},
		},
		"no distinct id from the browser": {
			append(withCookie, baggage.WithoutBrowserDistinctID()), headers("Cookie", cookie(t, "zoe", live)), baggage.Session{ID: sessionA},
		},
		"idle for 31 minutes": {
			withCookie, headers("Cookie", cookie(t, "zoe", []any{ago(31 * time.Minute), sessionA, ago(time.Hour)})), baggage.Session{DistinctID: "zoe"},
		},
		"idle for 29 minutes": {
			withCookie, headers("Cookie", cookie(t, "zoe", []any{ago(29 * time.Minute), sessionA, ago(time.Hour)})), baggage.Session{ID: sessionA, DistinctID: "zoe"},
		},
		"25 hours old": {
			withCookie, headers("Cookie", cookie(t, "zoe", []any{ago(0), sessionA, ago(25 * time.Hour)})), baggage.Session{DistinctID: "zoe"},
		},
		"23 hours old": {
			withCookie, headers("Cookie", cookie(t, "zoe", []any{ago(0), sessionA, ago(23 * time.Hour)})), baggage.Session{ID: sessionA, DistinctID: "zoe"},
		},
		"the browser's clock is ahead": {
			withCookie, headers("Cookie", cookie(t, "zoe", []any{ago(-time.Hour), sessionA, ago(-time.Hour)})), baggage.Session{ID: sessionA, DistinctID: "zoe"},
		},
		"without times": {
			withCookie, headers("Cookie", cookie(t, "zoe", []any{nil, sessionA})), baggage.Session{ID: sessionA, DistinctID: "zoe"},
		},
		"no session yet": {
			withCookie, headers("Cookie", cookie(t, "zoe", []any{nil, nil, nil})), baggage.Session{DistinctID: "zoe"},
		},
		"a session list of another kind": {
			withCookie, headers("Cookie", cookie(t, "zoe", "x")), baggage.Session{DistinctID: "zoe"},
		},
		"a short session list": {
			withCookie, headers("Cookie", cookie(t, "zoe", []any{1})), baggage.Session{DistinctID: "zoe"},
		},
		"an id of another kind": {
			withCookie, headers("Cookie", cookie(t, 7, []any{ago(0), 7, ago(0)})), baggage.Session{},
		},
		"invalid ids": {
			withCookie, headers("Cookie", cookie(t, "anonymous", []any{ago(0), "a b", ago(0)})), baggage.Session{},
		},
		"no JSON": {
			withCookie, headers("Cookie", "ph_phc_aPLbSLcEQ_posthog=%7B"), baggage.Session{},
		},
		"properties of the page with like names": {
			withCookie,
			headers("Cookie", "ph_phc_aPLbSLcEQ_posthog="+url.PathEscape(`{"distinct_id":"zoe","Distinct_ID":"eve","$SesId":[null,"x"]}`)),
			baggage.Session{DistinctID: "zoe"},
		},
		"broken encoding": {
			withCookie, headers("Cookie", "ph_phc_aPLbSLcEQ_posthog=%7"), baggage.Session{},
		},
		"empty": {
			withCookie, headers("Cookie", "ph_phc_aPLbSLcEQ_posthog="), baggage.Session{},
		},
		"far too long": {
			withCookie, headers("Cookie", cookie(t, strings.Repeat("a", 20_000), live)), baggage.Session{},
		},
		"the first readable one of two": {
			withCookie, headers("Cookie", "ph_phc_aPLbSLcEQ_posthog=x; "+cookie(t, "zoe", live)+"; "+cookie(t, "eve", live)), baggage.Session{ID: sessionA, DistinctID: "zoe"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := newEdge(t, tc.opts...).get(t, tc.header)
			require.Equal(t, tc.want, got.Session)
			require.Equal(t, tc.want, got.Span)
		})
	}
}

func TestCookieBlankKey(t *testing.T) {
	t.Parallel()
	before := reported.count("blank project key")
	for i, key := range []string{"", " \t"} {
		h := headers("Cookie", fmt.Sprintf("ph_%s_posthog=x; %s", key, cookie(t, "zoe", nil)))
		require.Equal(t, baggage.Session{}, newEdge(t, baggage.WithCookie(key)).get(t, h).Session)
		require.Equal(t, before+i+1, reported.count("blank project key"))
	}
}
