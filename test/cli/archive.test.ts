/** `fountain archive` beside a running gateway, and without one. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../src/record/open-store.ts'
import { type GatewayHome, gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { newDataDir, removeDataDir, sifted, silent, t0 } from '../record/fixtures.ts'
import { fountain, jsonLines, scratch } from './run-cli.ts'

/** Three alerts of two nights; the first packet says 'one'. */
async function filled(): Promise<string> {
  const dataDir = newDataDir()
  let nowMs = t0
  const store = await openStore(dataDir, { log: silent, clock: { now: () => nowMs }, keep: 'all' })
  const packet = (offset: number, bytes: string) => ({
    offset,
    alertId: `${offset + 1}`,
    matches: false,
    kept: true,
    bytes,
  })
  await store.apply(sifted([packet(0, 'one'), packet(1, 'two')]))
  nowMs += 86_400_000
  await store.apply({ ...sifted([packet(2, 'three')]), nowMs })
  await store.close()
  return dataDir
}

describe('without a gateway', () => {
  let dataDir: string
  beforeAll(async () => {
    dataDir = await filled()
    return () => removeDataDir(dataDir)
  })
  const archive = (...args: string[]) => fountain(['archive', ...args, '--data', dataDir])

  it('lists the nights, newest first', async () => {
    expect(jsonLines(await archive('list', '--json'))).toMatchObject([
      { name: '2026-11-21', segments: 1 },
      { name: '2026-11-20', segments: 1 },
    ])
    expect((await archive('list')).stdout).toMatch(/2026-11-21 .*\n2026-11-20 /)
  })

  it('gets a packet by its alert, and says what is not there', async () => {
    const out = join(scratch(), 'packet')
    const { code, stdout } = await archive('get', 'lsst', '1', '-o', out)
    expect(code).toBe(0)
    expect(readFileSync(out, 'utf8')).toBe('one')
    expect(stdout).toMatch(/topic +alerts/)
    expect((await archive('get', 'lsst', '3', '-o', '-')).stdout).toBe('three')
    expect(await archive('get', 'lsst', '99')).toMatchObject({ code: 1, stderr: expect.stringContaining('NOT_FOUND') })
  })

  it('verifies: all is well, then a changed byte, then an index that is gone, which it makes again', async () => {
    expect(await archive('verify')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^3 packets .* 0 faults$/m),
    })
    const file = join(dataDir, 'packets', '00000001.seg')
    const good = readFileSync(file)
    const bad = Buffer.from(good)
    bad[good.indexOf('one')] = 0
    writeFileSync(file, bad)
    const found = await archive('verify')
    expect(found.code).toBe(1)
    expect(found.stdout).toMatch(/^ARCHIVE_DAMAGED .*00000001\.seg at 8, \d+ bytes: the checksum does not match$/m)
    expect((await archive('verify', '2026-11-21')).code, 'the other night').toBe(0)
    expect(await archive('get', 'lsst', '1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ARCHIVE_DAMAGED'),
    })
    writeFileSync(file, good)

    for (const name of readdirSync(join(dataDir, 'packets'))) {
      if (name.startsWith('2026-11-20.index')) rmSync(join(dataDir, 'packets', name))
    }
    expect(jsonLines(await archive('verify', '--json'))).toContainEqual(
      expect.objectContaining({ kind: 'not indexed', night: '2026-11-20', packets: 2 }),
    )
    expect(await archive('rebuild', '2026-11-20')).toMatchObject({ code: 0, stdout: '1 nights are indexed\n' })
    expect((await archive('verify')).code).toBe(0)
    expect(await archive('rebuild', '2020-01-01')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('NOT_FOUND'),
    })
    expect(await archive('verify', 'yesterday')).toMatchObject({ code: 2, stderr: expect.stringContaining('USAGE') })
  })

  it('says that there is no data', async () => {
    const { code, stderr } = await fountain(['archive', 'list', '--data', scratch()])
    expect(code).not.toBe(0)
    expect(stderr).toContain('fountain.db')
  })
})

describe('check', () => {
  it('tries the S3 service, and says no secret', async () => {
    const config = join(scratch(), 'fountain.yaml')
    const s3 = "{ endpoint: 'http://127.0.0.1:1', bucket: b, accessKeyId: a, secretAccessKey: very-secret }"
    writeFileSync(config, `authority: my.observatory\narchive: { s3: ${s3} }\n`)
    const { code, stdout, stderr } = await fountain(['check', '-c', config])
    expect(code).toBe(3)
    expect(stdout).toMatch(/^FAIL archive\.s3: .*ECONNREFUSED/m)
    expect(stdout + stderr).not.toContain('very-secret')
  })
})

describe('beside a running gateway', () => {
  let home: GatewayHome
  beforeAll(() => {
    home = gatewayHome({
      authority: 'my.observatory',
      sources: { sky: { kind: 'simulator', visits: 2, alertsPerVisit: 10, factor: 10_000 } },
      bridges: { vtp: { submit: 0, subscribe: 0 } },
      archive: { keep: 'all' },
      http: { listen: '127.0.0.1:0' },
    })
    return () => home.remove()
  })

  it('reads what was just received, and has an index made again', async () => {
    const gateway = await startGatewayProcess(home)
    try {
      await until('all has come in', async () =>
        (await gateway.status()).sources.every(({ state }) => state === 'ended'),
      )
      const archive = (...args: string[]) => fountain(['archive', ...args, '-c', join(home.directory, 'fountain.yaml')])
      const verified = await archive('verify')
      expect(verified.stdout).toMatch(/^20 packets in 1 segments.* 0 faults$/m)
      expect(await archive('rebuild')).toMatchObject({ code: 0, stderr: expect.stringContaining('running gateway') })
    } finally {
      await gateway.stop()
    }
    expect((await fountain(['archive', 'rebuild', '--data', home.data])).code).toBe(0)
    expect((await fountain(['archive', 'verify', '--data', home.data])).code).toBe(0)
  })
})
