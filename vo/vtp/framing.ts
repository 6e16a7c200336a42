/** VTP framing (REC-VTP-2.0 §3.2): each document follows its length in bytes, a 4-byte unsigned integer, big-endian. */

/**
 * The largest payload that deployed peers take, in bytes: Comet (Twisted) closes the connection on 100,000 and more.
 * The standard itself sets no limit.
 */
export const defaultMaxBytes = 99_999

/** The first piece of memory that a message gets; it doubles as bytes arrive, so that a bare length costs nothing. */
const firstAllocationBytes = 4096

/** A payload behind its length, in one buffer: encode once, write to many. */
export function frame(payload: Uint8Array): Uint8Array {
  const framed = new Uint8Array(payload.length + 4)
  new DataView(framed.buffer).setUint32(0, payload.length)
  framed.set(payload, 4)
  return framed
}

export interface Unframed {
  /** Complete payloads, in order; each is its own memory. */
  readonly payloads: readonly Uint8Array[]
  /** Why the stream cannot be read on: the only remedy is to close the connection. */
  readonly fault?: string
}

/** Takes bytes as the network brings them and gives whole payloads. After a fault it takes no more. */
export class FrameDecoder {
  readonly #maxBytes: number
  readonly #head = new Uint8Array(4)
  #headBytes = 0
  #body: Uint8Array | undefined
  #bodyBytes = 0
  #bodyLength = 0
  #fault: string | undefined

  /** `maxBytes`: the largest payload to accept. */
  constructor(maxBytes: number = defaultMaxBytes) {
    this.#maxBytes = maxBytes
  }

  /** True when nothing of an unfinished message has arrived. */
  get idle(): boolean {
    return this.#headBytes === 0
  }

  push(chunk: Uint8Array): Unframed {
    const payloads: Uint8Array[] = []
    let at = 0
    while (at < chunk.length && this.#fault === undefined) {
      const whole = this.#wholeMessage(chunk, at)
      if (whole !== undefined) {
        payloads.push(whole)
        at += whole.length + 4
        continue
      }
      if (this.#body === undefined) {
        at += this.#takeHead(chunk.subarray(at))
        if (this.#body === undefined) continue
      } else {
        at += this.#takeBody(chunk.subarray(at))
      }
      if (this.#bodyBytes === this.#bodyLength) {
        payloads.push(this.#body.subarray(0, this.#bodyLength))
        this.#body = undefined
        this.#headBytes = 0
      }
    }
    return this.#fault === undefined ? { payloads } : { payloads, fault: this.#fault }
  }

  /** The usual case, receipts above all: a message that lies whole in the chunk. */
  #wholeMessage(chunk: Uint8Array, at: number): Uint8Array | undefined {
    if (this.#headBytes > 0 || chunk.length - at < 4) return undefined
    const length =
      (chunk[at] as number) * 0x1000000 +
      (((chunk[at + 1] as number) << 16) | ((chunk[at + 2] as number) << 8) | (chunk[at + 3] as number))
    if (length > this.#maxBytes || chunk.length - at - 4 < length) return undefined
    return Uint8Array.prototype.slice.call(chunk, at + 4, at + 4 + length)
  }

  #takeHead(chunk: Uint8Array): number {
    const taken = Math.min(4 - this.#headBytes, chunk.length)
    this.#head.set(chunk.subarray(0, taken), this.#headBytes)
    this.#headBytes += taken
    if (this.#headBytes < 4) return taken
    const length = new DataView(this.#head.buffer).getUint32(0)
    if (length > this.#maxBytes) {
      this.#fault = `a message of ${length} bytes was announced; at most ${this.#maxBytes} are taken`
    } else {
      this.#bodyLength = length
      this.#bodyBytes = 0
      this.#body = new Uint8Array(Math.min(length, firstAllocationBytes))
    }
    return taken
  }

  #takeBody(chunk: Uint8Array): number {
    const taken = Math.min(this.#bodyLength - this.#bodyBytes, chunk.length)
    const end = this.#bodyBytes + taken
    let body = this.#body as Uint8Array
    if (end > body.length) {
      const grown = new Uint8Array(Math.min(this.#bodyLength, Math.max(end, body.length * 2)))
      grown.set(body.subarray(0, this.#bodyBytes))
      body = this.#body = grown
    }
    body.set(chunk.subarray(0, taken), this.#bodyBytes)
    this.#bodyBytes = end
    return taken
  }
}
