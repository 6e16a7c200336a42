/** What becomes of each part that a version cannot say, by examples. */
import { describe, expect, it } from 'vitest'
import { lowerEvent } from '../../vo/lower-event.ts'
import type { Attachment, ObsDataLocation, Param, Position2D, Time, VOEvent } from '../../vo/model/voevent.ts'
import { readVOEvent, writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { voeventText21 } from '../../vo/xml/voevent-2.1.ts'
import { fullEvent } from './packet.ts'

const bare: VOEvent = { ivoid: 'ivo://example.org/stream#1', role: 'test' }
const at = (place: Partial<ObsDataLocation>): VOEvent => ({
  ...bare,
  whereWhen: [{ coordSystem: 'UTC-ICRS-TOPO', ...place }],
})
const place = (event: VOEvent) => event.whereWhen?.[0]
const losses = (event: VOEvent, to: '2.0' | '2.1') =>
  lowerEvent(event, to).losses.map(({ kind, path }) => `${kind} ${path}`)
const values = (params: readonly Param[] | undefined) =>
  Object.fromEntries((params ?? []).map(({ definition, value }) => [definition.name, value]))

describe('times', () => {
  const time = (given: Time, to: '2.0' | '2.1' = '2.0') => lowerEvent(at({ time: given }), to)
  const day = { start: '2026-01-01T00:00:00', stop: '2026-01-02T00:00:00' }

  it('are the middle of an interval with half of its length as the error, and Params keep the ends', () => {
    const { event, losses: account } = time({ interval: day })
    expect(place(event)?.time).toEqual({ isoTime: '2026-01-01T12:00:00.000', unit: 's', error: 43_200 })
    expect(values(event.what?.params)).toEqual({ timeStart: day.start, timeStop: day.stop })
    expect(account).toEqual([
      {
        kind: 'approximated',
        path: 'whereWhen[0].time.interval',
        says: 'is the instant 2026-01-01T12:00:00.000, and the Params timeStart and timeStop',
      },
    ])
    expect(time({ interval: day }, '2.1')).toEqual({ event: at({ time: { interval: day } }), losses: [] })
  })

  it('keep an error of their own, and the leap second at the end of 2016', () => {
    expect(place(time({ interval: day, unit: 's', error: 1 }).event)?.time).toEqual({
      isoTime: '2026-01-01T12:00:00.000',
      unit: 's',
      error: 1,
    })
    const leap = { start: '2016-12-31T00:00:00', stop: '2017-01-01T00:00:00' }
    expect(place(time({ interval: leap }).event)?.time?.isoTime).toBe('2016-12-31T12:00:00.500')
  })

  it('know no leap second in other scales than UTC', () => {
    const leap = { start: '2016-12-31T00:00:00', stop: '2017-01-01T00:00:00' }
    const middle = (coordSystem: string, more: Partial<ObsDataLocation> = {}) =>
      place(lowerEvent(at({ coordSystem, time: { interval: leap }, ...more }), '2.0').event)?.time
    expect(middle('TDB-ICRS-BARY')).toEqual({ isoTime: '2016-12-31T12:00:00.000', unit: 's', error: 43_200 })
    expect(middle('FK5-TT-TOPO')?.isoTime).toBe('2016-12-31T12:00:00.000')
    expect(middle('', { timeFrame: { timeScale: 'TAI' } })?.isoTime).toBe('2016-12-31T12:00:00.000')
    expect(middle('UTC-ICRS-TOPO')?.isoTime).toBe('2016-12-31T12:00:00.500')
  })

  it('are the end that there is, or the beginning of an interval that cannot be read', () => {
    expect(place(time({ interval: { stop: day.stop } }).event)?.time).toEqual({ isoTime: day.stop })
    expect(place(time({ interval: { start: 'soon', stop: day.stop } }).event)?.time).toEqual({ isoTime: 'soon' })
    expect(place(time({ interval: {} }).event)?.time).toEqual({})
  })

  it('stay the instant where there is one beside the interval', () => {
    const { event, losses: account } = time({ isoTime: day.start, interval: day }, '2.1')
    expect(place(event)?.time).toEqual({ isoTime: day.start })
    expect(values(event.what?.params)).toEqual({ timeStart: day.start, timeStop: day.stop })
    expect(account.map(({ kind }) => kind)).toEqual(['moved'])
  })
})

describe('errors of positions', () => {
  const radius = (more: Partial<Position2D>, to: '2.0' | '2.1' = '2.1') =>
    place(lowerEvent(at({ position: { c1: 1, c2: 2, unit: 'deg', ...more } }), to).event)?.position

  it('are a radius of one sigma: the larger axis of the ellipse, by its confidence', () => {
    const ellipse = { semiMajorDeg: 2, semiMinorDeg: 1, positionAngleDeg: 0 }
    expect(radius({ ellipse })).toEqual({ c1: 1, c2: 2, unit: 'deg', errorRadius: 2 })
    expect(radius({ ellipse, unit: 'arcsec' })?.errorRadius).toBe(7200)
    expect(radius({ ellipse, unit: 'pixel' })?.errorRadius).toBeUndefined()
    // 90 % lie within 2.1460 sigmas in two dimensions.
    expect(radius({ ellipse: { ...ellipse, confidence: 0.9 } })?.errorRadius).toBeCloseTo(2 / 2.145966, 6)
    expect(radius({ ellipse: { ...ellipse, confidence: 1 } })?.errorRadius).toBeUndefined()
  })

  it('are the square root of the larger eigenvalue of a covariance', () => {
    // Axes of 2 and 1 degrees, turned by 45 degrees.
    expect(radius({ covariance: { c1c1Deg2: 2.5, c1c2Deg2: 1.5, c2c2Deg2: 2.5 } })?.errorRadius).toBeCloseTo(2, 12)
    const nothing = { c1c1Deg2: Number.NaN, c1c2Deg2: 0, c2c2Deg2: 1 }
    expect(losses(at({ position: { c1: 1, c2: 2, covariance: nothing } }), '2.1')).toEqual([
      'dropped whereWhen[0].position.covariance',
    ])
  })

  it('stay the radius that there is', () => {
    const position = {
      c1: 1,
      c2: 2,
      errorRadius: 3,
      error1: 4,
      ellipse: { semiMajorDeg: 9, semiMinorDeg: 9, positionAngleDeg: 0 },
    }
    expect(place(lowerEvent(at({ position }), '2.0').event)?.position).toEqual({ c1: 1, c2: 2, errorRadius: 3 })
    expect(losses(at({ position }), '2.0')).toEqual([
      'dropped whereWhen[0].position.ellipse',
      'dropped whereWhen[0].position.error1',
    ])
    expect(radius({ error1: 0.5, error2: 0.25 }, '2.0')?.errorRadius).toBe(0.5)
    expect(radius({ error1: 0.5, error2: 0.25 }, '2.1')).toEqual({
      c1: 1,
      c2: 2,
      unit: 'deg',
      error1: 0.5,
      error2: 0.25,
    })
  })
})

describe('places', () => {
  it('of 2.1 go into What for 2.0: names of positions, frames, systems', () => {
    const event = at({
      coordSystem: 'TDB-HPC-SUN',
      positionName: 'Jupiter',
      timeFrame: { timeScale: 'TDB', referencePosition: 'Jupiter' },
      observatory: { id: 'Juno', positionName: 'Juno' },
    })
    const { event: lowered } = lowerEvent(event, '2.0')
    expect(place(lowered)).toEqual({ coordSystem: '', observatory: { id: 'Juno' } })
    expect(values(lowered.what?.params)).toEqual({
      observatoryPositionName: 'Juno',
      positionName: 'Jupiter',
      coordSystem: 'TDB-HPC-SUN',
    })
    expect(lowered.what?.groups.map(({ name, params }) => [name, values(params)])).toEqual([
      ['timeFrame', { referencePosition: 'Jupiter', timeScale: 'TDB' }],
    ])
    expect(losses(event, '2.0')).toEqual([
      'moved whereWhen[0].observatory.positionName',
      'moved whereWhen[0].positionName',
      'moved whereWhen[0].timeFrame',
      'moved whereWhen[0].coordSystem',
    ])
    expect(losses(event, '2.1')).toEqual([])
  })

  it('take the system of 2.0 that frames spell out', () => {
    const event = at({
      coordSystem: '',
      timeFrame: { timeScale: 'TDB' },
      spaceFrame: { spaceRefFrame: 'ICRS', referencePosition: 'BARYCENTER' },
    })
    expect(place(lowerEvent(event, '2.0').event)?.coordSystem).toBe('TDB-ICRS-BARY')
  })

  it('have each id once, and systems by ids that differ and are read back', () => {
    const location = {
      coordSystem: 'UTC-ICRS-TOPO',
      observatory: { coordSystem: 'UTC-ICRS-TOPO', timeFrame: { id: 'a' } },
    }
    const event: VOEvent = {
      ...bare,
      whereWhen: [location, { ...location, timeFrame: { id: 'a' } }, { coordSystem: 'a' }, { coordSystem: 'no name' }],
    }
    const text = voeventText21(event)
    expect([...text.matchAll(/<AstroCoordSystem id="([^"]*)"/g)].map(([, id]) => id)).toEqual([
      'UTC-ICRS-TOPO',
      'UTC-ICRS-TOPO-2',
      'UTC-ICRS-TOPO-3',
      'UTC-ICRS-TOPO-4',
    ])
    expect([...text.matchAll(/coord_system_id="([^"]*)"/g)].map(([, id]) => id)).toEqual([
      'UTC-ICRS-TOPO-2',
      'UTC-ICRS-TOPO-4',
      'a',
      'no name',
    ])
    const { event: back } = readVOEvent(Buffer.from(text), { mode: 'strict' })
    expect(back.whereWhen?.map(({ coordSystem }) => coordSystem)).toEqual(
      event.whereWhen?.map(({ coordSystem }) => coordSystem),
    )
    expect(losses(event, '2.1')).toEqual([
      'dropped whereWhen[1].observatory.timeFrame.id',
      'dropped whereWhen[1].timeFrame.id',
    ])
  })

  it('link their region, and tell of what moves', () => {
    const map: Attachment = { name: 'map', mediaType: 'application/fits', uri: 'https://example.org/map.fits' }
    const event: VOEvent = {
      ...at({
        region: { kind: 'healpix', uri: '#map', order: 9, mediaType: 'application/fits' },
        movingObject: {
          designation: '2026 AB',
          orbit: {
            epochMjdTdb: 61000,
            eccentricity: 0.5,
            inclinationDeg: 1,
            ascendingNodeDeg: 2,
            perihelionArgumentDeg: 3,
          },
        },
      }),
      attachments: [map],
    }
    const { event: lowered } = lowerEvent(event, '2.1')
    expect(lowered.whereWhenNotes?.references).toEqual([
      { uri: 'https://example.org/map.fits', mimetype: 'application/fits' },
    ])
    const groups = Object.fromEntries((lowered.what?.groups ?? []).map(({ name, params }) => [name, values(params)]))
    expect(groups).toEqual({
      region: { kind: 'healpix', uri: '#map', order: 9, mediaType: 'application/fits' },
      movingObject: {
        designation: '2026 AB',
        'orbit.epochMjdTdb': 61000,
        'orbit.eccentricity': 0.5,
        'orbit.inclinationDeg': 1,
        'orbit.ascendingNodeDeg': 2,
        'orbit.perihelionArgumentDeg': 3,
      },
      map: {},
    })
    const moving = lowered.what?.groups.find(({ name }) => name === 'movingObject')
    expect(moving?.params[1]?.definition).toMatchObject({ dataType: 'float', unit: 'd', ucd: 'time.epoch' })
  })
})

