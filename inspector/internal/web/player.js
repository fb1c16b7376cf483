// The recording of a session in rrweb's player. Its frame runs no scripts, and the
// page's content security policy keeps it from loading anything.
import { get, id } from './api.js'
import { el, offset, plural } from './dom.js'

let library
function load() {
  library ??= new Promise((done, failed) => {
    document.head.append(el('link', { rel: 'stylesheet', href: '/inspector/ui/player/style.min.css' }))
    document.head.append(el('script', { src: '/inspector/ui/player/rrweb-player.min.js', onload: () => done(window.rrwebPlayer.default ?? window.rrwebPlayer), onerror: () => failed(new Error('The player could not be loaded.')) }))
  })
  return library
}

// player draws the recording. onTime gets the time of the recording, in epoch
// milliseconds, while it plays. start is where to begin, or null.
export function player({ sessionId, overview, windows, onTime, start }) {
  const stage = el('div.stage')
  const choice = el('div')
  const node = el('section.card', { 'aria-labelledby': 'replay-title' },
    el('div.title', {}, el('h2', { id: 'replay-title' }, 'Replay'), choice), stage)
  let recordings = null
  let chosen = null
  let playing = null
  let pending = start

  const available = overview.player && windows.length > 0
  if (!windows.length) stage.append(el('p.pad.soft', {}, 'No recording of this session arrived. posthog-js records once it loads from here and the person does something; it sends every few seconds.'))

  async function fetchRecordings() {
    recordings = (await get(`sessions/${id(sessionId)}/replay`)).filter((w) => w.events?.length)
    if (!recordings.length) return
    const options = recordings.map((w, i) => el('option', { value: i }, `Tab ${i + 1}, ${offset(w.end - w.start)}`))
    choice.replaceChildren(recordings.length > 1
      ? el('select', { 'aria-label': 'Browser tab', onchange: (e) => open(recordings[e.target.value], null) }, options)
      : el('span.soft', {}, offset(recordings[0].end - recordings[0].start)))
  }

  // windowAt is the tab that was recorded at a time, else the last before it.
  const windowAt = (t) => recordings.find((w) => t >= w.start && t <= w.end) ?? recordings.findLast((w) => w.start <= t) ?? recordings[0]

  async function open(window_, at) {
    chosen = window_
    const select = choice.querySelector('select')
    if (select) select.value = recordings.indexOf(window_)
    const Player = await load()
    playing?.$destroy?.()
    const width = Math.max(280, Math.floor(stage.clientWidth))
    stage.replaceChildren()
    // A tab whose first events came before the full picture of the page shows
    // nothing until then.
    const snapshot = window_.events.find((e) => e.type === 2)
    if (!snapshot || window_.events.length < 2) {
      stage.replaceChildren(eventList(window_, 'This tab sent no full picture of the page, so it cannot be played.'))
      return
    }
    playing = new Player({
      target: stage,
      props: { events: window_.events, width, height: Math.round(width * 0.56), autoPlay: false, showController: true, skipInactive: false, mouseTail: false, UNSAFE_replayCanvas: false },
    })
    stage.querySelector('iframe')?.setAttribute('title', 'The recorded page')
    for (const [i, button] of stage.querySelectorAll('.rr-controller__btns button').entries()) button.setAttribute('aria-label', button.textContent.trim() || (i === 0 ? 'Play or pause' : 'Full screen'))
    stage.querySelector('.rr-controller__btns input')?.setAttribute('aria-label', 'Skip inactivity')
    playing.addEventListener('ui-update-current-time', ({ payload }) => onTime(window_.start + payload))
    seek(at ?? snapshot.timestamp, at !== null)
  }

  function seek(t, andPlay) {
    const first = chosen.events.find((e) => e.type === 2)
    const clamped = Math.min(Math.max(t, first.timestamp + 1), chosen.end)
    playing.goto(clamped - chosen.start, andPlay)
    node.dataset.at = Math.round(clamped - chosen.start)
  }

  async function playFrom(t) {
    if (!available) return
    if (!recordings) { pending = t; return }
    const window_ = windowAt(t)
    if (window_ !== chosen || !playing) await open(window_, t)
    else seek(t, true)
    node.scrollIntoView({ block: 'nearest' })
  }

  return {
    node, available, playFrom,
    toggle: () => playing?.toggle(),
    async shown() {
      if (!windows.length) return
      await fetchRecordings()
      if (!recordings.length) return
      if (!overview.player) {
        stage.replaceChildren(el('div', {},
          el('p.pad', {}, 'The player is not here. Bring it with ', el('code', {}, overview.command), ' in the folder ', el('code', {}, 'inspector'), ' and start again. Until then, what was recorded as text:'),
          eventList(recordings[0])))
        return
      }
      await open(pending === null ? recordings[0] : windowAt(pending), pending)
    },
    // More of the recording has come: it is fetched when the person plays again,
    // so that the picture does not jump.
    async news(next) {
      if (!next.length || playing || !overview.player) return
      windows = next
      await this.shown()
    },
  }
}

const kinds = ['DOM ready', 'Page loaded', 'Full picture', 'Change', 'Page', 'Custom', 'Plugin']
const sources = ['DOM changed', 'Mouse moved', 'Mouse', 'Scrolled', 'Resized', 'Typed', 'Touched', 'Media', 'Style', 'Canvas', 'Font', 'Log', 'Dragged', 'Style', 'Selected']

function eventList(window_, note) {
  const lines = window_.events.slice(0, 500).map((e) => el('li', {}, el('div.line', {},
    el('time', {}, offset(e.timestamp - window_.start)),
    el('span.what', {}, e.type === 3 ? sources[e.data?.source] ?? 'Change' : kinds[e.type] ?? 'Event', ' ', el('small', {}, e.data?.href ?? '')), el('span'))))
  return el('div', {}, note && el('p.pad.soft', {}, note), el('p.pad.soft', {}, plural(window_.events.length, 'recorded event')), el('ol.story', {}, lines))
}
