// All sessions.
import { get, id } from './api.js'
import { duration, el, ms, number, personName, plural, service, short, when } from './dom.js'
import { steps } from './setup.js'

export async function sessions({ query, overview, go }) {
  const filter = Object.fromEntries(['q', 'model', 'service', 'errors'].map((key) => [key, query.get(key)]))
  const list = await get('sessions', filter)
  const filtered = Object.values(filter).some(Boolean)
  const empty = filtered
    ? el('div.empty.card', {}, el('h2', {}, 'No session matches'), el('p', {}, el('a', { href: '/' }, 'Show all')))
    : el('div.stack', {},
      el('div.empty.card', {}, el('h2', {}, 'Nothing has arrived yet'),
        el('p', {}, 'Point a program and a page here; sessions appear as they come.', overview.unlinked > 0 && [' ', el('a', { href: '/unlinked' }, `${plural(overview.unlinked, 'event')} without a session`), ' arrived.'])),
      steps())
  return {
    title: 'Sessions',
    node: el('div', {},
      el('div.head', {}, el('div', {}, el('h1', {}, 'Sessions'), el('p.sub', {}, 'What people did in the browser, and the LLM calls that came of it.'))),
      filters('/', query, overview, go),
      list.length ? el('ul.list.sessions', {}, list.map(row)) : empty),
  }
}

function row(s) {
  return el('li', {}, el('a.row', { href: '/sessions/' + id(s.id), 'data-key': s.id },
    el('span.main', {}, el('b', {}, personName(s.person) || short(s.id)), el('small', {}, el('span.mono', {}, short(s.id)), ' · ', duration(ms(s.last) - ms(s.first)))),
    el('span.tags', {}, (s.services ?? []).map(service), (s.models ?? []).map((m) => el('span.tag', {}, m))),
    el('span.num', {}, number(s.ai_events), ' ', el('small', {}, 'AI events')),
    el('span.num', {}, number(s.input_tokens + s.output_tokens), ' ', el('small', {}, 'tokens')),
    el('span.tags', {}, s.recorded && el('span.tag.accent', {}, '▶ replay'), s.errors > 0 && el('span.tag.bad', {}, plural(s.errors, 'error'))),
    el('span.num.last', {}, when(s.last)),
  ))
}

// filters draws the choices that sessions and traces share.
export function filters(path, query, overview, go) {
  const set = (key, value) => {
    const next = new URLSearchParams(query)
    if (value) next.set(key, value)
    else next.delete(key)
    go(path + (next.size ? '?' + next : ''), { replace: true, focus: false })
  }
  const choose = (key, all, list) => list.length > 0 && el('select', { 'aria-label': all, 'data-key': 'filter-' + key, onchange: (e) => set(key, e.target.value) },
    el('option', { value: '' }, all), list.map((name) => el('option', { value: name, selected: query.get(key) === name }, name)))
  const errors = query.get('errors')
  return el('div.filters', {},
    el('button.chip', { type: 'button', 'aria-pressed': String(Boolean(errors)), 'data-key': 'filter-errors', onclick: () => set('errors', errors ? '' : '1') }, 'With errors'),
    choose('model', 'Any model', overview.models), choose('service', 'Any service', overview.services),
    query.get('q') && el('span.soft', {}, `containing “${query.get('q')}”`),
    overview.unlinked > 0 && el('a.chip', { href: '/unlinked' }, `${plural(overview.unlinked, 'event')} without a session`))
}
