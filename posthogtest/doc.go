// Package posthogtest is a test server that behaves like PostHog's capture API,
// similar to net/http/httptest: a real HTTP server on loopback that accepts and
// refuses events like PostHog, returns the stored events, and simulates faults.
// It needs no *testing.T, so programs and examples can use it too.
//
//	srv := posthogtest.NewServer()
//	defer srv.Close()
//
//	// point the client under test at srv.URL, with any key, and let it send:
//	// exporter.WithHost(srv.URL), and tp.ForceFlush(ctx) for what is batched
//
//	events, err := srv.Wait(ctx, 1)
//
// # What it takes
//
//	path                        shape                        compression          size limits
//	/batch/                     {"api_key", "batch": [...]}  gzip                 20 MB, 983,040 bytes per event
//	/i/v0/e/ /e/ /capture/      the same, or one event       gzip                 20 MB, 983,040 bytes per event
//	/i/v0/ai/batch/             the same, AI events only     gzip                 20 MB compressed, 50 MiB plain, 8 MiB per event
//	/i/v1/analytics/events      {"created_at", "batch"}      gzip, deflate, zstd  10 MiB compressed, 50 MiB plain, 8 MiB of properties
//	/i/v1/ai/events             the same, AI events only     gzip, deflate, zstd  20 MiB compressed, 50 MiB plain, 8 MiB of properties
//
// The slash at the end of a path is optional. Compression is named by the
// Content-Encoding header; the v0 paths, which are all paths except /i/v1/,
// also read PostHog's query parameter compression=gzip (or gzip-js). Brotli,
// which PostHog's v1 paths accept, is answered 415. Other paths are answered
// 404, other methods than POST 405.
//
// AI events are $ai_generation, $ai_embedding, $ai_span, $ai_trace, $ai_metric,
// $ai_feedback and $ai_evaluation.
//
// # What it refuses
//
// On the v0 paths one bad event makes the whole request fail, and none of its
// events is stored. The answer is plain text and one of
//
//	400  bad JSON or compression, a body nested deeper than 127 levels, no event, a missing event name or distinct_id,
//	     a malformed uuid or sent_at, two API keys, a foreign event on the AI path
//	401  no API key, or not the one of [WithAPIKey]
//	413  the body or one event is over the limit
//
// A missing uuid is generated, a missing or unreadable timestamp becomes the
// current time, and a distinct_id is cut at 200 characters. Success is
// {"status":1}.
//
// On the v1 paths the key comes as "Authorization: Bearer", and Content-Type,
// User-Agent, PostHog-Sdk-Info, PostHog-Attempt, PostHog-Request-Id and
// PostHog-Request-Timestamp are required. A request with a missing or malformed
// header, an empty batch, a bad created_at, a missing field, a malformed uuid
// or the same uuid twice is answered 400; a wrong Content-Type or compression
// 415. Any other fault of an event drops only that event: the answer is
// {"results": {"<uuid>": {"result": "ok"}}}, where the result is one of
// [ResultOK], [ResultWarning], [ResultDrop] and [ResultRetry].
//
// An event looks the same for every path: session_id, window_id and the options
// of a v1 event are converted back to the properties that they represent, and
// so are the $set and $set_once of a v0 event.
//
// # Counting
//
// [Server.Events] lists every stored copy, because the tables behind PostHog's
// AI views count copies twice. [Server.Stored] counts the copies by uuid; in a
// loss test every sent uuid must have the count 1. [Server.Deduplicated] keeps
// one of each set of copies that PostHog's deduplication would merge.
// [Server.Requests] has one record per request, with its attempt, sizes, answer
// and events.
//
// # Asserting
//
// In a test, [Start] closes the server automatically. [Server.WaitFor] waits
// for a condition, [AssertSession] checks the session of every AI event,
// [AssertTree] compares the traces with a small drawing, and [Server.Warnings]
// lists data that PostHog would store but not show. The package exportertest
// has the tests that any exporter of AI spans to PostHog should pass, and the
// command posthogtest/cmd/posthogtest runs the server for the tests of another
// language.
//
// # Faults
//
// Faults are applied in order, one per request. After the last one the server
// works normally. See [Fault]; [Server.Stop] and [Server.Start] make the server
// refuse connections for a while, and [WithTLS] without [Server.Client] makes
// TLS handshakes fail.
//
//	srv := posthogtest.NewServer(posthogtest.WithFaults(
//		posthogtest.Status(503),
//		posthogtest.Status(429).RetryAfter("1"),
//		posthogtest.DropAfterStore(),
//	))
//
// # What it is not
//
// It has no persons, feature flags, queries or web interface, and it keeps
// everything in memory until [Server.Reset] or the end of the process.
package posthogtest
