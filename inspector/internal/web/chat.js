// Messages as a chat. Providers write them in many shapes; what is not known is
// shown as JSON, so that nothing is hidden.
import { el, json } from './dom.js'

// chat returns one element for each message of $ai_input or $ai_output_choices.
export function chat(value, role) {
  if (value === undefined || value === null || value === '') return []
  const list = Array.isArray(value) ? value : Array.isArray(value.messages) ? value.messages : [value]
  return list.map((m) => message(m, role))
}

const roles = { human: 'user', ai: 'assistant', model: 'assistant', developer: 'system', function: 'tool' }

function message(m, fallback) {
  if (typeof m === 'string') return bubble(fallback, [textPart(m)])
  if (m?.message && typeof m.message === 'object') m = { ...m.message, finish_reason: m.finish_reason } // a choice
  const type = m?.type
  if (type === 'function_call' || type === 'function_call_output' || type === 'reasoning') return bubble(type === 'function_call_output' ? 'tool' : 'assistant', [part(m)])
  const role = String(m?.role ?? fallback)
  const parts = []
  if (m.reasoning || m.reasoning_content) parts.push(part({ type: 'reasoning', text: m.reasoning ?? m.reasoning_content }))
  const content = m.content ?? m.parts ?? m.text
  const isTool = role === 'tool' || role === 'function'
  if (isTool) parts.push(resultPart(content ?? m.result ?? m.response))
  else if (typeof content === 'string') parts.push(textPart(content))
  else if (Array.isArray(content)) parts.push(...content.map(part))
  else if (content) parts.push(part(content))
  for (const call of m.tool_calls ?? m.toolCalls ?? []) parts.push(callPart(call))
  if (m.function_call) parts.push(callPart(m.function_call))
  if (m.refusal) parts.push(el('p.text.err', {}, String(m.refusal)))
  if (!parts.length) parts.push(Object.keys(m ?? {}).some((k) => k !== 'role' && k !== 'finish_reason') ? json(m) : el('span.placeholder', {}, 'no content'))
  return bubble(role, parts, m.name ?? m.tool_name ?? m.tool_call_id)
}

function bubble(role, parts, name) {
  const kind = roles[role] ?? role
  return el('article.msg.' + (['user', 'assistant', 'system', 'tool'].includes(kind) ? kind : 'tool'), {},
    el('header', {}, el('span', {}, kind), name && el('span.mono', { style: { textTransform: 'none', fontWeight: 400 } }, String(name))),
    parts.map((p) => el('div.part', {}, p)))
}

function part(p) {
  if (typeof p === 'string') return textPart(p)
  const type = p?.type
  switch (type) {
    case 'text': case 'input_text': case 'output_text': return textPart(p.text ?? p.content ?? '')
    case 'reasoning': case 'thinking': case 'redacted_thinking': {
      const thought = p.thinking ?? p.text ?? p.content ?? (Array.isArray(p.summary) ? p.summary.map((s) => s.text ?? s).join('\n') : p.summary)
      return thought ? el('div.reasoning', {}, typeof thought === 'string' ? thought : JSON.stringify(thought)) : placeholder('🔒', 'reasoning that the provider keeps to itself')
    }
    case 'tool_call': case 'tool_use': case 'tool-call': case 'function': case 'function_call': return callPart(p)
    case 'tool_call_response': case 'tool_result': case 'tool-result': case 'function_call_output':
      return resultPart(p.result ?? p.response ?? p.content ?? p.output)
    case 'image_url': case 'image': case 'input_image': case 'media': case 'blob': case 'uri': return placeholder('🖼', imageNote(p))
    case 'input_audio': case 'audio': return placeholder('🔊', 'audio')
    case 'file': case 'input_file': case 'document': return placeholder('📄', p.filename ?? p.file?.filename ?? p.title ?? 'file')
    case 'refusal': return el('p.text.err', {}, String(p.refusal))
  }
  if (typeof p?.text === 'string' && Object.keys(p).length <= 2) return textPart(p.text)
  return json(p)
}

const redacted = /^\[(base64[^\]]*|bytes) redacted\]$/

function textPart(text) {
  text = typeof text === 'string' ? text : JSON.stringify(text)
  if (redacted.test(text)) return placeholder('⌧', text.slice(1, -1))
  return el('div.text', {}, text)
}

function callPart(call) {
  const f = call.function ?? call
  return el('div', {}, el('span.tag.accent', {}, 'calls'), ' ', el('b.mono', {}, String(f.name ?? call.toolName ?? 'a tool')), argumentsOf(f.arguments ?? f.input ?? call.input ?? call.args))
}

function argumentsOf(value) {
  if (value === undefined || value === null || value === '') return null
  return el('pre', { tabindex: 0, 'aria-label': 'Arguments' }, pretty(value))
}

function resultPart(value) {
  if (value === undefined || value === null) return el('span.placeholder', {}, 'no result')
  if (Array.isArray(value) && value.every((v) => v?.type)) return el('div', {}, value.map(part))
  return el('pre', { tabindex: 0, 'aria-label': 'Result' }, pretty(value))
}

function pretty(value) {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2)
  try {
    const parsed = JSON.parse(value)
    return typeof parsed === 'object' ? JSON.stringify(parsed, null, 2) : value
  } catch { return value }
}

const placeholder = (icon, note) => el('span.placeholder', {}, el('span', { 'aria-hidden': 'true' }, icon), note)

// Images are never loaded: the note says what they were.
function imageNote(p) {
  const url = p.image_url?.url ?? p.image_url ?? p.url ?? p.uri ?? p.source?.data ?? p.image ?? p.data ?? ''
  const type = p.mime_type ?? p.media_type ?? p.source?.media_type ?? (typeof url === 'string' ? url.match(/^data:([\w/+.-]+)/)?.[1] : '')
  if (typeof url === 'string' && /^https?:/.test(url)) return 'image at ' + url.slice(0, 120)
  return 'image' + (type ? ', ' + type : '')
}
