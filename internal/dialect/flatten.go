package dialect

import (
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// shape says how to rebuild one element of a list that was flattened into
// attributes, such as llm.input_messages.0.message.role.
type shape struct {
	fields []flat
	lists  []flatList
	// others also takes every other field, under its own name.
	others bool
}

// flat is one field: the rest of the attribute's key after the index, and the
// member it becomes. A dot in the member makes an object in the object.
type flat struct{ path, member string }

// flatList is a nested list of an element, flattened below its own path.
type flatList struct {
	path, member string
	item         shape
}

// field is an attribute below a prefix.
type field struct {
	path string // what follows the prefix
	attr int
}

// element is what belongs to one index.
type element struct {
	index  int
	fields []field
}

// unflatten returns the objects that were flattened below a prefix that ends in
// a dot, in the order of their indices, and consumes their attributes. Gaps are
// allowed. An attribute without a numeric index or with an unknown field is not
// consumed.
func (c *Conversion) unflatten(prefix string, s shape) []jsontree.Node {
	var fields []field
	for i := range c.Own.Attributes {
		if path, ok := strings.CutPrefix(string(c.Own.Attributes[i].Key), prefix); ok {
			fields = append(fields, field{path, i})
		}
	}
	return c.elements(fields, s)
}

func (c *Conversion) elements(fields []field, s shape) []jsontree.Node {
	var nodes []jsontree.Node
	for _, e := range byIndex(fields) {
		if n := c.element(e.fields, s); len(n.Members) > 0 {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

func (c *Conversion) element(fields []field, s shape) jsontree.Node {
	n := jsontree.Obj()
	for _, f := range s.fields {
		for _, have := range fields {
			if have.path == f.path {
				c.take(&n, f.member, have)
			}
		}
	}
	var rest []field
	lists := make([][]field, len(s.lists))
	for _, have := range fields {
		i := slices.IndexFunc(s.lists, func(l flatList) bool { return strings.HasPrefix(have.path, l.path+".") })
		switch {
		case i >= 0:
			lists[i] = append(lists[i], field{have.path[len(s.lists[i].path)+1:], have.attr})
		case s.others && !slices.ContainsFunc(s.fields, func(f flat) bool { return f.path == have.path }):
			rest = append(rest, have)
		}
	}
	if len(rest) <= many { // more are no element of anything; they stay as they were
		for _, have := range rest {
			c.take(&n, have.path, have)
		}
	}
	for i, l := range s.lists {
		if items := c.elements(lists[i], l.item); len(items) > 0 {
			setPath(&n, l.member, jsontree.Arr(items...))
		}
	}
	return n
}

// take moves an attribute into the object. An empty value is left out.
func (c *Conversion) take(n *jsontree.Node, member string, f field) {
	c.used[f.attr] = true
	c.provenance.read(c.Own.Attributes[f.attr].Key)
	kv := &c.Own.Attributes[f.attr]
	if kv.Value.Type() != attribute.EMPTY {
		setPath(n, member, jsontree.FromValue(attr.Unpacked(kv.Value)))
	}
}

// maxPath limits how many levels of objects the dots of an attribute key make.
// The rest of the key is a member name with dots. An untrusted key may have
// millions of dots, and PostHog refuses a request nested deeper than 127
// levels.
const maxPath = 8

// setPath sets a member of an object, or of objects inside it.
func setPath(n *jsontree.Node, path string, value jsontree.Node) {
	for range maxPath {
		head, rest, nested := strings.Cut(path, ".")
		if !nested {
			break
		}
		if !n.Get(head).Is(jsontree.Object) {
			n.Set(head, jsontree.Obj())
		}
		n, path = n.Get(head), rest
	}
	n.Set(path, value)
}

// byIndex sorts fields such as "12.role" by their index.
func byIndex(fields []field) []element {
	type numbered struct {
		index int
		field
	}
	var list []numbered
	for _, f := range fields {
		number, path, ok := strings.Cut(f.path, ".")
		index, err := strconv.Atoi(number)
		if ok && err == nil && '0' <= number[0] && number[0] <= '9' {
			list = append(list, numbered{index, field{path, f.attr}})
		}
	}
	slices.SortStableFunc(list, func(a, b numbered) int { return a.index - b.index })
	var elements []element
	for _, f := range list {
		if len(elements) == 0 || elements[len(elements)-1].index != f.index {
			elements = append(elements, element{index: f.index})
		}
		last := &elements[len(elements)-1]
		last.fields = append(last.fields, f.field)
	}
	return elements
}

// indexedMessages returns messages that were flattened below a prefix, and
// parses content that was converted to text.
func (c *Conversion) indexedMessages(prefix string, s shape) []jsontree.Node {
	messages := c.unflatten(prefix, s)
	for i := range messages {
		unstringify(&messages[i])
	}
	return messages
}

// unstringify reverses the conversion of message content to text: parts become
// a list again, and the text "null" beside tool calls is removed.
func unstringify(m *jsontree.Node) {
	role := m.Get("role")
	if role.Is(jsontree.String) {
		role.Text = chat.Role(role.Text)
	}
	content := m.Get("content")
	chat.PartsOfText(content)
	if content.String() == "null" && role.String() == "assistant" {
		*content = jsontree.Node{}
	}
}
