/** Subscriptions that are paused or ended, whatever the plan says. */
import type { Sql } from './database.ts'
import type { By, SubscriptionLine, SubscriptionState } from './port.ts'
import type { Room } from './room.ts'

export function subscriptionStates(_sql: Sql): readonly SubscriptionLine[] {
  throw new Error('not built yet')
}
export function subscriptionByUnsubscribeToken(_sql: Sql, _token: string): SubscriptionLine | null {
  throw new Error('not built yet')
}
export function unsubscribe(_room: Room, _token: string, _nowMs: number): SubscriptionLine | null {
  throw new Error('not built yet')
}
export function setSubscriptionState(_room: Room, _name: string, _state: SubscriptionState, _options: By): boolean {
  throw new Error('not built yet')
}
