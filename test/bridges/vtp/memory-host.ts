/** A gateway in memory for feeds under test: the real intake (`makeSubmit`) on a log that is an array. */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { FeedHost, Log, LogEntry, Metrics, PeerCursor } from '../../../bridges/contract.ts'
import type { OutsideEvent, Sifted } from '../../../src/flow.ts'
import { openPool, type Pool } from '../../../src/pool/open-pool.ts'
import type { Applied } from '../../../src/record/port.ts'
import { makeSubmit } from '../../../src/tasks/submit.ts'
import { isEventIvoid } from '../../../vo/ivoid.ts'
import { elementHash } from '../../../vo/xml/element.ts'
import { readVOEvent } from '../../../vo/xml/voevent-2.0.ts'

export interface LoggedLine {
  readonly level: string
  readonly message: string
  readonly fields: Record<string, unknown>
}

/** What lasts over a restart: give the same to the next host. */
export class MemoryStore {
  readonly entries: LogEntry[] = []
  readonly hashes = new Set<string>()
  readonly cursors = new Map<string, PeerCursor>()
  readonly #waiting = new Set<() => void>()

  append(bytes: Uint8Array, ivoid: string, origin: LogEntry['origin'] = 'own'): number {
    const seq = (this.entries.at(-1)?.seq ?? 0) + 1
    this.entries.push({ seq, ivoid, role: 'test', raw: { mediaType: 'application/xml', bytes }, origin })
    for (const wake of [...this.#waiting]) wake()
    return seq
  }

  async *since(seq: number, signal: AbortSignal): AsyncIterable<LogEntry> {
    let at = seq
    for (;;) {
      signal.throwIfAborted()
      const next = this.entries.find((entry) => entry.seq > at)
      if (next !== undefined) {
        at = next.seq
        yield next
        continue
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        this.#waiting.add(wake)
        signal.addEventListener('abort', wake)
      })
    }
  }
}

export interface MemoryHost extends FeedHost {
  readonly store: MemoryStore
  readonly logged: LoggedLine[]
  readonly counted: Map<string, number>
  /** Makes every submission fail as a full disk would. */
  broken: boolean
}

export function memoryHost(pool: Pool, store = new MemoryStore()): MemoryHost {
  const logged: LoggedLine[] = []
  const counted = new Map<string, number>()
  const submit = makeSubmit('vtp', 'submitted', {
    read: (bytes) => readVOEvent(bytes, { mode: 'lenient' }),
    firstFault: async (bytes) => {
      const { issues } = await pool.validate(bytes, { version: '2.0' })
      const fault = issues.find((issue) => issue.severity === 'error')
      return fault && `${fault.message} (line ${fault.line})`
    },
    isEventIvoid,
    elementHash,
    apply: async (sifted) => recordOutside(store, sifted),
    filters: [],
    maxBytes: 99_999,
    now: () => Date.now(),
    recorded: () => undefined,
    filterFailed: () => undefined,
  })
  const host: MemoryHost = {
    instance: 'vtp',
    authority: 'probe.test',
    broken: false,
    store,
    logged,
    counted,
    log: {
      head: async () => store.entries.at(-1)?.seq ?? 0,
      since: (seq, signal) => store.since(seq, signal),
    },
    submit: (bytes, from) => (host.broken ? Promise.reject(new Error('the disk is full')) : submit(bytes, from)),
    peers: {
      load: async () => [...store.cursors.values()],
      save: async (cursor) => void store.cursors.set(cursor.peer, cursor),
      remove: async (peer) => void store.cursors.delete(peer),
    },
    http: {
      get: () => undefined,
      upgrade: () => undefined,
      reserve: () => undefined,
      closing: new AbortController().signal,
    },
    xpath: pool.xpath,
    clock: {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      sleep: async (ms, signal) => void (await wait(ms, undefined, signal === undefined ? {} : { signal })),
    },
    logger: memoryLog(logged),
    metrics: memoryMetrics(counted),
  }
  return host
}

export const testPool = (): Pool => openPool({ size: 2, xpathLimitMs: 50, log: memoryLog([]) })

export function memoryLog(lines: LoggedLine[]): Log {
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, fields: { ...fields } })
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return log
}

function memoryMetrics(counted: Map<string, number>): Metrics {
  const key = (name: string, labels: Record<string, string>) => [name, ...Object.values(labels)].join(' ')
  return {
    counter: (name) => ({
      inc: (labels, by = 1) => void counted.set(key(name, labels), (counted.get(key(name, labels)) ?? 0) + by),
    }),
    gauge: (name) => ({ set: (labels, value) => void counted.set(key(name, labels), value) }),
  }
}

function recordOutside(store: MemoryStore, sifted: Sifted): Applied {
  const [event] = sifted.outside as [OutsideEvent]
  const seen = store.hashes.has(event.elementHash)
  if (!seen) {
    store.hashes.add(event.elementHash)
    store.append(event.bytes, event.ivoid, event.origin)
  }
  const nothing = { received: 0, cut: 0, duplicate: 0, dead: 0, parked: 0, deliveries: 0, recorded: [] }
  return { ...nothing, outside: seen ? 'seen' : 'new' }
}

export interface EventParts {
  readonly ivorn?: string
  readonly declaration?: string
  readonly root?: string
  readonly body?: string
  /** Pads the document to so many bytes with a Description. */
  readonly bytes?: number
}

export const freshIvorn = (): string => `ivo://probe.test/stream#${randomUUID()}`

/** A fresh, schema-valid VOEvent 2.0. */
export function voeventText(parts: EventParts = {}): string {
  const ivorn = parts.ivorn ?? freshIvorn()
  const who = '<Who><AuthorIVORN>ivo://probe.test</AuthorIVORN><Date>2026-11-21T10:00:00</Date></Who>'
  const before = `${parts.declaration ?? '<?xml version="1.0" encoding="UTF-8"?>\n'}<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" version="2.0" ${
    parts.root ?? 'role="test"'
  } ivorn="${ivorn}">${parts.body ?? who}`
  const after = '</voe:VOEvent>'
  if (parts.bytes === undefined) return before + after
  const room = parts.bytes - Buffer.byteLength(before + after) - '<Description></Description>'.length
  return `${before}<Description>${'x'.repeat(room)}</Description>${after}`
}

export const voevent = (parts: EventParts = {}): Buffer => Buffer.from(voeventText(parts))
