/** The process dies while it keeps the archive in order: no packet is lost that should stay, and nothing is left behind. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openArchive } from '../../src/record/archive/open-archive.ts'
import { verifyArchive } from '../../src/record/archive/verify.ts'
import { openStore } from '../../src/record/open-store.ts'
import { FolderStore } from '../record/archive/folder-store.ts'
import { newDataDir, removeDataDir, sifted, silent, t0 } from '../record/fixtures.ts'

const dayMs = 86_400_000
const nights = 4
let dataDir: string
let remoteDir: string
beforeEach(() => {
  dataDir = newDataDir()
  remoteDir = mkdtempSync(join(tmpdir(), 'fountain-remote-'))
})
afterEach(() => {
  removeDataDir(dataDir)
  rmSync(remoteDir, { recursive: true })
})

const child = fileURLToPath(new URL('./archive-crash-child.ts', import.meta.url))
function keepHouse(remote: string, atMs: number, limits: object, failPoint = ''): Promise<string | number | null> {
  return new Promise((resolve) => {
    const args = [child, dataDir, remote, String(atMs), JSON.stringify(limits), failPoint]
    const started = execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', ...args],
      { timeout: 60_000 },
      () => resolve(started.signalCode ?? started.exitCode),
    )
  })
}

/** A packet a night, of alerts 1 to 4. */
async function fill(): Promise<void> {
  let nowMs = t0
  const store = await openStore(dataDir, { log: silent, clock: { now: () => nowMs }, keep: 'all' })
  for (let night = 0; night < nights; night++) {
    nowMs = t0 + night * dayMs
    await store.apply({ ...sifted([{ offset: night, alertId: `${night + 1}`, matches: false, kept: true }]), nowMs })
  }
  await store.close()
}

async function found(remote?: FolderStore): Promise<string[]> {
  const store = await openStore(dataDir, {
    log: silent,
    clock: { now: () => t0 + nights * dayMs },
    keep: 'all',
    remote,
  })
  try {
    const packets = await Promise.all([1, 2, 3, 4].map((id) => store.alertPacket('lsst', `${id}`)))
    expect(await store.checkLedger()).toEqual([])
    return packets.flatMap((packet) => (packet === null ? [] : [new TextDecoder().decode(packet.bytes)]))
  } finally {
    await store.close()
  }
}

/** Files of segments that the database does not name, and faults that `archive verify` finds. */
function leftovers(): string[] {
  const archive = openArchive(dataDir)
  const faults: string[] = []
  verifyArchive(
    archive,
    undefined,
    (finding) => finding.kind !== 'elsewhere' && faults.push(JSON.stringify(finding)),
    () => {},
  )
  const named = archive.sql.all<{ id: number }>('SELECT id FROM segments WHERE local = 1').map(({ id }) => id)
  archive.close()
  const files = readdirSync(join(dataDir, 'packets')).filter((name) => name.endsWith('.seg'))
  return [...faults, ...files.filter((name) => !named.includes(Number.parseInt(name, 10)))]
}

describe('killed while it keeps the archive in order', () => {
  it.each(['archive:after-drop', 'archive:after-drop@2'])(
    'at %s: what is to go goes, the rest stays',
    async (point) => {
      await fill()
      // Nights 0 and 1 are older than two days by then.
      const atMs = t0 + 3.6 * dayMs
      expect(await keepHouse('', atMs, { days: 2 }, point)).toBe('SIGKILL')
      expect(await keepHouse('', atMs, { days: 2 })).toBe(0)
      expect(await found()).toEqual(['3@2', '4@3'])
      expect(leftovers()).toEqual([])
      expect(readdirSync(join(dataDir, 'packets')).filter((name) => name.endsWith('.index'))).toHaveLength(2)
    },
  )

  it.each(['archive:after-put', 'archive:after-put@2', 'archive:after-leave', 'archive:after-leave@2'])(
    'at %s: every packet is here or there, and each once',
    async (point) => {
      await fill()
      const atMs = t0 + 3.6 * dayMs
      const limits = { localDays: 0.1 }
      // What leaves this disk must have been copied in a run before.
      if (point.startsWith('archive:after-leave')) expect(await keepHouse(remoteDir, atMs, {})).toBe(0)
      expect(await keepHouse(remoteDir, atMs, limits, point)).toBe('SIGKILL')
      expect(await keepHouse(remoteDir, atMs, limits)).toBe(0)
      expect(await keepHouse(remoteDir, atMs, limits)).toBe(0)
      const remote = new FolderStore(remoteDir)
      expect(await found(remote)).toEqual(['1@0', '2@1', '3@2', '4@3'])
      expect(remote.keys().filter((key) => key.endsWith('.seg'))).toHaveLength(nights)
      expect(leftovers()).toEqual([])
    },
  )
})
