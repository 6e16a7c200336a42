/**
 * The nouns that travel through the gateway, in the order of the way (docs/design.md §1). Types only.
 * `Sifted` and all it holds is plain data: it crosses a thread today and a Kafka topic later.
 */
import type { ParamDefinition, Role, Value, VOEvent } from '../vo/model/voevent.ts'

// ---------------------------------------------------------------- ingest

/** Where a packet stands: for Kafka as Kafka says, for files topic = path, partition 0, offset = index in the file. */
export interface PacketPosition {
  readonly source: string
  readonly topic: string
  readonly partition: number
  /** A safe integer. */
  readonly offset: number
}

/** One message as it came. `bytes` may be a view into a fetch buffer: copy before keeping. */
export interface Packet extends PacketPosition {
  readonly bytes: Uint8Array
  /** The record's own time, ms since the epoch (Kafka CreateTime; a file's modification time). */
  readonly recordTimeMs: number
}

/** Consecutive packets of one partition; `to` is the position after the last (offsets may have holes). */
export interface PacketBatch {
  readonly source: string
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly packets: readonly Packet[]
  /** Packets of the partition that come after these and are not read yet, where the source knows. */
  readonly behind?: number
}

/** What a source needs of the gateway. `sift` resolves when the batch is durable: only then may a source commit. */
export interface SourceHost {
  /** Stored positions of this source: where to go on. */
  positions(): Promise<readonly { topic: string; partition: number; to: number }[]>
  sift(batch: PacketBatch): Promise<void>
  /** Why nothing can be read now, in words for people; null when it can again. */
  waits?(reason: string | null): void
  readonly signal: AbortSignal
}

/** A source runs until its signal aborts (Kafka) or its packets end (files, a bounded simulator). */
export interface Source {
  readonly name: string
  run(host: SourceHost): Promise<void>
  /** Credentials and reachability; reads nothing that counts. */
  check(signal: AbortSignal): Promise<void>
  /** One line for people: 'kafka localhost:9092 lsst-alerts-v11'. */
  readonly describe: string
}

// ---------------------------------------------------------------- decode

/** A decoded Avro record: names as in the writer schema, int64 as bigint, bytes as Uint8Array. NaN is still NaN. */
export type AvroValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly AvroValue[]
  | { readonly [field: string]: AvroValue }
export type AvroRecord = { readonly [field: string]: AvroValue }

/** A survey's packet, decoded as far as somebody needs it. */
export interface Alert {
  readonly survey: string
  /** Full name of the writer schema: `lsst.v11_1.alert`, `ztf.alert`. */
  readonly schemaName: string
  /** The registry's id where there is one (1101). */
  readonly schemaId?: number
  readonly record: AvroRecord
}

// ---------------------------------------------------------------- filter

export type ColumnType = 'number' | 'integer' | 'text' | 'boolean'

/** A scalar that a filter computes with; absent, null and NaN are all null. int64 is a bigint or text, never rounded. */
export type Scalar = number | bigint | string | boolean | null

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly unit?: string
  readonly ucd?: string
  readonly description?: string
}

/** One table of a subject, as a filter sees it. `read` gives a column's value for a row. */
export interface Table<Row = unknown> {
  readonly name: string
  readonly columns: readonly Column[]
  /** The reader of a column: compiled once a filter, called for every row. */
  reader(column: string): (row: Row) => Scalar
}

/** The identity of a filter as the ledger counts it: a name and a version that changes with its text. */
export interface FilterKey {
  readonly name: string
  readonly version: string
}

/** The columns that a filter selected, with what they mean. */
export interface SelectedColumn {
  readonly definition: ParamDefinition
  readonly value: Value
}

// ---------------------------------------------------------------- the border: Sifted

export type PacketOutcome = 'decoded' | 'parked' | 'dead'

/** One small line a packet, in the order of offsets. */
export interface SiftedLine {
  readonly offset: number
  readonly outcome: PacketOutcome
  /** The alert's identifier in decimal; absent when it could not be decoded. */
  readonly alertId?: string
  /** The survey's visit; 0 where unknown. */
  readonly visit: number
  /** CRC-32 (zlib's) and length of the packet's bytes: tells a repeated packet from another one with the same id. */
  readonly crc32: number
  readonly length: number
  /** Filters (by index into `Sifted.filters`) that the alert passed, and that failed on it. */
  readonly passed: readonly number[]
  readonly errored: readonly number[]
}

