/**
 * Every error that the gateway can name, in one table. `docs/reference/errors.md` is generated from it and a test
 * holds both equal. An error says what was wrong, where, and what to do; its code is what metrics, the ledger and
 * dead letters count by. The VO kernel has codes of its own (`vo/validate.ts`).
 */

export interface ErrorEntry {
  /** What happened, for people. */
  readonly says: string
  /** What to do about it. */
  readonly fix: string
}

export const errorTable = {
  // -- configuration and usage
  CONFIG_UNREADABLE: { says: 'The configuration file cannot be read.', fix: 'Check the path and its permissions.' },
  CONFIG_SYNTAX: { says: 'The configuration is not valid YAML.', fix: 'Mend the line that the message names.' },
  CONFIG_INVALID: {
    says: 'The configuration has a key or value that is not allowed.',
    fix: 'Mend each path that the message lists; `docs/reference/configuration.md` has all keys.',
  },
  CONFIG_SECRET_MISSING: {
    says: 'The configuration names an environment variable that is not set.',
    fix: 'Set the variable in the environment of the process.',
  },
  USAGE: { says: 'The command was called in a wrong way.', fix: 'See the command with --help.' },
  // -- one process, one data directory
  DATA_LOCKED: {
    says: 'Another process works on this data directory.',
    fix: 'Stop it, or use another `data:`; `fountain status` shows the running one.',
  },
  DATA_NEWER: {
    says: 'The database was written by a newer version of Fountain.',
    fix: 'Run that version or newer: a newer database is never opened by older code.',
  },
  DATA_UNWRITABLE: { says: 'The data directory cannot be written.', fix: 'Check the path, its owner and the disk.' },
  DISK_FULL: {
    says: 'The disk is full: nothing was recorded, and nothing was acknowledged.',
    fix: 'Free space; the gateway goes on by itself where it stopped.',
  },
  DISK_READ_ONLY: {
    says: 'The disk takes no writes: nothing was recorded, and nothing was acknowledged.',
    fix: 'See why the system mounted it read-only (`dmesg`), mount it for writing; the gateway goes on by itself.',
  },
  STORE_FAILED: { says: 'The store worker failed.', fix: 'See the log above it; restart the gateway.' },
  STORE_BUSY: {
    says: 'The store could not be asked just now.',
    fix: 'The gateway asks again by itself; if it lasts, see the log above it, and what else has the database open.',
  },
  STORE_DEADLINE: { says: 'The store did not answer in time.', fix: 'Check the load of the machine and its disk.' },
  CLOCK_JUMPED: {
    says: 'The wall clock of the machine was set while the gateway ran.',
    fix: 'Nothing: times to try again move with it. Let a time server keep the clock.',
  },
  LEDGER_FAULT: {
    says: 'Counts of the ledger do not add up.',
    fix: 'Report it with the log: nothing may be counted but in the transaction of what it counts.',
  },
  SIFTED_INVALID: {
    says: 'A batch on its way to the store contradicts itself; nothing of it was recorded.',
    fix: 'Report it: the stages before the store must not produce it.',
  },
  ARCHIVE_DAMAGED: {
    says: 'A packet of the archive cannot be read back as it was written.',
    fix: 'Check the disk; other packets are not touched by it. `fountain archive verify` finds all that is damaged.',
  },
  ARCHIVE_DROPPED: {
    says: 'The packet was kept once and is kept no more.',
    fix: 'Nothing brings it back; `archive.days` and `archive.maxBytes` say how long packets are kept.',
  },
  ARCHIVE_INDEX_BEHIND: {
    says: 'The index of a night of the archive is not complete.',
    fix: 'The gateway makes it from the packets by itself, within minutes; `fountain archive list` shows how far it is.',
  },
  ARCHIVE_REMOTE_FAILED: {
    says: 'The S3 store of the archive did not do what it was asked.',
    fix: 'Check `archive.s3` and the service: it is tried again by itself, and until then packets stay on this disk.',
  },
  PORT_IN_USE: { says: 'A port is taken by another program.', fix: 'Stop that program or configure another port.' },
  // -- ingest
  KAFKA_UNREACHABLE: {
    says: 'No Kafka broker answers.',
    fix: 'Check `brokers`, the network and whether the listener wants TLS.',
  },
  KAFKA_AUTH: {
    says: 'Kafka refused the user name or password.',
    fix: 'Check `sasl.mechanism`, `username` and the password variable.',
  },
  KAFKA_TOPIC: {
    says: 'A topic does not exist or may not be read.',
    fix: 'Check `topics` and the rights of the user.',
  },
  KAFKA_GROUP: {
    says: 'The consumer group may not be used.',
    fix: 'Rubin wants groups that start with the user name: check `group`.',
  },
  KAFKA_FAILED: {
    says: 'Kafka answered, but with an error.',
    fix: 'The message has Kafka’s reason; the source tries again by itself.',
  },
  KAFKA_POSITION: {
    says: 'The stored position lies beyond the end of the topic: it was made anew, or this is another cluster.',
    fix: 'Give the source another name in the configuration: it then starts as a new one.',
  },
  FILES_UNREADABLE: { says: 'A file or directory cannot be read.', fix: 'Check the path and its permissions.' },
  REGISTRY_UNREACHABLE: {
    says: 'The schema registry does not answer.',
    fix: 'Check `registry`; packets of known schemas go on, others are parked and retried.',
  },
  REGISTRY_UNKNOWN_ID: {
    says: 'The registry does not know this schema id.',
    fix: 'The packet is parked and retried; `fountain dead list` shows it.',
  },
  // -- framing and decoding
  FRAMING_UNKNOWN: {
    says: 'The packet has no framing that is known.',
    fix: 'Set `framing` for this source (confluent, container or raw).',
  },
  FRAMING_TRUNCATED: { says: 'The packet ends within its framing.', fix: 'Look at it with `fountain dead show`.' },
  FRAMING_GZIP: { says: 'The gzip layer of the packet is broken.', fix: 'Look at it with `fountain dead show`.' },
  FRAMING_CONTAINER: { says: 'The object container is broken.', fix: 'Look at it with `fountain dead show`.' },
  FRAMING_CODEC: {
    says: 'The object container is packed in a way that is not read.',
    fix: 'Write it anew with one of the codecs that the message names.',
  },
  FRAMING_TOO_LARGE: {
    says: 'The packet is larger than 64 MB once unpacked.',
    fix: 'Look at it with `fountain dead show`; it may be hostile.',
  },
  CONTAINER_EMPTY: { says: 'The object container holds no record.', fix: 'Nothing: it is counted and kept.' },
  SCHEMA_INVALID: { says: 'The writer schema is not a valid Avro schema.', fix: 'Report it to the survey.' },
  SCHEMA_TOO_LARGE: {
    says: 'The writer schema is larger or deeper than any real one (1 MB, depth 32, 5,000 fields).',
    fix: 'Look at it with `fountain dead show`; it may be hostile.',
  },
  DECODE_TRUNCATED: { says: 'The Avro datum ends too early.', fix: 'Look at it with `fountain dead show`.' },
  DECODE_INVALID: {
    says: 'The Avro datum does not fit its schema.',
    fix: 'Look at it with `fountain dead show`; a wrong schema id is the usual cause.',
  },
  ALERT_NO_ID: { says: 'The alert has no identifier.', fix: 'Look at it with `fountain dead show`.' },
  ALERT_TIME_IMPOSSIBLE: {
    says: 'The alert has an impossible time (before 1900 or after 2200).',
    fix: 'Look at it with `fountain dead show`; synthetic samples carry Unix seconds where an MJD belongs.',
  },
  ALERT_POSITION_IMPOSSIBLE: {
    says: 'The alert has no position or an impossible one.',
    fix: 'Look at it with `fountain dead show`.',
  },
  SURVEY_UNKNOWN: {
    says: 'No mapping exists for this survey or this version of its schema.',
    fix: 'Add `schemas/mappings/<survey>.yaml`, or see docs/mapping.md.',
  },
  // -- mapping
  MAPPING_INVALID: { says: 'A mapping file is wrong.', fix: 'Mend the line that the message names.' },
  MAPPING_FAILED: { says: 'An alert could not be made into a VOEvent.', fix: 'Report it with the packet.' },
  // -- filters
  FILTER_SYNTAX: { says: 'The filter cannot be parsed.', fix: 'Mend the place that the message shows.' },
  FILTER_UNKNOWN_TABLE: { says: 'The filter asks a table that does not exist.', fix: 'Use one of the tables named.' },
  FILTER_UNKNOWN_COLUMN: {
    says: 'The filter names an unknown column.',
    fix: 'Use the name that the message proposes.',
  },
  FILTER_UNKNOWN_FUNCTION: { says: 'The filter calls an unknown function.', fix: 'Use one of the functions named.' },
  FILTER_TYPE: { says: 'The filter mixes types that do not fit.', fix: 'Mend the expression that the message shows.' },
  FILTER_VALUE: { says: 'The filter holds a value that cannot be.', fix: 'Mend the value that the message shows.' },
  FILTER_DUPLICATE_NAME: {
    says: 'The filter selects two columns of the same name.',
    fix: 'Give one of them another name: `… AS other`.',
  },
  FILTER_NOT_SUPPORTED: {
    says: 'The filter uses a part of ADQL that this version does not have yet.',
    fix: 'Leave it out; the message says what is missing.',
  },
  FILTER_TOO_LARGE: { says: 'The filter is larger than allowed.', fix: 'Make it shorter, or split it in several.' },
  FILTER_FAILED: { says: 'A filter failed on an alert.', fix: 'The alert counts as errored for it; report it.' },
  // -- events from outside
  EVENT_UNREADABLE: {
    says: 'The document is not a VOEvent that can be read.',
    fix: 'Validate it: `fountain validate`.',
  },
  EVENT_INVALID: { says: 'The VOEvent is not valid by its schema.', fix: 'Validate it: `fountain validate`.' },
  EVENT_IDENTIFIER: { says: 'The ivorn of the VOEvent is no event identifier.', fix: 'Use ivo://authority/key#local.' },
  EVENT_TOO_LARGE: {
    says: 'The document is larger than 99,999 bytes, which peers cannot take.',
    fix: 'Move bulk to References.',
  },
  // -- VTP and delivery
  VTP_NO_REPLY: { says: 'The broker gave no answer.', fix: 'A temporary failure: send it again later.' },
  VTP_UNREACHABLE: {
    says: 'The broker cannot be reached.',
    fix: 'Check host and port (8098 to send, 8099 to listen).',
  },
  BRIDGE_UNREACHABLE: {
    says: 'The service behind a bridge cannot be reached.',
    fix: 'Check its settings and network.',
  },
  ADDRESS_INVALID: { says: 'The address of a subscription does not fit its bridge.', fix: 'See the bridge’s README.' },
  // -- serve and control
  CONTROL_UNREACHABLE: {
    says: 'No gateway runs on this data directory.',
    fix: 'Start it with `fountain run`, or name another directory.',
  },
  NAME_TAKEN: {
    says: 'The name is taken, or was once: the ledger counts by it.',
    fix: 'Choose another name.',
  },
  NOT_FOUND: { says: 'There is nothing under this name.', fix: 'Check the identifier.' },
  HOST_UNKNOWN: {
    says: 'This gateway does not answer to that host name.',
    fix: 'Use the address it listens on, or add the name to `http.hosts` or `publicUrl`.',
  },
  TOKEN_WRONG: {
    says: 'The request needs a token that holds.',
    fix: 'Send `Authorization: Bearer <token>`; `fountain user token` makes one, the admin’s was printed at the first start.',
  },
  TOKEN_SCOPE: {
    says: 'The token does not allow this.',
    fix: 'Use one with the scope that the message names: `fountain user token --scope`.',
  },
  TOO_OFTEN: { says: 'Too many requests.', fix: 'Wait as long as `Retry-After` says.' },
  TOO_MANY: {
    says: 'You have as many as one user may have.',
    fix: 'End one that is needed no longer, or ask the operator to make it in the configuration.',
  },
  NOT_YOURS: {
    says: 'This is public, or shared, but only its owner and their group may change it.',
    fix: 'Ask its owner, or make one of your own.',
  },
  BRIDGE_CLOSED: {
    says: 'This bridge is for the operator’s own subscriptions.',
    fix: 'The operator opens it with `users: true` under `bridges`, or makes the subscription.',
  },
  REQUEST_INVALID: {
    says: 'The request does not have the form that this route takes.',
    fix: 'Mend what the message names; `GET /api/v1/openapi.json` and docs/reference/api.md have all forms.',
  },
  REQUEST_FAILED: { says: 'The gateway failed on this request.', fix: 'Report it with what the log says.' },
  APPROVAL_NEEDED: {
    says: 'What goes out through this bridge waits for a person’s yes.',
    fix: 'Leave out `approve: auto`, and say yes to each draft: `fountain drafts list`.',
  },
  APPROVER_CLOSED: {
    says: 'Only admins may name an address that is told of drafts.',
    fix: 'Leave out `approver`: your drafts are listed by `GET /api/v1/drafts`; or ask an admin.',
  },
  CONFIRMATION_IMPOSSIBLE: {
    says: 'An address behind this bridge must be confirmed by a link, and the gateway has no public URL.',
    fix: 'The operator sets `publicUrl`, or makes the subscription in the configuration.',
  },
  CONFIRMATION_TOO_SOON: {
    says: 'The address was asked less than an hour ago, or 20 addresses were asked for you within a day.',
    fix: 'Look for that message, or ask again later.',
  },
  ADDRESS_SUPPRESSED: {
    says: 'Nothing is sent to this address: it was refused for good, or somebody there did not want it.',
    fix: 'An admin may release it: `fountain addresses release`.',
  },
  DIGEST_UNSUPPORTED: {
    says: 'The subscription wants digests through a bridge that sends each event by itself.',
    fix: 'Use the cadence `instant` or `draft`, or another bridge.',
  },
  EVENT_UNKNOWN: {
    says: 'No event with this identifier was ever recorded here.',
    fix: 'Check the identifier; `fountain deliveries list` and the pages show those that were.',
  },
  NOT_OURS: {
    says: 'The event was made by somebody else: only its author can retract it.',
    fix: 'Ask the author; the authority in the identifier says who that is.',
  },
  BOUNCE_UNREADABLE: {
    says: 'This is no report of a mail that could not be delivered (RFC 3464).',
    fix: 'Give the whole report as the mail system sent it, headers and all; answers of people are none.',
  },
  BOUNCE_UNKNOWN: {
    says: 'The report names no mail that this gateway sent.',
    fix: 'It may be forged, or about another program’s mail; with `verp: true` reports always name theirs.',
  },
  RETRACTED_ALREADY: {
    says: 'The event was retracted before, or is a retraction itself.',
    fix: 'Nothing needs to be done: everybody who was sent the event was sent its retraction.',
  },
  EVENT_RETRACTED: {
    says: 'The delivery is about an event that was retracted.',
    fix: 'Nothing: what was retracted is sent to nobody any more.',
  },
  DELIVERY_STATE: {
    says: 'The delivery is not in a state in which this can be decided.',
    fix: 'See `fountain deliveries show` for what became of it.',
  },
  DELIVERY_IN_DIGEST: {
    says: 'The delivery has no message of its own: a digest shows it.',
    fix: 'Decide about the delivery that the message names.',
  },
  DELIVERY_MAYBE_SENT: {
    says: 'The other side may have the message already, and must not get it twice.',
    fix: 'Look there; then `fountain deliveries sent`, or `retry --again` when it is not there.',
  },
  DRAFT_BY_HAND: {
    says: 'The draft goes out by hand: its service takes nothing from programs.',
    fix: 'Hand it in where `fountain drafts show` says, then tell what it became: `fountain drafts sent <id> --receipt …`.',
  },
  DRAFT_NOT_BY_HAND: {
    says: 'The draft is sent by the gateway, not by a person.',
    fix: 'Approve it: `fountain drafts approve <id>`; `fountain deliveries sent` notes what somebody found on the other side.',
  },
  BRIDGE_NOT_LIVE: {
    says: 'Nothing goes out through this bridge, whoever says yes.',
    fix: 'The operator sets `live: true` for it, after having seen drafts that are right; then approve again.',
  },
  DRAFT_HAS_ERRORS: {
    says: 'The draft has errors, and would be refused or be wrong.',
    fix: 'Change it (`fountain drafts edit <id>`) until `fountain drafts show <id>` names no error, then approve it.',
  },
  DRAFT_NOT_RENDERED: {
    says: 'The draft has no message yet.',
    fix: 'Look again in a moment; if it lasts, `fountain status` tells what the bridge waits for.',
  },
  DRAFT_CHANGED: {
    says: 'Somebody changed the draft since you looked at it.',
    fix: 'Look at it again (`fountain drafts show <id>`), then decide.',
  },
  DRAFT_UNREADABLE: {
    says: 'The changed text cannot be understood as a message of this bridge.',
    fix: 'Mend what the message names; the draft is as it was.',
  },
  DRAFT_NOT_EDITABLE: {
    says: 'Messages of this bridge cannot be changed as text.',
    fix: 'Approve it as it is, or discard it.',
  },
  RECEIPT_UNREADABLE: {
    says: 'This names nothing that the service gives out.',
    fix: 'Give the number as its page shows it, for instance `fountain drafts sent <id> --atel 17123`.',
  },
  REPORTED_ALREADY: {
    says: 'The object is said once to this address, and another delivery does that.',
    fix: 'Nothing; `fountain deliveries list --bridge …` shows the other one.',
  },
  SUBSCRIPTION_ENDED: {
    says: 'This subscription was ended, by its owner or by the link in a message.',
    fix: 'Make a new one; one that stands in the configuration comes back by `fountain subscriptions resume`.',
  },
  ADMIN_TOKEN_FILE: {
    says: 'The stored hash of the admin token cannot be read or written.',
    fix: 'Check the rights of the data directory; without `admin-token.hash` a new token is made at the next start.',
  },
  // -- pictures
  FITS_INVALID: {
    says: 'An image is not FITS, or its header contradicts itself.',
    fix: 'Report it to the survey: the picture says `unreadable` in its place, and everything else goes on.',
  },
  FITS_TRUNCATED: {
    says: 'A FITS image ends before its last pixel.',
    fix: 'Fetch the alert again; the picture says `unreadable` in its place, and everything else goes on.',
  },
  FITS_UNSUPPORTED: {
    says: 'A FITS file holds no image of two axes.',
    fix: 'Cutouts are images of two axes, the first in their file; compressed ones are compressed as a whole, by gzip.',
  },
  FITS_TOO_LARGE: {
    says: 'A FITS image is larger than a cutout can be.',
    fix: 'Pictures are made of cutouts of at most 2048 by 2048 pixels.',
  },
  PICTURE_FAILED: {
    says: 'A picture could not be drawn.',
    fix: 'See the log; the message goes out without it.',
  },
  PICTURE_NONE: {
    says: 'There is nothing to draw.',
    fix: 'Give an alert with cutouts or photometry, or an event of the draft that holds them.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorTable

/** Exit codes of every command (docs/design.md §10). */
export const exitCodes = { done: 0, bad: 1, usage: 2, missing: 3 } as const

/** The exit code that an error of this kind ends a command with. */
export function exitCodeOf(code: ErrorCode): number {
  if (/^(CONFIG_|FILTER_|MAPPING_INVALID|USAGE|ADDRESS_)/.test(code)) return exitCodes.usage
  return /(_UNREACHABLE|_NO_REPLY|_LOCKED|^KAFKA_|^PORT_|^DATA_|^DISK_|^ARCHIVE_REMOTE_)/.test(code)
    ? exitCodes.missing
    : exitCodes.bad
}

/** Details may quote what came from outside, in logs and dead letters: no more than this, characters. */
const longestDetail = 4_000

/** An error with a code of the table. `detail` says where and with what; `fix` defaults to the table's. */
export class FountainError extends Error {
  override readonly name = 'FountainError'
  readonly code: ErrorCode
  readonly detail: string
  readonly fix: string
  constructor(code: ErrorCode, detail: string, options: { cause?: unknown; fix?: string } = {}) {
    const bounded = detail.length > longestDetail ? `${detail.slice(0, longestDetail)}…` : detail
    super(
      `${errorTable[code].says} ${bounded}`.trim(),
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.code = code
    this.detail = bounded
    this.fix = options.fix ?? errorTable[code].fix
  }
}

const passing: ReadonlySet<ErrorCode> = new Set(['DISK_FULL', 'DISK_READ_ONLY', 'STORE_BUSY', 'STORE_DEADLINE'])

/** Trouble of the store that ends by itself, or when somebody mends the disk: ask again, and nothing is lost. */
export const passes = (error: unknown): error is FountainError =>
  error instanceof FountainError && passing.has(error.code)

/** What to print of an error: the code and the message, then what to do. Never a secret, never a stack. */
export function explain(error: unknown): string {
  if (error instanceof FountainError) return `${error.code}: ${error.message}\n  ${error.fix}`
  return error instanceof Error ? error.message : String(error)
}
