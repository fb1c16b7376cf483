package shrink_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/shrink"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// decoded is an event as PostHog reads it.
type decoded struct {
	Event      string         `json:"event"`
	DistinctID string         `json:"distinct_id"`
	UUID       string         `json:"uuid"`
	Timestamp  string         `json:"timestamp"`
	Properties map[string]any `json:"properties"`
}

func decode(t testing.TB, e event.Event) decoded {
	t.Helper()
	raw := e.Append(nil)
	require.True(t, utf8.Valid(raw))
	var d decoded
	require.NoError(t, json.Unmarshal(raw, &d))
	return d
}

func size(e event.Event) int { return len(e.Append(nil)) }

func newEvent(properties ...prop.Property) event.Event {
	return event.Event{
		Name:       semconv.EventGeneration,
		DistinctID: "somebody",
		UUID:       uuid.MustParse("0197c2a0-1111-7222-8333-444455556666"),
		Time:       time.Date(2026, 7, 1, 12, 0, 0, 123456789, time.UTC),
		Properties: properties,
	}
}

func message(role, content string) string {
	raw, _ := json.Marshal(map[string]string{"role": role, "content": content})
	return string(raw)
}

func messages(list ...string) string { return "[" + strings.Join(list, ",") + "]" }

// contents returns the texts of the messages of a property.
func contents(t *testing.T, d decoded, property string) []string {
	t.Helper()
	list, ok := d.Properties[property].([]any)
	require.True(t, ok, "%s is no list", property)
	var texts []string
	for _, m := range list {
		texts = append(texts, m.(map[string]any)["content"].(string))
	}
	return texts
}

func TestEventThatFitsIsUntouched(t *testing.T) {
	t.Parallel()
	e := newEvent(prop.Doc(semconv.PropertyInput, `[ {"role":"user", "content":"hi"} ]`))
	require.Equal(t, e, shrink.Event(e, size(e)+1))
	require.NotContains(t, decode(t, shrink.Event(e, 16<<10)).Properties, semconv.PropertyTruncated)
}

func TestConversationLosesItsMiddle(t *testing.T) {
	t.Parallel()
	system, last := strings.Repeat("system ", 1000), strings.Repeat("last ", 1000)
	list := []string{message("system", system)}
	for i := range 40 {
		list = append(list, message("user", fmt.Sprintf("q%d %s", i, strings.Repeat("question ", 1000))), message("assistant", strings.Repeat("answer ", 2000)))
	}
	list = append(list, message("user", last))
	e := newEvent(
		prop.Doc(semconv.PropertyInput, messages(list...)),
		prop.Doc(semconv.PropertyOutputChoices, messages(message("assistant", "the answer"))),
		prop.Doc(semconv.PropertyTools, `[{"name":"search","description":"`+strings.Repeat("d", 500)+`"}]`),
	)

	d := decode(t, shrink.Event(e, 200_000))

	require.Equal(t, true, d.Properties[semconv.PropertyTruncated])
	texts := contents(t, d, semconv.PropertyInput)
	require.Len(t, texts, len(list), "no message is dropped when cutting is enough")
	require.Equal(t, system, texts[0])
	require.Equal(t, last, texts[len(texts)-1])
	require.Contains(t, texts[40], " bytes cut ...]")
	require.True(t, strings.HasPrefix(texts[1], "q0 question"), "the beginning of a cut text stays")
	require.True(t, strings.HasSuffix(texts[1], "question "), "and its end")
	require.Equal(t, []string{"the answer"}, contents(t, d, semconv.PropertyOutputChoices))
	require.NotContains(t, fmt.Sprint(d.Properties[semconv.PropertyTools]), "cut")
}

// TestConversationOfLangChain: its messages have a type and no role.
func TestConversationOfLangChain(t *testing.T) {
	t.Parallel()
	langChain := strings.NewReplacer(`"role":"system"`, `"type":"system"`, `"role":"user"`, `"type":"human"`, `"role":"assistant"`, `"type":"ai"`)
	system, asked := strings.Repeat("system ", 1000), strings.Repeat("asked ", 1000)
	list := []string{message("system", system)}
	for range 40 {
		list = append(list, message("assistant", strings.Repeat("answer ", 2000)))
	}
	list = append(list, message("user", asked))
	for range 10 {
		list = append(list, message("assistant", strings.Repeat("answer ", 2000)))
	}
	e := newEvent(prop.Doc(semconv.PropertyInput, langChain.Replace(messages(list...))))

	texts := contents(t, decode(t, shrink.Event(e, 200_000)), semconv.PropertyInput)

	require.Equal(t, system, texts[0])
	require.Equal(t, asked, texts[41])
	require.Contains(t, texts[1], " bytes cut ...]")
}

