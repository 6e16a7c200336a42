/** What the API's routes need of the gateway, and what they have in common. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { FountainError } from '../../errors.ts'
import type { Identity, Viewer } from '../../record/people-port.ts'
import type { Store } from '../../record/port.ts'
import type { DraftDesk } from '../draft-desk.ts'
import type { StreamStatus } from '../status-report.ts'
import type { Definition } from './schemas.ts'

export interface ApiStages {
  readonly store: Store
  readonly drafts: DraftDesk
  readonly authority: string
  streams(): readonly StreamStatus[]
  /** Throws FILTER_* with line, column and the nearest name. */
  checkFilter(text: string): {
    readonly table: string
    readonly version: string
    readonly columns: readonly { readonly name: string; readonly type: string; readonly unit?: string }[]
    readonly cost: number
  }
  /**
   * Checks whether a user may subscribe there, at these times and with whose yes. Throws ADDRESS_INVALID, NOT_FOUND,
   * BRIDGE_CLOSED, CONFIRMATION_IMPOSSIBLE, DIGEST_UNSUPPORTED, APPROVAL_NEEDED, APPROVER_CLOSED.
   */
  checkTarget(
    bridge: string,
    address: unknown,
    role: Identity['role'],
    ways?: Pick<Definition, 'cadence' | 'nightlyAt' | 'approve' | 'approver'>,
  ): { readonly address: unknown; readonly confirms: boolean }
  /** Puts in force what people have made: resolves when the next batch is asked by it. */
  reload(): Promise<void>
  /** There may be something to send. */
  wake(): void
  readonly now: () => number
}

export type Api = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

/** Whose token came with the request: the guard lets nobody else through to a route that asks for this. */
export function caller(request: FastifyRequest): Identity {
  if (request.identity === null) throw new FountainError('TOKEN_WRONG', 'No token was given.')
  return request.identity
}

/** Admins see all. */
export const viewerOf = ({ role, user }: Identity): Viewer => (role === 'admin' ? null : { user })

/** A group may be named by its members alone. Throws NOT_FOUND, as for one that does not exist. */
export function checkGroup(group: string | null | undefined, { role, groups }: Identity): void {
  if (group === null || group === undefined || role === 'admin' || groups.includes(group)) return
  throw new FountainError('NOT_FOUND', `You are in no group '${group}'.`)
}

/** May they change it? Throws NOT_YOURS. */
export function checkOwner(
  row: { readonly owner: string; readonly group: string | null; readonly name: string },
  { role, user, groups }: Identity,
): void {
  if (role === 'admin' || row.owner === user || (row.group !== null && groups.includes(row.group))) return
  throw new FountainError('NOT_YOURS', row.name)
}

/** Without the members that are undefined. */
export function given<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}
