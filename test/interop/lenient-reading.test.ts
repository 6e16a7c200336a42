/** What a lenient reader finds in real packets is what voevent-parse finds, and lxml where that refuses. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'
import { peers } from '../../scripts/peers.ts'
import { missingTier } from '../../scripts/tiers.ts'
import {
  isoToMjdUtc,
  mjdTaiToUtcIso,
  type ObsDataLocation,
  type Param,
  readVOEvent,
  VOEventError,
} from '../../vo/index.ts'
import { describeTier, samplesDir } from '../tiers.ts'

const script = fileURLToPath(new URL('./read_lenient.py', import.meta.url))

type Reader = 'voevent-parse' | 'lxml'
interface Answer<T> {
  readonly by: Reader
  readonly is: T
}
interface Position {
  readonly ra: number
  readonly dec: number
  readonly err: number | null
  readonly units: string | null
  readonly system: string | null
}
type Attributes = Readonly<Record<string, string>>
interface Group {
  readonly name: string | null
  readonly params: readonly Attributes[]
}
interface Reading {
  readonly by: Reader
  readonly ivorn: string
  readonly positions: readonly Answer<Position | null>[]
  readonly times: readonly Answer<{ written: string; utc: string | null } | null>[]
  readonly params: Answer<readonly Attributes[]>
  readonly groups: Answer<readonly Group[]>
}

const tier = (['samples', 'peers'] as const).find((name) => missingTier(name) !== undefined) ?? 'peers'

describeTier(tier, 'real packets, read leniently', () => {
  let readings: readonly (readonly [string, Reading | null])[]
  let known: readonly (readonly [string, Reading])[]
  const folder = join(samplesDir as string, 'voevent')
  const bytesOf = (path: string) => readFileSync(join(folder, path))
  const eventOf = (path: string) => readVOEvent(bytesOf(path), { mode: 'lenient' }).event

  beforeAll(async () => {
    const { python } = await peers()
    const json = execFileSync(python, [script, folder], { encoding: 'utf8', maxBuffer: 1 << 26 })
    readings = Object.entries(JSON.parse(json) as Record<string, Reading | null>)
    known = readings.flatMap(([path, reading]) => (reading === null ? [] : [[path, reading] as const]))
  })

  it('all are read but the two that nobody takes for XML', () => {
    expect(readings).toHaveLength(95)
    const refused = readings.filter(([, reading]) => reading === null).map(([path]) => path)
    expect(refused).toEqual(['frb/04-Retraction.xml', 'frb/II-Targeted.xml'])
    for (const path of refused) expect(() => eventOf(path), path).toThrow(VOEventError)
    for (const [path, { ivorn }] of known) expect(eventOf(path).ivoid, path).toBe(ivorn)
    expect(count(known.map(([, reading]) => reading))).toEqual({ 'voevent-parse': 88, lxml: 5 })
  })

  it('have the positions that the peers find', () => {
    for (const [path, { positions }] of known) {
      expect((eventOf(path).whereWhen ?? []).map(position), path).toEqual(
        positions.map(({ is }) => is && { ...is, system: words(is.system) }),
      )
    }
    const found = known.flatMap(([, { positions }]) => positions).filter(({ is }) => is !== null)
    report('positions', count(found))
    expect(count(found)).toEqual({ 'voevent-parse': 73, lxml: 5 })
    expect(new Set(found.map(({ is }) => is?.ra)).size).toBeGreaterThan(50)
  })

  it('have the times that the peers find, to the microsecond in UTC', () => {
    let compared = 0
    for (const [path, { times }] of known) {
      const locations = eventOf(path).whereWhen ?? []
      expect(
        locations.map(({ time }) => time?.isoTime ?? null),
        path,
      ).toEqual(times.map(({ is }) => is?.written ?? null))
      for (const [index, { is }] of times.entries()) {
        // A date that no calendar has stays as it is written.
        if (is === null || is.utc === null) continue
        const location = locations[index] as ObsDataLocation
        const differenceS = (utcMjd(location) - isoToMjdUtc(is.utc)) * 86_400
        // (a Julian date of these years has steps of 0.6 µs; TDB is TT to within 2 ms)
        expect(Math.abs(differenceS), path).toBeLessThan(location.coordSystem.startsWith('TDB') ? 0.002 : 2e-6)
        compared++
      }
    }
    const found = known.flatMap(([, { times }]) => times).filter(({ is }) => is !== null)
    report('times', { ...count(found), 'compared in UTC': compared })
    expect({ ...count(found), compared }).toEqual({ 'voevent-parse': 81, lxml: 4, compared: 84 })
  })

  it('have the parameters that the peers find, in order, with doubles and without names too', () => {
    const packets: Answer<number>[] = []
    let [top, groups, grouped, doubles, nameless, noValue, valueElements] = [0, 0, 0, 0, 0, 0, 0]
    for (const [path, { params, groups: theirGroups }] of known) {
      const { what } = eventOf(path)
      expect((what?.params ?? []).map(param), path).toEqual(params.is.map(expected))
      expect(
        (what?.groups ?? []).map((group) => ({ name: group.name ?? null, params: group.params.map(param) })),
        path,
      ).toEqual(theirGroups.is.map((group) => ({ name: group.name, params: group.params.map(expected) })))
      const all = [...params.is, ...theirGroups.is.flatMap((group) => group.params)]
      if (all.length > 0) packets.push({ by: params.by, is: all.length })
      top += params.is.length
      groups += theirGroups.is.length
      grouped += all.length - params.is.length
      nameless += all.filter((each) => each.name === undefined).length
      noValue += all.filter((each) => each.value === undefined && each.Value === undefined).length
      valueElements += all.filter((each) => each.Value !== undefined).length
      for (const list of [params.is, ...theirGroups.is.map((group) => group.params), theirGroups.is]) {
        if (new Set(list.map(({ name }) => name)).size < list.length) doubles++
      }
    }
    const counts = { ...count(packets), top, groups, grouped, doubles, nameless, noValue, valueElements }
    report('parameters', counts)
    expect(counts).toEqual({
      'voevent-parse': 83,
      lxml: 5,
      top: 1498,
      groups: 224,
      grouped: 2167,
      doubles: 4,
      nameless: 0,
      noValue: 4,
      valueElements: 1,
    })
  })
})

const count = (answers: readonly { readonly by: Reader }[]) => ({
  'voevent-parse': answers.filter(({ by }) => by === 'voevent-parse').length,
  lxml: answers.filter(({ by }) => by === 'lxml').length,
})

function report(what: string, counts: Readonly<Record<string, number>>): void {
  const each = Object.entries(counts).map(([name, number]) => `${name} ${number}`)
  console.log(`${what}: ${each.join(', ')}`)
}

/** The words of a coordinate system: 1.1 has FK5-UTC-GEO for UTC-FK5-GEO. */
const words = (system: string | null) => system?.split('-').sort() ?? null

