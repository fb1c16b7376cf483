package posthogexporter

import (
	"reflect"

	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/confmap"
)

// clientSettings has the fields of the client settings, but not the method that
// takes any setting for one that somebody else knows.
type clientSettings confighttp.ClientConfig

var _ confmap.Unmarshaler = (*Config)(nil)

// Unmarshal reads the settings and refuses those that do not exist: a
// privacy_mode that is misspelt must not go unnoticed. Reading alone lets them
// through, at all levels, because the client settings do.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	if err := conf.Unmarshal(c); err != nil {
		return err
	}
	rest := conf.ToStringMap()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		name := field.Tag.Get("mapstructure")
		if err := refuseUnknown(rest[name], field.Type); err != nil {
			return err
		}
		delete(rest, name)
	}
	// What is not ours is one of the client settings, or a mistake.
	return refuseUnknown(rest, reflect.TypeFor[clientSettings]())
}

// refuseUnknown reads a section for nothing but the error.
func refuseUnknown(section any, t reflect.Type) error {
	settings, ok := section.(map[string]any)
	if !ok || t.Kind() != reflect.Struct {
		return nil
	}
	return confmap.NewFromStringMap(settings).Unmarshal(reflect.New(t).Interface())
}
