/** The door from the outside: opens the data directory and gives its store. */
import type { Clock, Log } from '../../bridges/contract.ts'
import type { FountainError } from '../errors.ts'
import type { Sifted } from '../flow.ts'
import { type ArchiveDoor, archiveDoor } from './archive/door.ts'
import type { ObjectStore } from './archive/object-store.ts'
import type { KeptRecord } from './archive/segment-format.ts'
import type { ArgumentsOf, ResultOf, reads, writes } from './commands.ts'
import { draftDoor } from './draft-commands.ts'
import { failAt } from './fail-points.ts'
import { takeLock } from './lock.ts'
import { PacketMemory } from './packet-memory.ts'
import { peopleDoor } from './people-commands.ts'
import type { PlannedBridge } from './plan-port.ts'
import type { Applied, Store } from './port.ts'
import type { Keep } from './room.ts'
import { WorkerCalls } from './worker-calls.ts'

export interface OpenOptions {
  readonly log: Log
  readonly clock: Pick<Clock, 'now'>
  /** Which packets to keep; dead and parked ones are always kept. Default `matched`. */
  readonly keep?: Keep
  /** For tests: where to die, see `fail-points.ts`. */
  readonly failPoint?: string | undefined
  /** Where finished segments are copied to, when that is configured: packets that stand there alone are read there. */
  readonly remote?: ObjectStore | undefined
  /** A look-up that takes longer fails with STORE_DEADLINE. Default 10,000. */
  readonly readDeadlineMs?: number
}

export interface OpenedStore extends Store {
  /** Every sum of the ledger that does not add up; empty when all is well. */
  checkLedger(): Promise<readonly string[]>
  /** The packets kept of an alert, oldest first. */
  packetsOf(survey: string, alertId: string): Promise<readonly KeptRecord[]>
  /** What keeps the archive in order. */
  readonly archive: ArchiveDoor['archive']
  /** Resolves with the reason when the store worker dies: nothing can be recorded from then on. */
  readonly failed: Promise<FountainError>
}

type Writes = typeof writes
type Reads = typeof reads

/**
 * Takes the lock on the directory, brings its database up to date and cuts back what was never committed.
 * Throws DATA_LOCKED, DATA_NEWER, DATA_UNWRITABLE, DISK_FULL.
 */
