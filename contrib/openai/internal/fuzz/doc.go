// Package fuzz fuzzes otelopenai. It stands apart so that the fuzzer need not
// compile OpenAI's client, which takes minutes.
package fuzz
