import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Item, Refusal } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/tns/index.ts'
import { openPin } from '../../bridges/tns/values.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { misbehaving } from '../servers/misbehave.ts'
import { maintenance, startTnsStandIn, tnsSays } from '../servers/tns.ts'
import { formOf } from '../servers/tns-form.ts'
import { tnsValues } from '../servers/tns-values.ts'
import { failure, testBridge } from './contract.ts'
import { param, retractionItem, sampleItem } from './sample-item.ts'
import { ids, open, opened, required, settingsOf, signal } from './tns-setup.ts'

afterEach(async () => {
  for (const one of open.splice(0)) await one.stop()
})

/** The alert of an item, elsewhere on the sky and another object for each. */
function fullOf({ event }: Item): VOEvent {
  const number = Number.parseInt(createHash('sha256').update(event.ivoid).digest('hex').slice(0, 10), 16)
  return {
    ivoid: event.ivoid,
    role: 'observation',
    provenance: { survey: 'lsst' },
    whereWhen: [
      {
        coordSystem: 'UTC-ICRS-TOPO',
        position: {
          unit: 'deg',
          name1: 'RA',
          name2: 'Dec',
          c1: (number % 3_600_000) / 1e4,
          c2: (number % 1_700_000) / 1e4 - 85,
        },
      },
    ],
    what: {
      params: [param('reliability', 0.98)],
      groups: [{ name: 'object', params: [param('name', `LSST-AP-DO-${number}`, 'meta.id;meta.main')] }],
      tables: [],
      descriptions: [],
      references: [],
      timeSeries: [
        {
          name: 'lightCurve',
          timeScale: 'TAI',
          bands: [{ name: 'r', filterId: 'LSST/LSST.r' }],
          points: [
            { kind: 'forced', timeMjd: 61_090.2, band: 'r', limitMagnitude: 24.2, limitSigma: 5 },
            {
              kind: 'detection',
              timeMjd: 61_099.15,
              band: 'r',
              flux: 9000,
              fluxError: 500,
              magnitude: 21.51,
              magnitudeError: 0.06,
            },
            {
              kind: 'detection',
              timeMjd: 61_099.2,
              band: 'r',
              flux: 9000,
              fluxError: 500,
              magnitude: 21.51,
              magnitudeError: 0.06,
            },
          ],
        },
      ],
    } as unknown as NonNullable<VOEvent['what']>,
  }
}

/** A role that is reported, and no citation: what is never said through TNS is tested below. */
function dressed(item: Item): Item {
  const { citations: _, ...event } = item.event
  return { ...item, event: { ...event, role: 'observation' }, full: fullOf(item) }
}

const bulk = (asked: { path: string }) => asked.path === '/api/set/bulk-report'

/** As after an earlier run, which pinned the values: the suite renders before any check. */
const pinnedBridge: typeof bridge = {
  ...bridge,
  open(config, host) {
    const folder = mkdtempSync(join(tmpdir(), 'fountain-tns-'))
    openPin(() => folder, config.api!).keep(ids)
    return bridge.open(config, { ...host, folder: () => folder })
  },
}

testBridge('tns', {
  bridge: pinnedBridge,
  to: {},
  secrets: ['stand-in-key-of-the-bot'],
  dress: dressed,
  mayRefuse: true,
  async start() {
    const tns = await startTnsStandIn({ spared: (asked) => !bulk(asked) })
    const words = {
      reject: tnsSays(400, 'Bad Request', { message: 'no' }),
      later: tnsSays(429, 'Too Many Requests'),
      // Its own headers would keep the bridge from asking again at once: see tns-deliver.test.ts.
      busy: tnsSays(429, 'Too Many Requests', {}, { 'retry-after': '7' }),
      fails: tnsSays(500, 'Internal Server Error'),
    }
    const messageOf = (asked: Parameters<typeof formOf>[0] & { path: string }) =>
      bulk(asked) ? Buffer.from(formOf(asked).fields.get('data') ?? '') : undefined
    return { server: misbehaving(tns, words, messageOf), config: { ...required, api: tns.api } }
  },
})

