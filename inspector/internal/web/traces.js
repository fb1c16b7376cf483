// All traces.
import { get, id } from './api.js'
import { duration, el, linkMark, ms, number, plural, service, short, when } from './dom.js'
import { filters } from './sessions.js'

export async function traces({ query, overview, go }) {
  const list = await get('traces', Object.fromEntries(['q', 'model', 'service', 'errors'].map((key) => [key, query.get(key)])))
  return {
    title: 'Traces',
    node: el('div', {},
      el('div.head', {}, el('div', {}, el('h1', {}, 'Traces'), el('p.sub', {}, 'One request each, through all services, with its LLM calls.'))),
      filters('/traces', query, overview, go),
      list.length ? el('ul.list.traces', {}, list.map(row)) : el('div.empty.card', {}, el('h2', {}, 'No trace'), el('p', {}, el('a', { href: '/setup' }, 'Set up a program')))),
  }
}

function row(t) {
  return el('li', {}, el('a.row', { href: '/traces/' + id(t.id), 'data-key': t.id },
    el('span.main', {}, el('b', {}, t.title || short(t.id)), el('small', {}, el('span.mono', {}, short(t.id)))),
    el('span.tags', {}, t.services.map(service), t.models.map((m) => el('span.tag', {}, m))),
    el('span.num', {}, duration(ms(t.end) - ms(t.start)), ' ', el('small', {}, plural(t.generations, 'generation'))),
    el('span.num', {}, number(t.input_tokens + t.output_tokens), ' ', el('small', {}, 'tokens')),
    el('span.tags', {}, t.unlinked ? el('span.tag.warn', {}, `${t.unlinked} unlinked`) : linkMark(true), t.errors > 0 && el('span.tag.bad', {}, plural(t.errors, 'error'))),
    el('span.num.last', {}, when(t.start)),
  ))
}
