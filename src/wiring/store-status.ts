import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreStatus } from '../serve/status-report.ts'

/** How much lies in the data directory, and how much would still fit. */
export async function storeStatus(directory: string): Promise<StoreStatus> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      // A file may go between being listed and being looked at.
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
  )
  const { bavail, bsize } = await statfs(directory)
  return { directory, bytes: sizes.reduce((sum, size) => sum + size, 0), freeBytes: bavail * bsize }
}
