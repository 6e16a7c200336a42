import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DeliveryError } from '../contract.ts'

/** Where programs are looked for; the gateway's own PATH is not handed on. */
export const searchPath = '/usr/local/bin:/usr/bin:/bin'

/** Throws DeliveryError `halt` when the program or its folder is not there, or it may not be run. */
export async function checkCommand(
  name: string,
  { command, folder }: { readonly command: readonly string[]; readonly folder: string },
): Promise<void> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new DeliveryError('halt', 'no', `the command ${name}: its folder ${folder} is not there`)
  const program = command[0]!
  const places = program.includes('/') ? [program] : searchPath.split(':').map((folder) => join(folder, program))
  for (const place of places) {
    try {
      await access(place, constants.X_OK)
      if ((await stat(place)).isFile()) return
    } catch {
      // Not this one.
    }
  }
  throw new DeliveryError('halt', 'no', `the command ${name}: ${program} is not there, or may not be run`)
}
