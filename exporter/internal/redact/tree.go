package redact

import "github.com/otelposthog/otelposthog-go/internal/jsontree"

// maxBytes is how many raw bytes are kept.
const maxBytes = 256

// Tree replaces, in place, the base64 payloads in all strings of a document,
// the names of members included, and the data of all media objects, and reports
// whether there were any. A string that is itself a JSON document is searched,
// too. Byte arrays: a Buffer is replaced everywhere, a Uint8Array if it has
// more than 256 bytes, and a plain array of numbers in a media object only.
func Tree(n *jsontree.Node) bool { return tree(n, "") }

// tree is Tree for the value of a member with this name.
func tree(n *jsontree.Node, name string) (changed bool) {
	switch n.Kind {
	case jsontree.String:
		n.Text, changed = document(n.Text)
	case jsontree.Array:
		for i := range n.Items {
			changed = tree(&n.Items[i], name) || changed
		}
	case jsontree.Object:
		if isBuffer(n) || len(n.Members) > maxBytes && isBytes(n, maxBytes+1) {
			*n = jsontree.Str(note(""))
			return true
		}
		changed = object{n, name}.redact()
		for i := range n.Members {
			m := &n.Members[i]
			name, renamed := String(m.Name)
			m.Name = name
			changed = tree(&m.Value, name) || renamed || changed
		}
	}
	return changed
}

// document is String for a text that may be a JSON document with media objects.
func document(s string) (string, bool) {
	s, changed := String(s)
	if n, ok := jsontree.ParseContainer(s); ok && Tree(&n) {
		s, _ = String(n.JSON())
		changed = true
	}
	return s, changed
}
