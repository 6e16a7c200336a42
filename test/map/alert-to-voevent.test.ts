import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SelectedColumn } from '../../src/flow.ts'
import { alertToVOEvent } from '../../src/map/alert-to-voevent.ts'
import { loadMapping } from '../../src/map/load-mapping.ts'
import { singlePrecision } from '../../src/map/what-of-alert.ts'
import type { Param, VOEvent } from '../../vo/model/voevent.ts'
import { sizeBound } from '../../vo/size-bound.ts'
import { openValidator, type Validator } from '../../vo/validate.ts'
import { readVOEvent, writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { anyLsst, anyValue, anyZtf } from './arbitrary-alert.ts'
import { context, lsst, lsstAlert, ztf, ztfAlert } from './made-alert.ts'

const column = (name: string, value: SelectedColumn['value'], dataType: 'float' | 'int' | 'string' = 'float') => ({
  definition: { name, dataType },
  value,
})
const stream = { name: 'young-and-bright', title: 'Young and bright', columns: [column('mag', 17.25)] }

let validator: Validator
beforeAll(async () => {
  validator = await openValidator()
})

/** Valid by the XSD, without a warning, small enough, and the same when read back. */
function checked(event: VOEvent): VOEvent {
  const bytes = writeVOEvent20(event)
  // An alert's own texts may hold characters that nobody sees.
  expect(validator.validate(bytes).issues.filter(({ code }) => code !== 'SAFE_TEXT')).toEqual([])
  expect(bytes.length).toBeLessThanOrEqual(99_999)
  expect(bytes.length).toBeLessThanOrEqual(sizeBound(event))
  expect(new TextDecoder().decode(bytes)).not.toMatch(/>NaN<|"NaN"|Infinity|undefined|\[object/)
  const read = readVOEvent(bytes, { mode: 'strict' }).event
  expect(read.ivoid).toBe(event.ivoid)
  expect(read.whereWhen?.[0]?.position?.c1).toBe(event.whereWhen?.[0]?.position?.c1)
  for (const names of [event.what!.params, ...event.what!.groups.map((group) => group.params)].map(namesOf)) {
    expect(new Set(names).size).toBe(names.length)
  }
  return read
}

const namesOf = (params: readonly Param[]) => params.map(({ definition }) => definition.name)
const groupOf = (event: VOEvent, name: string) => event.what!.groups.find((group) => group.name === name)

describe('alertToVOEvent', () => {
  it('makes the survey’s own event: it says nothing of filters', () => {
    const event = alertToVOEvent(lsstAlert(), context)
    checked(event)
    expect(event).toMatchObject({
      ivoid: 'ivo://org.example.fountain/lsst#170094456480989258',
      role: 'observation',
      who: {
        authorIvoid: 'ivo://org.example.fountain',
        date: '2026-03-06T02:18:00.123',
        author: { title: 'Fountain at Example', contactEmail: 'alerts@example.org' },
      },
      whereWhen: [
        {
          coordSystem: 'UTC-ICRS-TOPO',
          observatory: {
            id: 'Rubin',
            coordSystem: 'UTC-GEOD-TOPO',
            position3D: { c1: -70.749417, c2: -30.244639, c3: 2663 },
          },
          time: { isoTime: '2026-03-06T02:17:20.180474' },
          position: { unit: 'deg', name1: 'RA', name2: 'Dec', c1: 150.4555220874077, c2: 3.482150412358473 },
        },
      ],
    })
    expect(event.citations).toBeUndefined()
    expect(event.reference).toBeUndefined()
    for (const said of ['LSSTCam', 'lsst.v11_1.alert (id 1101)', 'Fountain 0.1.0']) {
      expect(event.how!.descriptions.join(' ')).toContain(said)
    }
    expect(groupOf(event, stream.name)).toBeUndefined()
  })

  it('makes a stream’s event: its own identity, its columns, a reference to the survey’s', () => {
    const event = alertToVOEvent(lsstAlert(), { ...context, stream })
    checked(event)
    expect(event.ivoid).toBe('ivo://org.example.fountain/streams/young-and-bright#170094456480989258')
    expect(groupOf(event, 'young-and-bright')).toMatchObject({ type: 'stream', params: [{ value: 17.25 }] })
    expect(event.what!.references).toEqual([
      { uri: 'ivo://org.example.fountain/lsst#170094456480989258', meaning: expect.any(String) },
    ])
  })

  it('is pure: the same alert at the same time gives the same event', () => {
    expect(alertToVOEvent(lsstAlert(), context)).toEqual(alertToVOEvent(lsstAlert(), context))
  })

  it('cites what it is told to, and links only where the world reaches it', () => {
    const cites = [{ ivoid: 'ivo://org.example.fountain/lsst#1', cite: 'followup' }] as const
    const event = alertToVOEvent(lsstAlert(), { ...context, cites, publicUrl: 'https://example.org/f' })
    checked(event)
    expect(event.citations!.events).toEqual(cites)
    const uri = 'https://example.org/f/events?ID=ivo%3A%2F%2Forg.example.fountain%2Flsst%23170094456480989258'
    expect(event.reference!.uri).toBe(uri)
  })

  it('takes the role from the survey, the packet, or whoever knows the topic', () => {
    const sim = loadMapping('lsst-sim')
    const simulated = alertToVOEvent(lsstAlert(), { ...context, mapping: sim })
    expect(simulated.role).toBe('test')
    expect(simulated.ivoid).toBe('ivo://org.example.fountain/lsst-sim#170094456480989258')
    expect(alertToVOEvent(lsstAlert(), { ...context, test: true }).role).toBe('test')
    expect(alertToVOEvent(lsstAlert({ diaSource: { pixelFlags_injected: true } }), context).role).toBe('test')
    expect(alertToVOEvent(ztfAlert(), { ...context, mapping: ztf, test: false }).role).toBe('observation')
  })

  it('gives every name once, also where a stream repeats or borrows one', () => {
    const columns = [
      column('mag', 1),
      column('mag', 2),
      column('mag', 3),
      column('gone', null),
      column('bad', Number.NaN),
    ]
    for (const name of ['object', 'history', 'mine']) {
      const event = alertToVOEvent(lsstAlert(), { ...context, stream: { name, title: 'T', columns } })
      checked(event)
      const group = event.what!.groups.find(({ type }) => type === 'stream')!
      expect(group.name).toBe(name === 'mine' ? 'mine' : `stream.${name}`)
      expect(namesOf(group.params)).toEqual(['mag', 'mag_2', 'mag_3'])
    }
  })

  it('writes int64, text and truth of a stream’s columns as they are', () => {
    const columns = [
      column('id', 170094456480989258n, 'int'),
      column('is_moving', true, 'int'),
      column('band', 'i<&>', 'string'),
    ]
    const read = checked(alertToVOEvent(lsstAlert(), { ...context, stream: { ...stream, columns } }))
    expect(groupOf(read, stream.name)!.params.map(({ value }) => value)).toEqual(['170094456480989258', '1', 'i<&>'])
  })

  it('stays below what peers take, whatever texts and columns come', () => {
    const flood = '"&<é\u0000\ud800'.repeat(20_000)
    const columns = Array.from({ length: 3000 }, (_, index) => column(`c${index}`, flood, 'string'))
    const top = { target_name: flood, observation_reason: flood }
    const event = alertToVOEvent(lsstAlert({ top }), { ...context, stream: { ...stream, columns } })
    checked(event)
    const group = groupOf(event, stream.name)!
    expect(group.params.length).toBeGreaterThan(5)
    expect(group.params.map(({ definition }) => definition.name)).toEqual(
      columns.slice(0, group.params.length).map(({ definition }) => definition.name),
    )
    expect(event.what!.descriptions.at(-1)).toMatch(/^Left out or shortened, .* \d+ Params/)
  })

  it('throws what identify throws', () => {
    expect(() => alertToVOEvent(lsstAlert({ top: { diaSourceId: 0n } }), context)).toThrow(
      expect.objectContaining({ code: 'ALERT_NO_ID' }),
    )
  })
})

describe('singlePrecision', () => {
  it('gives the shortest decimal of the same single-precision number', () => {
    expect(singlePrecision(Math.fround(0.1))).toBe(0.1)
    expect(singlePrecision(15362.61328125)).toBe(15362.613)
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(singlePrecision(value)) === value).toBe(true)
        expect(String(singlePrecision(value)).length).toBeLessThanOrEqual(String(value).length)
      }),
    )
  })
})

describe('any alert', () => {
  it('of LSST becomes a valid event with unique names', () => {
    fc.assert(
      fc.property(anyLsst, (alert) => {
        checked(alertToVOEvent(alert, { ...context, stream }))
      }),
      { numRuns: 200 },
    )
  })

  it('of ZTF becomes a valid event with unique names', () => {
    fc.assert(
      fc.property(anyZtf, (alert) => {
        checked(alertToVOEvent(alert, { ...context, mapping: ztf }))
      }),
      { numRuns: 150 },
    )
  })

  it('of any content at all gives an event or a FountainError', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('diaSourceId', 'diaSource', 'candid', 'x'), anyValue), (top) => {
        for (const mapping of [lsst, ztf]) {
          const alert = mapping === lsst ? lsstAlert({ top }) : ztfAlert({}, top)
          try {
            checked(alertToVOEvent(alert, { ...context, mapping }))
          } catch (error) {
            expect((error as Error).name).toBe('FountainError')
          }
        }
      }),
      { numRuns: 150 },
    )
  })
})
