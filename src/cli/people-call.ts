import { resolve } from 'node:path'
import type { Log } from '../../bridges/contract.ts'
import { FountainError } from '../errors.ts'
import { callControl } from '../record/control.ts'
import { openStore } from '../record/open-store.ts'
import { systemClock } from '../system-clock.ts'
import { peopleHandlers } from '../wiring/people-handlers.ts'
import { dataDirectory } from './data-directory.ts'

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet }

/** Asks the running gateway; where none runs, takes its data directory for a moment. Throws DATA_LOCKED, NOT_FOUND … */
export async function peopleCall(
  options: { readonly config?: string; readonly data?: string },
  command: string,
  args: object = {},
): Promise<unknown> {
  const directory = resolve(dataDirectory(options))
  try {
    return await callControl(directory, command, args)
  } catch (error) {
    if (!(error instanceof FountainError) || error.code !== 'CONTROL_UNREACHABLE') throw error
  }
  const store = await openStore(directory, { log: quiet, clock: systemClock })
  try {
    const handlers = peopleHandlers({ store, now: systemClock.now, changed: async () => {} })
    return await handlers[command]?.(args, new AbortController().signal)
  } finally {
    await store.close()
  }
}
