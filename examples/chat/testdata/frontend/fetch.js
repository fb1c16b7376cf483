const own = ['https://api.example.com'] // origins; no others get the session
const plainFetch = window.fetch
window.fetch = (input, init) => {
  const request = new Request(input, init)
  const session = posthog.get_session_id()
  if (session && own.includes(new URL(request.url).origin)) {
    const person = encodeURIComponent(posthog.get_distinct_id())
    request.headers.append('baggage', `session.id=${session},posthog.distinct_id=${person}`)
  }
  return plainFetch.call(window, request)
}
