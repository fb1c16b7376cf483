package posthogsession

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"
)

// NewFactory returns the factory of the processor posthogsession, for traces.
func NewFactory() processor.Factory {
	return processor.NewFactory(
		component.MustNewType("posthogsession"),
		createDefaultConfig,
		processor.WithTraces(createTraces, component.StabilityLevelAlpha),
	)
}

func createTraces(_ context.Context, set processor.Settings, c component.Config, next consumer.Traces) (processor.Traces, error) {
	return newSessionProcessor(set, c.(*Config), next)
}