function position({ position, coordSystem }: ObsDataLocation): unknown {
  if (position === undefined) return null
  const { c1, c2, errorRadius = null, unit = null } = position
  return { ra: c1, dec: c2, err: errorRadius, units: unit, system: words(coordSystem) }
}

const dataTypes = ['string', 'float', 'int']

/** A peer's Param in the words of the model: GECAM writes `datatype`; a type that 2.0 does not know is text. */
function expected({ name, value, Value, unit, ucd, utype, dataType, datatype }: Attributes): unknown {
  const type = dataType ?? datatype ?? 'string'
  return {
    name: name ?? '',
    value: value ?? Value ?? null,
    unit: unit ?? null,
    ucd: ucd ?? null,
    utype: utype ?? null,
    dataType: dataTypes.includes(type) ? type : 'string',
  }
}

function param({ definition, value }: Param): unknown {
  const { name, unit = null, ucd = null, utype = null, dataType } = definition
  return { name, value, unit, ucd, utype, dataType }
}

const ttMinusTaiS = 32.184

/** The time of a location as MJD in UTC. */
function utcMjd({ time, coordSystem }: ObsDataLocation): number {
  const [, local = '', zone = 'Z'] = /^(.*?)(Z|[+-]\d\d:\d\d)?$/.exec(time?.isoTime ?? '') ?? []
  const [hours = 0, minutes = 0] = zone === 'Z' ? [] : zone.slice(1).split(':').map(Number)
  const east = (zone.startsWith('-') ? -1 : 1) * (hours / 24 + minutes / 1440)
  const mjd = isoToMjdUtc(local) - east
  return coordSystem.startsWith('TDB') ? isoToMjdUtc(mjdTaiToUtcIso(mjd - ttMinusTaiS / 86_400)) : mjd
}
