package otelopenai

import "context"

// Suppress returns a context whose requests make no spans here. Use it where
// another instrumentation already makes the GenAI span of the same request.
//
// A request that passes two of this package's middlewares, one on the client and
// one on the call, makes one span without it.
func Suppress(ctx context.Context) context.Context {
	return context.WithValue(ctx, suppressKey{}, true)
}

type suppressKey struct{}

func suppressed(ctx context.Context) bool {
	return ctx.Value(suppressKey{}) != nil
}

// ContextWithConversation returns a context whose spans get id as their
// gen_ai.conversation.id: the requests of one chat, whatever their traces. It
// has nothing to do with the browser session. The conversation that a request of
// the Responses API names itself wins. An empty id changes nothing.
func ContextWithConversation(ctx context.Context, id string) context.Context {
	if id == "" {
		return ctx
	}
	return context.WithValue(ctx, conversationKey{}, id)
}

type conversationKey struct{}

func conversationFrom(ctx context.Context) string {
	id, _ := ctx.Value(conversationKey{}).(string)
	return id
}
