// Package relay marks exports of spans that were made in other processes, such
// as the Collector's. For these, a missing span processor in this process is
// not reported.
package relay

import "context"

type key struct{}

// Context returns a copy of ctx for an export of such spans.
func Context(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, true) }

// Is reports whether the spans of an export were made elsewhere.
func Is(ctx context.Context) bool { return ctx.Value(key{}) != nil }
