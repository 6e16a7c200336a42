/** Where something may be sent: addresses that were confirmed by whoever reads there, and those that are dead. */
import type { ConfirmationRequest } from '../flow.ts'
import type { Sql } from './database.ts'
import type { AddressLine, AskedAddress } from './port.ts'
import type { Room } from './room.ts'

export function askConfirmation(
  _room: Room,
  _request: ConfirmationRequest & { readonly bridge: string; readonly address: unknown; readonly nowMs: number },
): 'asked' | 'confirmed' | 'suppressed' | 'too soon' {
  throw new Error('not built yet')
}
export function addressAsked(_sql: Sql, _tokenHash: string, _nowMs: number): AskedAddress | null {
  throw new Error('not built yet')
}
export function confirmAddress(_room: Room, _tokenHash: string, _nowMs: number): AskedAddress | null {
  throw new Error('not built yet')
}
export function suppressAddress(
  _room: Room,
  _bridge: string,
  _address: unknown,
  _reason: string,
  _nowMs: number,
): number {
  throw new Error('not built yet')
}
export function releaseAddress(_room: Room, _bridge: string, _address: unknown): boolean {
  throw new Error('not built yet')
}
export function addresses(
  _sql: Sql,
  _query: { readonly suppressed?: boolean; readonly limit: number },
): readonly AddressLine[] {
  throw new Error('not built yet')
}
