// The few helpers that every view needs. Strings become text, never markup.

// el('a.row', {href}, child, ...): one element with classes, attributes, children.
export function el(tag, attributes, ...children) {
  const [name, ...classes] = tag.split('.')
  const node = document.createElement(name)
  if (classes.length) node.className = classes.join(' ')
  if (attributes instanceof Node || typeof attributes === 'string') children.unshift(attributes)
  else {
    for (const [key, value] of Object.entries(attributes ?? {})) {
      if (value === undefined || value === null || value === false) continue
      if (key.startsWith('on')) node.addEventListener(key.slice(2), value)
      else if (key.startsWith('--')) node.style.setProperty(key, value)
      else if (key === 'style') Object.assign(node.style, value)
      else node.setAttribute(key, value === true ? '' : value)
    }
  }
  node.append(...children.flat(9).filter((c) => c !== undefined && c !== null && c !== false))
  return node
}

export const short = (id) => (id && id.length > 18 ? id.slice(0, 8) + '…' + id.slice(-6) : id ?? '')

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
// ms is a time in milliseconds, with what is below one: Date.parse drops that.
export function ms(time) {
  const fraction = time.match(/\.(\d+)/)?.[1] ?? ''
  return Date.parse(time.replace(/\.\d+/, '')) + Number('0.' + (fraction || '0')) * 1000
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-/
// Somebody who has not been identified has an id that posthog-js made up.
export const personName = (id) => (!id ? '' : uuid.test(id) ? 'Visitor ' + short(id) : id)

export function when(time) {
  const date = new Date(time)
  const today = new Date().toDateString() === date.toDateString()
  return el('time', { datetime: date.toISOString(), title: date.toString() }, (today ? '' : day.format(date) + ', ') + clock.format(date))
}

export function duration(milliseconds) {
  if (!(milliseconds > 0)) return '0 ms'
  if (milliseconds < 1) return (milliseconds * 1000).toFixed(0) + ' µs'
  if (milliseconds < 1000) return milliseconds.toFixed(milliseconds < 10 ? 1 : 0) + ' ms'
  if (milliseconds < 60_000) return (milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1) + ' s'
  const minutes = Math.floor(milliseconds / 60_000)
  if (minutes < 60) return `${minutes} min ${Math.round((milliseconds % 60_000) / 1000)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

// offset is a time in a recording: 1:05.
export function offset(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const minutes = Math.floor(seconds / 60)
  const tail = String(seconds % 60).padStart(2, '0')
  return minutes < 60 ? `${minutes}:${tail}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${tail}`
}

const grouped = new Intl.NumberFormat('en')
export const number = (n) => grouped.format(n ?? 0)
export const plural = (n, one, many = one + 's') => `${number(n)} ${n === 1 ? one : many}`

// The colours of services go by their place in the list of all.
let known = []
export const setServices = (names) => { known = names }
export function serviceColour(name) {
  const at = known.indexOf(name)
  return at < 0 ? 'var(--line-strong)' : `var(--s${at % 6})`
}
export const service = (name) => el('span.service', { '--c': serviceColour(name) }, name)

export const linkMark = (linked) =>
  el('span.link-mark' + (linked ? '' : '.no'), { role: 'img', 'aria-label': linked ? 'has a session' : 'no session', title: linked ? 'has a session' : 'no session' })

export function copyBlock(text, label) {
  const button = el('button.plain', {
    type: 'button', 'aria-label': 'Copy: ' + label,
    onclick: async () => {
      try { await navigator.clipboard.writeText(text); button.textContent = 'Copied' } catch { button.textContent = 'Select it' }
      setTimeout(() => { button.textContent = 'Copy' }, 1500)
    },
  }, 'Copy')
  return el('div.copy', {}, el('pre.code', { tabindex: 0, 'aria-label': label }, text), button)
}

// json draws a value with its keys and texts told apart, one node for each line.
export function json(value, highlight) {
  const out = el('pre.code.json', { tabindex: 0, 'aria-label': 'JSON' })
  const text = JSON.stringify(value, null, 2) ?? ''
  for (const line of text.split('\n')) {
    const key = line.match(/^(\s*)("(?:[^"\\]|\\.)*")(: )/)
    const row = el('span')
    let rest = line
    if (key) {
      row.append(key[1], el('span.k', {}, key[2]), key[3])
      rest = line.slice(key[0].length)
    }
    const at = highlight ? rest.indexOf(highlight) : -1
    if (at >= 0) row.append(rest.slice(0, at), el('mark', {}, highlight), rest.slice(at + highlight.length))
    else row.append(/^-?\d/.test(rest) ? el('span.n', {}, rest) : rest)
    out.append(row, '\n')
  }
  return out
}
