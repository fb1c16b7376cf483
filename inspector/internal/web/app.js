// The frame: routes, navigation, search, live updates, keys.
import { get, live, Missing } from './api.js'
import { el, number, plural, setServices } from './dom.js'
import { sessions } from './sessions.js'
import { session } from './session.js'
import { traces } from './traces.js'
import { trace } from './trace.js'
import { event } from './event.js'
import { unlinked } from './unlinked.js'
import { checklist } from './checklist.js'
import { setup } from './setup.js'

const $ = (id) => document.getElementById(id)

const pages = [
  ['/', 'Sessions'], ['/traces', 'Traces'], ['/unlinked', 'Unlinked'], ['/checklist', 'Checklist'], ['/setup', 'Set up'],
]
const routes = [
  [/^\/$/, sessions, '/'], [/^\/sessions\/([^/]+)$/, session, '/'],
  [/^\/traces$/, traces, '/traces'], [/^\/traces\/([^/]+)$/, trace, '/traces'], [/^\/events\/([^/]+)$/, event, '/traces'],
  [/^\/unlinked$/, unlinked, '/unlinked'], [/^\/checklist$/, checklist, '/checklist'], [/^\/setup$/, setup, '/setup'],
]

// A view is a function of ({path parameters, query, overview, previous}) that
// returns {title, node, update?}. update(context) takes news without drawing
// everything anew; it returns false when it cannot.
let current = null
let overview = { services: [], models: [], refused: [], unlinked: 0, stored: {}, dropped: {} }
let turn = 0

async function show({ focus = false } = {}) {
  const mine = ++turn
  const [, view, section] = routes.find(([pattern]) => pattern.test(location.pathname)) ?? [null, missing, '']
  const params = (routes.find(([pattern]) => pattern.test(location.pathname))?.[0].exec(location.pathname) ?? []).slice(1).map(decodeURIComponent)
  const context = { params, query: new URLSearchParams(location.search), overview, go }
  try {
    overview = context.overview = await get('overview')
    setServices(overview.services)
    if (current?.view === view && current.path === location.pathname && current.page.update && (await current.page.update(context)) !== false) {
      frame(section, current.page.title)
      return
    }
    const page = await view(context)
    if (mine !== turn) return // a later one was faster
    draw(page, focus)
    current = { view, path: location.pathname, page }
    frame(section, page.title)
  } catch (problem) {
    if (mine !== turn) return
    current = null
    draw({ title: 'Not here', node: el('div.empty.card', {}, el('h1', {}, problem instanceof Missing ? 'Not here' : 'That did not work'), el('p', {}, problem.message), el('p', {}, el('a', { href: '/' }, 'All sessions'))) }, focus)
    frame(section, 'Not here')
  }
}

const missing = async () => { throw new Missing('This page does not exist.') }

// draw replaces the page and keeps focus, scroll and what was unfolded.
function draw(page, focus) {
  const main = $('main')
  const focused = document.activeElement?.closest?.('[data-key]')?.dataset.key
  const open = new Set([...main.querySelectorAll('details[open][data-key]')].map((d) => d.dataset.key))
  main.replaceChildren(page.node)
  for (const details of main.querySelectorAll('details[data-key]')) if (open.has(details.dataset.key)) details.open = true
  if (focus) {
    scrollTo(0, 0)
    main.focus({ preventScroll: true })
  } else if (focused) {
    main.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
  }
  page.shown?.()
}

function frame(section, title) {
  document.title = title + ' · Inspector'
  $('main').dataset.shows = location.pathname + location.search
  $('nav').replaceChildren(...pages.map(([href, name]) => el('a', { href, 'aria-current': href === section ? 'page' : undefined }, name,
    href === '/unlinked' && overview.unlinked > 0 && el('span.count', {}, number(overview.unlinked), el('span.hidden-text', {}, ' events')))))
  const { stored, dropped } = overview
  const lost = (dropped.events ?? 0) + (dropped.spans ?? 0) + (dropped.replay_chunks ?? 0)
  $('foot').replaceChildren(
    el('span', {}, `${plural(stored.events, 'event')}, ${plural(stored.spans, 'span')}, ${plural(stored.replay_chunks, 'piece')} of recordings`),
    el('span', {}, `${(overview.bytes / 2 ** 20 || 0).toFixed(1)} of ${Math.round(overview.limit / 2 ** 20)} MiB`),
    lost > 0 ? el('span.lost', {}, `${number(lost)} older ones dropped to make room (raise -limit)`) : '',
    overview.forward ? el('span', {}, 'Forwarded to ' + overview.forward) : el('span', {}, 'Nothing leaves this machine'),
    el('span', {}, 'Press ', el('kbd', {}, '?'), ' for keys'),
  )
  if (document.activeElement !== $('q')) $('q').value = new URLSearchParams(location.search).get('q') ?? ''
}

