/** The commands of the store by name: what the writer runs in its transactions, what the readers answer. */
import { applySifted } from './apply-sifted.ts'
import { archiveWrites } from './archive/archive-commands.ts'
import { archiveReads } from './archive/archive-reads.ts'
import type { ArchiveReadingRoom } from './archive/look-up.ts'
import { addressAsked, addresses, askConfirmation, confirmAddress, releaseAddress, suppressAddress } from './consent.ts'
import { feedCursor, moveFeedCursor, peerCursors, positions, removePeerCursor, savePeerCursor } from './cursors.ts'
import { deadLetters } from './dead-letters.ts'
import { confirmSent, dropDeliveries, retryDeliveries } from './decide.ts'
import { deliveryDetail, deliveryLines } from './delivery-lines.ts'
import { draftReads, draftWrites } from './draft-commands.ts'
import { eventByIvoid, logHead, logSince, recentEvents, seenElement } from './events.ts'
import { checkLedger, readLedger } from './ledger.ts'
import { moveSchedules } from './move-schedules.ts'
import { attemptsSince, claim, interrupted, keepMessage, nextDueMs, settle } from './outbox.ts'
import { peopleReads, peopleWrites } from './people-commands.ts'
import type { Plan } from './plan-port.ts'
import type { DeliveryQuery } from './port.ts'
import { retract } from './retract.ts'
import { configure, type Room } from './room.ts'
import {
  setSubscriptionState,
  subscriptionByUnsubscribeToken,
  subscriptionStates,
  unsubscribe,
} from './subscription-states.ts'
import { dropUnsubscribed } from './unsubscribed.ts'

export const writes = {
  configure: (room: Room, plan: Plan, nowMs: number) => {
    configure(room, plan, nowMs)
    dropUnsubscribed(room, plan, nowMs)
  },
  apply: applySifted,
  claim,
  keepMessage,
  settle,
  moveSchedules,
  retryDeliveries,
  dropDeliveries,
  confirmSent,
  retract,
  unsubscribe,
  setSubscriptionState,
  askConfirmation,
  confirmAddress,
  suppressAddress,
  releaseAddress,
  moveFeedCursor,
  savePeerCursor,
  removePeerCursor,
  ...draftWrites,
  ...archiveWrites,
  ...peopleWrites,
} as const

type DeadFilter = Parameters<typeof deadLetters>[1]

/** What a reader works with. */
export type ReadingRoom = ArchiveReadingRoom

export const reads = {
  positions: ({ sql }: ReadingRoom, source: string) => positions(sql, source),
  interrupted: ({ sql }: ReadingRoom, bridge: string) => interrupted(sql, bridge),
  nextDueMs: ({ sql }: ReadingRoom, bridge: string) => nextDueMs(sql, bridge),
  logHead: ({ sql }: ReadingRoom) => logHead(sql),
  logSince: ({ sql }: ReadingRoom, seq: number, limit: number) => logSince(sql, seq, limit),
  feedCursor: ({ sql }: ReadingRoom, feed: string) => feedCursor(sql, feed),
  peerCursors: ({ sql }: ReadingRoom, feed: string) => peerCursors(sql, feed),
  seenElement: ({ sql }: ReadingRoom, elementHash: string) => seenElement(sql, elementHash),
  eventByIvoid: ({ sql }: ReadingRoom, ivoid: string) => eventByIvoid(sql, ivoid),
  recentEvents: ({ sql }: ReadingRoom, limit: number) => recentEvents(sql, limit),
  ledger: ({ sql }: ReadingRoom, detail: 'totals' | 'visits') => readLedger(sql, detail),
  checkLedger: ({ sql }: ReadingRoom) => checkLedger(sql),
  deadLetters: ({ sql }: ReadingRoom, filter: DeadFilter) => deadLetters(sql, filter),
  ...archiveReads,
  ...draftReads,
  attemptsSince: ({ sql }: ReadingRoom, bridge: string, sinceMs: number) => attemptsSince(sql, bridge, sinceMs),
  deliveries: ({ sql }: ReadingRoom, query: DeliveryQuery) => deliveryLines(sql, query),
  delivery: ({ sql }: ReadingRoom, id: number) => deliveryDetail(sql, id),
  subscriptionStates: ({ sql }: ReadingRoom) => subscriptionStates(sql),
  subscriptionByUnsubscribeToken: ({ sql }: ReadingRoom, token: string) => subscriptionByUnsubscribeToken(sql, token),
  addressAsked: ({ sql }: ReadingRoom, tokenHash: string, nowMs: number) => addressAsked(sql, tokenHash, nowMs),
  addresses: ({ sql }: ReadingRoom, query: { suppressed?: boolean; limit: number }) => addresses(sql, query),
  ...peopleReads,
} as const

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never
type Table = Readonly<Record<string, (room: never, ...args: never[]) => unknown>>
export type ArgumentsOf<T extends Table, K extends keyof T> = Tail<Parameters<T[K]>>
export type ResultOf<T extends Table, K extends keyof T> = ReturnType<T[K]>

/** One call, as it crosses to a worker. `nowMs` is the caller's wall clock. */
export interface Call {
  readonly id: number
  readonly name: string
  readonly args: readonly unknown[]
  readonly nowMs: number
}
/** An error, as it crosses back. */
export interface Fault {
  readonly code: string
  readonly detail: string
}
export type Answer = { readonly value: unknown } | { readonly fault: Fault }
/** What a worker says. */
export type Word =
  | { readonly ready: true }
  | { readonly id: number; readonly answer: Answer }
  | { readonly warn: Record<string, unknown>; readonly message: string }
  | { readonly fatal: Fault }