func TestLongestOfTheMiddleAreCutFirst(t *testing.T) {
	t.Parallel()
	var list []string
	for i := range 20 {
		list = append(list, message("user", strings.Repeat("x", 100*(i+1))), message("tool", strings.Repeat("y", 20_000)))
	}
	e := newEvent(prop.Doc(semconv.PropertyInput, messages(list...)))

	texts := contents(t, decode(t, shrink.Event(e, 150_000)), semconv.PropertyInput)

	for i := 0; i < len(texts); i += 2 {
		require.NotContains(t, texts[i], "cut", "a short message stays while long ones can give")
	}
	require.Contains(t, texts[1], "cut")
	require.Equal(t, len(texts[1]), len(texts[3]), "equal messages are cut alike")
}

// TestMiddleGoesBeforeToolsAndStates: they are whole as long as the middle has
// something to give, however long they are compared to its messages.
func TestMiddleGoesBeforeToolsAndStates(t *testing.T) {
	t.Parallel()
	list := []string{message("system", "be brief")}
	for range 47 {
		list = append(list, message("assistant", strings.Repeat("answer ", 1000)))
	}
	tool, state := strings.Repeat("d", 80_000), strings.Repeat("s", 80_000)
	e := newEvent(
		prop.Doc(semconv.PropertyTools, `[{"name":"search","description":"`+tool+`"}]`),
		prop.Doc(semconv.PropertyInput, messages(list...)),
		prop.Doc(semconv.PropertyInputState, `{"s":"`+state+`"}`),
	)

	d := decode(t, shrink.Event(e, 250_000))

	require.Equal(t, []any{map[string]any{"name": "search", "description": tool}}, d.Properties[semconv.PropertyTools])
	require.Equal(t, map[string]any{"s": state}, d.Properties[semconv.PropertyInputState])
	require.Contains(t, contents(t, d, semconv.PropertyInput)[1], " bytes cut ...]")

	d = decode(t, shrink.Event(e, 100_000))

	require.Contains(t, fmt.Sprint(d.Properties[semconv.PropertyTools]), " bytes cut ...]")
	require.Len(t, contents(t, d, semconv.PropertyInput), len(list))
	require.Equal(t, strings.Repeat("answer ", 1000), contents(t, d, semconv.PropertyInput)[47])
}

func TestOneHugeMessageDoesNotCostTheRest(t *testing.T) {
	t.Parallel()
	tool := `[{"name":"search","description":"` + strings.Repeat("d", 3000) + `"}]`
	e := newEvent(
		prop.Doc(semconv.PropertyInput, messages(message("system", "be brief"), message("user", "BEGIN"+strings.Repeat("é", 2_000_000)+"END"))),
		prop.Doc(semconv.PropertyTools, tool),
		prop.String("app.note", strings.Repeat("n", 3000)),
	)

	small := shrink.Event(e, 900_000)
	d := decode(t, small)

	require.Greater(t, size(small), 890_000, "the room is used")
	texts := contents(t, d, semconv.PropertyInput)
	require.Equal(t, "be brief", texts[0])
	require.True(t, strings.HasPrefix(texts[1], "BEGINéé"))
	require.True(t, strings.HasSuffix(texts[1], "ééEND"))
	require.Equal(t, strings.Repeat("n", 3000), d.Properties["app.note"])
	require.NotContains(t, fmt.Sprint(d.Properties[semconv.PropertyTools]), "cut")
}

func TestCountlessMessagesAreDroppedFromTheMiddle(t *testing.T) {
	t.Parallel()
	list := []string{message("system", "be brief")}
	for i := range 50_000 {
		list = append(list, message("user", fmt.Sprint("message ", i)))
	}
	e := newEvent(prop.Doc(semconv.PropertyInput, messages(list...)))

	texts := contents(t, decode(t, shrink.Event(e, 100_000)), semconv.PropertyInput)

	require.Equal(t, "be brief", texts[0])
	require.Regexp(t, `^\[\.\.\. \d+ messages cut \.\.\.\]$`, texts[1])
	require.Equal(t, "message 49999", texts[len(texts)-1])
	require.Greater(t, len(texts), 500)
}

