// One trace as a waterfall over services, or two side by side.
import { get, id } from './api.js'
import { duration, el, linkMark, ms, number, plural, service, serviceColour, short, when } from './dom.js'
import { detail } from './event.js'

export async function trace({ params: [traceId], query, go, overview }) {
  const other = query.get('with')
  const [data, second, all] = await Promise.all([get('traces/' + id(traceId)), other && get('traces/' + id(other)), get('traces')])
  const asked = query.get('span') ?? query.get('event')
  const chosen = asked && data.nodes.find((n) => n.id === asked || n.span_id === asked || n.uuid === asked)?.id
  const side = el('div.side')
  const first = waterfall(data, chosen, select)
  const node = el('div', {},
    el('div.head', {},
      el('div', {}, el('p.crumb', {}, el('a', { href: '/traces' }, 'Traces')), el('h1', {}, data.title || short(data.id)),
        el('p.sub', {}, el('span.mono', {}, data.id), ' · ', when(data.start))),
      el('div.actions', {},
        data.sessions.map((s) => el('a.button', { href: '/sessions/' + id(s) + '?at=' + (ms(data.start) - 5000) }, 'Session ' + short(s))),
        all.length > 1 && el('select', { 'aria-label': 'Compare with', 'data-key': 'compare', onchange: (e) => go('/traces/' + id(traceId) + (e.target.value ? '?with=' + id(e.target.value) : ''), { focus: false }) },
          el('option', { value: '' }, other ? 'No comparison' : 'Compare with …'),
          all.filter((t) => t.id !== traceId).slice(0, 100).map((t) => el('option', { value: t.id, selected: t.id === other }, `${t.title || 'Trace'} · ${duration(ms(t.end) - ms(t.start))} · ${short(t.id)}`))),
        el('a.button', { href: '/inspector/api/export?trace=' + id(data.id), download: true }, 'Export'))),
    other
      ? el('div.split.both', {}, card(data, first), card(second, waterfall(second, null, (n) => go(`/traces/${id(other)}?span=${id(n.id)}`))))
      : el('div.split' + (chosen ? '.open' : ''), {}, card(data, first), side))

  let shownSpan = null
  async function select(n, { remember = true } = {}) {
    if (remember) history.replaceState(null, '', `${location.pathname}?span=${id(n.id)}`)
    shownSpan = n.id
    first.mark(n.id)
    side.parentElement?.classList.add('open')
    side.replaceChildren(el('div.card', {}, await (n.uuid ? detail(n.uuid, { within: true }) : hop(n))))
  }
  async function hop(n) {
    const raw = await get(`traces/${id(traceId)}/spans/${id(n.span_id)}`)
    const { json } = await import('./dom.js')
    return el('div', {}, el('div.event-head', {}, el('h2', {}, n.title), el('span.tags', {}, n.service && service(n.service), el('span.tag', {}, n.kind), n.error && el('span.tag.bad', {}, 'error'))),
      el('div.section', {}, el('dl.facts', {},
        el('div', {}, el('dt', {}, 'Duration'), el('dd', {}, duration(ms(n.end) - ms(n.start)))),
        el('div', {}, el('dt', {}, 'Session'), el('dd', {}, n.session_id ? el('a.mono', { href: '/sessions/' + id(n.session_id) }, short(n.session_id)) : 'none on this span')))),
      el('div.section', {}, el('h3', {}, 'Raw span'), json(raw.resourceSpans?.[0] ?? raw, n.session_id)))
  }
  const stamp = JSON.stringify([data, second])
  if (chosen && !other) {
    await select(data.nodes.find((n) => n.id === chosen), { remember: false })
  }
  return {
    title: data.title || short(data.id), node,
    // Nothing new: leave the page, with what is unfolded and scrolled, alone.
    async update({ query: next }) {
      const wanted = next.get('span') ?? next.get('event')
      if (next.get('with') !== other || wanted && wanted !== shownSpan || !wanted && shownSpan) return false
      const news = [await get('traces/' + id(traceId)), other && await get('traces/' + id(other))]
      return JSON.stringify(news) === stamp
    },
  }
}

