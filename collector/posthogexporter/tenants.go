package posthogexporter

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// What becomes of spans whose tenant has no key.
const (
	unknownDrop    = "drop"
	unknownDefault = "default"
)

// tenantAttribute carries, on the resource, a tenant that was named by the
// metadata of the request, which does not pass through a queue on disk.
const tenantAttribute = "otelposthog.tenant"

// TenantsConfig says which project the spans go to.
type TenantsConfig struct {
	// From says where the tenant is named: the first source that has a value
	// counts. Without any there are no tenants.
	From []TenantSource `mapstructure:"from"`
	// Keys are the project API keys by tenant.
	Keys map[string]configopaque.String `mapstructure:"keys"`
	// ValueIsKey is true when the sources hold the project API key itself.
	ValueIsKey bool `mapstructure:"value_is_key"`
	// Unknown says what becomes of spans whose tenant has no key: drop, which is
	// the default, or default, which is the project of api_key. Spans that name
	// no tenant go there in any case, if there is one.
	Unknown string `mapstructure:"unknown"`
	// MaxTenants bounds the tenants that are known at a time, 10,000 by default. The
	// least recently used ones without spans in the queue leave, those whose key
	// PostHog refused before the others.
	MaxTenants int `mapstructure:"max_tenants"`
	// MaxQueueBytes bounds what one tenant has in the queue; 0, the default, is a
	// quarter of queue_size.
	MaxQueueBytes int64 `mapstructure:"max_queue_bytes"`
	// RefusedFor is how long the spans of a tenant are dropped without asking after
	// PostHog refused its key, 5 minutes by default.
	RefusedFor time.Duration `mapstructure:"refused_for"`
	// MaxLabels bounds the tenants that metrics tell apart, 100 by default; the others
	// are "other".
	MaxLabels int `mapstructure:"max_labels"`
}

func defaultTenants() TenantsConfig {
	return TenantsConfig{MaxTenants: 10_000, RefusedFor: 5 * time.Minute, MaxLabels: 100}
}

func (c *TenantsConfig) maxQueueBytes(all int64) int64 {
	if c.MaxQueueBytes > 0 {
		return c.MaxQueueBytes
	}
	return all / 4
}

// TenantSource is one place that can name the tenant. One of the fields is set.
type TenantSource struct {
	// ResourceAttribute is an attribute of the resource.
	ResourceAttribute string `mapstructure:"resource_attribute"`
	// Metadata is a header of the request that brought the spans. The receiver
	// must have include_metadata: true.
	Metadata string `mapstructure:"metadata"`
}

func (c *TenantsConfig) enabled() bool { return len(c.From) > 0 }

func (c *TenantsConfig) validate(hasDefault bool) error {
	var errs []error
	fail := func(text string) { errs = append(errs, errors.New("tenants: "+text)) }
	for _, source := range c.From {
		if (source.ResourceAttribute == "") == (source.Metadata == "") {
			fail("each source under from needs either resource_attribute or metadata")
		}
	}
	if !c.enabled() && (len(c.Keys) > 0 || c.ValueIsKey || c.Unknown != "") {
		fail("from is missing: it says where the tenant is named")
	}
	if c.enabled() && (len(c.Keys) > 0) == c.ValueIsKey {
		fail("set either keys, the key of each tenant, or value_is_key")
	}
	if _, ok := c.Keys[""]; ok {
		fail("keys: a tenant has no name")
	}
	switch c.Unknown {
	case "", unknownDrop:
	case unknownDefault:
		if !hasDefault {
			fail("unknown: default needs api_key, the key of the default project")
		}
	default:
		errs = append(errs, fmt.Errorf("tenants: unknown: want drop or default, not %q", c.Unknown))
	}
	if c.MaxTenants <= 0 || c.MaxLabels <= 0 {
		fail("max_tenants and max_labels must be positive")
	}
	if c.MaxQueueBytes < 0 || c.RefusedFor < 0 {
		fail("max_queue_bytes and refused_for must not be negative")
	}
	return errors.Join(errs...)
}

// asksRequests reports whether the metadata of requests may name the tenant.
func (c *TenantsConfig) asksRequests() bool {
	for _, source := range c.From {
		if source.Metadata != "" {
			return true
		}
	}
	return false
}

// hidden lists the resource attributes that are no properties of events.
func (c *TenantsConfig) hidden() []string {
	var keys []string
	if c.asksRequests() {
		keys = append(keys, tenantAttribute)
	}
	for _, source := range c.From {
		if c.ValueIsKey && source.ResourceAttribute != "" {
			keys = append(keys, source.ResourceAttribute)
		}
	}
	return keys
}

// note writes the tenant of each resource on it, while the request is known.
// Whatever the sender wrote there goes.
func (c *TenantsConfig) note(metadata client.Metadata, td ptrace.Traces) {
	for _, rs := range td.ResourceSpans().All() {
		attrs := rs.Resource().Attributes()
		if tenant := c.find(attrs, metadata); tenant != "" {
			attrs.PutStr(tenantAttribute, tenant)
		} else {
			attrs.Remove(tenantAttribute)
		}
	}
}

// tenantOf returns the tenant of a resource, "" when nothing names one.
func (c *TenantsConfig) tenantOf(resource pcommon.Map) string {
	if c.asksRequests() {
		return text(resource, tenantAttribute)
	}
	return c.find(resource, client.Metadata{})
}

func (c *TenantsConfig) find(resource pcommon.Map, metadata client.Metadata) string {
	for _, source := range c.From {
		if tenant := text(resource, source.ResourceAttribute); tenant != "" {
			return tenant
		}
		for _, tenant := range metadata.Get(source.Metadata) {
			if tenant != "" {
				return tenant
			}
		}
	}
	return ""
}

// text returns an attribute as text: a tenant may well be a number.
func text(m pcommon.Map, key string) string {
	if v, ok := m.Get(key); ok {
		return v.AsString()
	}
	return ""
}