func TestOddShapes(t *testing.T) {
	t.Parallel()
	many := make([]attribute.KeyValue, 0, 20_000)
	for i := range cap(many) {
		many = append(many, attribute.Int(fmt.Sprint("key", i), i))
	}
	var attributes []prop.Property
	for i := range 20_000 {
		attributes = append(attributes, prop.Any(fmt.Sprint("attr.", i), attribute.IntValue(i)))
	}
	vector := make([]float64, 100_000)
	for _, tt := range []struct {
		name       string
		properties []prop.Property
	}{
		{"text instead of messages", []prop.Property{prop.String(semconv.PropertyInput, strings.Repeat("a", 1e6))}},
		{"messages that are texts", []prop.Property{prop.Doc(semconv.PropertyInput, `["`+strings.Repeat(strings.Repeat("a", 100)+`","`, 10_000)+`"]`)}},
		{"one message of countless parts", []prop.Property{prop.Doc(semconv.PropertyInput, `[{"role":"user","content":[`+strings.Repeat(`{"type":"text","text":"abc"},`, 50_000)+`{}]}]`)}},
		{"an object as input", []prop.Property{prop.Doc(semconv.PropertyInput, `{"a":"`+strings.Repeat("b", 1e6)+`"}`)}},
		{"structured attribute", []prop.Property{prop.Any(semconv.PropertyInputState, attribute.MapValue(many...))}},
		{"state", []prop.Property{prop.Doc(semconv.PropertyOutputState, `{"rows":[`+strings.Repeat(`{"id":1,"name":"abc"},`, 50_000)+`{}]}`)}},
		{"tools", []prop.Property{prop.Doc(semconv.PropertyTools, `[`+strings.Repeat(`{"name":"abc","description":"def"},`, 20_000)+`{}]`)}},
		{"vector", []prop.Property{prop.Any("app.embedding", attribute.Float64SliceValue(vector))}},
		{"bytes", []prop.Property{prop.Any("app.blob", attribute.ByteSliceValue(make([]byte, 1e6)))}},
		{"countless attributes", attributes},
		{"foreign document", []prop.Property{prop.Doc("app.doc", `{"a":"`+strings.Repeat("b", 1e6)+`"}`)}},
		{"endless error", []prop.Property{prop.String(semconv.PropertyError, strings.Repeat("e", 1e6))}},
		{"control characters", []prop.Property{prop.String("app.text", strings.Repeat("\x00\x1f\"\\", 100_000))}},
		{"invalid UTF-8", []prop.Property{prop.String("app.text", strings.Repeat("\xff\xe2\x82", 300_000))}},
		{"long number", []prop.Property{prop.Doc(semconv.PropertyInputState, `{"n":`+strings.Repeat("1", 1e6)+`}`)}},
		{"long names", []prop.Property{prop.Doc(semconv.PropertyInputState, `{"`+strings.Repeat("n", 1e6)+`":1}`)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			question := prop.String(semconv.PropertySpanName, "a question")
			e := newEvent(append(tt.properties, question)...)
			small := shrink.Event(e, 16<<10)
			require.LessOrEqual(t, size(small), 16<<10)
			d := decode(t, small)
			require.Equal(t, "a question", d.Properties[semconv.PropertySpanName])
			require.Equal(t, true, d.Properties[semconv.PropertyTruncated])
		})
	}
}

// TestInputStaysAsItWas: the event belongs to the caller, who may send it
// elsewhere or shrink it again.
func TestInputStaysAsItWas(t *testing.T) {
	t.Parallel()
	e := randomEvent(rand.New(rand.NewPCG(1, 2)), 100_000)
	before := string(e.Append(nil))
	shrink.Event(e, 16<<10)
	require.Equal(t, before, string(e.Append(nil)))
}

func TestShrinkAgain(t *testing.T) {
	t.Parallel()
	e := randomEvent(rand.New(rand.NewPCG(3, 4)), 2_000_000)
	once := shrink.Event(e, 900_000)
	twice := shrink.Event(once, 100_000)
	require.LessOrEqual(t, size(twice), 100_000)
	require.Equal(t, 1, strings.Count(string(twice.Append(nil)), semconv.PropertyTruncated))
}

// kept are the properties of randomEvent that must come through unchanged.
func kept() []prop.Property {
	return []prop.Property{
		prop.String(semconv.PropertyTraceID, "0123456789abcdef0123456789abcdef"),
		prop.String(semconv.PropertySpanID, "0123456789abcdef"),
		prop.String(semconv.PropertyParentID, "fedcba9876543210"),
		prop.String(string(semconv.SessionIDKey), "0197c2a0-0000-7000-8000-000000000000"),
		prop.String(semconv.PropertyModel, "gpt-5"),
		prop.String(semconv.PropertyProvider, "openai"),
		prop.Any(semconv.PropertyInputTokens, attribute.IntValue(12345)),
		prop.Any(semconv.PropertyOutputTokens, attribute.IntValue(678)),
		prop.Any(semconv.PropertyLatency, attribute.Float64Value(1.5)),
		prop.Any(semconv.PropertyIsError, attribute.BoolValue(true)),
		prop.String(semconv.PropertyError, "RateLimitError: slow down"),
		prop.Any(semconv.PropertyHTTPStatus, attribute.IntValue(429)),
	}
}

