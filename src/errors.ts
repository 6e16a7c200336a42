/**
 * Every error that the gateway can name, in one table. `docs/reference/errors.md` is generated from it and a test
 * holds both equal. An error says what was wrong, where, and what to do; its code is what metrics, the ledger and
 * dead letters count by. The VO kernel has codes of its own (`vo/validate.ts`).
 */

import { serviceErrors } from './service-errors.ts'

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
  ...serviceErrors,
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
