// Package nilcheck finds nil values inside interfaces.
package nilcheck

import "reflect"

// IsNil reports whether v is nil or holds a nil pointer, map, function, channel
// or slice, such as a variable of a concrete type that was never set.
func IsNil(v any) bool {
	if v == nil {
		return true
	}
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Func, reflect.Chan, reflect.Slice:
		return rv.IsNil()
	}
	return false
}
