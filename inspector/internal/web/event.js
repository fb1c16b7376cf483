// One event: why it is linked, the conversation, parameters, and what is raw.
import { get, id } from './api.js'
import { chat } from './chat.js'
import { duration, el, json, ms, number, personName, service, short, when } from './dom.js'

export async function event({ params: [uuid] }) {
  const node = await detail(uuid, {})
  return { title: node.dataset.title, node: el('div.card', {}, node), update: async () => {} }
}

export async function detail(uuid, { within }) {
  const e = await get('events/' + id(uuid))
  const p = e.raw.properties ?? {}
  const session = p.$session_id
  const title = e.title || e.event
  const heading = within ? 'h3' : 'h2'
  const node = el('div', { 'data-title': title },
    el('div.event-head', {},
      el('div', { style: { flex: '1 1 14rem', minWidth: 0 } },
        !within && el('p.crumb', {}, e.trace_id ? el('a', { href: '/traces/' + id(e.trace_id) + '?span=' + id(e.span_id ?? '') }, 'Trace ' + short(e.trace_id)) : session ? el('a', { href: '/sessions/' + id(session) }, 'Session ' + short(session)) : el('a', { href: '/' }, 'Sessions')),
        el(within ? 'h2' : 'h1', {}, title),
        el('p.tags', { style: { marginTop: '.35rem' } }, el('span.tag.kind', {}, e.event), e.model && el('span.tag', {}, e.model), e.service && service(e.service), e.error && el('span.tag.bad', {}, 'error'))),
      el('div.actions', {},
        within && el('a.button', { href: '/events/' + id(e.uuid) }, 'Open'),
        session && e.recorded && el('a.button.go', { href: `/sessions/${id(session)}?at=${Math.round(ms(e.start) - 5000)}` }, '▶ Play from here'),
        session && !e.recorded && el('a.button', { href: '/sessions/' + id(session) }, 'Session'))),
    el('div.section', {}, facts(e, p)),
    p.$ai_error && el('div.section', {}, el(heading, {}, 'Error'), el('p.err.json', {}, text(p.$ai_error))),
    e.why && el('div.section', {}, el(heading, {}, e.why.linked ? 'Why it is linked' : 'Why it is not linked'), verdict(e.why, e)),
    conversation(p, heading),
    folded('tools', 'Tools', p.$ai_tools, (v) => json(v)),
    folded('parameters', 'Parameters', p.$ai_model_parameters, (v) => json(v)),
    el('div.section', {}, el('details', { 'data-key': 'raw' }, el('summary', {}, 'Raw event'), json(e.raw, session), origins(e.origins))),
    e.span && el('div.section', {}, el('details', { 'data-key': 'span' }, el('summary', {}, 'Raw span'), json(e.span.resourceSpans?.[0] ?? e.span, session))))
  return node
}

const text = (v) => (typeof v === 'string' ? v : JSON.stringify(v, null, 2))

function facts(e, p) {
  const fact = (name, value) => value !== undefined && value !== null && value !== '' && el('div', {}, el('dt', {}, name), el('dd', {}, value))
  const seconds = (v) => (typeof v === 'number' ? duration(v * 1000) : undefined)
  return el('dl.facts', {},
    fact('Started', when(e.start)), fact('Latency', ms(e.end) > ms(e.start) && duration(ms(e.end) - ms(e.start))), fact('First token', seconds(p.$ai_time_to_first_token)),
    p.$ai_output_tokens !== undefined && fact('Tokens', `${number(p.$ai_input_tokens)} in, ${number(p.$ai_output_tokens)} out`),
    fact('From cache', p.$ai_cache_read_input_tokens && number(p.$ai_cache_read_input_tokens)), fact('Reasoning', p.$ai_reasoning_tokens && number(p.$ai_reasoning_tokens)),
    fact('Provider', p.$ai_provider), fact('Stopped by', p.$ai_stop_reason && text(p.$ai_stop_reason)), fact('HTTP status', p.$ai_http_status),
    fact('Person', el('span', { title: e.raw.distinct_id }, personName(e.raw.distinct_id))), fact('Conversation', p.$ai_session_id && el('span.mono', {}, short(text(p.$ai_session_id)))),
    fact('Session', p.$session_id ? el('a.mono', { href: '/sessions/' + id(text(p.$session_id)) }, short(text(p.$session_id))) : 'none'),
    fact('Arrived by', e.source === 'otlp' ? 'OTLP, converted here' : e.path || 'capture'))
}

// verdict shows the cause and the way of the session from hop to hop.
export function verdict(why, e) {
  return el('div', {},
    el('div.verdict' + (why.cause === 'linked' ? '' : '.no'), {},
      el('b', {}, why.title, !why.certain && why.cause !== 'linked' && el('span.soft', {}, ' (likely)')), el('span', {}, why.detail),
      why.fix && el('p.fix', {}, el('b', {}, 'What to do: '), why.fix)),
    why.hops?.length > 0 && el('ol.hops', { 'aria-label': 'The way of the session' }, why.hops.map((hop) =>
      hop.missing
        ? el('li.gone', {}, 'A parent that did not arrive ', el('small.mono', {}, hop.span_id))
        : el('li' + (hop.session_id ? '.has' : ''), {}, hop.service && service(hop.service), ' ', hop.name, ' ',
          el('small', {}, hop.session_id ? ['session in ', el('code', {}, hop.key)] : 'no session', hop.status && [' · processor: ', el('code', {}, hop.status)], hop.reason && `, ${hop.reason}`)))))
}

function conversation(p, heading) {
  const parts = [chat(p.$ai_input, 'user'), chat(p.$ai_output_choices ?? p.$ai_output, 'assistant')].flat()
  const states = [['Input', p.$ai_input_state], ['Output', p.$ai_output_state]].filter(([, v]) => v !== undefined && v !== null)
  if (parts.length) return el('div.section', {}, el(heading, {}, 'Conversation'), el('div.chat', {}, parts))
  return states.map(([name, value]) => el('div.section', {}, el(heading, {}, name), typeof value === 'string' ? el('p.json', {}, value) : json(value)))
}

function folded(key, name, value, draw) {
  if (value === undefined || value === null || (Array.isArray(value) && !value.length)) return null
  const count = Array.isArray(value) ? ` (${value.length})` : ''
  return el('div.section', {}, el('details', { 'data-key': key }, el('summary', {}, name + count), draw(value)))
}

// origins says where each property comes from.
function origins(map) {
  if (!map) return null
  return el('details', { 'data-key': 'origins', style: { marginTop: '.8rem' } }, el('summary', {}, 'Where each property comes from'),
    el('table.props', {}, el('thead', {}, el('tr', {}, ['Property', 'Rule', 'Attributes'].map((h) => el('th', { scope: 'col' }, h)))),
      el('tbody', {}, Object.entries(map).sort().map(([key, o]) => el('tr', {}, el('td', {}, key), el('td', {}, o.rule), el('td', {}, (o.attributes ?? []).join(', ')))))))
}
