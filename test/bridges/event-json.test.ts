import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Content, Item } from '../../bridges/contract.ts'
import { digestJson, eventJson, lightweightOf } from '../../bridges/event-json.ts'
import { summarize, withoutMagnitude } from '../../bridges/summary.ts'
import type { Param } from '../../vo/model/voevent.ts'
import { readJson3 } from '../../vo/voevent-3/json-read.ts'
import { readVOEvent } from '../../vo/xml/voevent-2.0.ts'
import { bareItem, hostileItem, itemNumber, param, retractionItem, sampleEvent, sampleItem } from './sample-item.ts'

const parsed = (item: Item) => JSON.parse(eventJson(item))
const real = (name: string, content: Content = 'lightweight'): Item => {
  const bytes = readFileSync(new URL(`../golden/${name}.xml`, import.meta.url))
  return { ...sampleItem, event: readVOEvent(bytes, { mode: 'strict' }).event, content }
}

describe('a match as JSON', () => {
  it('says as much as the subscriber wants', () => {
    const keys = (content: Content) => Object.keys(parsed({ ...sampleItem, content }))
    const summary = keys('summary')
    expect(summary).not.toContain('lightweight')
    expect(keys('lightweight')).toEqual([...summary, 'lightweight'])
    expect(keys('full')).toEqual([...summary, 'lightweight', 'voevent'])
  })

  it('says first what, when and where', () => {
    expect(parsed({ ...sampleItem, content: 'summary' })).toMatchObject({
      ivoid: sampleEvent.ivoid,
      role: 'observation',
      filter: 'young-and-bright',
      stream: 'Young and bright',
      subscription: 'young-and-bright-email',
      object: 'LSST-AP-DO-170028503098359808',
      time: { utc: '2026-03-01T05:36:57.601234Z', mjdUtc: 61100.23400001428 },
      place: { raDeg: 155.125167, decDeg: 20.511125, errorDeg: 0.00002 },
      band: 'r',
      mag: 21.304,
      heldBack: 0,
      links: {},
    })
  })

  it('brings the whole event, as the draft reads it back, without the files in it', () => {
    const attachments = [
      { name: 'inside', mediaType: 'image/fits', data: Buffer.from('bytes') },
      { name: 'both', mediaType: 'image/png', data: Buffer.from('bytes'), uri: 'https://example.org/a.png' },
    ]
    const { voevent } = parsed({ ...sampleItem, event: { ...sampleEvent, attachments } })
    const event = readJson3(Buffer.from(JSON.stringify(voevent)))
    expect(event.attachments).toEqual([{ name: 'both', mediaType: 'image/png', uri: 'https://example.org/a.png' }])
    expect(event.what!.params).toEqual(sampleEvent.what!.params)
  })

  it('rounds no integer and has no NaN', () => {
    const columns = [
      { name: 'small', value: 12n },
      { name: 'edge', value: 9007199254740991n },
      { name: 'large', value: 170028503098359910n },
      { name: 'negative', value: -170028503098359910n },
      { name: 'nan', value: Number.NaN },
      { name: 'infinite', value: Number.POSITIVE_INFINITY },
      { name: 'yes', value: true },
    ]
    const values = parsed({ ...sampleItem, match: { ...sampleItem.match, columns } }).columns
    expect(values.map(({ value }: { value: unknown }) => value)).toEqual([
      12,
      9007199254740991,
      '170028503098359910',
      '-170028503098359910',
      null,
      null,
      true,
    ])
  })

  it('says which event a retraction takes back, and why', () => {
    expect(parsed(retractionItem)).toMatchObject({
      retraction: { of: [sampleEvent.ivoid], reason: 'a satellite crossed the field' },
      citations: [{ ivoid: sampleEvent.ivoid, cite: 'retraction' }],
    })
    expect(parsed(sampleItem)).not.toHaveProperty('retraction')
  })

  it('links to nothing but http', () => {
    const match = { ...sampleItem.match, eventUrl: 'javascript:alert(1)', unsubscribeUrl: 'https://example.org/u/1' }
    expect(parsed({ ...sampleItem, match }).links).toEqual({ unsubscribe: 'https://example.org/u/1' })
  })

  it('puts many into one', () => {
    const [first, ...others] = [itemNumber(1), itemNumber(2), bareItem] as const
    const digest = JSON.parse(digestJson([{ ...first, match: { ...first.match, heldBack: 9 } }, ...others]))
    expect(digest.heldBack).toBe(9)
    expect(digest.items.map(({ ivoid }: { ivoid: string }) => ivoid)).toEqual(
      [first, ...others].map((i) => i.event.ivoid),
    )
  })

  it('is JSON, whatever stands in an event', () => {
    fc.assert(
      fc.property(hostileItem, (item) => {
        const { ivoid, content, columns } = parsed(item)
        expect([ivoid, content]).toEqual([item.event.ivoid, item.content])
        expect(columns).toHaveLength(item.match.columns.length)
        expect(eventJson(item)).not.toMatch(/[\n\r]/)
        expect(Buffer.from(eventJson(item)).toString()).toBe(eventJson(item))
      }),
    )
  })
})

