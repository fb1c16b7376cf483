// Package fuzz fuzzes otelopenai. It is a package of its own because the tests of
// otelopenai import OpenAI's client, which takes minutes to compile for fuzzing.
package fuzz