// ---- navigation ----

function go(href, { replace = false, focus = true } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', href)
  show({ focus })
}

addEventListener('popstate', () => show({ focus: true }))
addEventListener('click', (click) => {
  const link = click.target.closest?.('a[href]')
  if (!link || click.defaultPrevented || click.button || click.metaKey || click.ctrlKey || click.shiftKey || link.hasAttribute('download')) return
  const url = new URL(link.href)
  if (url.origin !== location.origin || url.pathname.startsWith('/inspector/') || link.getAttribute('href').startsWith('#')) return
  click.preventDefault()
  go(url.pathname + url.search, { focus: !link.hasAttribute('data-stay') })
})

$('search').addEventListener('submit', (submit) => { submit.preventDefault(); search() })
let typing
$('q').addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(search, 250) })
function search() {
  clearTimeout(typing)
  const path = location.pathname === '/traces' ? '/traces' : '/'
  const query = new URLSearchParams(location.pathname === path ? location.search : '')
  const text = $('q').value.trim()
  if (text) query.set('q', text)
  else query.delete('q')
  go(path + (query.size ? '?' + query : ''), { replace: location.pathname === path, focus: false })
}

// ---- keys ----

const keys = [
  ['/', 'Search'], ['1 – 5', 'Sessions, Traces, Unlinked, Checklist, Set up'], ['↑ ↓ or k j', 'The row above, below'],
  ['Enter', 'Open'], ['p', 'Play or pause the replay'], ['Esc', 'Close, or one level up'], ['?', 'This list'],
]
$('keys').append(
  el('h2', { id: 'keys-title' }, 'Keys'),
  el('dl', {}, keys.map(([key, does]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, does)])),
  el('form', { method: 'dialog' }, el('button.plain', {}, 'Close')),
)

addEventListener('keydown', (key) => {
  if (key.metaKey || key.ctrlKey || key.altKey || key.defaultPrevented) return
  const typingNow = key.target.matches?.('input, select, textarea')
  if (key.key === 'Escape' && key.target === $('q')) { $('q').blur(); return }
  if (typingNow || $('keys').open) return
  const page = pages[Number(key.key) - 1]
  if (key.key === '/') { $('q').focus(); $('q').select() }
  else if (key.key === '?') $('keys').showModal()
  else if (key.key === 'Escape') up()
  else if (key.key === 'p') current?.page.play?.()
  else if (page) go(page[0])
  else if (['ArrowDown', 'ArrowUp', 'j', 'k'].includes(key.key)) { if (!move(key.key === 'ArrowDown' || key.key === 'j' ? 1 : -1, key)) return }
  else return
  key.preventDefault()
})

function up() {
  if (new URLSearchParams(location.search).has('span')) return go(location.pathname, { focus: false })
  const parent = document.querySelector('.crumb a')
  if (parent) go(parent.getAttribute('href'))
}

// Arrow keys scroll until a row has the focus; j and k start at the first.
function move(step, key) {
  const rows = [...document.querySelectorAll('a.row, a.node')]
  const at = rows.indexOf(document.activeElement)
  if (!rows.length || at < 0 && key.key.startsWith('Arrow')) return false
  rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))].focus()
  return true
}

// ---- live ----

let waiting = null
live(() => {
  waiting ??= setTimeout(() => { waiting = null; show() }, 400)
}, (on) => {
  $('live').className = 'live ' + (on ? 'on' : 'off')
  $('live-text').textContent = on ? 'Live' : 'The inspector is not running'
})
show()
