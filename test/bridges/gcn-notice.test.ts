/** What GCN notices say, of which event, and what is refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Item, Refusal } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/gcn/index.ts'
import { readStored } from '../../bridges/gcn/render.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { noticeFaults } from '../servers/gcn-notices.ts'
import { testHost } from './contract.ts'
import { detailed, forced, fullEvent, point, trigger } from './gcn-items.ts'
import { refusalOf } from './refusal.ts'
import { hostileText, itemNumber, param, retractionItem, sampleEvent, sampleItem } from './sample-item.ts'

const flat = 'gcn/notices/neutrino/Alert.schema.json'
const maxi = 'gcn/notices/maxi/gsc.unknown.schema.json'
const given = (more: object = {}) =>
  bridge.config.parse({
    clientId: 'c',
    clientSecret: 's',
    topic: 'gcn.notices.fountain.alert',
    mission: 'Fountain',
    ...more,
  })

async function opened(more: object = {}) {
  return bridge.open(given(more), testHost())
}
type Fields = Record<string, unknown>
interface BoomNotice extends Fields {
  readonly data: { readonly targets: readonly Fields[]; readonly photometry: readonly Fields[] }
}
async function noticeOf(item: Item, more: object = {}): Promise<BoomNotice> {
  const { value } = readStored((await opened(more)).render([item], null).body)
  const notice = JSON.parse(value.toString()) as BoomNotice
  expect(noticeFaults(notice)).toEqual([])
  return notice
}
const reasons = async (item: Item): Promise<string> => {
  const channel = await opened()
  try {
    channel.render([item], null)
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal)
    return (error as Refusal).reasons.join(' ')
  }
  throw new Error('it was not refused')
}
const citing = (cite: 'followup' | 'supersedes', ivoid = 'ivo://example.org/streams/x#1'): VOEvent => ({
  ...sampleEvent,
  citations: { events: [{ ivoid, cite }] },
})

describe('a GCN notice of an optical discovery', () => {
  it('names its schema by release, who reports, what it is about and where', async () => {
    const notice = await noticeOf(detailed())
    expect(notice).toMatchObject({
      $schema: 'https://gcn.nasa.gov/schema/v7.2.3/gcn/notices/boom/alert.schema.json',
      alert_datetime: '2026-03-01T05:37:41Z',
      alert_tense: 'current',
      alert_type: 'initial',
      mission: 'Fountain',
      instrument: 'LSSTCam',
      record_number: 1,
      messenger: 'EM',
    })
    expect(notice.data.targets).toEqual([
      {
        event_name: 'LSST-AP-DO-170028503098359808',
        id: sampleEvent.ivoid,
        ra: 155.125167,
        dec: 20.511125,
        // 0.00002 deg of one sigma; 2.1460 sigmas hold 90 %.
        ra_dec_error: 0.00004292,
        containment_probability: 0.9,
        classification_scores: { reliability: 0.983 },
      },
    ])
  })

  it('says magnitudes and limits by exposure in UTC, and no flux', async () => {
    const { data } = await noticeOf(detailed())
    expect(data.photometry).toHaveLength(3)
    const [limit, , last] = data.photometry
    expect(limit).toMatchObject({ filter: 'lsstg', limiting_mag: 24.65, limiting_mag_sigma: 5, mag_system: 'AB' })
    expect(limit).not.toHaveProperty('mag')
    // MJD 61100.2343125 TAI, 37 s ahead of UTC; 15 s before and after the middle.
    expect(last).toEqual({
      event_name: 'LSST-AP-DO-170028503098359808',
      telescope: 'Simonyi Survey Telescope',
      instrument: 'LSSTCam',
      filter: 'lsstr',
      mag: 21.302,
      mag_error: 0.021,
      mag_system: 'AB',
      observation_start: '2026-03-01T05:36:32.600Z',
      observation_stop: '2026-03-01T05:37:02.600Z',
    })
    expect(JSON.stringify(data)).not.toMatch(/flux|njy/i)
  })

  it('says one thing of one exposure, and leaves out what has neither magnitude nor limit', async () => {
    const same = { ...forced(0, 25), band: 'r' }
    const { limitMagnitude: _, ...nothing } = forced(2, 0)
    const { data } = await noticeOf(detailed(sampleItem, fullEvent([nothing, same, trigger])))
    expect(data.photometry.map(({ mag }) => mag)).toEqual([21.302])
  })

  it('keeps the beginning and the newest of a long light curve', async () => {
    const points = Array.from({ length: 1_500 }, (_, n) => point(1_500 - n))
    const { data } = await noticeOf(detailed(sampleItem, fullEvent([...points, trigger])), { longestDays: 2_000 })
    expect(data.photometry).toHaveLength(200)
    expect(data.photometry[0]!.observation_start).toBe('2022-01-21T05:36:32.600Z')
    expect(data.photometry[1]!.observation_start).toBe('2025-08-15T05:36:32.600Z')
  })

  it('gives the middle as start and end where no exposure is known', async () => {
    const { exposureS: _, ...bare } = trigger
    const { data } = await noticeOf(detailed(sampleItem, fullEvent([bare])))
    expect(data.photometry[0]).toMatchObject({
      observation_start: '2026-03-01T05:36:47.600000Z',
      observation_stop: '2026-03-01T05:36:47.600000Z',
    })
  })

  it('gives no error of the place where none was measured', async () => {
    const full = fullEvent()
    const what = { ...full.what!, params: [...full.what!.params, param('positionErrorAssumed', 1)] }
    const { data } = await noticeOf(detailed(sampleItem, { ...full, what }))
    expect(data.targets[0]).not.toHaveProperty('ra_dec_error')
    expect(data.targets[0]).not.toHaveProperty('containment_probability')
  })

  it('links to the event where that can be fetched', async () => {
    const item = {
      ...sampleItem,
      match: { ...sampleItem.match, eventUrl: 'https://x.example/events?ID=ivo%3A%2F%2Fa' },
    }
    const { data } = await noticeOf(detailed(item))
    expect(data.targets[0]!.data_archive_page).toBe('https://x.example/events?ID=ivo%3A%2F%2Fa')
  })

  it('says everything side by side where the schema wants it so', async () => {
    const item = { ...sampleItem, event: citing('followup'), match: { ...sampleItem.match, sequence: 2 } }
    const notice = await noticeOf(detailed(item), { schema: maxi })
    expect(notice).toMatchObject({
      $schema: 'https://gcn.nasa.gov/schema/v7.2.3/gcn/notices/maxi/gsc.unknown.schema.json',
      alert_type: 'subsequent',
      event_name: 'LSST-AP-DO-170028503098359808',
      ra: 155.125167,
      trigger_time: '2026-03-01T05:36:47.600000Z',
      properties: { reliability: 0.983 },
      additional_info: `Stream: Young and bright. VOEvent: ${sampleEvent.ivoid}`,
    })
    // It has no photometry: nothing of it is said.
    for (const name of ['filter', 'mag', 'data', 'ref_ID']) expect(notice).not.toHaveProperty(name)
    expect(await noticeOf(detailed(), { schema: flat })).not.toHaveProperty('additional_info')
  })

  it('gives classes that exclude each other only where they add up to one', async () => {
    const scored = (...names: readonly [string, string, number][]): VOEvent => ({
      ...fullEvent(),
      why: {
        concepts: [],
        names: [],
        descriptions: [],
        references: [],
        inferences: [],
        classifications: names.map(([classifier, name, probability]) => ({
          classifier,
          classes: [{ name, probability }],
        })),
      },
    })
    const whole = scored(['a', 'SN Ia', 0.7], ['a', 'SN II', 0.3])
    const half = scored(['a', 'SN Ia', 0.7])
    const two = scored(['a', 'SN Ia', 0.7], ['b', 'SN Ia', 0.3])
    const flatOf = async (full: VOEvent) =>
      (await noticeOf(detailed(sampleItem, full), { schema: maxi })).classification
    expect(await flatOf(whole)).toEqual({ 'SN Ia': 0.7, 'SN II': 0.3 })
    expect(await flatOf(half)).toBeUndefined()
    expect(await flatOf(two)).toBeUndefined()
    const { data } = await noticeOf(detailed(sampleItem, two))
    expect(data.targets[0]!.classification_scores).toEqual({ 'a: SN Ia': 0.7, 'b: SN Ia': 0.3, reliability: 0.983 })
  })
})

describe('which notice it is', () => {
  it.each([
    ['followup', 'subsequent', sampleEvent.ivoid],
    ['supersedes', 'update', [sampleEvent.ivoid, 'ivo://example.org/streams/x#1']],
  ] as const)('%s is a notice of type %s', async (cite, type, id) => {
    const item = { ...sampleItem, event: citing(cite), match: { ...sampleItem.match, sequence: 3 } }
    const notice = await noticeOf(detailed(item))
    expect(notice).toMatchObject({ alert_type: type, record_number: 3 })
    expect(notice.data.targets[0]!.id).toEqual(id)
  })

  it('the first that is told of an object is initial, also where its event follows up an older one', async () => {
    expect(await noticeOf(detailed({ ...sampleItem, event: citing('followup') }))).toMatchObject({
      alert_type: 'initial',
      record_number: 1,
    })
    const second = { ...sampleItem, match: { ...sampleItem.match, sequence: 2 } }
    expect(await noticeOf(detailed(second))).toMatchObject({ alert_type: 'subsequent', record_number: 2 })
  })

  it('a retraction names what it takes back, and measures nothing', async () => {
    const item = { ...retractionItem, match: { ...retractionItem.match, sequence: 2 } }
    const notice = await noticeOf(detailed(item))
    expect(notice).toMatchObject({ alert_type: 'retraction', record_number: 2, alert_datetime: '2026-03-02T10:00:00Z' })
    expect(notice.data).toEqual({
      targets: [{ event_name: 'LSST-AP-DO-170028503098359808', id: sampleEvent.ivoid }],
      photometry: [],
    })
    const side = await noticeOf(detailed(item), { schema: maxi })
    expect(side).toMatchObject({ id: sampleEvent.ivoid })
    expect(side.additional_info).toContain('a satellite crossed the field')
    expect(side).not.toHaveProperty('ra')
  })

  it('a test is of the tense test', async () => {
    const item = { ...sampleItem, event: { ...sampleEvent, role: 'test' as const } }
    expect(await noticeOf(detailed(item))).toMatchObject({ alert_tense: 'test' })
    expect(await noticeOf(detailed(sampleItem, { ...fullEvent(), role: 'test' }))).toMatchObject({
      alert_tense: 'test',
    })
  })
})

it.each([
  ['2026-03-08T05:36:40', 'current'],
  ['2026-03-08T05:36:50', 'archival'],
])('a notice of %s about a detection of 2026-03-01T05:36:47.6 is %s', async (date, alert_tense) => {
  const event = { ...sampleEvent, who: { ...sampleEvent.who, date } }
  expect(await noticeOf(detailed({ ...sampleItem, event }))).toMatchObject({ alert_tense })
})

describe('what no notice is made of', () => {
  it('is refused below the reliability that is asked for', async () => {
    const doubtful = (reliability: number) => {
      const full = fullEvent()
      const params = full.what!.params.filter(({ definition }) => definition.name !== 'reliability')
      return detailed(sampleItem, {
        ...full,
        what: { ...full.what!, params: [...params, param('reliability', reliability)] },
      })
    }
    expect(await reasons(doubtful(0.12))).toMatch(
      /^Its reliability of 0\.12 is below the 0\.5 that `leastReliability` asks for/,
    )
    await noticeOf(doubtful(0.5))
    await noticeOf(doubtful(0.12), { leastReliability: 0 })
    expect(await reasons(doubtful(Number.NaN))).toMatch(/has no reliability/)
  })

  it('is refused of what the survey has seen for long', async () => {
    const old = detailed(sampleItem, fullEvent([point(31), trigger]))
    expect(await reasons(old)).toMatch(/seen it for 31 days, and `longestDays` is 30/)
    await noticeOf(old, { longestDays: 31 })
  })

  it('is refused where it is fading, though it was brighter than the reference before', async () => {
    const { magnitude: _, magnitudeError: __, ...dark } = trigger
    const fading = detailed(sampleItem, fullEvent([point(3), { ...dark, flux: -5_000 }]))
    expect(await reasons(fading)).toMatch(/fainter than the reference/)
  })

  it('says why', async () => {
    expect(await reasons(sampleItem)).toMatch(/not in the archive/)
    const [location] = sampleEvent.whereWhen!
    const moving = { ...fullEvent(), whereWhen: [{ ...location!, movingObject: { designation: '1999 JX119' } }] }
    expect(await reasons(detailed(sampleItem, moving as VOEvent))).toMatch(/1999 JX119, a known object/)
    const { magnitude: _m, magnitudeError: _e, ...fading } = { ...trigger, flux: -5_000 }
    expect(await reasons(detailed(sampleItem, fullEvent([fading])))).toMatch(/fainter than the reference/)
    const { who: _, ...undated } = sampleEvent
    expect(await reasons(detailed({ ...sampleItem, event: undated }))).toMatch(/when it was written/)
    const early = { ...sampleEvent, who: { date: '2026-02-27T00:00:00' } }
    expect(await reasons(detailed({ ...sampleItem, event: early }))).toMatch(
      /observation_start is after alert_datetime/,
    )
    const vague = { ...sampleEvent, who: { date: 'yesterday' } }
    expect(await reasons(detailed({ ...sampleItem, event: vague }))).toMatch(/alert_datetime must be a time in UTC/)
  })
})

describe('a draft of a notice', () => {
  it('is its JSON, which gives the same body again', async () => {
    const { drafting, render } = await opened()
    const { body } = render([detailed()], null)
    const text = drafting!.text(body)
    expect(text).toContain('\n  "alert_type": "initial"')
    expect(Buffer.from(drafting!.parse(text, body)).equals(Buffer.from(body))).toBe(true)
    expect(drafting!.lint(body, null)).toEqual([])
  })

  it('is linted by all rules, and takes no text that is none', async () => {
    const { drafting, render } = await opened()
    const { body } = render([detailed()], null)
    const changed = drafting!.parse(drafting!.text(body).replace('155.125167', '999'), body)
    expect(drafting!.lint(changed, null)).toEqual([
      { severity: 'error', code: 'GCN_NOTICE_INVALID', says: 'data.targets.0.ra must be from 0 to less than 360.' },
    ])
    for (const bad of ['', '{', '[1]', 'null', '"x"']) expect(refusalOf(() => drafting!.parse(bad, body))).toBe(true)
  })
})

describe('whatever stands in an alert', () => {
  it('is a notice that nothing is wrong with, or refused with reasons', async () => {
    const channel = await opened()
    const side = await opened({ schema: maxi })
    let told = 0
    fc.assert(
      fc.property(
        fc.record({
          text: hostileText,
          other: hostileText,
          ra: fc.double(),
          dec: fc.oneof(fc.double({ min: -90, max: 90 }), fc.double()),
          mag: fc.oneof(fc.double({ min: 10, max: 30 }), fc.double()),
          probability: fc.double(),
        }),
        ({ text, other, ra, dec, mag, probability }) => {
          const full = fullEvent([{ ...trigger, band: text, magnitude: mag }])
          const item = detailed(
            {
              ...itemNumber(1),
              event: {
                ...citing('supersedes', text),
                ivoid: `ivo://example.org/x#${other}`,
                citations: { events: [{ ivoid: text, cite: 'supersedes' }], description: other },
              },
              match: { ...sampleItem.match, streamTitle: text, eventUrl: other },
            },
            {
              ...full,
              whereWhen: [
                { coordSystem: 'UTC-ICRS-TOPO', position: { unit: 'deg', c1: ra, c2: dec, errorRadius: mag } },
              ],
              why: { inferences: [], classifications: [{ classifier: text, classes: [{ name: other, probability }] }] },
            } as unknown as VOEvent,
          )
          for (const { render } of [channel, side]) {
            if (refusalOf(() => render([item], null))) continue
            const { body } = render([item], null)
            told++
            expect(noticeFaults(JSON.parse(readStored(body).value.toString()))).toEqual([])
          }
        },
      ),
      { numRuns: 400 },
    )
    expect(told).toBeGreaterThan(20)
  })
})
