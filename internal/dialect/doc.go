// Package dialect knows the libraries that make GenAI spans: how their spans are
// recognised, which attributes they have and what those mean in PostHog.
//
// All that is known of one library stands in its file, most of it as data: a row
// of type library. From the rows follow the test for AI spans (ai.go), the kind of
// an event (kind.go), the rules from attributes to properties (rule.go), the facts
// by which spans of the same call are found (facts.go), and what one of them hands
// over to another (handover.go). What the conventions say of all libraries is in
// generic.go and conventions.go.
//
// A new library is one file, its line in the registry (library.go) and a recording.
package dialect
