// Package names holds the names that several packages of this module share. Those
// that users need are in semconv, under the same identifiers.
package names
