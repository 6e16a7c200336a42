/** Bridges and feeds are found by their folders' names: adding one edits nothing. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { z } from 'zod'
import type { Bridge, Feed } from '../../bridges/contract.ts'

const folder = fileURLToPath(new URL('../../bridges', import.meta.url))

export interface Kinds {
  readonly bridges: ReadonlyMap<string, Bridge>
  readonly feeds: ReadonlyMap<string, Feed>
  /** The configuration schema of each, for `loadConfig`. */
  readonly schemas: Readonly<Record<string, z.ZodType>>
}

export async function loadKinds(): Promise<Kinds> {
  const bridges = new Map<string, Bridge>()
  const feeds = new Map<string, Feed>()
  const schemas: Record<string, z.ZodType> = {}
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name, 'index.ts')
    if (!entry.isDirectory() || !existsSync(path)) continue
    const { bridge, feed } = (await import(pathToFileURL(path).href)) as { bridge?: Bridge; feed?: Feed }
    if (bridge) bridges.set(bridge.kind, bridge)
    if (feed) feeds.set(feed.kind, feed)
    const kind = bridge ?? feed
    if (kind) schemas[kind.kind] = kind.config
  }
  return { bridges, feeds, schemas }
}
