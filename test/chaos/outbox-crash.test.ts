import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newDataDir, removeDataDir, streamIvoid, withStore } from '../record/fixtures.ts'
import { configured, steps } from './outbox-story.ts'

let dataDir: string
beforeEach(() => {
  dataDir = newDataDir()
})
afterEach(() => removeDataDir(dataDir))

const child = fileURLToPath(new URL('./outbox-crash-child.ts', import.meta.url))

/** Runs the child to its end, however it ends; gives its signal and how many steps were acknowledged. */
function run(failPoint: string): Promise<{ signal: string | null; acknowledged: number; errors: string }> {
  return new Promise((resolve) => {
    const started = execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', child, dataDir, failPoint],
      { timeout: 60_000 },
      (_, stdout, errors) =>
        resolve({ signal: started.signalCode, acknowledged: stdout.match(/^done /gm)?.length ?? 0, errors }),
    )
  })
}

/** Configuring is the first transaction. */
const points = steps.flatMap((_, index) => [
  { point: `apply:before-commit@${index + 2}`, told: index },
  { point: `apply:after-commit@${index + 2}`, told: index + 1 },
])

describe('killed while people decide and messages go out', () => {
  it.each(points)('at $point: each step stands whole, or not at all', async ({ point, told }) => {
    const { signal, acknowledged } = await run(point)
    expect(signal).toBe('SIGKILL')
    expect(acknowledged).toBeLessThanOrEqual(told)
    await withStore(dataDir, async (store) => {
      await store.configure(configured)
      const states = async () => (await store.deliveries({ limit: 100 })).toReversed().map(({ state }) => state)
      expect(await states()).toEqual(told === 0 ? [] : steps[told - 1]?.after)
      expect(await store.checkLedger()).toEqual([])
      // It goes on where it was: each step that is left is taken, and ends as if nothing had happened.
      for (const { tell, after } of steps.slice(told)) {
        await tell(store)
        expect(await states()).toEqual(after)
      }
      expect(await store.checkLedger()).toEqual([])
      const ivoids = (await store.logSince(0, 100)).map(({ ivoid }) => ivoid)
      expect(ivoids.filter((ivoid) => /\.c\d+$/.test(ivoid))).toEqual([`${streamIvoid}#1.c1`])
    })
  })

  it('ends all the same when nobody kills it', async () => {
    expect(await run('')).toEqual({ signal: null, acknowledged: steps.length, errors: '' })
  })
})
