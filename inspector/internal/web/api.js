// What the server knows. Every answer is JSON.

export class Missing extends Error {}

export async function get(path, query) {
  const url = new URL('/inspector/api/' + path, location.origin)
  for (const [key, value] of Object.entries(query ?? {})) if (value) url.searchParams.set(key, value)
  const response = await fetch(url)
  if (response.status === 404) throw new Missing('Nothing of it has arrived, or it was dropped to make room.')
  if (!response.ok) throw new Error(await response.text())
  return response.json()
}

export const id = (text) => encodeURIComponent(text)

// live calls back after something arrived, and with false when the server is gone.
export function live(changed, connected) {
  const source = new EventSource('/inspector/api/stream')
  source.onopen = () => connected(true)
  source.onerror = () => connected(false)
  source.onmessage = changed
}
