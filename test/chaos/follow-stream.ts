/** A reader of the event stream that comes back whenever the line is cut, and goes on after the last it has. */
import { request } from 'node:http'

export interface Following {
  /** The numbers of the events, as they came. */
  seqs(): readonly number[]
  connections(): number
  stop(): void
}

/** Server-sent events of all roles, from the beginning of the log. */
export function followStream(base: string): Following {
  const seqs: number[] = []
  let connections = 0
  let stopped = false
  let abort = new AbortController()

  async function follow(): Promise<void> {
    while (!stopped) {
      abort = new AbortController()
      await once().catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  function once(): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { accept: 'text/event-stream', 'last-event-id': String(seqs.at(-1) ?? 0) }
      const asking = request(`${base}/stream/sse?test=1`, { headers, signal: abort.signal }, (response) => {
        if (response.statusCode !== 200) {
          response.resume()
          return resolve()
        }
        connections++
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
            // An event has no name; what has one says where the reader is, or that it must go.
            const block = text.slice(0, end)
            const id = /^id: ?(\d+)$/m.exec(block)?.[1]
            if (id !== undefined && /^data:/m.test(block) && !/^event:/m.test(block)) seqs.push(Number(id))
            text = text.slice(end + 2)
          }
        })
        response.on('close', resolve)
        response.on('error', resolve)
      })
      asking.on('error', reject)
      asking.end()
    })
  }
  void follow()
  return {
    seqs: () => seqs,
    connections: () => connections,
    stop: () => {
      stopped = true
      abort.abort()
    },
  }
}
