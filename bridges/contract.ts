/**
 * Read this first: how a bridge and a feed meet the gateway (docs/design.md §6).
 *
 * A bridge sends one message to one address in one attempt and says how it went. Waiting, retrying, limiting rates
 * and breaking circuits are the business of `src/deliver/`, never of a bridge. A bridge is a folder that exports
 * `bridge`; a feed is a folder that exports `feed`. The folder's name is its kind.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { z } from 'zod'
import type { VOEvent } from '../vo/model/voevent.ts'
import type { Drafting, DraftNotice } from './draft.ts'
import type { Http } from './http.ts'

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
  /** What `Item.pictures` should hold, where a subscription wants pictures and the gateway can make them. */
  readonly pictures: readonly PictureKind[]
  /** Attempts at one time; the operator may set fewer. */
  readonly maxInFlight: number
  /** What the service bears: `deliver/` keeps to it, and the operator may set less. */
  readonly limits?: Limits
  /**
   * An address that a user gives must be confirmed by whoever reads there before anything else is sent to it (double
   * opt-in). The channel then has `renderConfirmation`. The operator's own configuration needs none.
   */
  readonly confirms?: boolean
  /** It can tell a person that a draft waits: the channel then has `renderDraftNotice`. */
  readonly tellsOfDrafts?: boolean
  /**
   * Every address is a service of its own (a webhook's URL): one that is silent or asks to slow down tells nothing of
   * the others, so no circuit opens and nothing but its own message waits.
   */
  readonly servicePerAddress?: boolean
  /** What `check` finds out, for people; absent where nothing can be asked without sending. */
  readonly checks?: string
  /** Nothing is rendered or sent before a `check` succeeded: the bridge learns there what it renders with. */
  readonly checksFirst?: boolean
  /** `full`: items bring `full`, the event with all that its packet holds. */
  readonly detail?: 'full'
  /**
   * Who reads it. `public`: people everywhere, so events of role test are refused; `sandbox`: a service's playground;
   * `nobody`: everything is rendered and held, and no yes lets it out (`live: true` is missing). Absent: whoever the
   * address is.
   */
  audience?(config: z.output<Config>): Audience
  /**
   * Whether messages wait, rendered, for a person's yes. `default`: unless the subscription says `approve: auto`;
   * `always`: whatever it says; absent: where the cadence is `draft`.
   */
  readonly approval?: 'default' | 'always'
  /** A yes sends nothing: a person hands it in and tells what it became (`fountain drafts sent`). Needs `always`. */
  readonly byHand?: boolean
  /** One message an object and address, whichever subscription and stream brings it: further ones are left out (`repeat`). */
  readonly oncePerObject?: boolean
  open(config: z.output<Config>, host: Host): Promise<Channel<z.output<Address>>>
}

export type Audience = 'public' | 'sandbox' | 'nobody'

/** Messages through one instance of a bridge. */
export interface Limits {
  /** Sustained; a bucket of `burst` tokens (default: a second's worth, at least 1). */
  readonly perSecond?: number
  readonly burst?: number
  /** From 00:00 to 24:00 UTC. */
  readonly perDay?: number
}

export interface Channel<Address = unknown> {
  /** Pure and synchronous: golden-tested, previewable. Throws `Refusal` where this is never said through this bridge. */
  render(items: readonly [Item, ...Item[]], to: Address): Message
  /** Asks whoever reads at the address to confirm it. Pure like `render`. */
  renderConfirmation?(request: Confirmation, to: Address): Message
  /** Tells a person that a draft waits for them. Pure like `render`. */
  renderDraftNotice?(notice: DraftNotice, to: Address): Message
  /** How its messages are read, changed and checked by people before they go. */
  readonly drafting?: Drafting<Address>
  /** One attempt. Throws `DeliveryError`. */
  deliver(message: Message, attempt: Attempt): Promise<Outcome>
  /** One question afterwards ("did it arrive?"); sends nothing. */
  look?(handle: string, attempt: Attempt): Promise<Looked>
  /** Credentials and reachability; sends nothing. */
  check(signal: AbortSignal): Promise<void>
  /** Run when the bridge starts and then every `everyMs` (a catalogue's mirror, a heartbeat). A failed run is said, and tried again. */
  readonly upkeep?: { readonly everyMs: number; run(signal: AbortSignal): Promise<void> }
  close(): Promise<void>
}

/** A user asked for a subscription to an address that nobody has confirmed. */
export interface Confirmation {
  readonly subscription: string
  /** Which filter or stream, in words for people. */
  readonly what: string
  /** Who asked: the user's name. */
  readonly askedBy: string
  /** Confirms the address; only a POST from the page there counts. */
  readonly confirmUrl: string
  /** The same for every attempt. */
  readonly key: string
  readonly atMs: number
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
  /**
   * How much the subscriber wants: `summary` what the filter selected with place, time and brightness; `lightweight`
   * the fields of DMTN-165 Table 1; `full` the whole event.
   */
  readonly content: Content
  readonly pictures: ReadonlyMap<PictureKind, Picture>
  /**
   * For bridges of `detail: 'full'`: light curve, classifications, moving object, provenance of the same alert. Absent
   * where its packet is not kept (any more), or where no alert was.
   */
  readonly full?: VOEvent
}