describe('tns: what is never said through it', () => {
  it.each([
    ['a retraction', retractionItem, {}, /takes nothing back by its API/],
    [
      'a test, live',
      { ...sampleItem, event: { ...sampleItem.event, role: 'test' } },
      { live: true, api: undefined },
      /is a test/,
    ],
    ['a prediction', { ...sampleItem, event: { ...sampleItem.event, role: 'prediction' } }, {}, /no observation/],
    ['an alert without its packet', sampleItem, {}, /archive/],
  ] as const)('%s', async (_, item, more, reason) => {
    const { channel, folder, tns } = await opened()
    await channel.check(signal())
    const { api: __, ...settings } = { ...required, api: tns.api, ...more }
    const other = await bridge.open(bridge.config.parse('live' in more ? settings : { ...settings, api: tns.api }), {
      ...(await opened()).host,
      folder: () => folder,
    })
    if (!('live' in more)) await other.check(signal())
    let refused: unknown
    try {
      other.render([item as Item], {})
    } catch (error) {
      refused = error
    }
    await other.close()
    expect(refused).toBeInstanceOf(Refusal)
    expect((refused as Refusal).reasons.join(' ')).toMatch(reason)
  })

  it('renders nothing before TNS was asked for its values', async () => {
    const { channel } = await opened()
    expect(() => channel.render([dressed(sampleItem)], {})).toThrow('not asked')
    await channel.check(signal())
    expect(channel.render([dressed(sampleItem)], {}).repeat).toBe('safe')
  })
})

describe('tns: configuration', () => {
  const of = (more: object) => bridge.config.safeParse({ ...required, ...more })
  it('reports to the sandbox, and to the public only where somebody said so', () => {
    const sandbox = settingsOf()
    expect(sandbox.live).toBe(false)
    expect(bridge.audience?.(sandbox)).toBe('sandbox')
    expect(bridge.audience?.(settingsOf({ live: true }))).toBe('public')
    expect(bridge.audience?.(settingsOf({ api: 'http://127.0.0.1:9/api' }))).toBe('sandbox')
    expect([bridge.approval, bridge.oncePerObject, bridge.checksFirst, bridge.detail]).toEqual([
      'default',
      true,
      true,
      'full',
    ])
  })
  it.each([
    ['the public host without live', { api: 'https://www.wis-tns.org/api' }],
    ['the public host in capitals', { api: 'https://WWW.WIS-TNS.ORG/api' }],
    ['live with an API of its own', { live: true, api: 'http://127.0.0.1:9/api' }],
    ['a reporter without affiliation', { reporter: 'A. Author' }],
    ['a reporter with an empty one', { reporter: 'A. Author ( )' }],
    ['no bot', { bot: undefined }],
    ['a bot’s name that breaks the marker', { bot: { id: 1, name: 'a"b', apiKey: 'abcdefgh' } }],
    ['a bot’s name with a line break', { bot: { id: 1, name: 'a\r\nX: b', apiKey: 'abcdefgh' } }],
    ['more points than TNS takes', { photometryPoints: 11 }],
    ['an unknown type', { atType: 'SN' }],
    ['a slash at the end', { api: 'http://127.0.0.1:9/api/' }],
    ['an unknown key', { live: false, proprietary: 3 }],
  ])('refuses %s', (_, more) => expect(of(more).success).toBe(false))
  it('has no address', () => {
    expect(bridge.address.parse(undefined)).toEqual({})
    expect(bridge.address.safeParse({ to: 'x' }).success).toBe(false)
  })
})

