// Keeps a page fresh: fetches it again and swaps the sections that changed. The server renders everything,
// so that the page is the same without this script. What was opened stays open; what is selected is left alone.
const everyMs = 2_000
const live = document.querySelector('#live')
let failures = 0

async function refresh() {
  const reply = await fetch(location.pathname, { headers: { accept: 'text/html' }, signal: AbortSignal.timeout(10_000) })
  if (!reply.ok) throw new Error(`HTTP ${reply.status}`)
  const next = new DOMParser().parseFromString(await reply.text(), 'text/html')
  document.title = next.title
  for (const fresh of next.querySelectorAll('main > section')) {
    const shown = document.getElementById(fresh.id)
    if (shown === null || holdsSelection(shown)) continue
    const details = [...shown.querySelectorAll('details')]
    fresh.querySelectorAll('details').forEach((one, i) => {
      one.open = details[i]?.open ?? false
    })
    if (fresh.isEqualNode(shown) || shown.contains(document.activeElement)) continue
    shown.replaceWith(document.adoptNode(fresh))
  }
}

function holdsSelection(element) {
  const selection = getSelection()
  return selection !== null && !selection.isCollapsed && selection.containsNode(element, true)
}

function say(text, kind) {
  if (live.textContent !== text) live.textContent = text
  live.className = `live ${kind}`
}

async function loop() {
  if (!document.hidden) {
    try {
      await refresh()
      failures = 0
      say('live', 'on')
    } catch {
      failures += 1
      // One lost request is no news.
      if (failures > 1) say('no answer from the gateway', 'off')
    }
  }
  setTimeout(loop, Math.min(everyMs * 2 ** Math.max(0, failures - 1), 30_000))
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) refresh().catch(() => {})
})
loop()
