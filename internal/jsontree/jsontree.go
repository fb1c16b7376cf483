// Package jsontree parses and edits JSON. The content of GenAI spans is JSON
// text or structured attribute values; both become the same tree.
//
// Most content need not be parsed. [Scan] reports whether a text is a document
// that can be embedded unchanged, and whether a rule may have to rewrite
// something; only then is it parsed.
package jsontree

import (
	"slices"
	"strings"
)

// MaxDepth is how deeply a document may be nested to count as JSON. PostHog
// refuses a whole request because of one document nested deeper than 128
// levels, and the request itself needs some of them, so a deeper document stays
// text.
const MaxDepth = 100

// Kind is the type of a [Node].
type Kind uint8

// The kinds of JSON values. The zero Node is null.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Node is one JSON value. Members keep their order, and numbers their spelling.
type Node struct {
	Kind Kind
	// Cut is set on a document whose end is missing.
	Cut     bool
	Text    string   // String: the value; Number: the literal; Bool: true or false
	Items   []Node   // Array
	Members []Member // Object
}

// Member is a name and its value in an Object.
type Member struct {
	Name  string
	Value Node
}

// Str returns a String node.
func Str(s string) Node { return Node{Kind: String, Text: s} }

// Arr returns an Array node.
func Arr(items ...Node) Node { return Node{Kind: Array, Items: items} }

// Obj returns an Object node.
func Obj(members ...Member) Node { return Node{Kind: Object, Members: members} }

// Get returns the value of the last member with this name, or nil. It works on
// a nil Node and on every kind, so that calls can be chained.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	for i, m := range slices.Backward(n.Members) {
		if m.Name == name {
			return &n.Members[i].Value
		}
	}
	return nil
}

// Path is [Node.Get] for nested names, joined by dots.
func (n *Node) Path(path string) *Node {
	for name := range strings.SplitSeq(path, ".") {
		n = n.Get(name)
	}
	return n
}

// At returns the i-th item, or nil.
func (n *Node) At(i int) *Node {
	if n == nil || i < 0 || i >= len(n.Items) {
		return nil
	}
	return &n.Items[i]
}

// Is reports whether n is there and of this kind.
func (n *Node) Is(k Kind) bool { return n != nil && n.Kind == k }

// String returns the text of a String node, else "".
func (n *Node) String() string {
	if n == nil || n.Kind != String {
		return ""
	}
	return n.Text
}

// Set replaces the value of a member, or appends the member.
func (n *Node) Set(name string, value Node) {
	if old := n.Get(name); old != nil {
		*old = value
		return
	}
	n.Members = append(n.Members, Member{name, value})
}

// Delete removes all members with this name.
func (n *Node) Delete(name string) {
	n.Members = slices.DeleteFunc(n.Members, func(m Member) bool { return m.Name == name })
}

// Walk calls f for n and everything below it, parents first. It does not go
// below a node for which f returns false.
func (n *Node) Walk(f func(*Node) bool) {
	if !f(n) {
		return
	}
	for i := range n.Items {
		n.Items[i].Walk(f)
	}
	for i := range n.Members {
		n.Members[i].Value.Walk(f)
	}
}
