/**
 * Who may resume: subscribers that name themselves, by IVOID and address, each with the place up to which it has
 * acknowledged. A cursor lasts `resumeMs` after its subscriber left, also across a restart of the gateway.
 */
import type { Clock, Log, PeerCursors } from '../contract.ts'

/** Identities that a client gives when its user gave none: many people share them, so nobody is meant. */
const anonymous: ReadonlySet<string> = new Set(['ivo://python_voeventclient/anonymous'])

const maxPeers = 10_000
const maxPeersOfAddress = 256

/** A connection, as far as its place in the log goes. */
export interface Named {
  readonly ackedSeq: number
}

interface Page {
  readonly address: string
  seq: number
  leftMs: number | null
  holder: Named | undefined
  /** What is stored. */
  saved: { seq: number; leftMs: number | null } | undefined
}

export class PeerBook {
  readonly #cursors: PeerCursors
  readonly #clock: Clock
  readonly #resumeMs: number
  readonly #logger: Log
  readonly #pages = new Map<string, Page>()
  #flushing: Promise<void> = Promise.resolve()

  private constructor(cursors: PeerCursors, clock: Clock, resumeMs: number, logger: Log) {
    this.#cursors = cursors
    this.#clock = clock
    this.#resumeMs = resumeMs
    this.#logger = logger
  }

  static async open(cursors: PeerCursors, clock: Clock, resumeMs: number, logger: Log): Promise<PeerBook> {
    const book = new PeerBook(cursors, clock, resumeMs, logger)
    for (const { peer, seq, leftMs } of await cursors.load()) {
      // Null: it was connected when the gateway ended, so its absence begins now.
      const page = { seq, leftMs: leftMs ?? clock.now(), holder: undefined, saved: { seq, leftMs } }
      book.#pages.set(peer, { ...page, address: peer.slice(peer.lastIndexOf(' ') + 1) })
    }
    await book.flush()
    return book
  }

  /**
   * A connection has said who it is. Returns the seq after which it is owed events, undefined when it is anonymous
   * or new. The newest connection holds the name: an older one of the same name may be dead without knowing.
   */
  arrive(ivoid: string, address: string, connection: Named): number | undefined {
    if (this.#resumeMs === 0 || anonymous.has(ivoid.toLowerCase())) return undefined
    const peer = `${ivoid.replace(/\s/g, '').toLowerCase()} ${address}`
    const page = this.#pages.get(peer)
    if (page !== undefined) {
      const owed = page.holder?.ackedSeq ?? page.seq
      page.seq = owed
      page.leftMs = null
      page.holder = connection
      void this.flush()
      return owed
    }
    if (this.#full(address)) {
      this.#logger.warn({ peer }, 'too many named subscribers: this one cannot resume')
      return undefined
    }
    const { ackedSeq: seq } = connection
    this.#pages.set(peer, { address, seq, leftMs: null, holder: connection, saved: undefined })
    void this.flush()
    return undefined
  }

  left(connection: Named): void {
    for (const page of this.#pages.values()) {
      if (page.holder !== connection) continue
      page.seq = connection.ackedSeq
      page.leftMs = this.#clock.now()
      page.holder = undefined
    }
    void this.flush()
  }

  /** Stores what has moved; removes what has expired. Never rejects. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flush())
    return this.#flushing
  }

  async #flush(): Promise<void> {
    const nowMs = this.#clock.now()
    await Promise.all(
      [...this.#pages].map(async ([peer, page]) => {
        try {
          await this.#store(peer, page, nowMs)
        } catch (error) {
          this.#logger.warn({ peer, err: error }, 'the place of a subscriber could not be stored, will retry')
        }
      }),
    )
  }

  async #store(peer: string, page: Page, nowMs: number): Promise<void> {
    if (page.holder !== undefined) page.seq = page.holder.ackedSeq
    else if (page.leftMs !== null && nowMs - page.leftMs > this.#resumeMs) {
      this.#pages.delete(peer)
      return this.#cursors.remove(peer)
    }
    const { seq, leftMs } = page
    if (page.saved?.seq === seq && page.saved.leftMs === leftMs) return
    await this.#cursors.save({ peer, seq, leftMs })
    page.saved = { seq, leftMs }
  }

  #full(address: string): boolean {
    if (this.#pages.size >= maxPeers) return true
    let here = 0
    for (const page of this.#pages.values()) if (page.address === address) here += 1
    return here >= maxPeersOfAddress
  }
}