describe('tns: check', () => {
  it('tries the key, asks for values like a browser, and reports nothing', async () => {
    const { tns, channel } = await opened()
    await channel.check(signal())
    expect(tns.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/get/values/',
      'POST /api/get/object',
    ])
    expect(tns.asked[0]!.headers['user-agent']).toMatch(/^Mozilla\//)
    expect(tns.asked[1]!.headers['user-agent']).toBe('tns_marker{"tns_id":4711,"type":"bot","name":"Fountain_Bot"}')
    expect(tns.submitted).toEqual([])
  })
  it.each([
    ['another key', { bot: { ...required.bot, apiKey: 'another-key' } }, /401 Unauthorized.*bot/],
    ['another name', { bot: { ...required.bot, name: 'Somebody' } }, /403 Forbidden.*bot/],
    ['a group that TNS lacks', { reportingGroup: 'Fountains' }, /no group called Fountains; it has Fountain/],
    ['a data source that TNS lacks', { dataSourceGroup: 'LSST' }, /no group called LSST/],
  ])('halts at %s', async (_, more, words) => {
    const { channel } = await opened(more)
    const failed = await failure(channel.check(signal()))
    expect(failed).toMatchObject({ kind: 'halt', reached: 'no' })
    expect(failed.reply).toMatch(words)
    expect(failed.reply).not.toContain('another-key')
  })
  it.each([
    ['maintenance with 200', maintenance, 'retry'],
    ['a list that is none', tnsSays(200, 'OK', ['no']), 'retry'],
    ['a gate that lets nobody in', { status: 403, body: '<html>' }, 'halt'],
    ['a failure', { status: 502, body: '<html>' }, 'retry'],
  ] as const)('tells %s', async (_, answer, kind) => {
    const { tns, channel } = await opened()
    tns.refuse('get/values', answer)
    expect(await failure(channel.check(signal()))).toMatchObject({ kind, reached: 'no' })
    await channel.check(signal())
  })
})

describe('tns: numbers are resolved by name and pinned', () => {
  it('reads dense lists and sparse objects, and takes the numbers of the tables', () => {
    expect(ids).toMatchObject({
      'filter LSST/LSST.u': '160',
      'filter LSST/LSST.y': '165',
      'filter Palomar/ZTF.i': '112',
      'instrument lsst': '287',
      'instrument ztf': '196',
      'unit AB': '1',
      'archive Other': '0',
      'at_type PSN': '1',
      'group Fountain': '901',
      'group Rubin': '165',
    })
  })

  /** A first run, which pins the numbers. */
  async function pinnedFolder() {
    const first = await opened()
    const path = join(first.folder, 'values.json')
    expect(existsSync(path)).toBe(false)
    await first.channel.check(signal())
    // The stand-in of the next run is at another address.
    const repoint = (api: string) => writeFileSync(path, readFileSync(path, 'utf8').replace(first.tns.api, api))
    return { folder: first.folder, path, repoint }
  }

  it('halts when a number changed, and goes on when the pin is deleted', async () => {
    const { folder, path, repoint } = await pinnedFolder()
    const { tns, channel } = await opened({}, { folder })
    repoint(tns.api)
    await channel.check(signal())
    tns.values = {
      ...tnsValues,
      filters: { ...tnsValues.filters, 161: 'r-LSST', 162: 'g-LSST' } as Record<string, string>,
    }
    const failed = await failure(channel.check(signal()))
    expect(failed).toMatchObject({ kind: 'halt', reached: 'no' })
    expect(failed.reply).toContain('filter LSST/LSST.r was 162 and is 161')
    expect(failed.reply).toContain(`delete ${path}`)
    rmSync(path)
    await channel.check(signal())
  })

  it('halts when a name is gone, and not for tables that it does not use', async () => {
    const { folder, repoint } = await pinnedFolder()
    const { tns, channel } = await opened({}, { folder })
    repoint(tns.api)
    tns.values = { ...tnsValues, groups: { ...tnsValues.groups, 4: 'Renamed' } as Record<string, string> }
    await channel.check(signal())
    const { 196: _, ...others } = tnsValues.instruments as Record<string, string>
    tns.values = { ...tnsValues, instruments: others }
    expect((await failure(channel.check(signal()))).reply).toContain('instrument ztf was 196 and is gone')
  })

  it('halts at a pin that cannot be read', async () => {
    const { folder, channel } = await opened()
    writeFileSync(join(folder, 'values.json'), '{')
    expect(await failure(channel.check(signal()))).toMatchObject({
      kind: 'halt',
      reply: expect.stringContaining('delete'),
    })
  })
})