export type Content = 'summary' | 'lightweight' | 'full'

/** Why this address gets this event. */
export interface Match {
  readonly filterName: string
  readonly subscription: string
  readonly streamTitle?: string
  /** The survey's identifier of the object, where there is one: messages about it belong to one thread. */
  readonly objectId?: string
  /** The name of the stream, for templates and topics; absent for a private filter. */
  readonly stream?: string
  /** `lsst`, `ztf`; absent for an event from outside. */
  readonly survey?: string
  /**
   * One more than the messages about the same object, of the same stream, that have (or may have) reached this address:
   * 1 for the first. What was dropped, rejected or expired unsent does not count. 1 where there is no thread.
   */
  readonly sequence: number
  /** The filter's SELECT columns: name, value, unit. */
  readonly columns: readonly {
    readonly name: string
    readonly value: string | number | bigint | boolean | null
    readonly unit?: string
  }[]
  /** In the first item: matches that this message stands for and does not show ("n more"). */
  readonly heldBack: number
  /** Where the event can be fetched over HTTP; absent without a public URL. */
  readonly eventUrl?: string
  /** One click ends the subscription; absent without a public URL. */
  readonly unsubscribeUrl?: string
}

export interface Message {
  /** Stored as it is and never rendered again. */
  readonly body: Uint8Array
  /** What messages share (pictures, the event's own bytes): stored once by hash, handed back with every attempt. */
  readonly parts: readonly Part[]
  /** The same for every attempt of this delivery: the other side can fold repeats by it. */
  readonly key: string
  /** May it be attempted again when it is not known whether the first attempt arrived? */
  readonly repeat: 'safe' | 'never'
}
/** `hash`: SHA-256 of the bytes, hexadecimal. */
export interface Part {
  readonly hash: string
  readonly mediaType: string
  readonly name: string
  readonly bytes: Uint8Array
}

export interface Attempt {
  readonly key: string
  /** 1 for the first. */
  readonly number: number
  /** Receipts of earlier deliveries in the same thread, oldest first; the first is the thread's root. */
  readonly thread: readonly Receipt[]
  readonly signal: AbortSignal
}

export interface Receipt {
  readonly id: string
  readonly atMs: number
  readonly reply?: string
  /** The name by which the public knows it there ('AT 2026abc', 'ATel #17123') and its page: our event gets a citation of it. */
  readonly cites?: { readonly title: string; readonly url: string }
}

export type Outcome =
  | { readonly state: 'sent' | 'duplicate'; readonly receipt: Receipt }
  | { readonly state: 'submitted'; readonly handle: string; readonly lookAfterMs: number }

/** `lost`: they do not have it and never will; it goes out again as it was. */
export type Looked = Outcome | { readonly state: 'lost'; readonly why: string }

/** This is never said through this bridge: the delivery is `rejected`, and nothing was sent. Each reason is a sentence. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reasons: readonly string[]
  constructor(reasons: readonly [string, ...string[]]) {
    super(reasons.join(' '))
    this.reasons = reasons
  }
}

/** How an attempt failed. `retry`: later; `reject`: never this message; `halt`: nothing through this bridge until somebody acts. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly kind: 'retry' | 'reject' | 'halt'
  /** Can the other side have it? `maybe` forbids a blind repeat of a message whose `repeat` is `never`. */
  readonly reached: 'no' | 'maybe'
  /** The other side's words. */
  readonly reply: string
  readonly retryAfterMs: number | undefined
  /** Nobody is there any more (a hard bounce, a channel that is gone): nothing else goes to this address. */
  readonly addressDead: boolean
  constructor(
    kind: 'retry' | 'reject' | 'halt',
    reached: 'no' | 'maybe',
    reply: string,
    options: { retryAfterMs?: number; addressDead?: boolean; cause?: unknown } = {},
  ) {
    super(reply, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = kind
    this.reached = reached
    this.reply = reply
    this.retryAfterMs = options.retryAfterMs
    this.addressDead = options.addressDead ?? false
  }
}

/** What the gateway lends a bridge. Clocks, logs and metrics arrive as arguments; the environment is not read. */
export interface Host {
  readonly instance: string
  /** `authority` of the configuration: the domain of message identifiers. */
  readonly authority: string
  readonly publicUrl?: string
  /** Requests to the outside: bounded in size, redirects refused, private networks closed unless opened. */
  readonly http: Http
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  /** A directory of this instance alone, made when it is first wanted; `check` beside a running gateway must not write there. */
  folder(): string
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
  /** Paths of the gateway's own HTTP server. */
  readonly http: RouteMount
  /** XPath 1.0 in the pool, bounded in time. */
  readonly xpath: XPathPool
  readonly clock: Clock
  readonly logger: Log
  readonly metrics: Metrics
}

/** Mounted before the server listens; what is mounted goes when the gateway stops. The Host header is checked before. */
export interface RouteMount {
  get(path: string, handler: (request: IncomingMessage, response: ServerResponse) => void): void
  /** Protocol upgrades (WebSocket) of a path. */
  upgrade(path: string, handler: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): void
  /** So many connections may stay open for long: the server takes as many more than it otherwise would. */
  reserve(connections: number): void
  /** Aborts when the server stops: connections that stay open are to be ended, it waits for them. */
  readonly closing: AbortSignal
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
