package shrink

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// part is one property being cut. Either it has a tree, whose texts can be cut
// one by one, or it is cut as one text: its string, or its JSON as text.
type part struct {
	key   string
	prop  prop.Property
	class class
	tree  *jsontree.Node
	gone  bool // dropped

	texts    []text
	fixed    int // size without the texts
	skeleton int // and with the texts as short as they can get
}

func keySize(p *prop.Property) int { return quoted(p.Key) + len(`:,`) }

// small is the size in JSON up to which a property is never cut.
const small = 128

func newPart(p prop.Property) part {
	pt := part{key: p.Key, prop: p, class: classOf(p.Key)}
	if _, ok := content[p.Key]; ok && hasTexts(&p) {
		tree := p.Tree()
		pt.tree = &tree
	}
	return pt
}

// hasTexts prevents long lists of numbers from being parsed.
func hasTexts(p *prop.Property) bool {
	switch p.Value.Type() {
	case attribute.STRING:
		return p.JSON
	case attribute.STRINGSLICE, attribute.SLICE, attribute.MAP:
		return true
	}
	return false
}

// text is something that can be cut.
type text struct {
	node  *jsontree.Node // nil: the whole property
	size  int            // in JSON, with quotes
	class class
}

// least is the size below which the text is not cut.
func (t *text) least() int { return min(t.size, rules[t.class].least) }

// measure finds the texts of the part and sums the size of the rest.
func (p *part) measure() {
	p.fixed = keySize(&p.prop)
	p.texts = p.texts[:0]
	switch {
	case p.gone:
		p.fixed = 0
	case p.tree == nil:
		p.measureWhole()
	case p.key == names.PropertyInput && p.tree.Is(jsontree.Array):
		p.fixed += 1 + max(len(p.tree.Items), 1)
		classes := classify(p.tree.Items)
		for i := range p.tree.Items {
			p.fixed += p.collect(&p.tree.Items[i], classes[i])
		}
	default:
		p.fixed += p.collect(p.tree, p.class)
	}
	p.skeleton = p.fixed
	for i := range p.texts {
		p.skeleton += p.texts[i].least()
	}
}

func (p *part) measureWhole() {
	if n := valueSize(&p.prop); n <= small {
		p.fixed += n
	} else {
		p.texts = append(p.texts, text{size: n, class: p.class})
	}
}

func valueSize(p *prop.Property) int {
	switch {
	case p.JSON:
		return len(p.Value.AsString())
	case p.Value.Type() == attribute.STRING:
		return quoted(p.Value.AsString())
	}
	return len(p.AppendValue(nil))
}

// collect adds the texts of a node to the part, and returns the size of
// everything else.
func (p *part) collect(n *jsontree.Node, c class) int {
	switch n.Kind {
	case jsontree.String:
		size := quoted(n.Text)
		if size <= rules[c].least {
			return size
		}
		p.texts = append(p.texts, text{node: n, size: size, class: c})
		return 0
	case jsontree.Array:
		size := 1 + max(len(n.Items), 1) // brackets and commas
		for i := range n.Items {
			size += p.collect(&n.Items[i], c)
		}
		return size
	case jsontree.Object:
		size := 1 + max(len(n.Members), 1)
		for i := range n.Members {
			size += quoted(n.Members[i].Name) + 1 + p.collect(&n.Members[i].Value, c)
		}
		return size
	case jsontree.Null:
		return len("null")
	}
	return len(n.Text)
}

func (p *part) size() int {
	n := p.fixed
	for i := range p.texts {
		n += p.texts[i].size
	}
	return n
}

// flatten discards the tree: the part is then cut as one text.
func (p *part) flatten() {
	p.prop = p.property()
	p.tree = nil
	p.measure()
}

// property returns the current property of the part.
func (p *part) property() prop.Property {
	if p.tree == nil {
		return p.prop
	}
	return prop.Doc(p.key, p.tree.JSON())
}