describe('the lightweight fields of real alerts', () => {
  it.each([
    [
      'lsst-long-history',
      {
        alertId: expect.stringMatching(/^\d{18}$/),
        objectId: '313897383979122767',
        band: 'i',
        mag: expect.closeTo(23.11, 2),
      },
      ['ssObjectId', 'designation'],
    ],
    [
      'lsst-moving-object',
      { designation: '2004 JQ12', ssObjectId: '21163624394469969', fluxNjy: expect.closeTo(15_362.6, 1) },
      ['objectId'],
    ],
    [
      'ztf-variable',
      { alertId: '2695378462115010012', objectId: 'ZTF18abudxnw', fluxNjy: expect.closeTo(-3_957_191.7, 1) },
      ['mag', 'ssObjectId'],
    ],
    [
      'ztf-asteroid',
      { designation: '110778', timeMjdUtc: expect.any(Number), raDeg: expect.any(Number) },
      ['trailLengthArcsec'],
    ],
  ])('%s', (name, has, lacks) => {
    const fields = lightweightOf(real(name).event)
    expect(fields).toMatchObject(has)
    for (const field of lacks) expect(fields).not.toHaveProperty(field)
    for (const value of Object.values(fields)) expect(typeof value === 'string' || Number.isFinite(value)).toBe(true)
  })
  it('have none of what a document leaves empty', () => {
    expect(lightweightOf(bareItem.event)).toEqual({})
  })
})

describe('what is said of time and place', () => {
  const at = (coordSystem: string, isoTime: string, position: object = {}) =>
    summarize({
      ...sampleItem,
      event: {
        ...sampleEvent,
        whereWhen: [{ coordSystem, time: { isoTime }, position: { c1: -10, c2: 20, unit: 'deg', ...position } }],
      },
    })
  it('is in UTC, whatever the scale of the packet', () => {
    expect(at('UTC-ICRS-TOPO', '2026-03-01T05:36:57.601234').timeIso).toBe('2026-03-01T05:36:57.601234')
    expect(at('UTC-ICRS-TOPO', '2026-03-01T05:36:57Z').timeIso).toBe('2026-03-01T05:36:57')
    expect(at('TAI-ICRS-TOPO', '2026-03-01T05:37:34').timeIso).toMatch(/^2026-03-01T05:3(6:56\.99|6:57\.00)/)
    expect(at('XYZ-ICRS-TOPO', '2026-03-01T05:37:34').timeIso).toBeUndefined()
    expect(at('UTC-ICRS-TOPO', 'soon').timeIso).toBeUndefined()
  })
  it('is a right ascension and a declination only where the frame is equatorial', () => {
    expect(at('UTC-ICRS-TOPO', '2026-03-01')).toMatchObject({ raDeg: 350, decDeg: 20 })
    expect(at('UTC-FK5-GEO', '2026-03-01', { c1: Math.PI, c2: 0, unit: 'rad' })).toMatchObject({
      raDeg: 180,
      decDeg: 0,
    })
    expect(at('UTC-GAL-TOPO', '2026-03-01').raDeg).toBeUndefined()
    expect(at('UTC-ICRS-TOPO', '2026-03-01', { c2: 91 }).raDeg).toBeUndefined()
  })
})

describe('what is said of brightness and error', () => {
  const said = (flux: number, fluxErr: number, ...more: Param[]) =>
    summarize({
      match: { ...sampleItem.match, columns: [] },
      event: {
        ...sampleEvent,
        what: {
          ...sampleEvent.what!,
          params: [param('psfFlux', flux), param('psfFluxErr', fluxErr), ...more],
          groups: [],
        },
      },
    })
  it('is no fading within three sigma of zero, and no magnitude either', () => {
    expect(said(-238.6, 370)).toMatchObject({ negative: false, noFlux: true })
    expect(withoutMagnitude(said(-238.6, 370))).toBe('no significant flux')
    expect(said(-1120, 370)).toMatchObject({ negative: true, noFlux: false })
    expect(withoutMagnitude(said(-1120, 370))).toBe('fainter than the reference image')
    expect(withoutMagnitude(said(1120, 370))).toBeUndefined()
    expect(said(370, 370, param('mag', 25))).toMatchObject({ negative: false, noFlux: false, mag: 25 })
  })
  it('leaves out an error of the place that the gateway assumed', () => {
    expect(said(1120, 370).errorDeg).toBeGreaterThan(0)
    expect(said(1120, 370, param('positionErrorAssumed', 1))).not.toHaveProperty('errorDeg')
  })
})
