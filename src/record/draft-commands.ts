/** The commands about drafts by name, for `commands.ts`, and their part of the door. */
import type { ArgumentsOf, ReadingRoom, ResultOf } from './commands.ts'
import { approve } from './decide.ts'
import type { Drafts } from './draft-port.ts'
import { draft, draftByToken, editDraft, handedIn, type StoredDraft } from './drafts.ts'
import type { PlannedBridge } from './plan-port.ts'

export const draftWrites = { editDraft, approve, handedIn } as const

export const draftReads = {
  draft: ({ sql }: ReadingRoom, id: number) => draft(sql, id),
  draftByToken: ({ sql }: ReadingRoom, token: string) => draftByToken(sql, token),
} as const

type Writes = typeof draftWrites
type Reads = typeof draftReads
type Write = <K extends keyof Writes>(name: K, ...args: ArgumentsOf<Writes, K>) => Promise<ResultOf<Writes, K>>
type Read = <K extends keyof Reads>(name: K, ...args: ArgumentsOf<Reads, K>) => Promise<ResultOf<Reads, K>>

/** A reader knows no plan: what a bridge is able to do is added here. */
export function draftDoor(write: Write, read: Read, bridges: () => readonly PlannedBridge[]): Drafts {
  const withBridge = (found: StoredDraft | null) => {
    const bridge = bridges().find(({ name }) => name === found?.bridge)
    return found && { ...found, byHand: bridge?.byHand ?? false, silent: bridge?.silent ?? null }
  }
  return {
    draft: async (id) => withBridge(await read('draft', id)),
    draftByToken: async (token) => withBridge(await read('draftByToken', token)),
    editDraft: (id, change) => write('editDraft', id, change),
    approve: (ids, options) => write('approve', ids, options),
    handedIn: (id, options) => write('handedIn', id, options),
  }
}
