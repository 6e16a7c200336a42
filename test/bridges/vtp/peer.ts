/** A hand-held VTP peer: raw sockets, so that it can misbehave. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { FrameDecoder, frame } from '../../../vo/vtp/framing.ts'
import { type ReadTransportMessage, readTransport, writeTransport } from '../../../vo/vtp/transport.ts'
import { peekVOEvent } from '../../../vo/xml/element.ts'

export const deadlineMs = 10_000

/** Polls until the condition holds; fails with `what` after the deadline. */
export async function until<T>(what: string, condition: () => T | undefined | false, limitMs = deadlineMs): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const value = condition()
    if (value !== undefined && value !== false) return value
    if (performance.now() > end) throw new Error(`in ${limitMs} ms not: ${what}`)
    await wait(5)
  }
}

export class Peer {
  readonly socket: Socket
  readonly payloads: Buffer[] = []
  readonly #decoder = new FrameDecoder(64 * 1024 * 1024)
  closed = false
  /** What the peer says it is; undefined sends no Response. */
  identity: string | undefined
  filters: readonly string[] = []
  readonly answers = { authenticate: false, iamalive: false, ack: false as boolean | 'nak' }

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      for (const payload of this.#decoder.push(chunk).payloads) {
        this.payloads.push(Buffer.from(payload))
        this.#react(payload)
      }
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.closed = true
    })
  }

  static async connect(place: string, options: { allowHalfOpen?: boolean; from?: string } = {}): Promise<Peer> {
    const port = Number(place.slice(place.lastIndexOf(':') + 1))
    const from = options.from === undefined ? {} : { localAddress: options.from }
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true, ...from })
    const peer = new Peer(socket)
    if (!options.allowHalfOpen) socket.on('end', () => socket.end())
    await once(socket, 'connect')
    return peer
  }

  send(payload: Uint8Array | string): void {
    this.socket.write(frame(Buffer.from(payload)))
  }

  /** Transport messages that came, in order. */
  get messages(): ReadTransportMessage[] {
    return this.payloads.flatMap((payload) => readTransport(payload) ?? [])
  }
  /** Events that came, in order. */
  get events(): Buffer[] {
    return this.payloads.filter((payload) => readTransport(payload) === undefined)
  }
  of(role: ReadTransportMessage['role']): ReadTransportMessage[] {
    return this.messages.filter((message) => message.role === role)
  }
  end(): void {
    this.socket.destroy()
  }

  reply(
    role: ReadTransportMessage['role'],
    origin: string,
    more: { filters?: readonly string[]; result?: string } = {},
  ): void {
    this.send(
      writeTransport({
        role,
        origin,
        timeStamp: '2026-11-21T10:00:00Z',
        ...(this.identity === undefined ? {} : { response: this.identity }),
        ...(more.filters === undefined
          ? {}
          : { params: more.filters.map((value) => ({ name: 'xpath-filter', value })) }),
        ...(more.result === undefined ? {} : { result: more.result }),
      }),
    )
  }

  #react(payload: Uint8Array): void {
    const message = readTransport(payload)
    if (message?.role === 'authenticate' && this.answers.authenticate) {
      this.reply('authenticate', message.origin, { filters: this.filters })
    } else if (message?.role === 'iamalive' && this.answers.iamalive) {
      this.reply('iamalive', message.origin)
    } else if (message === undefined && this.answers.ack !== false) {
      const ivorn = peekVOEvent(payload)?.ivorn
      if (ivorn !== undefined) this.reply(this.answers.ack === 'nak' ? 'nak' : 'ack', ivorn)
    }
  }
}

/** A well-behaved subscriber: answers everything. Resolves when the broker has seen its answer to authenticate. */
export async function subscriber(
  place: string,
  options: { identity?: string; filters?: readonly string[]; ack?: boolean | 'nak' } = {},
): Promise<Peer> {
  const peer = await Peer.connect(place)
  peer.identity = options.identity
  peer.filters = options.filters ?? []
  Object.assign(peer.answers, { authenticate: true, iamalive: true, ack: options.ack ?? true })
  await until('authenticate', () => peer.of('authenticate').length > 0)
  return peer
}

/** Submits one document and waits until the broker ends the connection; the reply, if any. */
export async function submit(place: string, payload: Uint8Array | string): Promise<ReadTransportMessage | undefined> {
  const peer = await Peer.connect(place)
  peer.send(payload)
  await until('the end of the submission', () => peer.closed)
  return peer.messages[0]
}
