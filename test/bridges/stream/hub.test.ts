/** Random joins, stalls and returns, on the real reader of the log: nothing is lost, doubled or out of order. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Hub } from '../../../bridges/stream/hub.ts'
import { type Line, Subscriber } from '../../../bridges/stream/subscriber.ts'
import { memoryLog } from '../vtp/memory-host.ts'
import { ArrayLog, soon, span } from './gateway.ts'

/** A connection that takes what it is given only when told to. */
class StallingLine implements Line {
  readonly framing = 'sse'
  readonly address = 'test'
  readonly seqs: number[] = []
  readonly gaps: string[] = []
  #held = 0
  most = 0
  bufferedBytes(): number {
    return this.#held
  }
  write(frames: Buffer): void {
    this.#held += frames.length
    this.most = Math.max(this.most, this.#held)
    for (const [, event, id] of frames.toString().matchAll(/(?:event: (\w+)\n)?id: (\d+)\ndata/g)) {
      if (event === 'gap') this.gaps.push(id!)
      else this.seqs.push(Number(id))
    }
  }
  drain(): void {
    this.#held = 0
  }
  heartbeat(): boolean {
    return true
  }
  end(): void {}
  cut(): void {}
}

interface Client {
  readonly subscriber: Subscriber
  readonly line: StallingLine
  readonly since: number
}

const bufferBytes = 4_096
const breath = () => new Promise((resolve) => setImmediate(resolve))

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 400 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('join' as const), back: fc.integer({ min: 0, max: 3_000 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('drain' as const), who: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('breathe' as const), turns: fc.integer({ min: 1, max: 20 }) }) },
)

describe('the reader of the log for many', () => {
  it('gives each what comes after its place, each once and in order, whoever stalls or goes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const log = new ArrayLog()
        const parked = new Set<Subscriber>()
        const clock = {
          now: () => 0,
          monotonic: () => 0,
          sleep: (_: number, signal?: AbortSignal) =>
            new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(new Error('over')))),
        }
        const hub = new Hub(0, { log: sourceOf(log), clock, logger: memoryLog([]), parked: (who) => parked.add(who) })
        const running = hub.run()
        const clients: Client[] = []
        const drain = ({ subscriber, line }: Client) => {
          line.drain()
          if (parked.delete(subscriber)) hub.follow(subscriber)
        }
        for (const each of steps) {
          if (each.do === 'append') for (let n = 0; n < each.count; n++) log.append({ raw: small })
          if (each.do === 'join') {
            const since = Math.max(0, log.head - each.back)
            const line = new StallingLine()
            const wish = { format: 'voevent-xml', test: true } as const
            const subscriber = new Subscriber(line, wish, since, { bufferBytes }, 0)
            clients.push({ subscriber, line, since })
            hub.follow(subscriber)
          }
          const client = 'who' in each ? clients[each.who % Math.max(1, clients.length)] : undefined
          if (each.do === 'drain' && client) drain(client)
          if (each.do === 'leave' && client) {
            client.subscriber.state = 'gone'
            hub.leave(client.subscriber)
          }
          if (each.do === 'breathe') for (let n = 0; n < each.turns; n++) await breath()
        }
        const staying = clients.filter(({ subscriber }) => subscriber.state !== 'gone')
        for (let n = 0; n < 20_000 && staying.some(({ subscriber }) => subscriber.cursor < log.head); n++) {
          for (const client of staying) drain(client)
          await breath()
        }
        hub.stop()
        await running
        for (const { line, since, subscriber } of clients) {
          const upTo = subscriber.state === 'gone' ? (line.seqs.at(-1) ?? since) : log.head
          expect(line.seqs).toEqual(span(since + 1, upTo))
          expect(line.gaps).toEqual([])
          // What is put together for all comes at once: the buffer, and one such piece.
          expect(line.most).toBeLessThan(bufferBytes + 64 * frameBytes)
        }
      }),
      { numRuns: 60 },
    )
  }, 120_000)

  it('lets a few read the log at a time, and holds nobody up who waits for it', async () => {
    const log = new ArrayLog()
    for (let n = 0; n < 5_000; n++) log.append({ raw: small })
    let most = 0
    const source = sourceOf(log)
    const counted = {
      head: source.head,
      since: (seq: number, signal: AbortSignal) => {
        most = Math.max(most, log.readers)
        return source.since(seq, signal)
      },
    }
    const clock = { now: () => 0, monotonic: () => 0, sleep: () => new Promise<void>(() => {}) }
    const hub = new Hub(5_000, { log: counted, clock, logger: memoryLog([]), parked: () => expect.unreachable() })
    const running = hub.run()
    const subscribers = span(1, 40).map((n) => {
      const wish = { format: 'summary', test: true, stream: 'ivo://none' } as const
      const subscriber = new Subscriber(new StallingLine(), wish, n, { bufferBytes: 1e9 }, 0)
      hub.follow(subscriber)
      return subscriber
    })
    await soon(() => subscribers.every(({ state }) => state === 'live')).toBe(true)
    // The reader at the head, and four who catch up.
    expect(most).toBeLessThanOrEqual(5)
    hub.stop()
    await running
  })
})

const small = { mediaType: 'text/xml', bytes: Buffer.from('<voe:VOEvent ivorn="ivo://example.org/x#y"/>') }
/** More than any of these events takes. */
const frameBytes = 512

function sourceOf(log: ArrayLog) {
  return {
    head: async () => log.head,
    since: (seq: number, signal: AbortSignal) => log.since(seq, signal),
  }
}
