package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// maxCarrier is the longest text of an older message carrier, in characters; a
// longer one is dropped.
const maxCarrier = 500_000

// MessageEvents looks for messages where older conventions have them: in the
// attribute "events", then in span events.
func (c *Conversion) MessageEvents() {
	if v, ok := c.Attr(names.EventsKey); ok {
		if v.Type() != attribute.STRING || !chat.Longer(v.AsString(), maxCarrier) {
			v, _ = attr.Document(v)
			if list, ok := c.treeIn(v); ok && list.Is(jsontree.Array) {
				c.fillMessages(chat.FromEvents(list.Items))
			}
		}
	}
	if len(c.Span.Events()) > 0 {
		spanEvents(c)
	}
}

// fillMessages sets input and output where they have no messages yet.
func (c *Conversion) fillMessages(input, output []jsontree.Node) {
	c.fillInput(input)
	c.fillOutput(output)
}

func (c *Conversion) fillInput(messages []jsontree.Node) {
	if len(messages) > 0 && !c.hasMessages(names.PropertyInput) {
		n := jsontree.Arr(messages...)
		c.SetTree(names.PropertyInput, &n)
	}
}

func (c *Conversion) fillOutput(messages []jsontree.Node) {
	if len(messages) > 0 && !c.hasMessages(names.PropertyOutputChoices) {
		n := jsontree.Arr(messages...)
		c.SetTree(names.PropertyOutputChoices, &n)
	}
}

// hasMessages reports whether a property holds something; an empty list is
// nothing.
func (c *Conversion) hasMessages(key string) bool {
	p := c.Get(key)
	return p != nil && !attr.IsNothing(p.Value)
}

// contentKeys are the attributes that an event with the details of a call
// carries in place of the span.
var contentKeys = []struct {
	key      attribute.Key
	property string
}{
	{names.GenAIInputMessagesKey, names.PropertyInput},
	{names.GenAIOutputMessagesKey, names.PropertyOutputChoices},
	{names.GenAIToolDefinitionsKey, names.PropertyTools},
}

// spanEvents reads messages from real span events, and the time of the first
// token.
func spanEvents(c *Conversion) {
	var input, output []jsontree.Node
	var inputFrom, outputFrom []attribute.Key
	for _, ev := range c.Span.Events() {
		role, isMessage := chat.EventRoles[ev.Name]
		switch {
		case ev.Name == names.EventInferenceDetails:
			details := attr.Of(ev.Attributes)
			if v, ok := details.Get(names.GenAISystemInstructionsKey); ok {
				c.systemInstructions = v
			}
			for _, k := range contentKeys {
				if v, ok := details.Get(k.key); ok && !c.hasMessages(k.property) {
					v, _ = attr.Document(v)
					c.From(attribute.Key(ev.Name) + "/" + k.key)
					c.Set(prop.Any(k.property, v))
				}
			}
		case ev.Name == names.EventChoice:
			n := c.entryOf(ev.Attributes)
			output, outputFrom = append(output, chat.Choice(&n)), c.eventKeys(outputFrom, &ev)
		case isMessage:
			n := c.entryOf(ev.Attributes)
			input, inputFrom = append(input, chat.EventMessage(&n, role)), c.eventKeys(inputFrom, &ev)
		case ev.Name == "gen_ai.content.prompt":
			n := c.documentOf(ev.Attributes, names.GenAIPromptKey)
			input, inputFrom = append(input, chat.FromRequest(&n)...), c.eventKeys(inputFrom, &ev)
		case ev.Name == "gen_ai.content.completion":
			n := c.documentOf(ev.Attributes, names.GenAICompletionKey)
			messages, _ := chat.FromResponse(&n)
			output, outputFrom = append(output, messages...), c.eventKeys(outputFrom, &ev)
		case isFirstToken(ev.Name):
			if d := ev.Time.Sub(c.Span.StartTime()); d >= 0 {
				c.From(attribute.Key(ev.Name))
				c.Fill(prop.Any(names.PropertyTimeToFirstToken, attribute.Float64Value(d.Seconds())))
			}
		}
	}
	c.From(inputFrom...)
	c.fillInput(input)
	c.From(outputFrom...)
	c.fillOutput(output)
}

// eventKeys appends the attributes of a span event, as explanations name them.
func (c *Conversion) eventKeys(list []attribute.Key, ev *sdktrace.Event) []attribute.Key {
	if !c.provenance.on || len(list) >= maxFrom {
		return list
	}
	for i := range ev.Attributes {
		list = append(list, attribute.Key(ev.Name)+"/"+ev.Attributes[i].Key)
	}
	return list
}

var separators = strings.NewReplacer("_", "", ".", "", "-", "", " ", "")

// isFirstToken knows the event by what all its names have in common, such as
// gen_ai.first_token and "First Token Stream Event".
func isFirstToken(name string) bool {
	name = strings.ToLower(separators.Replace(name))
	return name == "newtoken" || strings.Contains(name, "firsttoken") || strings.Contains(name, "firstchunk")
}

// entryOf makes an entry as in the attribute "events" of the attributes of a
// span event. Text that is a JSON object or array is meant as such. Azure's
// libraries have the whole entry in one attribute.
func (c *Conversion) entryOf(attrs []attribute.KeyValue) jsontree.Node {
	n := jsontree.Obj()
	for _, kv := range attrs {
		value, ok := c.treeIn(attr.Unpacked(kv.Value))
		if !ok {
			value = jsontree.FromValue(kv.Value)
		}
		if kv.Key == "gen_ai.event.content" && value.Is(jsontree.Object) {
			n.Members = append(n.Members, value.Members...)
		} else {
			n.Members = append(n.Members, jsontree.Member{Name: string(kv.Key), Value: value})
		}
	}
	return n
}

// documentOf returns the JSON document in an attribute of a span event.
func (c *Conversion) documentOf(attrs []attribute.KeyValue, key attribute.Key) jsontree.Node {
	list := attr.Of(attrs)
	v, _ := list.Get(key)
	return c.documentIn(v)
}
