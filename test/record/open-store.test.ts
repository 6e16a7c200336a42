import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Log } from '../../bridges/contract.ts'
import { openStore } from '../../src/record/open-store.ts'
import { WorkerCalls } from '../../src/record/worker-calls.ts'
import { newDataDir, removeDataDir, sifted, silent, t0, withStore } from './fixtures.ts'

let dataDir: string
beforeEach(() => {
  dataDir = newDataDir()
})
afterEach(() => removeDataDir(dataDir))

const open = (more: { log?: Log } = {}) => openStore(dataDir, { log: silent, clock: { now: () => t0 }, ...more })
const database = () => new DatabaseSync(join(dataDir, 'fountain.db'))

describe('the lock', () => {
  it('is held by one, who is named, and given back', async () => {
    const store = await open()
    await expect(open()).rejects.toMatchObject({
      code: 'DATA_LOCKED',
      detail: expect.stringContaining(`process ${process.pid} `),
    })
    await store.close()
    await (await open()).close()
  })

  it('keeps another process out, and dies with its process', async () => {
    const script = `import { takeLock } from ${JSON.stringify(new URL('../../src/record/lock.ts', import.meta.url).href)}
      try { takeLock(${JSON.stringify(dataDir)}, 0); gc(); console.log('held'); setInterval(() => {}, 1000) }
      catch (error) { console.log(error.code, error.detail); process.exit(9) }`
    const args = [
      '--expose-gc',
      '--disable-warning=ExperimentalWarning',
      '--input-type=module-typescript',
      '-e',
      script,
    ]
    const holder = execFile(process.execPath, args)
    await new Promise((resolve) => holder.stdout?.once('data', resolve))
    await expect(open()).rejects.toMatchObject({
      code: 'DATA_LOCKED',
      detail: expect.stringContaining(`process ${holder.pid} `),
    })
    const gone = new Promise((resolve) => holder.once('exit', resolve))
    holder.kill('SIGKILL')
    await gone
    const store = await open()
    const second = new Promise<string>((resolve) => execFile(process.execPath, args, (_, stdout) => resolve(stdout)))
    expect(await second).toContain(`DATA_LOCKED`)
    await store.close()
  })
})

describe('what is no data directory of ours', () => {
  it('refuses a database of a newer version, and gives the lock back', async () => {
    await (await open()).close()
    const db = database()
    db.exec('PRAGMA user_version = 999')
    db.close()
    await expect(open()).rejects.toMatchObject({ code: 'DATA_NEWER', detail: expect.stringContaining('layout 999') })
    await expect(open()).rejects.toMatchObject({ code: 'DATA_NEWER' })
  })

  it('refuses a database of another program, and a file that is none', async () => {
    const db = database()
    db.exec('CREATE TABLE others (x)')
    db.close()
    await expect(open()).rejects.toMatchObject({ code: 'DATA_UNWRITABLE' })
    writeFileSync(join(dataDir, 'fountain.db'), 'no database at all, but long enough to be looked at'.repeat(100))
    await expect(open()).rejects.toMatchObject({ code: 'DATA_UNWRITABLE' })
  })

  it('says when the path cannot be a directory', async () => {
    const file = join(dataDir, 'file')
    writeFileSync(file, '')
    await expect(openStore(join(file, 'data'), { log: silent, clock: { now: () => t0 } })).rejects.toMatchObject({
      code: 'DATA_UNWRITABLE',
    })
  })
})

describe('segments', () => {
  const segments = () => readdirSync(join(dataDir, 'packets')).filter((name) => name.endsWith('.seg'))

  it('goes on when somebody has taken packets away, says so, and writes to a new file', async () => {
    await withStore(dataDir, (store) => store.apply(sifted([{ offset: 0, alertId: '1' }])))
    rmSync(join(dataDir, 'packets', segments()[0] ?? ''))
    const warnings: string[] = []
    const log: Log = { ...silent, warn: (_, message) => void warnings.push(message) }
    await withStore(
      dataDir,
      async (store) => {
        await store.apply(sifted([{ offset: 1, alertId: '2' }]))
        expect(await store.packetsOf('lsst', '2')).toHaveLength(1)
        await expect(store.packetsOf('lsst', '1')).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' })
        expect(await store.logHead()).toBe(2)
      },
      { log },
    )
    expect(warnings).toEqual(['kept packets are missing'])
    expect(segments()).toEqual(['00000002.seg'])
  })

  it('cuts off what was never committed, and removes files that no commit named', async () => {
    await withStore(dataDir, (store) => store.apply(sifted([{ offset: 0, alertId: '1' }])))
    const file = join(dataDir, 'packets', '00000001.seg')
    const { size } = statSync(file)
    writeFileSync(file, 'half a record', { flag: 'a' })
    writeFileSync(join(dataDir, 'packets', '00000002.seg'), 'FTNSEG1\nnever committed')
    await withStore(dataDir, async (store) => {
      expect(segments()).toEqual(['00000001.seg'])
      await store.apply(sifted([{ offset: 1, alertId: '2' }]))
      expect(await store.packetsOf('lsst', '2')).toMatchObject([{ offset: 1 }])
      expect(await store.packetsOf('lsst', '1')).toMatchObject([{ offset: 0 }])
    })
    truncateSync(file, size + 3)
    await withStore(dataDir, async (store) => {
      await expect(store.packetsOf('lsst', '2')).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' })
    })
  })
})

