// One session: browser events, LLM traces and the recording on one time axis.
import { get, id } from './api.js'
import { duration, el, ms, number, offset, personName, plural, service, short, when } from './dom.js'
import { player } from './player.js'

const names = { $pageview: 'Opened', $pageleave: 'Left the page', $autocapture: 'Action', $rageclick: 'Clicked in anger', $exception: 'Exception', $identify: 'Identified', $set: 'Properties set', $web_vitals: 'Web vitals' }
const isCall = (node) => node.event === '$ai_generation' || node.event === '$ai_embedding'

export async function session({ params: [sessionId], query, overview }) {
  const data = await get('sessions/' + id(sessionId))
  const replay = player({ sessionId, overview, windows: data.windows ?? [], onTime: follow, start: startOf(query, data) })
  const story = el('div')
  const axis = el('div')
  const facts = el('div.head')
  let seen = ''
  let moments = [] // what lights up, by time
  let head = null

  // scale: the place of a time on the axis, in percent.
  function fill(s) {
    const stamp = JSON.stringify(s)
    if (stamp === seen) return
    seen = stamp
    const calls = (s.trace_pages ?? []).flatMap((t) => t.nodes.filter(isCall).map((n) => ({ ...n, trace: t })))
    const browser = s.browser ?? []
    const times = [...browser.map((e) => ms(e.end)), ...(s.trace_pages ?? []).flatMap((t) => [ms(t.start), ms(t.end)]), ...(s.windows ?? []).flatMap((w) => [w.start, w.end])]
    const from = Math.min(...times)
    const to = Math.max(...times, from + 1000)
    const at = (t) => ((t - from) / (to - from)) * 100
    facts.replaceChildren(...header(s, to - from))
    moments = []
    const light = (node, start, end) => { moments.push({ node, start, end }); return node }
    head = el('i', { hidden: true })
    axis.replaceChildren(axisCard(s, browser, at, from, to, light, head))
    story.replaceChildren(storyCard(s, browser, calls, from, light, replay, sessionId))
    head.at = at
  }

  // follow lights up what happens at a moment of the recording.
  function follow(now) {
    if (!head) return
    head.hidden = false
    head.style.left = head.at(now) + '%'
    for (const { node, start, end } of moments) {
      const lit = now >= start && now <= Math.max(end, start + 600)
      if (node.classList.contains('lit') === lit) continue
      node.classList.toggle('lit', lit)
    }
  }

  fill(data)
  return {
    title: personName(data.person) || short(sessionId),
    node: el('div.stack', {}, facts, axis, el('div.twocol', {}, el('div.sticky', {}, replay.node), story)),
    shown: replay.shown,
    play: replay.toggle,
    async update({ query: next }) {
      const news = await get('sessions/' + id(sessionId))
      fill(news)
      replay.news(news.windows ?? [])
      const start = startOf(next, news)
      if (start !== null && next.toString() !== query.toString()) { query = next; replay.playFrom(start) }
    },
  }
}

// startOf reads ?at= (epoch milliseconds) or PostHog's ?t= (seconds since the start).
function startOf(query, data) {
  if (query.get('at')) return Number(query.get('at'))
  const windows = data.windows ?? []
  if (query.get('t') && windows.length) return windows[0].start + Number(query.get('t')) * 1000
  return null
}

function header(s, length) {
  return [
    el('div', {},
      el('p.crumb', {}, el('a', { href: '/' }, 'Sessions')),
      el('h1', {}, personName(s.person) || 'A session without a person'),
      el('p.sub', {}, el('span.mono', {}, s.id), ' · ', when(s.first), ' · ', duration(length))),
    el('div.actions', {},
      el('span.tags', {}, (s.services ?? []).map(service)),
      el('a.button', { href: '/inspector/api/export?session=' + id(s.id), download: true }, 'Export')),
    el('dl.facts', {},
      fact('AI events', number(s.ai_events)), fact('Generations', number(s.generations)),
      fact('Tokens', `${number(s.input_tokens)} in, ${number(s.output_tokens)} out`),
      fact('Browser events', number(s.browser_events)), s.errors > 0 && fact('Errors', number(s.errors))),
  ]
}

const fact = (name, value) => el('div', {}, el('dt', {}, name), el('dd', {}, value))

