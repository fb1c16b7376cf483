// Package names holds the names that several packages of this module share.
// Package semconv exports those that users need, under the same identifiers.
package names