/** A match that wants an event. `rank` orders candidates within a window once TOP exists. */
export interface Candidate {
  readonly offset: number
  readonly filter: number
  readonly alertId: string
  readonly visit: number
  /** The survey's object, or null: what a follow-up cites by. */
  readonly objectId: string | null
  /** What the filter selected: the summary of e-mails and the stream's own Params. */
  readonly columns: readonly SelectedColumn[]
  /** The event of this match, without citations (record adds them), or why there is none. */
  readonly event: { readonly ivoid: string } | { readonly code: string; readonly reason: string }
}

/** A packet that could not be used (dead) or not yet (parked: its schema is unknown). */
export interface DeadPacket {
  readonly offset: number
  readonly state: 'dead' | 'parked'
  readonly code: string
  readonly reason: string
  readonly schemaId?: number
}

/** Bytes to be archived: matched, dead and parked packets. A copy, never a view into a fetch buffer. */
export interface KeptPacket {
  readonly offset: number
  readonly recordTimeMs: number
  readonly bytes: Uint8Array
}

/** An event from outside (VTP submission, upstream broker, GCN): raw bytes rule, the model is for filters and bridges. */
export interface OutsideEvent {
  readonly ivoid: string
  readonly role: Role
  readonly origin: 'submitted' | 'upstream' | 'gcn'
  /** The peer's address. */
  readonly from: string
  readonly mediaType: string
  readonly bytes: Uint8Array
  /** SHA-256 (hex) of the VOEvent element's bytes, `<` to `>`: its identity (REC-VTP-2.0 §8). */
  readonly elementHash: string
  readonly model: VOEvent
}

/** The one product of ingest → decode → filter → map, and the one thing that `record` applies. */
export interface Sifted {
  readonly source: string
  readonly survey: string
  readonly topic: string
  readonly partition: number
  /** Half-open span of offsets; what lies below the stored position is cut away when applied. */
  readonly from: number
  readonly to: number
  /**
   * `span`: packets in order, position moves to `to`. `retry`: packets that were parked or dead, taken up again:
   * a line counts only while its packet still stands there. `outside`: events from elsewhere, no position.
   */
  readonly kind: 'span' | 'retry' | 'outside'
  readonly filters: readonly FilterKey[]
  readonly lines: readonly SiftedLine[]
  readonly candidates: readonly Candidate[]
  /** The events that candidates name, each once, plus the survey event each refers to. */
  readonly events: readonly MappedEvent[]
  readonly dead: readonly DeadPacket[]
  readonly kept: readonly KeptPacket[]
  readonly outside: readonly OutsideEvent[]
  /** When it was sifted, ms since the epoch. */
  readonly nowMs: number
}

/** An event made of an alert, ready but for its citations. */
export interface MappedEvent {
  /** The packet it was made of; -1 for none. */
  readonly offset: number
  /** The registered stream: the part before `#`. */
  readonly streamIvoid: string
  /** A published stream's event goes on the log; a survey event made for it or a private filter is only stored. */
  readonly published: boolean
  readonly objectId: string | null
  readonly event: VOEvent
}

// ---------------------------------------------------------------- record

/** An entry of the event log: what feeds follow. Bytes are relayed bit for bit. */
export interface Recorded {
  /** 0 for an event that is stored and stands on no log. */
  readonly seq: number
  readonly ivoid: string
  readonly role: Role
  readonly raw: { readonly mediaType: string; readonly bytes: Uint8Array }
  /** Absent where nobody asks for it: feeds relay bytes. */
  readonly model?: VOEvent
  readonly origin: 'own' | 'submitted' | 'upstream' | 'gcn'
  /** When it was recorded, ms since the epoch. */
  readonly recordedMs: number
}

/** In the order of a delivery's life. */
export const deliveryStates = [
  'held',
  'queued',
  'sending',
  'submitted',
  'sent',
  'duplicate',
  'rejected',
  'parked',
  'expired',
  'dropped',
] as const
export type DeliveryState = (typeof deliveryStates)[number]

/**
 * `retraction`: takes back what an earlier delivery said. `confirmation`: asks whoever reads at the address. `draft`:
 * tells a person that a draft waits for them.
 */