function card(t, tree) {
  return el('section.card', { 'aria-label': `Waterfall of ${t.title || 'trace'} ${short(t.id)}` },
    el('div.pad', {}, el('dl.facts', {},
      fact('Duration', duration(ms(t.end) - ms(t.start))), fact('Spans', number(Math.max(t.spans, t.nodes.length))), fact('Generations', number(t.generations)),
      fact('Tokens', `${number(t.input_tokens)} in, ${number(t.output_tokens)} out`),
      t.errors > 0 && fact('Errors', number(t.errors)),
      fact('Session', t.unlinked ? el('a', { href: '/unlinked' }, `${plural(t.unlinked, 'event')} without one`) : `all ${number(t.ai_events)} AI events`)),
    t.services.length > 0 && el('p.tags', { style: { marginTop: '.7rem', gap: '.3rem .9rem' } }, t.services.map(service))),
    tree.node)
}

const fact = (name, value) => el('div', {}, el('dt', {}, name), el('dd', {}, value))

// So many rows are made at a time, when the person is about to see them. A large
// trace opens as fast as a small one.
const slice = 120

// A row is copied from this one: much faster than making each element anew.
const blank = el('a', { 'data-stay': true }, el('span.label', {}, el('b')), el('span.time', {}, el('i.bar'), el('span.dur')))

function waterfall(t, chosen, select) {
  const from = ms(t.start)
  const length = Math.max(ms(t.end) - from, 0.001)
  const rows = new Map()
  const byRow = new WeakMap()
  const list = el('div', {
    role: 'group', 'aria-label': 'Spans',
    onclick: (click) => {
      const n = byRow.get(click.target.closest('a.node'))
      if (!n || click.metaKey || click.ctrlKey) return
      click.preventDefault()
      select(n)
    },
  })
  const draw = (n) => {
    const row = blank.cloneNode(true)
    const [label, time] = row.children
    const start = ((ms(n.start) - from) / length) * 100
    const width = ((ms(n.end) - ms(n.start)) / length) * 100
    row.className = `node ${n.uuid ? 'ai' : 'hop'}${n.error ? ' error' : ''}`
    row.href = `/traces/${id(t.id)}?span=${id(n.id)}`
    row.dataset.key = 'span-' + n.id
    row.title = [n.service, n.title, n.orphan && 'its parent did not arrive'].filter(Boolean).join(' · ')
    row.style.cssText = `--depth:${Math.min(n.depth, 24)};--c:${serviceColour(n.service)}`
    if (n.id === chosen) row.setAttribute('aria-current', 'true')
    label.firstChild.textContent = n.title || n.event
    time.firstChild.style.cssText = `left:${start}%;width:${width}%`
    time.lastChild.style.left = start + width + '%'
    time.lastChild.textContent = duration(ms(n.end) - ms(n.start))
    const more = [n.orphan && el('span.tag.warn', {}, 'no parent'), n.error && el('span.tag.bad', {}, 'error')]
    if (n.uuid) {
      more.push(el('span.model', {}, [n.model, n.output_tokens !== undefined && `${n.input_tokens ?? 0}+${n.output_tokens}`].filter(Boolean).join(' · ')), linkMark(n.has_session))
    }
    if (n.service) more.push(el('span.hidden-text', {}, ' in ' + n.service))
    label.append(...more.filter(Boolean))
    rows.set(n.id, row)
    byRow.set(row, n)
    return row
  }
  let next = 0
  const rest = el('div', { 'aria-hidden': 'true' }) // as high as the rows that are not there yet
  const more = () => {
    const part = document.createDocumentFragment()
    for (const n of t.nodes.slice(next, next + slice)) part.append(draw(n))
    list.append(part)
    next += slice
    rest.style.height = `calc(${Math.max(0, t.nodes.length - next)} * 2.15rem)`
  }
  const watch = new IntersectionObserver((seen) => {
    if (!seen.at(-1).isIntersecting) return
    more()
    watch.unobserve(rest)
    if (next < t.nodes.length) watch.observe(rest) // tells again at once where it is still seen
  }, { rootMargin: '600px' })
  do more()
  while (next < t.nodes.length && chosen && next <= t.nodes.findIndex((n) => n.id === chosen))
  if (next < t.nodes.length) watch.observe(rest)
  return {
    node: el('div.waterfall', {}, el('div.scale', { 'aria-hidden': 'true' }, el('span', {}, 'Span'), el('div', {}, [0, 0.25, 0.5, 0.75, 1].map((f) => el('span', {}, f === 0 ? '0' : duration(length * f))))), list, rest),
    mark(spanId) {
      for (const [key, row] of rows) key === spanId ? row.setAttribute('aria-current', 'true') : row.removeAttribute('aria-current')
    },
  }
}