var alphabets = []string{"abc defgh ", "äöü €", "日本語", "😀x", "\x00\n\"\\<", "\xff\xc3", "ABCDabcd0123+/"}

func randomText(r *rand.Rand, size int) string {
	alphabet := alphabets[r.IntN(len(alphabets))]
	if size == 0 {
		return ""
	}
	return strings.Repeat(alphabet, 1+size/len(alphabet))
}

func randomMessages(r *rand.Rand, size int) string {
	var list []any
	for size > 0 {
		n := int(math.Exp(r.Float64() * math.Log(float64(size)+2)))
		text := strings.ToValidUTF8(randomText(r, n), "?")
		role := []string{"system", "user", "assistant", "tool"}[r.IntN(4)]
		switch r.IntN(4) {
		case 0:
			list = append(list, map[string]any{"role": role, "content": []any{map[string]any{"type": "text", "text": text}, nil, true, 1.5}})
		case 1:
			list = append(list, map[string]any{"role": role, "parts": []any{map[string]any{"type": "tool_call", "arguments": map[string]any{"q": text}}}})
		case 2:
			list = append(list, text)
		default:
			list = append(list, map[string]any{"role": role, "content": text})
		}
		size -= n + 30
	}
	raw, _ := json.Marshal(list)
	return string(raw)
}

func randomEvent(r *rand.Rand, size int) event.Event {
	share := func() int { return r.IntN(size + 1) }
	properties := kept()
	for range r.IntN(6) {
		switch r.IntN(8) {
		case 0, 1:
			properties = append(properties, prop.Doc(semconv.PropertyInput, randomMessages(r, share())))
		case 2:
			properties = append(properties, prop.Doc(semconv.PropertyOutputChoices, randomMessages(r, share())))
		case 3:
			properties = append(properties, prop.Doc(semconv.PropertyTools, randomMessages(r, share())))
		case 4:
			properties = append(properties, prop.Doc(semconv.PropertyInputState, randomMessages(r, share())))
		case 5:
			properties = append(properties, prop.String(semconv.PropertyOutputState, randomText(r, share())))
		case 6:
			properties = append(properties, prop.Any(fmt.Sprint("app.list", len(properties)), attribute.StringSliceValue([]string{randomText(r, share()), "x"})))
		default:
			properties = append(properties, prop.String(fmt.Sprint("app.", len(properties)), randomText(r, share())))
		}
	}
	r.Shuffle(len(properties), func(i, j int) { properties[i], properties[j] = properties[j], properties[i] })
	return newEvent(properties...)
}

// FuzzEvent checks what holds for every event and limit.
func FuzzEvent(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed, uint32(1)<<(seed%20), uint32(seed*seed*7))
	}
	f.Fuzz(func(t *testing.T, seed uint64, size, extra uint32) {
		e := randomEvent(rand.New(rand.NewPCG(seed, 0)), int(size%(1<<20)))
		limit := 16<<10 + int(extra%(1<<19))
		before := e.Append(nil)

		small := shrink.Event(e, limit)

		raw := small.Append(nil)
		require.LessOrEqual(t, len(raw), limit)
		d := decode(t, small)
		require.Equal(t, e.UUID.String(), d.UUID)
		require.Equal(t, e.Name, d.Event)
		require.Equal(t, e.DistinctID, d.DistinctID)
		require.Equal(t, "2026-07-01T12:00:00.123456789Z", d.Timestamp)
		for _, p := range kept() {
			got := small.Get(p.Key)
			require.NotNil(t, got, p.Key)
			require.Equal(t, p.Value, got.Value, p.Key)
		}
		if slices.Equal(before, raw) {
			require.LessOrEqual(t, len(before), limit)
			return
		}
		require.Greater(t, len(before)+2, limit, "cut without need")
		require.Equal(t, true, d.Properties[semconv.PropertyTruncated])
	})
}

func BenchmarkEvent(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		var list []string
		for range n * 100 {
			list = append(list, message("user", strings.Repeat("some words of a message ", 400)))
		}
		e := newEvent(prop.Doc(semconv.PropertyInput, messages(list...)))
		b.Run(fmt.Sprintf("%dMB", n), func(b *testing.B) {
			b.SetBytes(int64(size(e)))
			b.ReportAllocs()
			for b.Loop() {
				shrink.Event(e, 900_000)
			}
		})
	}
}
