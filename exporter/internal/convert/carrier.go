package convert

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// maxCarrier is the longest text of an older message carrier, in characters; a
// longer one is dropped.
const maxCarrier = 500_000

// longer reports whether a text has more than so many characters.
func longer(text string, characters int) bool {
	return len(text) > characters && utf8.RuneCountInString(text) > characters
}

// roles of the message events, which are inputs; a choice is an output.
var roles = map[string]string{
	names.EventSystemMessage:    "system",
	names.EventUserMessage:      "user",
	names.EventAssistantMessage: "assistant",
	names.EventToolMessage:      "tool",
}

// carriers looks for messages where older conventions have them: in the
// attribute "events", then in span events.
func (c *conversion) carriers() {
	if v, ok := c.attr(names.EventsKey); ok {
		if v.Type() != attribute.STRING || !longer(v.AsString(), maxCarrier) {
			if list, ok := treeOf(v); ok && list.Is(jsontree.Array) {
				c.fillMessages(messagesOfEntries(list.Items))
			}
		}
	}
	if len(c.span.Events()) > 0 {
		c.spanEvents()
	}
}

// fillMessages sets input and output where they have no messages yet.
func (c *conversion) fillMessages(input, output []jsontree.Node) {
	c.fillInput(input)
	c.fillOutput(output)
}

func (c *conversion) fillInput(messages []jsontree.Node) {
	if len(messages) > 0 && !c.hasMessages(names.PropertyInput) {
		n := jsontree.Arr(messages...)
		c.setTree(names.PropertyInput, &n)
	}
}

func (c *conversion) fillOutput(messages []jsontree.Node) {
	if len(messages) > 0 && !c.hasMessages(names.PropertyOutputChoices) {
		n := jsontree.Arr(messages...)
		c.setTree(names.PropertyOutputChoices, &n)
	}
}

// hasMessages reports whether a property holds something; an empty list is
// nothing.
func (c *conversion) hasMessages(key string) bool {
	p := c.get(key)
	return p != nil && !isNothing(p.Value)
}

// isNothing reports whether a value holds no message.
func isNothing(v attribute.Value) bool {
	switch v.Type() {
	case attribute.STRING:
		return holdsNothing(v.AsString())
	case attribute.SLICE:
		return len(v.AsSlice()) == 0
	case attribute.EMPTY:
		return true
	}
	return false
}

// holdsNothing reports whether a text is empty, null, or JSON of an empty object
// or list.
func holdsNothing(text string) bool {
	const space = " \t\r\n"
	text = strings.Trim(text, space)
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") || strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") {
		text = strings.Trim(text[1:len(text)-1], space)
	}
	return text == "" || text == "null"
}

// messagesOfEntries reads the entries of the attribute "events".
func messagesOfEntries(entries []jsontree.Node) (input, output []jsontree.Node) {
	type indexed struct {
		index   float64
		message jsontree.Node
	}
	var in []indexed
	sortable := true
	for i := range entries {
		entry := &entries[i]
		name := entry.Get(string(names.EventNameKey)).String()
		if name == names.EventChoice {
			output = append(output, choice(entry))
			continue
		}
		role, ok := roles[name]
		if !ok {
			continue
		}
		index, err := strconv.ParseFloat(numberText(entry.Get(string(names.GenAIMessageIndexKey))), 64)
		sortable = sortable && err == nil
		in = append(in, indexed{index, message(entry, role)})
	}
	if sortable {
		slices.SortStableFunc(in, func(a, b indexed) int {
			switch {
			case a.index < b.index:
				return -1
			case a.index > b.index:
				return 1
			}
			return 0
		})
	}
	for _, m := range in {
		input = append(input, m.message)
	}
	return input, output
}

func numberText(n *jsontree.Node) string {
	if n != nil && (n.Kind == jsontree.Number || n.Kind == jsontree.String) {
		return n.Text
	}
	return ""
}

// message picks what makes a chat message of an entry that holds other things,
// too.
func message(entry *jsontree.Node, role string) jsontree.Node {
	if own := entry.Get("role").String(); own != "" {
		role = own
	}
	m := jsontree.Obj(jsontree.Member{Name: "role", Value: jsontree.Str(role)})
	for _, name := range []string{"content", "tool_calls", "tool_call_id"} {
		if v := entry.Get(name); v != nil {
			m.Set(name, *v)
		}
	}
	return m
}

// choice is [message] for a completion, whose message may be an object of its
// own and which has a finish reason.
func choice(entry *jsontree.Node) jsontree.Node {
	m := message(entry, "assistant")
	own := entry.Get("message")
	if (own.Is(jsontree.Array) || own.Is(jsontree.String)) && m.Get("content") == nil {
		m.Set("content", *own)
	}
	if own.Is(jsontree.Object) {
		m = jsontree.Obj(slices.Clone(own.Members)...)
		if own.Get("role") == nil {
			m.Members = slices.Insert(m.Members, 0, jsontree.Member{Name: "role", Value: jsontree.Str("assistant")})
		}
	}
	if r := entry.Get("finish_reason").String(); goodReason(r) {
		m.Set("finish_reason", jsontree.Str(r))
	}
	return m
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
	{names.GenAISystemInstructionsKey, string(names.GenAISystemInstructionsKey)},
}

// spanEvents reads messages from real span events, and the time of the first
// token.
func (c *conversion) spanEvents() {
	var input, output []jsontree.Node
	for _, ev := range c.span.Events() {
		role, isMessage := roles[ev.Name]
		switch {
		case ev.Name == names.EventInferenceDetails:
			details := attributesOf(ev.Attributes)
			for _, k := range contentKeys {
				if v, ok := details.get(k.key); ok && !c.hasMessages(k.property) {
					c.origins.read(attribute.Key(ev.Name) + "/" + k.key)
					c.set(prop.Any(k.property, v))
				}
			}
		case ev.Name == names.EventChoice:
			n := entryOf(ev.Attributes)
			output = append(output, choice(&n))
		case isMessage:
			n := entryOf(ev.Attributes)
			input = append(input, message(&n, role))
		case ev.Name == "gen_ai.content.prompt":
			n := documentOf(ev.Attributes, promptKey)
			input = append(input, requestMessages(&n)...)
		case ev.Name == "gen_ai.content.completion":
			n := documentOf(ev.Attributes, completionKey)
			messages, _ := responseMessages(&n)
			output = append(output, messages...)
		case isFirstToken(ev.Name):
			if d := ev.Time.Sub(c.span.StartTime()); d >= 0 {
				c.fill(prop.Any(names.PropertyTimeToFirstToken, attribute.Float64Value(d.Seconds())))
			}
		}
	}
	c.fillMessages(input, output)
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
func entryOf(attrs []attribute.KeyValue) jsontree.Node {
	n := jsontree.Obj()
	for _, kv := range attrs {
		value, ok := treeOf(unpacked(kv.Value))
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
func documentOf(attrs []attribute.KeyValue, key attribute.Key) jsontree.Node {
	list := attributesOf(attrs)
	v, _ := list.get(key)
	return jsonOf(v)
}
