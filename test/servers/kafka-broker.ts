/**
 * A Kafka broker on loopback that is small and misbehaves on purpose: ApiVersions, SASL PLAIN and OAUTHBEARER, Metadata and Produce as
 * the protocol's guide describes them (versions 0 to 2, 1 and 0, 4, 3). Real ones are in `test/kafka`.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'

export interface HeldRecord {
  /** When it came. */
  readonly atMs: number
  readonly topic: string
  readonly key: string
  readonly value: Buffer
  readonly headers: ReadonlyMap<string, Buffer>
}

/**
 * Where it stops being a broker. `silent`: answers nothing at all. `hold`, `drop`: takes the record and falls silent,
 * or ends the connection. A number is the error code of what is asked.
 */
export interface Mood {
  readonly connect?: 'silent' | 'drop'
  readonly login?: 'drop'
  readonly metadata?: number | 'silent' | 'drop'
  readonly produce?: number | 'hold' | 'drop' | 'garbage'
  /** Answers go out a byte at a time. */
  readonly drip?: true
}

export interface SmallBroker {
  readonly port: number
  mood: Mood
  readonly records: readonly HeldRecord[]
  begun(): number
  connections(): number
  peak(): number
  /** How often somebody logged in. */
  logins(): number
  /** Ends the connections as an idle broker does; it goes on listening. */
  hangUp(): void
  stop(): Promise<void>
}

const api = { produce: 0, metadata: 3, saslHandshake: 17, apiVersions: 18, saslAuthenticate: 36 } as const
const versions: readonly (readonly [number, number, number])[] = [
  [api.produce, 3, 3],
  [api.metadata, 4, 4],
  [api.saslHandshake, 1, 1],
  [api.apiVersions, 0, 2],
  [api.saslAuthenticate, 0, 0],
]
const saslFailed = 58
const topicForbidden = 29
/** What a broker says when something broke inside: the record may be there. */
const unknownError = -1

/** Who may log in: one user, or who brings a token that is taken. */
export type SmallLogin =
  | { readonly user: string; readonly password: string }
  | { readonly takes: (token: string) => boolean }

export interface SmallBrokerOptions {
  readonly port?: number
  /** Topics that may be seen and written. */
  readonly allows?: (topic: string) => boolean
}

