/** The archive's S3 store against a real service: what it holds is what was sent, or it is told. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type StartedS3, startS3 } from '../../scripts/s3.ts'
import { Rounds } from '../../src/record/archive/caretaker.ts'
import type { ObjectStore } from '../../src/record/archive/object-store.ts'
import { openS3 } from '../../src/record/archive/s3-store.ts'
import { openStore } from '../../src/record/open-store.ts'
import { newDataDir, removeDataDir, sifted, silent, t0 } from '../record/fixtures.ts'
import { describeTier } from '../tiers.ts'

describeTier('s3', 'an S3-compatible service', () => {
  let service: StartedS3
  let store: ObjectStore
  let dir: string
  const signal = new AbortController().signal
  const open = (more: Partial<Parameters<typeof openS3>[0]> = {}) =>
    openS3({ ...service, region: 'us-east-1', prefix: 'fountain/', ...more })
  beforeAll(async () => {
    service = await startS3()
    store = open()
    dir = mkdtempSync(join(tmpdir(), 'fountain-s3-test-'))
  }, 400_000)
  afterAll(async () => {
    store?.close()
    await service?.stop()
    if (dir !== undefined) rmSync(dir, { recursive: true })
  })

  const file = (size: number): { path: string; bytes: Buffer } => {
    const path = join(dir, `${size}`)
    const bytes = randomBytes(size)
    writeFileSync(path, bytes)
    return { path, bytes }
  }

  it.each([0, 1, 5_000, 16 * 1024 * 1024, 16 * 1024 * 1024 + 1, 40_000_000])(
    'takes a file of %d bytes, and gives it back whole and in ranges',
    async (size) => {
      const { path, bytes } = file(size)
      await store.put(`n/${size}.seg`, path, signal)
      expect(await store.head(`n/${size}.seg`)).toEqual({ bytes: size })
      await store.fetch(`n/${size}.seg`, `${path}.back`, signal)
      expect(readFileSync(`${path}.back`).equals(bytes)).toBe(true)
      for (const [from, length] of [
        [0, Math.min(10, size)],
        [Math.floor(size / 2), Math.min(80_000, Math.ceil(size / 2))],
        [size - 1, 1],
      ] as const) {
        if (from < 0 || length === 0) continue
        expect(
          Buffer.from(await store.read(`n/${size}.seg`, from, length)).equals(bytes.subarray(from, from + length)),
        ).toBe(true)
      }
    },
  )

  it('lists what is there page by page, deletes, and takes what is not there for gone', async () => {
    const { path } = file(3)
    for (const name of ['a', 'b', 'c']) await store.put(`list/${name}`, path, signal)
    const keys = async () => {
      const found: string[] = []
      for await (const { key, bytes } of store.list('list/')) found.push(`${key} ${bytes}`)
      return found
    }
    expect(await keys()).toEqual(['list/a 3', 'list/b 3', 'list/c 3'])
    await store.delete('list/b')
    await store.delete('list/b')
    expect(await keys()).toEqual(['list/a 3', 'list/c 3'])
    expect(await store.head('list/b')).toBeNull()
    await expect(store.read('list/b', 0, 1)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' })
    await expect(store.read('list/a', 0, 9)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' })
  })

  it('refuses wrong credentials and a bucket that is not there, in words without secrets', async () => {
    const { path } = file(3)
    for (const more of [
      { secretAccessKey: 'wrong-secret' },
      { bucket: 'no-such-bucket' },
      { endpoint: 'http://127.0.0.1:1' },
    ]) {
      const wrong = open(more)
      const error = await wrong.put('x', path, signal).catch((thrown: unknown) => thrown)
      wrong.close()
      expect(error).toMatchObject({ code: 'ARCHIVE_REMOTE_FAILED' })
      expect(`${(error as Error).message}`).not.toMatch(/wrong-secret|fountain-secret/)
    }
  })

  it('does not take a copy for good that was changed on its way', async () => {
    const { path } = file(20_000_000)
    const { server, endpoint } = await meddler(service.endpoint)
    const meddled = open({ endpoint })
    await expect(meddled.put('meddled', path, signal)).rejects.toMatchObject({ code: 'ARCHIVE_REMOTE_FAILED' })
    meddled.close()
    server.closeAllConnections()
    server.close()
  })

  it('keeps an archive: copied, gone from the disk, read back, changed, away and back, dropped', async () => {
    const dataDir = newDataDir()
    let nowMs = t0
    const clock = { now: () => nowMs, monotonic: () => 0, sleep: async () => {} }
    const told: object[] = []
    const log = { ...silent, warn: (fields: object) => void told.push(fields) }
    const gateway = await openStore(dataDir, { log, clock, keep: 'all', remote: store })
    const packets = join(dataDir, 'packets')
    const metrics = { counter: () => ({ inc: () => {} }), gauge: () => ({ set: () => {} }) }
    const round = (limits: { days?: number; localDays: number }) =>
      new Rounds({ archive: gateway.archive, dir: packets, limits, remote: store, clock, log, metrics }, signal)
    const big = 'packet '.repeat(1_000_000)
    try {
      const night = sifted(
        [0, 1, 2, 3].map((offset) => ({
          offset,
          alertId: `${offset + 1}`,
          matches: false,
          kept: true,
          bytes: `${offset}${big}`,
        })),
      )
      await gateway.apply(night)
      nowMs += 86_400_000
      await gateway.apply({ ...sifted([{ offset: 4, alertId: '5' }]), nowMs })
      const house = round({ localDays: 0 })
      await house.inOrder()
      await service.kill()
      expect(await house.copies()).toBe(false)
      expect(told.at(-1)).toMatchObject({ code: 'ARCHIVE_REMOTE_FAILED' })
      await service.restart()
      expect(await house.copies()).toBe(true)
      await house.withinLimits()
      expect(readdirSync(packets).filter((name) => name.endsWith('.seg'))).toEqual(['00000002.seg'])
      const back = await gateway.alertPacket('lsst', '3')
      expect(new TextDecoder().decode(back?.bytes) === `2${big}`).toBe(true)

      const object = join(
        service.folder,
        'fountain',
        '2026-11-20',
        segmentIn(join(service.folder, 'fountain', '2026-11-20')),
      )
      const bytes = readFileSync(object)
      const at = bytes.indexOf('1packet')
      bytes[at] = 0
      writeFileSync(object, bytes)
      await expect(gateway.alertPacket('lsst', '2')).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' })
      expect(await gateway.alertPacket('lsst', '4'), 'others are not touched').not.toBeNull()

      nowMs += 3 * 86_400_000
      expect(await round({ localDays: 0, days: 2.5 }).withinLimits()).toBe(true)
      expect(await gateway.alertPacket('lsst', '4')).toBeNull()
      for await (const { key } of store.list('2026-11-20/')) throw new Error(`${key} is still there`)
    } finally {
      await gateway.close()
      removeDataDir(dataDir)
    }
  })
})

const segmentIn = (folder: string): string => readdirSync(folder).find((name) => name.endsWith('.seg')) ?? ''

/** A proxy that changes a byte of what is sent to the service. */
async function meddler(target: string): Promise<{ server: Server; endpoint: string }> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const body = Buffer.concat(chunks)
      if (body.length > 1_000) body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1
      const { host, ...headers } = request.headers
      const answer = await fetch(`${target}${request.url}`, {
        method: request.method ?? 'GET',
        headers: { ...(headers as Record<string, string>), host: host ?? '' },
        ...(body.length > 0 ? { body } : {}),
      })
      response.writeHead(answer.status, Object.fromEntries(answer.headers))
      response.end(Buffer.from(await answer.arrayBuffer()))
    })().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