describe('parts of the draft', () => {
  it('time series are Tables with units, under names that are free', () => {
    const what = {
      ...fullEvent.what!,
      timeSeries: [
        {
          name: 'history',
          description: 'all nights',
          timeScale: 'TAI',
          fluxUnit: 'nJy',
          bands: [{ name: 'r', wavelengthM: 6.2e-7 }],
          points: [
            { kind: 'detection' as const, timeMjd: 61000.5, flux: 12.5, band: 'r' },
            { kind: 'nonDetection' as const, timeMjd: 61001.5, limitMagnitude: 24 },
          ],
        },
      ],
    }
    const { event, losses: account } = lowerEvent({ ...fullEvent, what }, '2.0')
    expect(account.map(({ kind, path, says }) => `${kind} ${path}: ${says}`)).toEqual([
      'moved what.timeSeries[0]: is the Table history2, its bands the Table history2Bands',
    ])
    const [, table, bands] = event.what?.tables ?? []
    expect(table).toMatchObject({ name: 'history2', type: 'timeSeries', descriptions: ['all nights'] })
    expect(values(table?.params)).toEqual({ timeScale: 'TAI', fluxUnit: 'nJy' })
    expect(table?.fields.map(({ name, unit, dataType }) => [name, unit, dataType])).toEqual([
      ['kind', undefined, 'string'],
      ['timeMjd', 'd', 'float'],
      ['band', undefined, 'string'],
      ['flux', 'nJy', 'float'],
      ['limitMagnitude', 'mag', 'float'],
    ])
    expect(table?.rows).toEqual([
      ['detection', 61000.5, 'r', 12.5, null],
      ['nonDetection', 61001.5, '', null, 24],
    ])
    expect(bands).toMatchObject({ name: 'history2Bands', rows: [['r', 6.2e-7]] })
  })

  it('classifications are Inferences, which name their classifier', () => {
    const none = { names: [], concepts: [], descriptions: [], references: [] }
    const classes = [
      { name: 'SN Ia', concept: 'http://astrothesaurus.org/uat/1728', probability: 0.9 },
      { name: 'odd', probability: 1.5 },
    ]
    const why = { ...none, inferences: [], classifications: [{ classifier: 'net', version: '2', classes }] }
    const { event } = lowerEvent({ ...bare, why }, '2.1')
    expect(event.why).toEqual({
      ...none,
      inferences: [
        {
          ...none,
          probability: 0.9,
          names: ['SN Ia'],
          concepts: ['http://astrothesaurus.org/uat/1728'],
          descriptions: ['Classifier: net, version 2'],
        },
        { ...none, names: ['odd'], descriptions: ['Classifier: net, version 2; probability 1.5'] },
      ],
    })
  })

  it('attachments are Groups with a Reference where they have a link, their own or one that is given', () => {
    const data = new Uint8Array([1, 2, 3])
    const attachments: Attachment[] = [
      {
        name: 'g',
        mediaType: 'image/png',
        data,
        description: 'linked',
        uri: 'https://example.org/a.png',
        sizeBytes: 3,
      },
      { name: 'cutout', mediaType: 'image/fits', data },
    ]
    const event: VOEvent = { ...bare, attachments, what: fullEvent.what! }
    const { event: lowered, losses: account } = lowerEvent(event, '2.0')
    expect(account.map(({ kind, path, says }) => `${kind} ${path}: ${says}`)).toEqual([
      'moved attachments[0]: is the Group g2 with a Reference',
      'dropped attachments[0].data: the link has it',
      'dropped attachments[1]: it has no link',
    ])
    expect(lowered.what?.groups.at(-1)).toMatchObject({
      name: 'g2',
      type: 'attachment',
      descriptions: ['linked'],
      references: [{ uri: 'https://example.org/a.png', mimetype: 'image/png' }],
    })
    const given = lowerEvent(event, '2.0', { uriOf: ({ name }) => `https://example.org/files/${name}` })
    expect(given.losses.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'moved attachments[0]',
      'dropped attachments[0].data',
      'moved attachments[1]',
    ])
    expect(given.event.what?.groups.at(-1)?.references).toEqual([
      { uri: 'https://example.org/files/cutout', mimetype: 'image/fits' },
    ])
  })

  it('provenance is a Group, lists in it by number', () => {
    const provenance = {
      survey: 'lsst',
      filter: { name: 'young' },
      software: [{ name: 'a' }, { name: 'b', version: '1' }],
    }
    const { event } = lowerEvent({ ...bare, provenance }, '2.0')
    expect(event.what?.groups.map(({ name, params }) => [name, values(params)])).toEqual([
      [
        'provenance',
        {
          survey: 'lsst',
          'filter.name': 'young',
          'software.name': 'a',
          'software2.name': 'b',
          'software2.version': '1',
        },
      ],
    ])
  })

  it('contributors keep their names', () => {
    const contributors = [{ name: 'Ada', role: 'Poet', ivoid: 'ivo://example.org/ada' }]
    const event: VOEvent = { ...bare, who: { author: { contributors } } }
    expect(lowerEvent(event, '2.1').event.who?.author?.contributors).toEqual([{ ...contributors[0], role: 'Other' }])
    expect(lowerEvent(event, '2.0').event.who?.author?.contributors).toEqual([{ name: 'Ada' }])
    expect(losses(event, '2.1')).toEqual(['approximated who.author.contributors[0].role'])
    expect(losses(event, '2.0')).toEqual([
      'dropped who.author.contributors[0].role',
      'dropped who.author.contributors[0].ivoid',
    ])
  })

  it('values are text of three types; characters that XML cannot hold are told', () => {
    const definition = { name: 'isNew', dataType: 'boolean' as const, references: [{ uri: 'https://example.org/d' }] }
    const event: VOEvent = {
      ...bare,
      description: 'a\u0000b',
      what: {
        params: [
          { definition, value: true },
          { definition: { name: 'x', dataType: 'float' }, value: Number.NaN },
        ],
        groups: [],
        tables: [],
        descriptions: [],
        references: [],
      },
    }
    expect(lowerEvent(event, '2.0').event.what?.params).toEqual([
      {
        definition: { name: 'isNew', dataType: 'string' },
        value: 'true',
        references: [{ uri: 'https://example.org/d' }],
      },
      { definition: { name: 'x', dataType: 'float' }, value: null },
    ])
    expect(losses(event, '2.0')).toEqual([
      'approximated description',
      'approximated what.params[0].definition.dataType',
      'moved what.params[0].definition.references',
      'approximated what.params[1].value',
    ])
    const told: string[] = []
    const bytes = writeVOEvent20(event, { onLoss: (account) => told.push(...account.map(({ path }) => path)) })
    expect(told).toEqual(losses(event, '2.0').map((each) => each.split(' ')[1]))
    expect(writeVOEvent20(event)).toEqual(bytes)
  })
})
