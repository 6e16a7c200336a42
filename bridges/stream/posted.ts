/** An entry of the log as it goes to subscribers: made once for each format and framing, shared by all. */
import { isUtf8 } from 'node:buffer'
import { key, streamOf } from '../../vo/ivoid.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { writeJson3 } from '../../vo/voevent-3/json-write.ts'
import { readVOEvent } from '../../vo/xml/voevent-2.0.ts'
import type { LogEntry } from '../contract.ts'
import { lightweightOf } from '../event-json.ts'
import type { StreamFormat, Wish } from './wish.ts'

export type Framing = 'ws' | 'sse'

export class Posted {
  readonly seq: number
  /** About what it holds once it was asked for in a form or two, bytes. */
  readonly size: number
  readonly #entry: LogEntry
  readonly #stream: string
  readonly #framed = new Map<string, Buffer>()
  #read: VOEvent | { readonly unreadable: string } | undefined

  constructor(entry: LogEntry) {
    this.#entry = entry
    this.seq = entry.seq
    this.size = 4 * entry.raw.bytes.length
    this.#stream = streamKeyOf(entry.ivoid)
  }

  isWanted({ test, stream }: Wish): boolean {
    return (test || this.#entry.role !== 'test') && (stream === undefined || stream === this.#stream)
  }

  framed(format: StreamFormat, framing: Framing): Buffer {
    const name = `${framing} ${format}`
    let frame = this.#framed.get(name)
    if (frame === undefined) {
      frame = frameOf(framing, this.#message(format), this.seq)
      this.#framed.set(name, frame)
    }
    return frame
  }

  #message(format: StreamFormat): string {
    const { seq, ivoid, role, origin } = this.#entry
    const head = JSON.stringify({ type: 'event', seq, ivoid, role, origin })
    return `${head.slice(0, -1)},${this.#content(format)}}`
  }

  #content(format: StreamFormat): string {
    const { raw, ivoid } = this.#entry
    if (format === 'voevent-xml') return xmlContent(raw)
    const event = this.#event()
    if ('unreadable' in event) return `"event":null,"unreadable":${JSON.stringify(event.unreadable)}`
    try {
      if (format === 'voevent-json') return `"event":${writeJson3(event)}`
      const withdrawn = event.citations?.events.filter(({ cite }) => cite === 'retraction').map((cited) => cited.ivoid)
      const path = `/events?ID=${encodeURIComponent(ivoid)}`
      return `"event":${JSON.stringify({ ...lightweightOf(event), ...(withdrawn?.length ? { retracts: withdrawn } : {}), path })}`
    } catch (error) {
      return `"event":null,"unreadable":${JSON.stringify((error as Error).message)}`
    }
  }

  /** Events from elsewhere may be anything that calls itself a VOEvent. */
  #event(): VOEvent | { readonly unreadable: string } {
    if (this.#read === undefined) {
      try {
        this.#read = readVOEvent(this.#entry.raw.bytes, { mode: 'lenient' }).event
      } catch (error) {
        this.#read = { unreadable: (error as Error).message }
      }
    }
    return this.#read
  }
}

/** Whatever else than an event is said: JSON with a type. */
export function noticeFrame(framing: Framing, notice: { readonly type: string }, seq?: number): Buffer {
  return frameOf(framing, JSON.stringify(notice), seq, notice.type)
}

/** SSE's comment keeps the line alive; an id with no data moves the place to resume from and calls nobody. */
export function sseHeartbeat(seq: number): Buffer {
  return Buffer.from(`: heartbeat\nid: ${seq}\n\n`)
}

function frameOf(framing: Framing, json: string, seq: number | undefined, event?: string): Buffer {
  if (framing === 'ws') return webSocketText(Buffer.from(json))
  const id = seq === undefined ? '' : `id: ${seq}\n`
  return Buffer.from(`${event === undefined ? '' : `event: ${event}\n`}${id}data: ${json}\n\n`)
}

/** A whole text message in one frame, as servers send it: not masked (RFC 6455 §5.2). */
function webSocketText(payload: Buffer): Buffer {
  const { length } = payload
  const more = length < 126 ? 0 : length < 65_536 ? 2 : 8
  const frame = Buffer.allocUnsafe(2 + more + length)
  frame[0] = 0x81
  frame[1] = more === 0 ? length : more === 2 ? 126 : 127
  if (more === 2) frame.writeUInt16BE(length, 2)
  if (more === 8) frame.writeBigUInt64BE(BigInt(length), 2)
  payload.copy(frame, 2 + more)
  return frame
}

/** As text where JSON can hold it unchanged. */
function xmlContent({ mediaType, bytes }: LogEntry['raw']): string {
  const head = `"mediaType":${JSON.stringify(mediaType)}`
  return isUtf8(bytes)
    ? `${head},"xml":${JSON.stringify(Buffer.from(bytes).toString('utf8'))}`
    : `${head},"base64":"${Buffer.from(bytes).toString('base64')}"`
}

function streamKeyOf(ivoid: string): string {
  try {
    return key(streamOf(ivoid))
  } catch {
    return ''
  }
}
