/** Lowering of what nobody writes by hand: many parts of one name, and NaN in parts that are moved. */
import { describe, expect, it } from 'vitest'
import { lowerEvent } from '../../vo/lower-event.ts'
import type { Attachment, VOEvent } from '../../vo/model/voevent.ts'

const bare: VOEvent = { ivoid: 'ivo://example.org/stream#1', role: 'test' }

describe('many parts of one name', () => {
  // A search through all of them for each of them would take hours.
  const many = 100_000
  const names = (count: number) => Array.from({ length: count }, (_, i) => (i === 0 ? 'cutout' : `cutout${i + 1}`))

  it('get numbers, each its own', () => {
    const attachments = Array.from({ length: many }, (): Attachment => ({ name: 'cutout', mediaType: 'a/b', uri: 'u' }))
    const { event } = lowerEvent({ ...bare, attachments }, '2.0')
    expect(event.what?.groups.map(({ name }) => name)).toEqual(names(many))
  })

  it('get none that the event has already', () => {
    const uri = 'https://example.org/a'
    const one: Attachment = { name: 'cutout', mediaType: 'a/b', uri }
    const groups = ['cutout', 'cutout3'].map((name) => ({ name, params: [] }))
    const what = { params: [], groups, tables: [], descriptions: [], references: [] }
    const { event } = lowerEvent({ ...bare, what, attachments: [one, one, { ...one, name: 'cutout2' }, one] }, '2.0')
    expect(event.what?.groups.map(({ name }) => name)).toEqual([
      'cutout',
      'cutout3',
      'cutout2',
      'cutout4',
      'cutout22',
      'cutout5',
    ])
  })

  it('are found by the regions that name them, the first of one name', () => {
    const attachments = Array.from(
      { length: many },
      (_, i): Attachment => ({ name: `${i % (many / 2)}`, mediaType: 'a/b', uri: `https://example.org/${i}` }),
    )
    const whereWhen = Array.from({ length: many }, (_, i) => ({
      coordSystem: '',
      region: { kind: 'moc' as const, uri: `#${i}` },
    }))
    const { event } = lowerEvent({ ...bare, whereWhen, attachments }, '2.0')
    const links = event.whereWhenNotes?.references.map(({ uri }) => uri)
    expect(links?.length).toBe(many / 2)
    expect(links?.at(-1)).toBe(`https://example.org/${many / 2 - 1}`)
  })
})

describe('NaN in a part that is moved', () => {
  it('is an absent value, and the account says so', () => {
    const nothing = Number.NaN
    const point = { kind: 'detection', timeMjd: 61_000, flux: nothing, fluxError: 1 } as const
    const event: VOEvent = {
      ...bare,
      what: {
        params: [],
        groups: [],
        tables: [],
        descriptions: [],
        references: [],
        timeSeries: [{ timeScale: 'TAI', bands: [{ name: 'r', wavelengthM: nothing }], points: [point] }],
      },
      whereWhen: [
        {
          coordSystem: '',
          region: { kind: 'moc', areaDeg2: nothing },
          movingObject: { phaseAngleDeg: nothing, rate1DegPerDay: 1 },
        },
      ],
    }
    const { losses } = lowerEvent(event, '2.1')
    expect(losses.filter(({ kind }) => kind === 'approximated').map(({ path }) => path)).toEqual([
      'whereWhen[0].region.areaDeg2',
      'whereWhen[0].movingObject.phaseAngleDeg',
      'what.timeSeries[0].points[0].flux',
      'what.timeSeries[0].bands[0].wavelengthM',
    ])
  })
})

describe('an ellipse beside a covariance', () => {
  it('is dropped where the radius is that of the covariance, and only there', () => {
    const ellipse = { semiMajorDeg: 3, semiMinorDeg: 1, positionAngleDeg: 0 }
    const lowered = (c1c1Deg2: number) => {
      const covariance = { c1c1Deg2, c1c2Deg2: 0, c2c2Deg2: 1 }
      const whereWhen = [{ coordSystem: '', position: { c1: 1, c2: 2, ellipse, covariance } }]
      const { event, losses } = lowerEvent({ ...bare, whereWhen }, '2.1')
      const account = losses.map(({ kind, path }) => `${kind} ${path.slice(path.lastIndexOf('.') + 1)}`)
      return [event.whereWhen?.[0]?.position?.errorRadius, ...account]
    }
    expect(lowered(4)).toEqual([2, 'dropped ellipse', 'approximated covariance'])
    expect(lowered(Number.NaN)).toEqual([3, 'approximated ellipse', 'dropped covariance'])
  })
})
