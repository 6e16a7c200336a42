/** What commands may ask of the running gateway through `data/control.sock`. */
import { z } from 'zod'
import type { ControlHandler } from '../record/control.ts'
import type { Store } from '../record/port.ts'
import type { StatusReport } from '../serve/status-report.ts'
import type { RetryResult, Which } from '../tasks/retry-dead.ts'
import { checked } from './checked.ts'

const letter = z.int().min(1)
const list = z.strictObject({
  state: z.enum(['dead', 'parked', 'retried']).optional(),
  limit: z.int().min(1).max(10_000),
})
const show = z.strictObject({ id: letter })
const retry = z.strictObject({
  ids: z.array(letter).min(1).max(10_000).optional(),
  state: z.enum(['dead', 'parked']).optional(),
})

export interface ControlledGateway {
  readonly store: Pick<Store, 'deadLetters' | 'deadBytes'>
  status(): Promise<StatusReport>
  retry(which: Which): Promise<RetryResult>
}

/** Handlers by command; arguments that do not fit are USAGE. */
export function controlHandlers({
  store,
  status,
  retry: retryDead,
}: ControlledGateway): Record<string, ControlHandler> {
  return {
    status,
    'dead.list': checked(list, ({ state, limit }) =>
      store.deadLetters({ limit, ...(state === undefined ? {} : { state }) }),
    ),
    'dead.show': checked(show, async ({ id }) => {
      const found = await store.deadBytes(id)
      return found && { letter: found.letter, base64: Buffer.from(found.bytes).toString('base64') }
    }),
    'dead.retry': checked(retry, ({ ids, state }) =>
      retryDead({ ...(ids === undefined ? {} : { ids }), ...(state === undefined ? {} : { state }) }),
    ),
  }
}
