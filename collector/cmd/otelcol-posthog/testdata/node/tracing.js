// Load this before anything else: node --require ./tracing.js service.js
const { context, createContextKey, propagation } = require('@opentelemetry/api');
const { BaggageSpanProcessor } = require('@opentelemetry/baggage-span-processor');
const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } = require('@opentelemetry/core');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { BatchSpanProcessor, NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');

const members = ['session.id', 'posthog.window_id', 'posthog.distinct_id'];

// Baggage leaves in calls to services of your own only: see trusted.
const trustedKey = createContextKey('the called service is ours');
class GuardedBaggagePropagator extends W3CBaggagePropagator {
  inject(ctx, carrier, setter) {
    if (ctx.getValue(trustedKey)) super.inject(ctx, carrier, setter);
  }
}

const provider = new NodeTracerProvider({
  spanProcessors: [
    // Stamps the session on every span that starts below.
    new BaggageSpanProcessor((key) => members.includes(key)),
    new BatchSpanProcessor(new OTLPTraceExporter(), { scheduledDelayMillis: 200 }),
  ],
});
provider.register({
  propagator: new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new GuardedBaggagePropagator()] }),
});
registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });

// trusted runs a function whose outgoing calls may carry the session.
exports.trusted = (fn) => context.with(context.active().setValue(trustedKey, true), fn);

// withSession is for the edge, the service that the browser calls: it turns PostHog's
// headers into baggage, and runs fn with it.
exports.withSession = (headers, fn) => {
  let baggage = propagation.getActiveBaggage() ?? propagation.createBaggage();
  for (const [header, member] of [['x-posthog-session-id', 'session.id'], ['x-posthog-window-id', 'posthog.window_id']]) {
    const value = headers[header];
    baggage = baggage.removeEntry(member); // whatever a stranger sent as baggage
    if (typeof value === 'string' && /^[!-~]{1,200}$/.test(value)) baggage = baggage.setEntry(member, { value });
  }
  return context.with(propagation.setBaggage(context.active(), baggage), fn);
};