export type Purpose = 'event' | 'retraction' | 'confirmation' | 'draft'

/** One message to one address through one bridge: a durable row, with the rows that a digest settles with it. */
export type Delivery = EventDelivery | ConfirmationDelivery | DraftNoticeDelivery

interface AnyDelivery {
  readonly id: number
  readonly bridge: string
  readonly subscription: string
  /** Of the subscription: a user's name, `operator` for the configuration. */
  readonly owner: string
  readonly address: unknown
  /** `held`: a draft, given out once to be rendered; it is not sent before somebody approves it. */
  readonly state: DeliveryState
  /** How often it was attempted before. */
  readonly attempts: number
  readonly createdMs: number
  /** Wall clock, ms; what is still unsent then is given up. Null: never. */
  readonly expiresMs: number | null
  /** Stored before the first attempt and never rendered again. */
  readonly message?: StoredMessage
  readonly handle?: string
  /** Of a submitted one: how often the other side had lost it, and it went out again. */
  readonly lost?: number
  /** Receipts of earlier deliveries to this address about the same object of the same stream: the root, then the oldest first. */
  readonly thread: readonly Receipt[]
  /** One more than the messages of the thread that have, or may have, reached whoever reads there; 1 for a digest. */
  readonly sequence: number
  /** Whoever has it ends the subscription: part of the link, never of a log. */
  readonly unsubscribeToken: string
  readonly content: 'summary' | 'lightweight' | 'full'
  readonly pictures: boolean
  /** A digest's further items in order: they are settled with the row that leads them. Empty for anything else. */
  readonly followers: readonly DigestItem[]
  /** How many matches of the subscription this message stands for and does not show. */
  readonly heldBack: number
}

export interface EventDelivery extends AnyDelivery {
  readonly purpose: 'event' | 'retraction'
  readonly context: MatchContext
  readonly event: Recorded
}

export interface ConfirmationDelivery extends AnyDelivery {
  readonly purpose: 'confirmation'
  /** Absent once the message is stored. */
  readonly confirmation?: ConfirmationRequest
}

/** To whoever says yes to a draft. */
export interface DraftNoticeDelivery extends AnyDelivery {
  readonly purpose: 'draft'
  /** The draft as it stands when the notice is given out; absent once the message is stored. */
  readonly draft?: WaitingDraft
}

export interface WaitingDraft {
  /** Its number: of another delivery, that is `held`. */
  readonly id: number
  /** The instance that would send it. */
  readonly bridge: string
  readonly subscription: string
  readonly address: unknown
  /** What it is about: the object's name, else the event's. */
  readonly about: string
  readonly body: Uint8Array
  readonly parts: readonly StoredPart[]
  /** Whoever has it can read the draft's page: part of the link, never of a log. */
  readonly pageToken: string
}

export interface ConfirmationRequest {
  readonly subscription: string
  /** Which filter or stream, in words for people. */
  readonly what: string
  /** The user's name. */
  readonly askedBy: string
  /** A secret: it stands in the link and nowhere else. */
  readonly token: string
}

export interface DigestItem {
  readonly id: number
  readonly event: Recorded
  readonly context: MatchContext
}

export interface StoredMessage {
  readonly body: Uint8Array
  readonly key: string
  readonly repeat: 'safe' | 'never'
  /** Parts (pictures, attachments) that are stored once by hash. */
  readonly parts?: readonly StoredPart[]
}

export interface StoredPart {
  readonly hash: string
  readonly mediaType: string
  readonly name: string
  readonly bytes: Uint8Array
}

/** What a match adds to its event: which filter, what it selected. It travels with the delivery, never in a survey event. */
export interface MatchContext {
  readonly filter: FilterKey
  readonly subscription: string
  readonly stream?: { readonly name: string; readonly title: string }
  readonly columns: readonly SelectedColumn[]
  readonly survey: string
  readonly alertId: string
  readonly objectId: string | null
}

/** The other side's word that it has it. */
export interface Receipt {
  /** What the other side calls it: a Message-ID, an AT number. */
  readonly id: string
  readonly atMs: number
  readonly reply?: string
  /** The name by which the public knows it there ('AT 2026abc', 'ATel #17123') and its page: our event gets a citation of it. */
  readonly cites?: { readonly title: string; readonly url: string }
}
