/** The port for authors: sockets around `BrokerSubmission`. An event is acknowledged once it is on disk, never before. */
import { createServer, type Server, type Socket } from 'node:net'
import { BrokerSubmission, type SubmissionEffect, type Verdict } from '../../vo/vtp/broker-submission.ts'
import type { Counter, FeedHost, Log } from '../contract.ts'
import type { VtpConfig } from './config.ts'
import { admits, plainAddress } from './networks.ts'

/** After the receipt the connection stays half open for so long: closing with unread bytes would destroy the receipt. */
const lingerMs = 2000

interface Guest {
  readonly submission: BrokerSubmission
  readonly socket: Socket
  readonly address: string
  finishedMs: number | undefined
}

export class SubmitPort {
  readonly server: Server
  readonly #config: VtpConfig
  readonly #host: FeedHost
  readonly #brokerIvoid: string
  readonly #logger: Log
  readonly #counter: Counter
  readonly #guests = new Set<Guest>()
  readonly #pending = new Set<Promise<void>>()

  constructor(config: VtpConfig, host: FeedHost, brokerIvoid: string) {
    this.#config = config
    this.#host = host
    this.#brokerIvoid = brokerIvoid
    this.#logger = host.logger.child({ port: 'submit' })
    this.#counter = host.metrics.counter('fountain_vtp_submissions_total', 'Events offered by authors, by outcome', [
      'instance',
      'outcome',
    ])
    const admitted = admits(config.allow)
    this.server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) => {
      const address = plainAddress(socket.remoteAddress)
      if (admitted(address)) this.#welcome(socket, address)
      else {
        this.#count('denied')
        this.#logger.warn({ address }, 'an author outside `allow` was turned away')
        socket.destroy()
      }
    })
    this.server.maxConnections = config.maxAuthors
  }

  tick(): void {
    const nowMs = this.#host.clock.monotonic()
    for (const guest of this.#guests) {
      this.#perform(guest, guest.submission.tick(nowMs))
      if (guest.finishedMs !== undefined && nowMs - guest.finishedMs >= lingerMs) guest.socket.destroy()
    }
  }

  /** Takes no more authors, answers those whose event is being recorded, then ends. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    await Promise.allSettled(this.#pending)
    for (const guest of this.#guests) guest.socket.destroySoon()
    await closed
  }

  #welcome(socket: Socket, address: string): void {
    const submission = new BrokerSubmission({
      brokerIvoid: this.#brokerIvoid,
      nowMs: this.#host.clock.monotonic(),
      timeoutMs: this.#config.submitTimeoutMs,
      maxBytes: this.#config.maxBytes,
    })
    const guest: Guest = { submission, socket, address, finishedMs: undefined }
    this.#guests.add(guest)
    socket.on('data', (chunk) => this.#perform(guest, submission.receive(chunk)))
    socket.on('end', () => {
      this.#perform(guest, submission.ended())
      if (guest.finishedMs !== undefined) socket.destroySoon()
    })
    socket.on('error', (error) => this.#logger.debug({ address, err: error }, 'an author’s connection broke'))
    socket.on('close', () => this.#guests.delete(guest))
  }

  #perform(guest: Guest, effects: readonly SubmissionEffect[]): void {
    for (const effect of effects) {
      if (effect.do === 'take') {
        const pending = this.#take(guest, effect.event, effect.ivorn)
        this.#pending.add(pending)
        void pending.finally(() => this.#pending.delete(pending))
      } else {
        this.#finish(guest, effect.why, effect.bytes)
      }
    }
  }

  async #take(guest: Guest, event: Uint8Array, ivorn: string): Promise<void> {
    const { address } = guest
    let verdict: Verdict
    try {
      const outcome = await this.#host.submit(event, address)
      verdict = typeof outcome === 'string' ? 'accepted' : outcome
      this.#count(typeof outcome === 'string' ? outcome : 'refused')
      if (verdict === 'accepted') this.#logger.info({ address, ivorn, outcome }, 'event taken')
      else this.#logger.warn({ address, ivorn, reason: verdict.refused }, 'event refused')
    } catch (error) {
      verdict = 'failed'
      this.#count('failed')
      this.#logger.error({ address, ivorn, err: error }, 'event could not be recorded: not acknowledged')
    }
    this.#perform(guest, guest.submission.verdict(verdict, this.#host.clock.now()))
  }

  #finish(guest: Guest, why: string, bytes: Uint8Array | undefined): void {
    guest.finishedMs = this.#host.clock.monotonic()
    if (bytes === undefined) {
      this.#count('unanswered')
      this.#logger.warn({ address: guest.address, why }, 'an author’s connection was closed without an answer')
    }
    if (bytes === undefined) guest.socket.end()
    else guest.socket.end(bytes)
    if (guest.socket.readableEnded) guest.socket.destroySoon()
  }

  #count(outcome: 'new' | 'seen' | 'refused' | 'failed' | 'denied' | 'unanswered'): void {
    this.#counter.inc({ instance: this.#host.instance, outcome })
  }
}
