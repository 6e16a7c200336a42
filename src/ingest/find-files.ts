/** Which files a source reads: those it was given, and those in the directories it was given that look like alerts. */
import { open, readdir, stat } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { FountainError } from '../errors.ts'
import { isContainer } from './container.ts'
import { isGzip } from './framing.ts'

export interface FoundFile {
  /** Where it is. */
  readonly path: string
  /** The path as given and what follows it, with `/` everywhere: the same from start to start. */
  readonly topic: string
  readonly size: number
  /** When it was written last, ms since the epoch. */
  readonly modifiedMs: number
}

/**
 * Sorted within each path, each file once. In a directory hidden files never count; a name with `.avro` in it always
 * does; others by their first bytes (with `anything`: all). A gateway's data directory is passed over: it would read
 * what it writes. What cannot be read goes to `report`.
 */
export async function findFiles(
  paths: readonly string[],
  base: string,
  anything: boolean,
  report: (path: string, error: unknown) => void,
): Promise<readonly FoundFile[]> {
  const found = new Map<string, FoundFile>()
  const attempt = async (path: string, look: () => Promise<void>) => {
    try {
      await look()
    } catch (cause) {
      report(path, new FountainError('FILES_UNREADABLE', `${path}: ${(cause as Error).message}.`, { cause }))
    }
  }
  for (const given of paths) {
    const root = resolve(base, given)
    const add = async (path: string, info: { size: number; mtimeMs: number }) => {
      const rest = relative(root, path).split(sep).join('/')
      const topic = rest === '' ? given : `${given.replace(/\/+$/, '')}/${rest}`
      if (!found.has(path)) found.set(path, { path, topic, size: info.size, modifiedMs: info.mtimeMs })
    }
    const walk = async (directory: string): Promise<void> => {
      const entries = await readdir(directory, { withFileTypes: true })
      if (entries.some(({ name }) => name === 'fountain.db')) return
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        if (entry.name.startsWith('.')) continue
        const path = join(directory, entry.name)
        await attempt(path, async () => {
          if (entry.isDirectory()) return walk(path)
          const info = await stat(path)
          if (info.isFile() && (await looksLikeAlerts(path, anything))) await add(path, info)
        })
      }
    }
    await attempt(given, async () => {
      const info = await stat(root)
      if (info.isDirectory()) await walk(root)
      else await add(root, info)
    })
  }
  return [...found.values()]
}

async function looksLikeAlerts(path: string, anything: boolean): Promise<boolean> {
  if (anything || /\.avro/i.test(basename(path))) return true
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(16), 0, 16, 0)
    const start = buffer.subarray(0, bytesRead)
    return isContainer(start) || isGzip(start) || (start[0] === 0 && start.length > 5)
  } finally {
    await file.close()
  }
}
