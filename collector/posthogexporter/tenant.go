package posthogexporter

import (
	"crypto/sha256"
	"encoding/hex"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// tenant is a destination. The name is what spans name, which can be the key; the
// label is what logs and metrics may show.
type tenant struct{ name, label, key string }

const (
	// defaultTenant is the label of the project of api_key.
	defaultTenant = "default"
	// unknownTenant is the label of all tenants without a key: senders can make up any
	// number of them.
	unknownTenant = "unknown"
)

// part is the spans of one tenant.
type part struct {
	to tenant
	td ptrace.Traces
}

// split sorts spans by tenant. It leaves td alone. Those that go nowhere are counted.
func (e *tracesExporter) split(td ptrace.Traces) []part {
	tenants := &e.cfg.Tenants
	if !tenants.enabled() {
		return []part{{tenant{key: string(e.cfg.APIKey)}, td}}
	}
	var parts []part
	byName := make(map[string]int, 1)
	for _, rs := range td.ResourceSpans().All() {
		name := tenants.tenantOf(rs.Resource().Attributes())
		to, ok := e.tenantNamed(name)
		if !ok {
			unknown := ptrace.NewTraces()
			rs.CopyTo(unknown.ResourceSpans().AppendEmpty())
			e.countUnknown(to, unknown)
			if tenants.Unknown != unknownDefault {
				continue
			}
			to, _ = e.tenantNamed("")
		}
		at, ok := byName[to.name]
		if !ok {
			at = len(parts)
			byName[to.name] = at
			parts = append(parts, part{to, ptrace.NewTraces()})
		}
		rs.CopyTo(parts[at].td.ResourceSpans().AppendEmpty())
	}
	return parts
}

// tenantNamed returns where the spans of a tenant go, and whether they can.
func (e *tracesExporter) tenantNamed(name string) (tenant, bool) {
	tenants := &e.cfg.Tenants
	switch {
	case name == "":
		return tenant{"", defaultTenant, string(e.cfg.APIKey)}, e.cfg.APIKey != ""
	case tenants.ValueIsKey && e.mayBeKey(name):
		return tenant{name, labelOf(name), name}, true
	}
	if key, ok := tenants.Keys[name]; ok {
		return tenant{name, name, string(key)}, true
	}
	return tenant{name, unknownTenant, ""}, false
}

// labelOf tells keys apart without telling them.
func labelOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "key-" + hex.EncodeToString(sum[:4])
}

// maxKey is far beyond the length of any key.
const maxKey = 200

// mayBeKey reports whether a key that came with spans has the form of one.
func (e *tracesExporter) mayBeKey(key string) bool {
	if len(key) > maxKey {
		return false
	}
	pr, err := e.projects.borrow(key)
	if err == nil {
		e.projects.giveBack(e.ctx, pr)
	}
	return err == nil
}
