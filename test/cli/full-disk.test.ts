/** A disk that is full, and has room again: a small one of the test's own, which only root can mount. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { StatusReport } from '../../src/serve/status-report.ts'
import { totals, until } from '../gateway-process.ts'
import { fountain, scratch, startFountain } from './run-cli.ts'

const sky = { seed: 3, visits: 6, alerts: 20 }

it('run keeps what it cannot record, says DISK_FULL, goes on by itself when there is room, and loses nothing', async (context) => {
  const disk = smallDisk(24)
  if (disk === undefined) {
    console.warn('SKIPPED: a full disk: only root can mount one')
    return context.skip()
  }
  const counted = await fountain(
    ['simulate', '--out', 'alerts', ...Object.entries(sky).flatMap(([name, value]) => [`--${name}`, String(value)])],
    { cwd: scratch() },
  )
  const alerts = Number(/^(\d+) alerts made, /m.exec(counted.stderr)?.[1])
  const cwd = scratch()
  writeFileSync(
    join(cwd, 'fountain.yaml'),
    `authority: my.observatory
data: ${disk}/data
sources: { sky: { kind: simulator, seed: ${sky.seed}, visits: ${sky.visits}, alertsPerVisit: ${sky.alerts}, factor: 10000 } }
streams: { all: { filter: mag < 99, title: All } }
archive: { keep: all }
http: { listen: "127.0.0.1:0" }
`,
  )
  const ballast = join(disk, 'ballast')
  writeFileSync(ballast, Buffer.alloc(21 * 1024 * 1024))

  const gateway = startFountain(['run'], { cwd })
  const [, page = ''] = await gateway.says(/its page is (http:[^\s"]+)/)
  const status = async () => (await (await fetch(`${page}/status.json`)).json()) as StatusReport
  await gateway.says(/"code":"DISK_FULL".*The disk is full/)
  const full = await status()
  expect(full.sources[0]).toMatchObject({ state: 'waiting', reason: expect.stringContaining('disk is full') })
  expect(totals(full).received).toBeLessThan(alerts)
  expect((await fetch(`${page}/readyz`)).status).toBe(503)

  rmSync(ballast)
  await until('all is recorded', async () => (await status()).sources[0]?.state === 'ended', 60_000)
  expect(totals(await status())).toMatchObject({ received: alerts, decoded: alerts, dead: 0, parked: 0 })
  expect((await fetch(`${page}/readyz`)).status).toBe(200)
  expect((await gateway.interrupt()).code).toBe(0)
}, 120_000)

it('run on a disk that is full from the start says DISK_FULL, and exits 3', async (context) => {
  const disk = smallDisk(1)
  if (disk === undefined) return context.skip()
  const cwd = scratch()
  writeFileSync(
    join(cwd, 'fountain.yaml'),
    `authority: my.observatory\ndata: ${disk}/data\nhttp: { listen: "127.0.0.1:0" }\n`,
  )
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(1020 * 1024))
  const { code, stderr } = await fountain(['run'], { cwd })
  expect(stderr).toMatch(/^fountain: DISK_FULL: /m)
  expect(code).toBe(3)
})

it('run on a disk that is mounted read-only says DISK_READ_ONLY, and exits 3', async (context) => {
  const disk = smallDisk(1)
  if (disk === undefined) return context.skip()
  const cwd = scratch()
  writeFileSync(
    join(cwd, 'fountain.yaml'),
    `authority: my.observatory\ndata: ${disk}/data\nhttp: { listen: "127.0.0.1:0" }\n`,
  )
  mkdirSync(join(disk, 'data'))
  expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0)
  const { code, stderr } = await fountain(['run'], { cwd })
  expect(stderr).toMatch(/^fountain: DISK_READ_ONLY: /m)
  expect(code).toBe(3)
})

/** A file system in memory of so many megabytes; undefined where it cannot be mounted. */
function smallDisk(megabytes: number): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'fountain-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory]).status === 0
  onTestFinished(() => {
    if (mounted) spawnSync('umount', ['-l', directory])
    rmSync(directory, { recursive: true, force: true })
  })
  return mounted ? directory : undefined
}