describe('workers', () => {
  const calls = (entry: URL, more: object = {}) =>
    WorkerCalls.start({ entry, log: silent, now: () => t0, data: { dataDir, keep: 'matched', nowMs: t0 }, ...more })
  const testWorker = new URL('./test-worker.ts', import.meta.url)

  it('fails every call that waits when the worker dies, and every later one', async () => {
    let down: { code: string } | undefined
    const writer = await calls(testWorker, { onDown: (error: { code: string }) => (down = error) })
    const waiting = [writer.call('die', []), writer.call('echo', [1])]
    for (const result of await Promise.allSettled(waiting)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'STORE_FAILED', detail: 'as the test wants it' },
      })
    }
    expect(down).toMatchObject({ code: 'STORE_FAILED' })
    await expect(writer.call('echo', [1])).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await writer.close()
  })

  it('gives up a look-up that takes too long, replaces its worker, and goes on with the others', async () => {
    const reader = await calls(testWorker, { deadlineMs: 3_000 })
    const started = Date.now()
    const slow = expect(reader.call('spin', [60_000])).rejects.toMatchObject({ code: 'STORE_DEADLINE' })
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect(await reader.call('echo', ['behind it'])).toBe('behind it')
    await slow
    expect(Date.now() - started).toBeLessThan(30_000)
    const died = expect(reader.call('die', [])).rejects.toMatchObject({ code: 'STORE_BUSY' })
    await died
    expect(await reader.call('echo', ['after it'])).toBe('after it')
    await reader.close()
  })

  it('starts a reader that cannot be started only when it is asked, and says why', async () => {
    const starts = new Int32Array(new SharedArrayBuffer(4))
    const reader = await calls(testWorker, { deadlineMs: 10_000, data: { starts } })
    await expect(reader.call('die', [])).rejects.toMatchObject({ code: 'STORE_BUSY', detail: 'as the test wants it' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(starts[0]).toBe(1)
    for (const started of [2, 3]) {
      await expect(reader.call('echo', [1])).rejects.toMatchObject({
        code: 'STORE_BUSY',
        detail: 'as the test wants it, at the start',
      })
      expect(starts[0]).toBe(started)
    }
    await reader.close()
  })

  it('says what cannot be sent to a worker', async () => {
    const reader = await calls(testWorker)
    await expect(reader.call('echo', [() => {}])).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(await reader.call('echo', [1])).toBe(1)
    await reader.close()
  })

  it('answers nothing after it was closed, and does not hang', async () => {
    const store = await open()
    const last = store.apply(sifted([{ offset: 0, alertId: '1' }]))
    const closed = store.close()
    await expect(store.apply(sifted([{ offset: 1, alertId: '2' }]))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(await last).toMatchObject({ received: 1 })
    await closed
  })
})

describe('another program', () => {
  it('that holds the database for a while makes commands wait their turn: they may come again', async () => {
    await withStore(dataDir, async (store) => {
      const other = database()
      other.exec('BEGIN IMMEDIATE')
      await expect(store.apply(sifted([{ offset: 0, alertId: '1' }]))).rejects.toMatchObject({ code: 'STORE_BUSY' })
      other.exec('ROLLBACK')
      other.close()
      expect(await store.apply(sifted([{ offset: 0, alertId: '1' }]))).toMatchObject({ received: 1 })
    })
  }, 20_000)
})

/** A file system of 3 MB, where this process may make one. */
function tinyDisk(): string | undefined {
  const path = join(dataDir, 'tiny')
  mkdirSync(path)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', path], { stdio: 'ignore' })
    return path
  } catch {
    return undefined
  }
}

describe('a full disk', () => {
  it('records nothing, says so, and goes on when there is room again', async ({ skip }) => {
    const tiny = tinyDisk()
    if (tiny === undefined) return skip('this process may not mount a file system')
    try {
      await withStore(tiny, async (store) => {
        await store.apply(sifted([{ offset: 0, alertId: '1' }]))
        writeFileSync(join(tiny, 'ballast'), Buffer.alloc(1_500_000))
        const big = (offset: number) => sifted([{ offset, alertId: `${offset}00`, bytes: 'x'.repeat(200_000) }])
        let next = 1
        let failure: { code?: string } | undefined
        while (failure === undefined && next < 30) {
          await store.apply(big(next)).then(
            () => next++,
            (error) => {
              failure = error
            },
          )
        }
        expect(failure).toMatchObject({ code: 'DISK_FULL' })
        expect(await store.positions('lsst')).toEqual([{ topic: 'alerts', partition: 0, to: next }])
        expect(await store.logHead()).toBe(next)
        await expect(store.apply(big(next))).rejects.toMatchObject({ code: 'DISK_FULL' })
        rmSync(join(tiny, 'ballast'))
        expect(await store.apply(big(next))).toMatchObject({ received: 1, recorded: [{ seq: next + 1 }] })
        expect(await store.packetsOf('lsst', `${next}00`)).toHaveLength(1)
        expect(await store.checkLedger()).toEqual([])
      })
    } finally {
      execFileSync('umount', [tiny])
    }
  })

  it('is told as such while opening, too', async ({ skip }) => {
    const tiny = tinyDisk()
    if (tiny === undefined) return skip('this process may not mount a file system')
    try {
      execFileSync('sh', ['-c', `head -c 4000000 /dev/zero > ${tiny}/ballast || true`], { stdio: 'ignore' })
      await expect(openStore(tiny, { log: silent, clock: { now: () => t0 } })).rejects.toMatchObject({
        code: 'DISK_FULL',
      })
    } finally {
      execFileSync('umount', [tiny])
    }
  })
})

it('makes its directory for its owner alone, and leaves no journal behind', async () => {
  const own = join(dataDir, 'own')
  await withStore(own, (store) => store.apply(sifted([{ offset: 0, alertId: '1' }])))
  expect(statSync(own).mode & 0o777).toBe(0o700)
  expect(readdirSync(own).sort()).toEqual(['fountain.db', 'lock.db', 'lock.json', 'packets'])
})
