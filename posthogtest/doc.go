// Package posthogtest is a PostHog to test against, in the manner of
// net/http/httptest: a real HTTP server on loopback that takes events the way
// PostHog's capture API does, refuses what PostHog refuses, hands back what it
// stored, and plays faults on demand. It needs no *testing.T, so programs and
// examples can use it too.
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
// The slash at the end of a path may be there or not. Compression is named by
// the Content-Encoding header; the v0 paths, which are all that do not begin
// with /i/v1/, also read PostHog's query parameter compression=gzip (or
// gzip-js). Brotli, which PostHog's v1 paths know, is answered 415. Any other
// path is 404, any other method than POST is 405.
//
// AI events are $ai_generation, $ai_embedding, $ai_span, $ai_trace, $ai_metric,
// $ai_feedback and $ai_evaluation.
//
// # What it refuses
//
// On the v0 paths one bad event loses the whole request; nothing of it is
// stored. The answer is plain text and one of
//
//	400  bad JSON or compression, a body nested deeper than 127 levels, no event, a missing event name or distinct_id,
//	     a malformed uuid or sent_at, two API keys, a foreign event on the AI path
//	401  no API key, or not the one of [WithAPIKey]
//	413  the body or one event is over the limit
//
// An absent uuid is minted, an absent or unreadable timestamp becomes now, and a
// distinct_id is cut at 200 characters. Success is {"status":1}.
//
// On the v1 paths the key comes as "Authorization: Bearer", and Content-Type,
// User-Agent, PostHog-Sdk-Info, PostHog-Attempt, PostHog-Request-Id and
// PostHog-Request-Timestamp are required. A request with a missing or malformed
// header, an empty batch, a bad created_at, a missing field, a malformed uuid or
// the same uuid twice is answered 400; a wrong Content-Type or compression 415.
// Any other fault of an event drops that event alone: the answer is
// {"results": {"<uuid>": {"result": "ok"}}}, where the result is one of
// [ResultOK], [ResultWarning], [ResultDrop] and [ResultRetry].
//
// An event reads the same whichever path it came by: session_id, window_id and
// the options of a v1 event are put back into the properties that they stand
// for, and so are the $set and $set_once of a v0 event.
//
// # Counting
//
// [Server.Events] lists every stored copy, because the tables behind PostHog's
// AI views count copies twice. [Server.Stored] counts the copies by uuid, which
// is the ledger of a loss test: every uuid sent must be in it, with a one.
// [Server.Deduplicated] leaves one of each set of copies that PostHog's
// deduplication would collapse. [Server.Requests] tells how the client behaved:
// one record per request, with its attempt, sizes, answer and events.
//
// # Asserting
//
// In a test, [Start] closes the server by itself. [Server.WaitFor] waits for a
// condition, [AssertSession] looks at the session of every AI event, [AssertTree]
// compares the traces with a small drawing, and [Server.Warnings] lists what
// PostHog would store and not show. The package exportertest has the tests that
// any exporter of AI spans to PostHog should pass, and the command
// posthogtest/cmd/posthogtest runs the server for the tests of another language.
//
// # Faults
//
// A script of faults is played one per request, in order, and then the server is
// well again. See [Fault]; [Server.Stop] and [Server.Start] make the server
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
// It knows nothing of persons, feature flags, queries or the web interface, and
// it keeps everything in memory until [Server.Reset] or the end of the process.
package posthogtest
