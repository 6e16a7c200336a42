/** One submission to a VTP broker: a socket around `vo/vtp/author.ts`. */
import { connect } from 'node:net'
import { Author, type Submission } from '../../vo/vtp/author.ts'
import { defaultMaxBytes } from '../../vo/vtp/framing.ts'
import { peekVOEvent } from '../../vo/xml/element.ts'
import { FountainError } from '../errors.ts'

export interface SendOptions {
  readonly host: string
  readonly port: number
  readonly bytes: Uint8Array
  /** For connecting and for the answer together, ms. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface SendResult {
  readonly result: 'ack' | 'nak'
  /** Why the broker refused, in its words. */
  readonly reason?: string
}

const tickMs = 50

/**
 * Resolves to the broker's answer; a nak is for ever. Throws EVENT_UNREADABLE (no ivorn to be answered by),
 * VTP_UNREACHABLE, or VTP_NO_REPLY: temporary, the same bytes may be sent again.
 */
export async function sendEvent({ host, port, bytes, timeoutMs, signal }: SendOptions): Promise<SendResult> {
  const ivorn = peekVOEvent(bytes)?.ivorn
  if (!ivorn) throw new FountainError('EVENT_UNREADABLE', 'It has no VOEvent element with an ivorn: nothing was sent.')
  signal?.throwIfAborted()
  const place = `${host}:${port}`
  const author = new Author(bytes, ivorn, { nowMs: performance.now(), timeoutMs })
  const end = await new Promise<Submission>((resolve, reject) => {
    let connected = false
    const socket = connect({ host, port, noDelay: true })
    const settle = (): void => {
      if (author.end === undefined) return
      stop()
      resolve(author.end)
    }
    const fail = (error: unknown): void => {
      stop()
      reject(error)
    }
    const aborted = (): void => fail(signal?.reason)
    const clock = setInterval(() => {
      author.tick(performance.now())
      if (!connected && author.end !== undefined) {
        fail(new FountainError('VTP_UNREACHABLE', `${place}: no connection within ${timeoutMs / 1000} s`))
      } else settle()
    }, tickMs)
    const stop = (): void => {
      clearInterval(clock)
      signal?.removeEventListener('abort', aborted)
      socket.destroy()
    }
    signal?.addEventListener('abort', aborted)
    socket.on('connect', () => {
      connected = true
      socket.write(author.opening)
    })
    socket.on('data', (chunk) => {
      author.receive(chunk)
      settle()
    })
    socket.on('error', (cause: Error) => {
      if (!connected) return fail(new FountainError('VTP_UNREACHABLE', `${place}: ${cause.message}`, { cause }))
      author.closed(`the connection broke: ${cause.message}`)
      settle()
    })
    socket.on('close', () => {
      author.closed()
      settle()
    })
  })
  if (end.result !== 'none') return end
  const size = bytes.length > defaultMaxBytes ? ` (the event has ${bytes.length} bytes; most brokers take 99,999)` : ''
  throw new FountainError('VTP_NO_REPLY', `${place}: ${end.reason}${size}`)
}
