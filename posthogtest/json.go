package posthogtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// jsonRules are PostHog's: names match exactly, invalid UTF-8 is refused, and of
// two values with one name the last counts. Numbers keep their digits.
var jsonRules = jsonv2.JoinOptions(
	jsontext.AllowDuplicateNames(true),
	jsonv2.WithUnmarshalers(jsonv2.UnmarshalFromFunc(func(dec *jsontext.Decoder, v *any) error {
		if dec.PeekKind() != '0' {
			return errors.ErrUnsupported // the default will do
		}
		digits, err := dec.ReadValue()
		*v = json.Number(digits)
		return err
	})),
)

// parseList reads a list of events, which must not be empty.
func parseList(raw []byte) ([]jsontext.Value, error) {
	var items []jsontext.Value
	if err := jsonv2.Unmarshal(raw, &items, jsonRules); err != nil {
		return nil, fmt.Errorf("bad JSON: %w", err)
	}
	if len(items) == 0 {
		return nil, errors.New("the request holds no event")
	}
	return items, nil
}

// object is a JSON object whose values are not decoded yet.
type object map[string]jsontext.Value

func parseObject(raw []byte) (object, error) {
	var o object
	if err := jsonv2.Unmarshal(raw, &o, jsonRules); err != nil {
		return nil, fmt.Errorf("bad JSON: %w", err)
	}
	if o == nil {
		return nil, errors.New("bad JSON: null is no object")
	}
	return o, nil
}

// text returns a string field. It is false when the field is absent or null.
func (o object) text(name string) (string, bool, error) {
	var s *string
	if raw, ok := o[name]; ok {
		if err := jsonv2.Unmarshal(raw, &s); err != nil {
			return "", false, fmt.Errorf("%s is not a string", name)
		}
	}
	if s == nil {
		return "", false, nil
	}
	return *s, true, nil
}

// moment returns a string field in RFC 3339. It is zero when the field is absent
// or null.
func (o object) moment(name string) (time.Time, error) {
	text, ok, err := o.text(name)
	if err != nil || !ok {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s %q is not RFC 3339", name, text)
	}
	return t.UTC(), nil
}

// properties returns a field that holds an object. An absent field or null is an
// empty object.
func (o object) properties(name string) (map[string]any, error) {
	props := make(map[string]any)
	if raw, ok := o[name]; ok {
		if err := jsonv2.Unmarshal(raw, &props, jsonRules); err != nil {
			return nil, fmt.Errorf("%s is not an object", name)
		}
	}
	if props == nil {
		props = make(map[string]any)
	}
	return props, nil
}

// value returns a field of any type, nil when it is absent.
func (o object) value(name string) any {
	var v any
	if raw, ok := o[name]; ok {
		_ = jsonv2.Unmarshal(raw, &v, jsonRules) // it was parsed once, it is good
	}
	return v
}
