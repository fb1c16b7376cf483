// What has no session, by cause, and requests that PostHog would refuse.
import { get, id } from './api.js'
import { el, number, plural, short, when } from './dom.js'

export async function unlinked({ overview }) {
  const groups = await get('unlinked')
  const refused = overview.refused ?? []
  return {
    title: 'Unlinked',
    node: el('div.stack', {},
      el('div.head', { style: { marginBottom: 0 } }, el('div', {}, el('h1', {}, 'Not linked to a replay'),
        el('p.sub', {}, 'LLM events that no session replay can be opened from, by the cause that their spans show.'))),
      groups.length ? groups.map(group) : el('div.empty.card', {}, el('h2', {}, overview.traces ? 'Every LLM event has a session' : 'Nothing has arrived yet'), el('p', {}, overview.traces ? 'Each leads to what the person was doing.' : el('a', { href: '/setup' }, 'Set up a program'))),
      refused.length > 0 && el('section.card', { 'aria-labelledby': 'refused-title' },
        el('div.title', {}, el('h2', { id: 'refused-title' }, 'Requests that were not taken whole'), el('span.soft', {}, number(refused.length))),
        el('ul.cause', { style: { borderLeft: 0 } }, refused.toReversed().map((r) => el('li', {}, el('span.mono', {}, r.path), el('span.soft', {}, r.status || '', ' ', when(r.time)), el('small', {}, r.reason))))),
    ),
  }
}

function group(g) {
  const likely = g.events.every((e) => !e.certain)
  return el('section.card.cause', { 'aria-labelledby': 'cause-' + g.cause },
    el('div.title', {}, el('h2', { id: 'cause-' + g.cause }, g.title, likely && el('span.soft', {}, ' (likely)')), el('span.tag.warn', {}, plural(g.count, 'event'))),
    g.fix && el('div.fix', {}, el('b', {}, 'What to do'), g.fix),
    el('ul', {}, g.events.slice(0, 8).map((e) => item(e))),
    g.count > 8 && el('details', { 'data-key': 'more-' + g.cause, style: { padding: '.5rem 1rem .8rem' } }, el('summary', {}, `${number(g.count - 8)} more`), el('ul', {}, g.events.slice(8).map(item)),
      g.count > g.events.length && el('p.soft', {}, `The newest ${g.events.length} are listed.`)))
}

function item(e) {
  return el('li', {}, el('span', {}, el('a', { href: '/events/' + id(e.uuid), 'data-key': 'unlinked-' + e.uuid }, e.title || e.event), ' ', el('span.tag.kind', {}, e.event), ' ', e.model && el('span.tag', {}, e.model)),
    el('span.soft', {}, el('a', { href: `/traces/${id(e.trace_id)}?span=${id(e.span_id ?? '')}` }, 'trace ' + short(e.trace_id))), el('small', {}, e.detail))
}
