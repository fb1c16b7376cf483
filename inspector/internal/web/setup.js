// What to set, to copy.
import { copyBlock, el } from './dom.js'

const card = (title, about, ...blocks) => el('section.card', {}, el('div.title', {}, el('h2', {}, title)), el('p', {}, about), blocks)

export function steps() {
  const here = location.origin
  return el('div.setup', {},
    card('Services, in any language', 'One address takes PostHog’s events and OpenTelemetry’s spans, over HTTP and gRPC.',
      copyBlock(`export POSTHOG_HOST=${here}\nexport OTEL_EXPORTER_OTLP_ENDPOINT=${here}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`, 'Environment variables')),
    card('The page', 'posthog-js loads its recorder from here and records at once; masked inputs stay masked.',
      copyBlock(`posthog.init('phc_local', {\n  api_host: '${here}',\n  tracing_headers: ['localhost', '127.0.0.1'],\n  request_queue_config: { flush_interval_ms: 250 },\n})`, 'posthog.init')),
    card('Go', 'The exporter sends the events, the processor stamps the session. OTLP beside it brings the spans of the hops, which explain a missing link.',
      copyBlock(`exp, err := exporter.New("phc_local", exporter.WithHost("${here}"))
otlp, err := otlptracehttp.New(ctx) // reads OTEL_EXPORTER_OTLP_ENDPOINT
tp := sdktrace.NewTracerProvider(
\tsdktrace.WithSpanProcessor(processor.New(sdktrace.NewBatchSpanProcessor(exp))),
\tsdktrace.WithBatcher(otlp),
)
handler := baggage.NewHandler(otelhttp.NewHandler(mux, "gateway"))`, 'Go code')),
    card('Ask an endpoint', 'The doctor plays a browser and says hop by hop what arrived.',
      copyBlock(`inspector doctor -body '{"messages":[{"role":"user","content":"ping"}]}' http://127.0.0.1:8080/api/chat`, 'Doctor')),
    card('Coding agents', 'An MCP endpoint on the same address; SKILL.md says how to use it.',
      copyBlock(JSON.stringify({ mcpServers: { inspector: { type: 'http', url: here + '/mcp' } } }, null, 2), 'MCP configuration')))
}

export async function setup({ overview, go }) {
  const said = el('p', { role: 'status' })
  const file = el('input', { type: 'file', accept: '.jsonl', 'aria-label': 'File to import', onchange: async () => {
    const response = await fetch('/inspector/api/import', { method: 'POST', body: file.files[0] })
    const answer = await response.json()
    said.textContent = response.ok ? `${answer.records} records imported.` : answer.error
  } })
  return {
    title: 'Set up',
    node: el('div.stack', {},
      el('div.head', { style: { marginBottom: 0 } }, el('div', {}, el('h1', {}, 'Set up'), el('p.sub', {}, 'No account, and nothing leaves this machine unless it is started with -forward.'))),
      steps(),
      el('div.setup', {},
        card('Keep and share', 'A session or a trace is one file, its recording included; so is everything.',
          el('div.pad', { style: { paddingTop: 0 } }, el('p.actions', {}, el('a.button', { href: '/inspector/api/export', download: true }, 'Export everything'), file,
            el('button.plain', { type: 'button', onclick: async () => { if (confirm('Forget everything that arrived?')) { await fetch('/inspector/api/clear', { method: 'POST' }); go('/') } } }, 'Forget everything')), said)),
        card('On this machine', `Version ${overview.app_version || 'of the source'}.`,
          el('div.pad', { style: { paddingTop: 0 } }, el('p', {}, overview.player ? '✓ The replay player is here.' : ['✗ No replay player: run ', el('code', {}, overview.command), '.']),
            el('p', {}, overview.posthog_js ? '✓ posthog-js is served from here.' : ['✗ posthog-js comes from PostHog’s host: run ', el('code', {}, overview.command), ' to serve it from here.']))))),
    update: async () => {},
  }
}
