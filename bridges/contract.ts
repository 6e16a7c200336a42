/**
 * Read this first: how a bridge and a feed meet the gateway (docs/design.md §6).
 *
 * A bridge sends one message to one address in one attempt and says how it went. Waiting, retrying, limiting rates
 * and breaking circuits are the business of `src/deliver/`, never of a bridge. A bridge is a folder that exports
 * `bridge`; a feed is a folder that exports `feed`. The folder's name is its kind.
 */
import type { z } from 'zod'
import type { VOEvent } from '../vo/model/voevent.ts'

// ------------------------------------------------------------------ bridges

export interface Bridge<Config extends z.ZodType = z.ZodType, Address extends z.ZodType = z.ZodType> {
  /** The folder's name; an instance's name is the key in the configuration. */
  readonly kind: string
  /** The operator's part: types, checks and documentation come from this one value. */
  readonly config: Config
  /** The subscriber's part: an e-mail address, a channel, nothing. */
  readonly address: Address
  /** `digest`: render takes many items. */
  readonly accepts: 'event' | 'digest'
  readonly pictures: readonly PictureKind[]
  readonly maxInFlight: number
  open(config: z.output<Config>, host: Host): Promise<Channel<z.output<Address>>>
}

export interface Channel<Address = unknown> {
  /** Pure and synchronous: golden-tested, previewable. */
  render(items: readonly [Item, ...Item[]], to: Address): Message
  /** One attempt. Throws `DeliveryError`. */
  deliver(message: Message, attempt: Attempt): Promise<Outcome>
  /** One question afterwards ("did it arrive?"); sends nothing. */
  look?(handle: string, attempt: Attempt): Promise<Outcome>
  /** Credentials and reachability; sends nothing. */
  check(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

export type PictureKind = 'cutouts' | 'lightcurve'
export interface Picture {
  readonly mediaType: string
  readonly bytes: Uint8Array
  readonly widthPx: number
  readonly heightPx: number
}

export interface Item {
  readonly event: VOEvent
  /** The event's bytes as recorded, for those who attach it. */
  readonly raw: { readonly mediaType: string; readonly bytes: Uint8Array }
  readonly match: Match
  readonly pictures: ReadonlyMap<PictureKind, Picture>
}

/** Why this address gets this event. */
export interface Match {
  readonly filterName: string
  readonly subscription: string
  readonly streamTitle?: string
  /** The filter's SELECT columns: name, value, unit. */
  readonly columns: readonly {
    readonly name: string
    readonly value: string | number | bigint | boolean | null
    readonly unit?: string
  }[]
  /** Matches that the subscription's cap held back since its last message. */
  readonly heldBack: number
  /** Where the event can be fetched over HTTP; absent without a public URL. */
  readonly eventUrl?: string
  /** One click ends the subscription; absent without a public URL. */
  readonly unsubscribeUrl?: string
}

export interface Message {
  readonly body: Uint8Array
  readonly parts: readonly PartRef[]
  /** The same for every attempt of this delivery: the other side can fold repeats by it. */
  readonly key: string
  /** May it be attempted again when it is not known whether the first attempt arrived? */
  readonly repeat: 'safe' | 'never'
}
/** A part stored once by hash and shared by deliveries (pictures, attachments). */
export interface PartRef {
  readonly hash: string
  readonly mediaType: string
  readonly name: string
}

export interface Attempt {
  readonly key: string
  /** 1 for the first. */
  readonly number: number
  /** Receipts of earlier deliveries in the same thread. */
  readonly thread: readonly Receipt[]
  readonly signal: AbortSignal
}

export interface Receipt {
  readonly id: string
  readonly atMs: number
  readonly reply?: string
}

export type Outcome =
  | { readonly state: 'sent' | 'duplicate'; readonly receipt: Receipt }
  | { readonly state: 'submitted'; readonly handle: string; readonly lookAfterMs: number }

/** How an attempt failed. `retry`: later; `reject`: never this message; `halt`: nothing through this bridge until somebody acts. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly kind: 'retry' | 'reject' | 'halt'
  /** Can the other side have it? `maybe` forbids a blind repeat of a message whose `repeat` is `never`. */
  readonly reached: 'no' | 'maybe'
  /** The other side's words. */
  readonly reply: string
  readonly retryAfterMs: number | undefined
  constructor(
    kind: 'retry' | 'reject' | 'halt',
    reached: 'no' | 'maybe',
    reply: string,
    options: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(reply, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = kind
    this.reached = reached
    this.reply = reply
    this.retryAfterMs = options.retryAfterMs
  }
}

/** What the gateway lends a bridge. Clocks, logs and metrics arrive as arguments; the environment is not read. */
export interface Host {
  readonly instance: string
  /** `authority` of the configuration: the domain of message identifiers. */
  readonly authority: string
  readonly publicUrl?: string
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

export interface Clock {
  /** Wall clock, ms since the epoch. */
  now(): number
  /** Monotonic, ms. */
  monotonic(): number
  /** Waits on the monotonic clock; rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface Metrics {
  counter(name: string, help: string, labels?: readonly string[]): Counter
  gauge(name: string, help: string, labels?: readonly string[]): Gauge
}

/** pino's logger fits it. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(bindings: Record<string, unknown>): Log
}
/** prom-client's instruments fit them. */
export interface Counter {
  inc(labels: Record<string, string>, by?: number): void
}
export interface Gauge {
  set(labels: Record<string, string>, value: number): void
}

// ------------------------------------------------------------------ feeds

export interface Feed<Config extends z.ZodType = z.ZodType> {
  readonly kind: string
  readonly config: Config
  open(config: z.output<Config>, host: FeedHost): Promise<OpenFeed>
}

export interface OpenFeed {
  check(signal: AbortSignal): Promise<void>
  /** One line for people, and numbers for the status page. */
  status(): FeedStatus
  close(): Promise<void>
}
export interface FeedStatus {
  readonly summary: string
  readonly listening: readonly string[]
  readonly peers: readonly {
    readonly name: string
    readonly address: string
    readonly sent: number
    readonly acked: number
    readonly behind: number
  }[]
}

/** An entry of the event log, as `src/flow.ts` Recorded gives it. */
export interface LogEntry {
  readonly seq: number
  readonly ivoid: string
  readonly role: 'observation' | 'prediction' | 'utility' | 'test'
  readonly raw: { readonly mediaType: string; readonly bytes: Uint8Array }
  readonly origin: 'own' | 'submitted' | 'upstream' | 'gcn'
}

export interface FeedHost {
  readonly instance: string
  readonly authority: string
  readonly log: {
    /** The newest seq on the log (0: empty). */
    head(): Promise<number>
    /** Entries after `seq`, in order, then waits for more until the signal aborts. */
    since(seq: number, signal: AbortSignal): AsyncIterable<LogEntry>
  }
  /** Resolves when the event is on disk: acknowledge after it, never before. */
  submit(bytes: Uint8Array, from: string): Promise<'new' | 'seen' | { readonly refused: string }>
  readonly peers: PeerCursors
  /** XPath 1.0 in the pool, bounded in time. */
  readonly xpath: XPathPool
  readonly clock: Clock
  readonly logger: Log
  readonly metrics: Metrics
}

/** Cursors of subscribers that name themselves, kept across a restart. */
export interface PeerCursors {
  load(): Promise<readonly PeerCursor[]>
  save(cursor: PeerCursor): Promise<void>
  remove(peer: string): Promise<void>
}
export interface PeerCursor {
  /** Who: the subscriber's IVOID and address. */
  readonly peer: string
  /** Everything up to this seq is acknowledged. */
  readonly seq: number
  /** Wall clock, ms. */
  readonly leftMs: number | null
}

/** Runs XPath filters off the main thread. Each distinct filter has its own time limit; one that exceeds it is disabled. */
export interface XPathPool {
  /** Compiles an expression; resolves to the reason when it is no XPath 1.0. */
  check(expression: string): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>
  /** Evaluates all expressions on one document: true, false, or why it failed. */
  match(
    document: Uint8Array,
    expressions: readonly string[],
  ): Promise<readonly (boolean | { readonly failed: string; readonly disabled: boolean })[]>
}