export async function startSmallBroker(
  login?: SmallLogin,
  { port = 0, allows = () => true }: SmallBrokerOptions = {},
): Promise<SmallBroker> {
  const sockets = new Set<Socket>()
  const records: HeldRecord[] = []
  let begun = 0
  let peak = 0
  let logins = 0

  function answer(socket: Socket, key: number, version: number, request: Reader): Writer | 'silent' | 'drop' {
    const { mood } = broker
    const reply = new Writer()
    switch (key) {
      case api.apiVersions:
        if (mood.connect !== undefined) return mood.connect
        reply.int16(0).array(versions, ([k, min, max]) => reply.int16(k).int16(min).int16(max))
        return version > 0 ? reply.int32(0) : reply
      case api.saslHandshake:
        return reply
          .int16(0)
          .array([login !== undefined && 'takes' in login ? 'OAUTHBEARER' : 'PLAIN'], (name) => reply.string(name))
      case api.saslAuthenticate: {
        if (mood.login !== undefined) return mood.login
        const words = request.bytes().toString('utf8')
        if (login !== undefined && 'takes' in login) {
          const [head, bearer = '', ...end] = words.split('\u0001')
          const token = head === 'n,,' && end.join() === ',' ? /^auth=Bearer (\S+)$/.exec(bearer)?.[1] : undefined
          const taken = token !== undefined && login.takes(token)
          if (taken) logins++
          // A refusal is no error of the protocol (RFC 7628 §3.2.2): only the client's next word would be.
          const why = taken ? '' : `{"status":"invalid_token","openid-configuration":"${token}"}`
          return reply.int16(0).string(null).bytes(Buffer.from(why))
        }
        const [, user, password] = words.split('\0')
        const known = user === login?.user && password === login?.password
        if (known) logins++
        return reply
          .int16(known ? 0 : saslFailed)
          .string(known ? '' : `no: ${password}`)
          .bytes(Buffer.alloc(0))
      }
      case api.metadata: {
        if (typeof mood.metadata === 'string') return mood.metadata
        const topics = request.array(() => request.string())
        reply.int32(0).array([0], () => reply.int32(0).string('127.0.0.1').int32(broker.port).string(null))
        reply.string('small').int32(0)
        return reply.array(topics, (topic) => {
          reply
            .int16(allows(topic ?? '') ? Number(mood.metadata ?? 0) : topicForbidden)
            .string(topic)
            .int8(0)
          reply.array([0], () => reply.int16(0).int32(0).int32(0).array([0], int32).array([0], int32))
        })
      }
      case api.produce: {
        const taken: HeldRecord[] = []
        const topic = produced(request, taken)
        if (allows(topic) && (typeof mood.produce !== 'number' || mood.produce === unknownError)) records.push(...taken)
        if (mood.produce === 'hold') return 'silent'
        if (mood.produce === 'drop') return 'drop'
        if (mood.produce === 'garbage') return reply.int32(0x7fff_ffff).string('<html>busy</html>')
        const code = allows(topic) ? (mood.produce ?? 0) : topicForbidden
        return reply
          .array([topic], () => {
            reply.string(topic).array([0], () =>
              reply
                .int32(0)
                .int16(code)
                .int64(records.length - 1)
                .int64(-1),
            )
          })
          .int32(0)
      }
      default:
        socket.destroy()
        return 'silent'
    }
    function int32(value: number) {
      reply.int32(value)
    }
  }

  const pieces = (bytes: Buffer) =>
    broker.mood.drip ? Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)) : [bytes]

  const server: Server = createServer((socket) => {
    begun++
    socket.setNoDelay(true)
    sockets.add(socket)
    peak = Math.max(peak, sockets.size)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    let held = Buffer.alloc(0)
    socket.on('data', (data) => {
      held = Buffer.concat([held, data])
      while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
        const end = 4 + held.readInt32BE(0)
        const request = new Reader(held.subarray(4, end))
        held = held.subarray(end)
        const [key, version, correlation] = [request.int16(), request.int16(), request.int32()]
        request.string()
        const reply = answer(socket, key, version, request)
        if (reply === 'drop') socket.destroy()
        else if (reply !== 'silent') for (const piece of pieces(reply.framed(correlation))) socket.write(piece)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const broker: SmallBroker = {
    port: (server.address() as { port: number }).port,
    mood: {},
    records,
    begun: () => begun,
    connections: () => sockets.size,
    peak: () => peak,
    logins: () => logins,
    hangUp() {
      for (const socket of sockets) socket.end()
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
  return broker
}

/** What Kafka's numbers of compressions stand for, as far as it is known here. */
const unpackers: Readonly<Record<number, (bytes: Buffer) => Buffer>> = {
  0: (bytes) => bytes,
  1: (bytes) => gunzipSync(bytes),
  4: (bytes) => zstdDecompressSync(bytes),
}

/** The records of a Produce request, in one batch of magic 2. */
function produced(request: Reader, into: HeldRecord[]): string {
  request.string()
  request.int16()
  request.int32()
  let topic = ''
  request.array(() => {
    topic = request.string() ?? ''
    request.array(() => {
      request.int32()
      const whole = new Reader(request.bytes())
      // To the attributes, then to the count of records.
      whole.skip(8 + 4 + 4 + 1 + 4)
      const unpack = unpackers[whole.int16() & 7]
      if (unpack === undefined) throw new Error('this broker does not know the compression')
      whole.skip(4 + 8 + 8 + 8 + 2 + 4)
      const count = whole.int32()
      const batch = new Reader(unpack(whole.rest()))
      for (let left = count; left > 0; left--) {
        batch.varint()
        batch.skip(1)
        batch.varint()
        batch.varint()
        const key = batch.varBytes()
        const value = batch.varBytes()
        const headers = new Map<string, Buffer>()
        for (let more = batch.varint(); more > 0; more--) headers.set(batch.varBytes().toString(), batch.varBytes())
        into.push({ atMs: Date.now(), topic, key: key.toString(), value, headers })
      }
    })
  })
  return topic
}

class Reader {
  readonly #bytes: Buffer
  #at = 0
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }
  skip(count: number): void {
    this.#at += count
  }
  int16(): number {
    this.#at += 2
    return this.#bytes.readInt16BE(this.#at - 2)
  }
  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }
  #take(length: number): Buffer {
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
  bytes(): Buffer {
    return this.#take(this.int32())
  }
  rest(): Buffer {
    return this.#bytes.subarray(this.#at)
  }
  string(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.#take(length).toString('utf8')
  }
  array<T>(item: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, item)
  }
  /** Zigzag, at most 32 bits of it: the rest is dropped. */
  varint(): number {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.#at++]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n))
    }
  }
  varBytes(): Buffer {
    return this.#take(Math.max(0, this.varint()))
  }
}

class Writer {
  readonly #parts: Buffer[] = []
  #number(length: number, write: (bytes: Buffer) => void): this {
    const bytes = Buffer.alloc(length)
    write(bytes)
    this.#parts.push(bytes)
    return this
  }
  int8(value: number): this {
    return this.#number(1, (bytes) => bytes.writeInt8(value))
  }
  int16(value: number): this {
    return this.#number(2, (bytes) => bytes.writeInt16BE(value))
  }
  int32(value: number): this {
    return this.#number(4, (bytes) => bytes.writeInt32BE(value))
  }
  int64(value: number): this {
    return this.#number(8, (bytes) => bytes.writeBigInt64BE(BigInt(value)))
  }
  bytes(value: Buffer): this {
    this.int32(value.length)
    this.#parts.push(value)
    return this
  }
  string(value: string | null): this {
    if (value === null) return this.int16(-1)
    const bytes = Buffer.from(value)
    this.int16(bytes.length)
    this.#parts.push(bytes)
    return this
  }
  array<T>(items: readonly T[], item: (value: T) => void): this {
    this.int32(items.length)
    for (const each of items) item(each)
    return this
  }
  framed(correlation: number): Buffer {
    const body = Buffer.concat(this.#parts)
    const head = Buffer.alloc(8)
    head.writeInt32BE(body.length + 4, 0)
    head.writeInt32BE(correlation, 4)
    return Buffer.concat([head, body])
  }
}
