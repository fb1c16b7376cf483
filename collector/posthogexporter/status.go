package posthogexporter

import (
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
)

// status tells health checks how the exporter is: in trouble while everything that it
// sends fails, all right as soon as PostHog stores something.
type status struct {
	host component.Host

	mu      sync.Mutex
	failing map[string]bool // tenants whose last attempt failed
	working map[string]bool
	trouble bool
}

func newStatus(host component.Host) *status {
	return &status{host: host, failing: make(map[string]bool), working: make(map[string]bool)}
}

// note takes the result of an attempt. With tenants, one that works is enough: what
// ails the others is theirs.
func (s *status) note(tenant string, err error) {
	s.mu.Lock()
	if err == nil {
		delete(s.failing, tenant)
		s.remember(s.working, tenant)
	} else {
		delete(s.working, tenant)
		s.remember(s.failing, tenant)
	}
	trouble := len(s.failing) > 0 && len(s.working) == 0
	changed := trouble != s.trouble
	s.trouble = trouble
	s.mu.Unlock()
	switch {
	case !changed:
	case trouble:
		componentstatus.ReportStatus(s.host, componentstatus.NewRecoverableErrorEvent(err))
	default:
		componentstatus.ReportStatus(s.host, componentstatus.NewEvent(componentstatus.StatusOK))
	}
}

// maxStatus bounds the tenants of each kind that are remembered: some are enough.
const maxStatus = 100

func (s *status) remember(in map[string]bool, tenant string) {
	if len(in) < maxStatus {
		in[tenant] = true
	}
}
