/** Who may connect: not too many, not too many from one address, and no page from elsewhere unless it is named. */
import type { IncomingMessage } from 'node:http'
import type { StreamConfig } from './config.ts'

export interface Refusal {
  readonly status: 403 | 429 | 503
  readonly words: string
}

export class Admission {
  readonly #config: StreamConfig
  readonly #byAddress = new Map<string, number>()
  #count = 0
  constructor(config: StreamConfig) {
    this.#config = config
  }

  get count(): number {
    return this.#count
  }

  /** Undefined when it may come in. */
  refusal(request: IncomingMessage): Refusal | undefined {
    const { maxSubscribers, maxPerAddress } = this.#config
    if (!this.#isOurs(request))
      return { status: 403, words: 'Pages of this origin may not follow: the operator can name it under `origins`.' }
    if (this.#count >= maxSubscribers) return { status: 503, words: `There are ${maxSubscribers} subscribers already.` }
    if ((this.#byAddress.get(request.socket.remoteAddress ?? '') ?? 0) >= maxPerAddress)
      return { status: 429, words: `There are ${maxPerAddress} connections from this address already.` }
    return undefined
  }

  /** The origin to be named in the answer, for pages from elsewhere that may read it. */
  crossOrigin(request: IncomingMessage): string | undefined {
    const { origin } = request.headers
    return origin !== undefined && this.#isNamed(origin) ? origin : undefined
  }

  /** Counts it in; the function counts it out. */
  enter(request: IncomingMessage): () => void {
    const address = request.socket.remoteAddress ?? ''
    this.#count++
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1)
    return () => {
      this.#count--
      const left = (this.#byAddress.get(address) ?? 1) - 1
      if (left > 0) this.#byAddress.set(address, left)
      else this.#byAddress.delete(address)
    }
  }

  /** Browsers say where a page comes from; other programs say nothing. */
  #isOurs({ headers: { origin, host } }: IncomingMessage): boolean {
    if (origin === undefined || this.#isNamed(origin)) return true
    return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase()
  }

  #isNamed(origin: string): boolean {
    const { origins } = this.#config
    return origins.includes('*') || origins.includes(origin)
  }
}