export async function openStore(dataDir: string, options: OpenOptions): Promise<OpenedStore> {
  const { log, clock, keep = 'matched', failPoint, readDeadlineMs = 10_000 } = options
  const now = () => clock.now()
  const lock = takeLock(dataDir, now())
  failAt(failPoint)('open:after-lock')
  let onDown = (_: FountainError) => {}
  const failed = new Promise<FountainError>((resolve) => {
    onDown = resolve
  })
  const started: WorkerCalls[] = []
  const start = async (entry: 'store-worker' | 'reader-worker', more: object) => {
    const calls = await WorkerCalls.start({
      entry: workerFile(entry),
      log,
      now,
      ...more,
      data: { dataDir, keep, nowMs: now(), failPoint },
    })
    started.push(calls)
    return calls
  }
  const close = async () => {
    for (const calls of started) calls.refuse()
    // The writer last: it folds the journal into the database.
    for (const calls of started.splice(0).reverse()) await calls.close()
    lock.release()
  }
  try {
    const writer = await start('store-worker', { onDown })
    // Two readers: a long look-up for a page must not make the log or the outbox wait.
    const follower = await start('reader-worker', { deadlineMs: readDeadlineMs })
    const lookUp = await start('reader-worker', { deadlineMs: readDeadlineMs })
    const write = <K extends keyof Writes>(name: K, ...args: ArgumentsOf<Writes, K>) =>
      writer.call(name, args) as Promise<ResultOf<Writes, K>>
    const readBy =
      (reader: WorkerCalls) =>
      <K extends keyof Reads>(name: K, ...args: ArgumentsOf<Reads, K>) =>
        reader.call(name, args) as Promise<ResultOf<Reads, K>>
    const archive = archiveDoor(write, readBy(lookUp), options.remote)
    return { ...door(write, readBy(follower), readBy(lookUp), now), ...archive, failed, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Beside this file, as source or as it was built. */
function workerFile(name: string): URL {
  return new URL(`./${name}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)
}

type Write = <K extends keyof Writes>(name: K, ...args: ArgumentsOf<Writes, K>) => Promise<ResultOf<Writes, K>>
type Read = <K extends keyof Reads>(name: K, ...args: ArgumentsOf<Reads, K>) => Promise<ResultOf<Reads, K>>

function door(
  write: Write,
  follow: Read,
  lookUp: Read,
  now: () => number,
): Omit<OpenedStore, 'failed' | 'close' | keyof ArchiveDoor> {
  const memory = new PacketMemory()
  let bridges: readonly PlannedBridge[] = []
  return {
    configure: async (plan) => {
      await write('configure', plan, now())
      bridges = plan.bridges ?? []
    },
    apply: (sifted) => applyLent(write, memory, sifted),
    positions: (source) => follow('positions', source),
    claim: (bridge, limit, nowMs, what) => write('claim', bridge, limit, nowMs, what),
    interrupted: (bridge) => follow('interrupted', bridge),
    keepMessage: (id, message) => write('keepMessage', id, message, now()),
    settle: (settlements, nowMs) => write('settle', settlements, nowMs),
    nextDueMs: (bridge) => follow('nextDueMs', bridge),
    attemptsSince: (bridge, sinceMs) => follow('attemptsSince', bridge, sinceMs),
    moveSchedules: (byMs, nowMs, from) => write('moveSchedules', byMs, nowMs, from),
    deliveries: (query) => lookUp('deliveries', query),
    delivery: (id) => lookUp('delivery', id),
    retryDeliveries: (ids, options) => write('retryDeliveries', ids, options),
    dropDeliveries: (ids, options) => write('dropDeliveries', ids, options),
    confirmSent: (ids, options) => write('confirmSent', ids, options),
    ...draftDoor(write, lookUp, () => bridges),
    retract: (request) => write('retract', request),
    subscriptionStates: () => lookUp('subscriptionStates'),
    subscriptionByUnsubscribeToken: (token) => lookUp('subscriptionByUnsubscribeToken', token),
    unsubscribe: (token, nowMs) => write('unsubscribe', token, nowMs),
    setSubscriptionState: (name, state, options) => write('setSubscriptionState', name, state, options),
    askConfirmation: (request) => write('askConfirmation', request),
    addressAsked: (tokenHash, nowMs) => lookUp('addressAsked', tokenHash, nowMs),
    confirmAddress: (tokenHash, nowMs) => write('confirmAddress', tokenHash, nowMs),
    suppressAddress: (bridge, address, reason, nowMs) => write('suppressAddress', bridge, address, reason, nowMs),
    releaseAddress: (bridge, address) => write('releaseAddress', bridge, address),
    addresses: (query) => lookUp('addresses', query),
    logHead: () => follow('logHead'),
    logSince: (seq, limit) => follow('logSince', seq, limit),
    feedCursor: (feed) => follow('feedCursor', feed),
    moveFeedCursor: (feed, seq) => write('moveFeedCursor', feed, seq),
    peerCursors: (feed) => follow('peerCursors', feed),
    savePeerCursor: (feed, cursor) => write('savePeerCursor', feed, cursor),
    removePeerCursor: (feed, peer) => write('removePeerCursor', feed, peer),
    eventByIvoid: (ivoid) => lookUp('eventByIvoid', ivoid),
    seenElement: (elementHash) => follow('seenElement', elementHash),
    recentEvents: (limit) => lookUp('recentEvents', limit),
    ledger: (detail = 'visits') => lookUp('ledger', detail),
    checkLedger: () => lookUp('checkLedger'),
    deadLetters: (filter) => lookUp('deadLetters', filter),
    ...peopleDoor(write, lookUp, now),
  }
}

/**
 * Packets cross to the worker in memory that both threads see, lent until the answer is here. An event's bytes are
 * few; of a view into a larger buffer all of that would be cloned.
 */
async function applyLent(write: Write, memory: PacketMemory, sifted: Sifted): Promise<Applied> {
  const { copies, giveBack } = memory.lend(sifted.kept.map(({ bytes }) => bytes))
  const kept = sifted.kept.map((packet, index) => ({ ...packet, bytes: copies[index] as Uint8Array }))
  const outside = sifted.outside.map((event) => ({ ...event, bytes: new Uint8Array(event.bytes) }))
  try {
    return await write('apply', { ...sifted, kept, outside })
  } finally {
    giveBack()
  }
}
