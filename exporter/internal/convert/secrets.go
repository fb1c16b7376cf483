package convert

import (
	"net/url"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/pii"
	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// sensitive are attributes that are never sent: headers of requests to
// providers, and statements with their parameters.
var sensitive = []string{
	"llm.headers", "default_headers", "extra_headers", "db.statement", "db.query.text", "db.query.parameter.", "db.operation.parameter.",
}

// isSecret reports whether an attribute must not be sent because its name is
// that of a secret. A number is not a secret.
func isSecret(kv *attribute.KeyValue) bool {
	key := string(kv.Key)
	for _, name := range sensitive {
		if strings.HasPrefix(key, name) {
			return true
		}
	}
	switch kv.Value.Type() {
	case attribute.BOOL, attribute.INT64, attribute.FLOAT64:
		return false
	}
	return pii.SecretName(key)
}

// urlKeys hold addresses, whose query can contain an API key.
var urlKeys = map[attribute.Key]bool{"url.full": true, "url.query": true, "http.url": true, "http.target": true, "url": true}

// withoutSecrets removes the secrets from a value: from the query of an
// address, and from the members of JSON metadata.
func withoutSecrets(kv *attribute.KeyValue) prop.Property {
	if kv.Value.Type() != attribute.STRING {
		return prop.Any(string(kv.Key), kv.Value)
	}
	text := kv.Value.AsString()
	switch {
	case urlKeys[kv.Key]:
		return prop.String(string(kv.Key), publicURL(text))
	case isMetadata(string(kv.Key)):
		if _, ok := jsontree.Scan(text); ok {
			return withoutSecretMembers(prop.Doc(string(kv.Key), text))
		}
	}
	return prop.Any(string(kv.Key), kv.Value)
}

// publicURL removes the user and the secret parameters from an address.
func publicURL(text string) string {
	at, query := strings.IndexByte(text, '@'), strings.IndexByte(text, '?')
	if at < 0 && query < 0 && strings.IndexByte(text, '=') < 0 {
		return text
	}
	if at >= 0 {
		if u, err := url.Parse(text); err == nil && u.User != nil {
			u.User = nil
			text = u.String()
			query = strings.IndexByte(text, '?')
		}
	}
	head, rest := "", text
	if query >= 0 {
		head, rest = text[:query+1], text[query+1:]
	}
	pairs := strings.Split(rest, "&")
	for i, pair := range pairs {
		name, _, ok := strings.Cut(pair, "=")
		if ok && (name == "key" || name == "sig" || name == "code" || pii.SecretName(name)) {
			pairs[i] = name + "=REDACTED"
		}
	}
	return head + strings.Join(pairs, "&")
}

// isMetadata reports whether an attribute holds metadata that users add to a
// call. Its text is sent as JSON if it is JSON.
func isMetadata(key string) bool {
	for _, word := range [...]string{"metadata", "tags", "cost", "details", "params"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

// withoutSecretMembers removes headers and members with secret names from a
// JSON document.
func withoutSecretMembers(p prop.Property) prop.Property {
	if p.Value.Type() == attribute.STRING && !mayHoldSecret(p.Value.AsString()) {
		return p
	}
	tree, ok := attr.Tree(p.Value)
	if !ok {
		return p
	}
	changed := false
	tree.Walk(func(n *jsontree.Node) bool {
		before := len(n.Members)
		n.Members = slices.DeleteFunc(n.Members, func(m jsontree.Member) bool { return isSecretMember(m.Name, &m.Value) })
		changed = changed || len(n.Members) < before
		return true
	})
	if !changed {
		return p
	}
	return prop.Doc(p.Key, tree.JSON())
}

func isSecretMember(name string, value *jsontree.Node) bool {
	switch value.Kind {
	case jsontree.Number, jsontree.Bool, jsontree.Null:
		return false
	case jsontree.Object, jsontree.Array:
		if strings.HasSuffix(name, "headers") || strings.HasSuffix(name, "Headers") {
			return true
		}
	}
	return pii.SecretName(name)
}

// mayHoldSecret reports, without decoding it, whether a JSON text may have a
// member with a secret name.
func mayHoldSecret(text string) bool {
	for {
		colon := strings.Index(text, `":`)
		if colon < 0 {
			return strings.Contains(text, `" :`) // somebody writes JSON by hand
		}
		name := text[strings.LastIndexByte(text[:colon], '"')+1 : colon]
		if strings.HasSuffix(name, "eaders") || pii.SecretName(name) {
			return true
		}
		text = text[colon+2:]
	}
}
