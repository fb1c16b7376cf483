import { propagation } from '@opentelemetry/api'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch'
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web'

// Adds the session of the moment to the baggage of each request.
class SessionBaggagePropagator extends W3CBaggagePropagator {
  inject(context, carrier, setter) {
    let baggage = propagation.getBaggage(context) ?? propagation.createBaggage()
    const session = posthog.get_session_id(), person = posthog.get_distinct_id()
    if (session) baggage = baggage.setEntry('session.id', { value: session })
    if (person) baggage = baggage.setEntry('posthog.distinct_id', { value: person })
    super.inject(propagation.setBaggage(context, baggage), carrier, setter)
  }
}

new WebTracerProvider({ spanProcessors: [ /* yours */ ] }).register({
  propagator: new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new SessionBaggagePropagator()],
  }),
})
registerInstrumentations({
  instrumentations: [new FetchInstrumentation({
    // Besides the page's own origin. A string would have to be the whole URL.
    propagateTraceHeaderCorsUrls: [/^https:\/\/api\.example\.com\//],
  })],
})
