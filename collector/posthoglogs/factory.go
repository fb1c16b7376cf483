package posthoglogs

import (
	"context"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"
)

// NewFactory returns the factory of the connector posthoglogs, from traces and
// logs to traces.
func NewFactory() connector.Factory {
	f := &factory{joiners: make(map[*Config]*joiner)}
	return connector.NewFactory(
		component.MustNewType("posthoglogs"),
		createDefaultConfig,
		connector.WithTracesToTraces(f.createTraces, component.StabilityLevelAlpha),
		connector.WithLogsToTraces(f.createLogs, component.StabilityLevelAlpha),
	)
}

// factory makes one joiner for both signals of a configured connector.
type factory struct {
	mu      sync.Mutex
	joiners map[*Config]*joiner
}

func (f *factory) createTraces(_ context.Context, set connector.Settings, c component.Config, next consumer.Traces) (connector.Traces, error) {
	return f.joiner(set, c.(*Config), next)
}

func (f *factory) createLogs(_ context.Context, set connector.Settings, c component.Config, next consumer.Traces) (connector.Logs, error) {
	return f.joiner(set, c.(*Config), next)
}

func (f *factory) joiner(set connector.Settings, cfg *Config, next consumer.Traces) (*joiner, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if j := f.joiners[cfg]; j != nil {
		return j, nil
	}
	j, err := newJoiner(set, cfg, next)
	if err != nil {
		return nil, err
	}
	j.forget = func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.joiners, cfg)
	}
	f.joiners[cfg] = j
	return j, nil
}
