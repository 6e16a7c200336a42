import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { failPoints } from '../../src/record/fail-points.ts'
import type { OpenedStore } from '../../src/record/open-store.ts'
import { newDataDir, plan, removeDataDir, withStore } from '../record/fixtures.ts'
import { story } from './story.ts'

let dataDir: string
beforeEach(() => {
  dataDir = newDataDir()
})
afterEach(() => removeDataDir(dataDir))

const child = fileURLToPath(new URL('./store-crash-child.ts', import.meta.url))

/** Runs the child to its end, however it ends. */
function run(
  ...args: string[]
): Promise<{ signal: string | null; code: number | null; out: string[]; errors: string }> {
  return new Promise((resolve) => {
    const started = execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', child, dataDir, ...args],
      { timeout: 20_000 },
      (_, stdout, stderr) => {
        const { signalCode: signal, exitCode: code } = started
        resolve({ signal, code, out: stdout.split('\n').filter(Boolean), errors: stderr })
      },
    )
  })
}

/** All that is recorded, told without anything that depends on how often it was tried. */
async function told(store: OpenedStore) {
  const log = await store.logSince(0, 100)
  return {
    faults: await store.checkLedger(),
    log: log.map(({ ivoid }) => ivoid).sort(),
    positions: await store.positions('lsst'),
    sources: (await store.ledger()).sources.filter(({ source }) => source === 'lsst'),
    filters: (await store.ledger()).filters,
    deliveries: (await store.ledger()).bridges,
    letters: (await store.deadLetters({ limit: 10 })).map(({ offset, state }) => [offset, state]),
    packets: (await store.packetsOf('lsst', '1')).map(({ bytes }) => new TextDecoder().decode(bytes)),
  }
}

/** Together they share a transaction; one by one, the fourth has three before it that were acknowledged. */
const variants = failPoints
  .filter((point) => !point.startsWith('deliver:') && !point.startsWith('archive:'))
  .flatMap((point) => [
    { point, how: 'together', acknowledged: 0 },
    ...(point.startsWith('apply:') ? [{ point: `${point}@4`, how: 'one-by-one', acknowledged: 2 }] : []),
  ])

describe('killed while applying', () => {
  it.each(variants)(
    '$how at $point: nothing is lost, nothing is doubled',
    async ({ point, how, acknowledged: least }) => {
      const killed = await run(how, point)
      expect(killed.signal).toBe('SIGKILL')

      await withStore(dataDir, async (store) => {
        await store.configure(plan({}))
        expect(await store.checkLedger()).toEqual([])
        // What was acknowledged stands.
        const acknowledged = killed.out.flatMap((line) => /^applied (\d+)$/.exec(line)?.[1] ?? []).map(Number)
        const log = (await store.logSince(0, 100)).map(({ ivoid }) => ivoid)
        expect(acknowledged.length).toBeGreaterThanOrEqual(least)
        for (const index of acknowledged) {
          for (const { event, offset } of story[index]?.events ?? []) {
            if (!(index === 3 && offset === 5)) expect(log).toContain(event.ivoid)
          }
        }
        // The sources come again from where they were, as they do after every start.
        for (const sifted of story) await store.apply(sifted)
        const afterwards = await told(store)
        expect(afterwards).toEqual(expected)
      })
    },
  )

  const expected = {
    faults: [],
    log: [
      'ivo://example.org/streams/bright#1',
      'ivo://example.org/streams/bright#3',
      'ivo://example.org/streams/bright#5',
      'ivo://example.org/streams/bright#6',
      'ivo://other.org/x#1',
    ],
    positions: [
      { topic: 'alerts', partition: 0, to: 7 },
      { topic: 'alerts', partition: 1, to: 1 },
    ],
    sources: [{ source: 'lsst', visit: 7, received: 8, decoded: 6, duplicate: 1, parked: 0, dead: 1 }],
    filters: [
      {
        name: 'bright',
        version: 'v1',
        visit: 7,
        passed: 5,
        errored: 0,
        chosen: 4,
        waiting: 0,
        suppressed: 0,
        unmappable: 1,
      },
    ],
    deliveries: [{ bridge: 'email', states: { queued: 4 } }],
    letters: [
      [1, 'retried'],
      [4, 'dead'],
    ],
    packets: ['1@0', 'other bytes'],
  }
})

describe('killed while delivering', () => {
  const sent = () => {
    const file = join(dataDir, 'sent')
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  }
  const points = failPoints.filter((point) => point.startsWith('deliver:'))

  it.each(points.flatMap((point) => [[point, 'safe'] as const, [point, 'never'] as const]))(
    '%s, a message that is %s to repeat',
    async (point, repeat) => {
      expect((await run('together', '')).out.at(-1)).toBe('done')
      const killed = await run('deliver', `${point}@2`, repeat)
      expect(killed.signal).toBe('SIGKILL')
      const again = await run('deliver', '', repeat)
      expect(again).toMatchObject({ code: 0, errors: '' })

      const keys = sent()
      const unknown = point === 'deliver:after-keep' || point === 'deliver:after-send'
      const states = await withStore(dataDir, async (store) => (await store.ledger()).bridges[0]?.states)
      if (repeat === 'never') {
        expect(new Set(keys).size, 'nothing goes out twice').toBe(keys.length)
        expect(states).toEqual(unknown ? { sent: 3, parked: 1 } : { sent: 4 })
      } else {
        expect(new Set(keys).size, 'everything goes out').toBe(4)
        expect(keys.length).toBe(point === 'deliver:after-send' ? 5 : 4)
        expect(states).toEqual({ sent: 4 })
      }
    },
  )
})