function axisCard(s, browser, at, from, to, light, head) {
  const lanes = [lane('Browser', browser.map((e) => {
    const t = ms(e.end)
    return light(el('a.mark' + (e.event === '$pageview' ? '.view' : '') + (e.error ? '.bad' : ''), { href: '/events/' + e.uuid, title: what(e), 'aria-label': `${what(e)} at ${offset(t - from)}`, style: { left: at(t) + '%' } }), t, t)
  }))]
  for (const w of s.windows ?? []) lanes.push(lane('Recording', [el('span.rec', { title: 'recorded', style: { left: at(w.start) + '%', width: at(w.end) - at(w.start) + '%' } })]))
  for (const t of (s.trace_pages ?? []).slice(0, 30)) {
    const label = t.title || short(t.id)
    lanes.push(lane(label, [
      el('a.span', { href: '/traces/' + id(t.id), title: label, 'aria-label': `Trace ${label}, ${duration(ms(t.end) - ms(t.start))}`, style: { left: at(ms(t.start)) + '%', width: at(ms(t.end)) - at(ms(t.start)) + '%' } }),
      t.nodes.filter(isCall).map((n) => light(el('a.call' + (n.error ? '.bad' : ''), { href: '/events/' + n.uuid, title: `${n.title} · ${n.model ?? ''}`, 'aria-label': `${n.title} at ${offset(ms(n.start) - from)}`, style: { left: at(ms(n.start)) + '%', width: at(ms(n.end)) - at(ms(n.start)) + '%' } }), ms(n.start), ms(n.end))),
    ]))
  }
  return el('section.card', { 'aria-labelledby': 'axis-title' },
    el('div.title', {}, el('h2', { id: 'axis-title' }, 'One time axis'), el('span.soft', {}, (s.trace_pages ?? []).length > 30 ? 'the first 30 traces' : plural((s.trace_pages ?? []).length, 'trace'))),
    el('div.axis', {}, el('div.lanes', {}, lanes, el('div.playhead', {}, head)),
      el('div.ticks', { 'aria-hidden': 'true' }, el('span'), el('div', {}, [0, 1, 2, 3, 4].map((i) => el('span', {}, offset(((to - from) * i) / 4)))))))
}

const lane = (name, marks) => el('div.lane', {}, el('span.name', { title: name }, name), el('div.track', {}, marks))

function what(e) {
  const name = names[e.event] ?? e.event
  return e.title ? `${name}: ${e.title}` : name
}

function storyCard(s, browser, calls, from, light, replay, sessionId) {
  const lines = [
    ...browser.map((e) => ({ t: ms(e.end), draw: () => light(el('div.line' + (e.error ? '.bad' : ''), {},
      el('time', {}, offset(ms(e.end) - from)), el('span.what', { title: what(e) }, el('a', { href: '/events/' + e.uuid, 'data-key': e.uuid }, names[e.event] ?? e.event), ' ', el('small', {}, e.title)), el('span')), ms(e.end), ms(e.end)) })),
    ...calls.map((n) => ({ t: ms(n.start), draw: () => light(el('div.line.call' + (n.error ? '.bad' : ''), {},
      el('time', {}, offset(ms(n.start) - from)),
      el('span.what', {}, el('a', { href: '/events/' + n.uuid, 'data-key': n.uuid }, n.title || n.event), ' ',
        el('small', {}, [n.model, duration(ms(n.end) - ms(n.start)), n.output_tokens !== undefined && `${number(n.input_tokens)} + ${number(n.output_tokens)} tokens`].filter(Boolean).join(' · '))),
      replay.available && el('button.play', { type: 'button', 'aria-label': `Play from here: ${n.title}`, onclick: () => replay.playFrom(ms(n.start) - 5000) }, '▶ from here')), ms(n.start), ms(n.end)) })),
  ].sort((a, b) => a.t - b.t)
  return el('section.card', { 'aria-labelledby': 'story-title' },
    el('div.title', {}, el('h2', { id: 'story-title' }, 'What happened'), el('span.soft', {}, plural(lines.length, 'moment'))),
    lines.length ? el('ol.story', {}, lines.map(({ draw }) => el('li', {}, draw()))) : el('p.pad.soft', {}, 'No events yet.'))
}
