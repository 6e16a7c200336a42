import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { placesOf } from '../../bridges/tns/config.ts'
import { coverageOf } from '../../bridges/tns/mirror-file.ts'
import { nextStep } from '../../bridges/tns/mirror-update.ts'
import { tnsSays } from '../servers/tns.ts'
import { catalogueCsv, zipOf } from '../servers/tns-catalogue.ts'
import { failure } from './contract.ts'
import { lsstReport, messageFor, object, open, opened, settingsOf, signal } from './tns-setup.ts'

afterEach(async () => {
  for (const one of open.splice(0)) await one.stop()
})

const whole = 'tns_public_objects.csv'
const folderName = '/system/files/tns_public_objects/'
const ours = object(1, lsstReport.raDeg, lsstReport.decDeg, {
  internalNames: ['ATLAS26a', 'LSST-P-DO-170028503098359808'],
})
const message = messageFor(lsstReport)
const nowText = '2026-03-01 05:38:00'

async function withMirror() {
  const all = await opened({ mirror: true })
  const run = () => all.channel.upkeep!.run(signal())
  const lint = () => all.channel.drafting!.lint(message.body, {}).map(({ severity, code }) => `${severity} ${code}`)
  const fetched = () =>
    all.tns.asked
      .map(({ path }) => path)
      .filter((path) => path.startsWith(folderName))
      .map((path) => path.slice(folderName.length))
  return { ...all, run, lint, fetched }
}

/** Unpacks well, to something else than was packed. */
function damaged(zip: Buffer): Buffer {
  const copy = Buffer.from(zip)
  for (const at of [copy.indexOf('PK\x03\x04') + 14, copy.indexOf('PK\x01\x02') + 16]) copy[at]! ^= 1
  return copy
}

describe('tns: the mirror', () => {
  it('takes the whole catalogue once, then hours, and asks for nothing that is not there yet', async () => {
    const { tns, run, fetched, clock } = await withMirror()
    tns.publishCatalogue(whole, '2026-03-01 04:00:00', [object(9, 10, 10)])
    tns.publishCatalogue('tns_public_objects_04.csv', '2026-03-01 04:00:00 - 04:59:59', [ours])
    await run()
    expect(fetched()).toEqual(['tns_public_objects.csv.zip', 'tns_public_objects_04.csv.zip'])
    await run()
    expect(fetched()).toHaveLength(2)
    clock.nowMs += 3_600_000
    // Of yesterday: the hour is not written yet.
    tns.publishCatalogue('tns_public_objects_05.csv', '2026-02-28 05:00:00 - 05:59:59', [object(3, 3, 3)])
    await run()
    expect(fetched()).toHaveLength(3)
    tns.publishCatalogue('tns_public_objects_05.csv', '2026-03-01 05:00:00 - 05:59:59', [object(4, 4, 4)])
    await run()
    await run()
    expect(fetched()).toHaveLength(4)
  })

  it('asks under the marker of the bot, with its key in the form', async () => {
    const { tns, run } = await withMirror()
    tns.publishCatalogue(whole, nowText, [ours])
    await run()
    expect(tns.asked[0]).toMatchObject({
      method: 'POST',
      headers: { 'user-agent': expect.stringMatching(/^tns_marker\{/) },
    })
    expect(`${tns.asked[0]!.body}`).toBe(`api_key=${tns.bot.apiKey}`)
  })

  it('takes days where it fell behind, and all of it after a month', () => {
    const at = (text: string) => Date.parse(`${text}Z`)
    const file = (covered: string | undefined, now: string) =>
      nextStep(covered === undefined ? undefined : at(covered), at(now))
        ?.file.replace('tns_public_objects', '')
        .replace('.csv.zip', '')
    expect(file(undefined, '2026-03-01T05:38:00')).toBe('')
    expect(file('2026-01-01T00:00:00', '2026-03-01T05:38:00')).toBe('')
    expect(file('2026-02-26T07:00:00', '2026-03-01T05:38:00')).toBe('_20260226')
    expect(file('2026-02-28T00:00:00', '2026-03-01T05:38:00')).toBe('_20260228')
    expect(file('2026-02-28T22:00:00', '2026-03-01T05:38:00')).toBe('_22')
    expect(file('2026-03-01T00:00:00', '2026-03-01T05:38:00')).toBe('_00')
    expect(file('2026-03-01T04:10:00', '2026-03-01T05:38:00')).toBe('_04')
    expect(file('2026-03-01T05:00:00', '2026-03-01T05:38:00')).toBeUndefined()
    expect(file('2026-03-02T05:00:00', '2026-03-01T05:38:00')).toBeUndefined()
  })

  it('goes through days and hours to the present', async () => {
    const { tns, run, fetched } = await withMirror()
    tns.publishCatalogue(whole, '2013-01-01 00:00:00 - 2026-02-27 10:00:00', [object(9, 10, 10)])
    tns.publishCatalogue('tns_public_objects_20260227.csv', '2026-02-27 00:00:00 - 23:59:59', [object(2, 2, 2)])
    tns.publishCatalogue('tns_public_objects_20260228.csv', '2026-02-28 00:00:00 - 23:59:59', [ours])
    for (let hour = 0; hour < 5; hour++) {
      tns.publishCatalogue(`tns_public_objects_0${hour}.csv`, `2026-03-01 0${hour}:00:00 - 0${hour}:59:59`, [])
    }
    await run()
    expect(fetched().map((name) => name.replace('tns_public_objects', '').replace('.csv.zip', ''))).toEqual([
      ...['', '_20260227', '_20260228', '_00', '_01', '_02', '_03', '_04'],
    ])
  })

  it('knows an object before TNS is asked, also in the lint of a draft', async () => {
    const { tns, run, lint, send, clock } = await withMirror()
    expect(lint()).toContain('note TNS_MIRROR')
    tns.publishCatalogue(whole, nowText, [ours])
    await run()
    expect(lint()).toEqual(['note TNS_SANDBOX', 'warning TNS_KNOWN'])
    const outcome = await send(message)
    expect(outcome).toMatchObject({ state: 'duplicate', receipt: { id: 'AT2026obj1' } })
    expect(tns.asked.filter(({ path }) => path.startsWith('/api'))).toEqual([])
    clock.nowMs += 7 * 3_600_000
    expect(lint()).toContain('note TNS_MIRROR')
  })

  it('refuses what others reported, with the name and the distance', async () => {
    const { tns, run, lint, channel, send } = await withMirror()
    tns.publishCatalogue(whole, nowText, [{ ...ours, decDeg: ours.decDeg + 1.5 / 3600, internalNames: ['ATLAS26a'] }])
    await run()
    expect(lint()).toEqual(['note TNS_SANDBOX', 'error TNS_KNOWN'])
    expect(channel.drafting!.lint(message.body, {}).at(-1)!.says).toBe(
      'TNS has AT 2026obj1 at 1.5 arcsec, reported by ZTF.',
    )
    expect((await failure(send(message))).reply).toContain('AT 2026obj1 at 1.5 arcsec')
    expect(tns.submitted).toEqual([])
  })

  it('takes the newer of two rows of an object', async () => {
    const { tns, run, send } = await withMirror()
    tns.publishCatalogue(whole, '2026-03-01 04:00:00', [ours])
    tns.publishCatalogue('tns_public_objects_04.csv', '2026-03-01 04:00:00', [{ ...ours, prefix: 'SN' }])
    await run()
    expect(await send(message)).toMatchObject({ state: 'duplicate', receipt: { id: 'SN2026obj1' } })
  })

  it.each([
    ['no zip', Buffer.from('<html>maintenance</html>'), /no zip/],
    ['half a zip', zipOf(whole, catalogueCsv(nowText, [ours])).subarray(0, 300), /no zip/],
    ['a zip without CSV', zipOf('readme.txt', 'hello'), /no CSV/],
    [
      'a path that leads elsewhere',
      zipOf('../../evil.csv', catalogueCsv(nowText, [ours])),
      /relative path|no zip|invalid/,
    ],
    ['another size than it declares', zipOf(whole, catalogueCsv(nowText, [ours]), 10), /bytes|size/],
    ['damaged on its way', damaged(zipOf(whole, catalogueCsv(nowText, [ours]))), /checksum/],
    ['a bomb', zipOf(whole, 'x', 3_000_000_000), /too many/],
    ['no coverage', zipOf(whole, '"objid","name"\n"1","2026a"\n'), /coverage/],
    ['no columns', zipOf(whole, `"${nowText}"\n"objid","name"\n"1","2026a"\n`), /no column name_prefix/],
    ['no rows', zipOf(whole, catalogueCsv(nowText, [])), /no rows/],
    [
      'a table of something else',
      zipOf(
        whole,
        catalogueCsv(
          nowText,
          Array.from({ length: 300 }, (_, n) => object(n, 400, 0)),
        ),
      ),
      /cannot be read/,
    ],
    ['an endless quotation', zipOf(whole, `"${nowText}"\n"${'x'.repeat(2_000_000)}`), /./],
  ])('refuses a file that is %s, and the old one stands', async (_, content, reason) => {
    const { tns, run, send, folder, clock, fetched } = await withMirror()
    tns.publishCatalogue(whole, nowText, [ours])
    await run()
    clock.nowMs += 40 * 86_400_000
    tns.publish(`${whole}.zip`, content)
    await expect(run()).rejects.toThrow(reason)
    // Tried again at once it is not fetched again: it would be the same file.
    const asked = fetched().length
    await expect(run()).rejects.toThrow('refused')
    expect(fetched()).toHaveLength(asked)
    clock.nowMs += 3_600_000
    expect((await send(message)).state).toBe('duplicate')
    expect(readdirSync(folder)).toEqual(['tns-objects.sqlite'])
    tns.publishCatalogue(whole, '2026-04-10 00:00:00', [object(8, 1, 1)])
    // The days since are not there, which is no failure.
    await run()
    expect((await send(message)).state).toBe('submitted')
  })

  it('refuses a broken file of changes whole', async () => {
    const { tns, run, send } = await withMirror()
    tns.publishCatalogue(whole, '2026-03-01 04:00:00', [object(9, 10, 10)])
    const rows = [ours, ...Array.from({ length: 200 }, (_, n) => object(n + 10, 400, 0))]
    tns.publishCatalogue('tns_public_objects_04.csv', '2026-03-01 04:00:00', rows)
    await expect(run()).rejects.toThrow('cannot be read')
    expect((await send(message)).state).toBe('submitted')
  })

  it('skips single rows that cannot be read', async () => {
    const { tns, run, host, send } = await withMirror()
    const bad = [
      object(2, 400, 0),
      object(3, 1, 95),
      { ...object(4, 1, 1), name: '' },
      { ...object(5, 1, 1), name: 'a\nb' },
    ]
    tns.publishCatalogue(whole, nowText, [...bad, ours])
    await run()
    expect(host.lines.join('\n')).toContain('"rows":1,"skipped":4')
    expect((await send(message)).state).toBe('duplicate')
  })

  it.each([
    ['the key is wrong', tnsSays(401, 'Unauthorized'), /401/],
    ['TNS fails', tnsSays(500, 'Internal Server Error'), /500/],
    ['there is none', { status: 404, body: '' }, /TNS has no/],
  ] as const)('says that %s', async (_, answer, words) => {
    const { tns, run } = await withMirror()
    tns.refuse(`${folderName}${whole}.zip`, answer)
    await expect(run()).rejects.toThrow(words)
  })

  it('stops when told', async () => {
    const { tns, channel, folder } = await withMirror()
    tns.publishCatalogue(
      whole,
      nowText,
      Array.from({ length: 20_000 }, (_, n) => object(n, n / 100, 0)),
    )
    const abort = new AbortController()
    const running = channel.upkeep!.run(abort.signal)
    setTimeout(() => abort.abort(new Error('enough')), 30)
    await expect(running).rejects.toThrow()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is not there where nobody wants it, and asks only where it should', async () => {
    const { channel } = await opened({ mirror: false })
    expect(channel.upkeep).toBeUndefined()
    expect(placesOf(settingsOf({ mirror: true }))).toMatchObject({
      api: 'https://sandbox.wis-tns.org/api',
      catalogue: 'https://www.wis-tns.org/system/files/tns_public_objects',
      networks: 'public',
      catalogueNetworks: 'public',
    })
    expect(placesOf(settingsOf({ mirror: true, api: 'http://127.0.0.1:9/api' }))).toMatchObject({
      catalogue: 'http://127.0.0.1:9/system/files/tns_public_objects',
      networks: 'any',
    })
    expect(placesOf(settingsOf({ mirror: 'https://mirror.example.org/tns', live: true }))).toMatchObject({
      api: 'https://www.wis-tns.org/api',
      catalogue: 'https://mirror.example.org/tns',
      networks: 'public',
      catalogueNetworks: 'any',
    })
  })

  it('that is damaged on disk finds nothing, and is made anew', async () => {
    const { tns, run, folder, channel, lint, fetched, clock } = await withMirror()
    const many = Array.from({ length: 3000 }, (_, n) => object(n + 10, n / 10, 20))
    tns.publishCatalogue(whole, nowText, [ours, ...many])
    await run()
    await channel.close()
    const path = join(folder, 'tns-objects.sqlite')
    const bytes = readFileSync(path)
    bytes.fill(0xff, 4096)
    writeFileSync(path, bytes)
    expect(lint()).toContain('note TNS_MIRROR')
    const again = await opened({ mirror: true, api: tns.api }, { folder })
    again.clock.nowMs = clock.nowMs
    await again.channel.upkeep!.run(signal())
    expect(fetched()).toHaveLength(2)
    expect(again.channel.drafting!.lint(message.body, {}).map(({ code }) => code)).toContain('TNS_KNOWN')
    await expect(run()).rejects.toThrow('closed')
  })

  it('that is broken on disk is made anew', async () => {
    const { tns, run, folder, send, lint } = await withMirror()
    writeFileSync(
      join(folder, 'tns-objects.sqlite'),
      'this is no database, but long enough to be taken for one'.repeat(20),
    )
    expect(lint()).toContain('note TNS_MIRROR')
    tns.publishCatalogue(whole, nowText, [ours])
    await run()
    expect((await send(message)).state).toBe('duplicate')
  })
})

describe('tns: the first line of a file', () => {
  it.each([
    ['2026-03-01 05:00:00 - 05:59:59', '2026-03-01T05:00:00Z', '2026-03-01T05:59:59Z'],
    ['2026-02-28 00:00:00 - 2026-03-01 23:59:59', '2026-02-28T00:00:00Z', '2026-03-01T23:59:59Z'],
    ['TNS Public Objects 2026-03-01 00:00:00', '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z'],
    ['2026-03-01T05:00:00', '2026-03-01T05:00:00Z', '2026-03-01T05:00:00Z'],
  ])('%s', (line, from, to) => {
    expect(coverageOf(line)).toEqual({ fromMs: Date.parse(from), toMs: Date.parse(to) })
  })
  it.each(['', 'objid,name', '05:00:00', '2026-13-01 05:00:00'])('refuses %j', (line) => {
    expect(() => coverageOf(line)).toThrow('coverage')
  })
})
