/** Packets as voevent-parse and lxml read them, and the same in our words, to be held against each other. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { peers } from '../../scripts/peers.ts'
import { isoToMjdUtc, mjdTaiToUtcIso, type ObsDataLocation, type Param, type VOEvent } from '../../vo/index.ts'

const script = fileURLToPath(new URL('./read_lenient.py', import.meta.url))

export interface Answer<T> {
  readonly by: 'voevent-parse' | 'lxml'
  readonly is: T
}
interface Position {
  readonly ra: number
  readonly dec: number
  readonly err: number | null
  readonly units: string | null
  readonly system: string | null
}
export type Attributes = Readonly<Record<string, string>>
interface Group {
  readonly name: string | null
  readonly params: readonly Attributes[]
}
/** What `read_lenient.py` says of one packet. */
export interface PeerReading {
  readonly by: Answer<unknown>['by']
  readonly ivorn: string
  readonly positions: readonly Answer<Position | null>[]
  readonly times: readonly Answer<{ written: string; utc: string | null } | null>[]
  readonly params: Answer<readonly Attributes[]>
  readonly groups: Answer<readonly Group[]>
}

/** All packets of a folder by their relative paths; null for what is not well-formed. */
export async function readByPeers(folder: string): Promise<ReadonlyMap<string, PeerReading | null>> {
  const { python } = await peers()
  const json = execFileSync(python, [script, folder], { encoding: 'utf8', maxBuffer: 1 << 28 })
  return new Map(Object.entries(JSON.parse(json) as Record<string, PeerReading | null>))
}

/** Who found so many. */
export const countReaders = (answers: readonly { readonly by: Answer<unknown>['by'] }[]) => ({
  'voevent-parse': answers.filter(({ by }) => by === 'voevent-parse').length,
  lxml: answers.filter(({ by }) => by === 'lxml').length,
})

export function expectSamePositions({ whereWhen = [] }: VOEvent, { positions }: PeerReading, path: string): void {
  expect(whereWhen.map(position), path).toEqual(positions.map(({ is }) => is && { ...is, system: words(is.system) }))
}

/** As they are written, and in UTC; gives how many could be compared in UTC: the others have dates of no calendar. */
export function expectSameTimes({ whereWhen = [] }: VOEvent, { times }: PeerReading, path: string): number {
  const ours = whereWhen.map(({ time }) => time?.isoTime ?? null)
  expect(ours, path).toEqual(times.map(({ is }) => is?.written ?? null))
  let compared = 0
  for (const [index, { is }] of times.entries()) {
    if (is === null || is.utc === null) continue
    const location = whereWhen[index] as ObsDataLocation
    const differenceS = (utcMjd(location) - isoToMjdUtc(is.utc)) * 86_400
    // (an MJD of these years has steps of 0.6 µs; TDB is TT to within 2 ms)
    expect(Math.abs(differenceS), path).toBeLessThan(location.coordSystem.startsWith('TDB') ? 0.002 : 2e-6)
    compared++
  }
  return compared
}

/** In order, with doubles and without names too. */
export function expectSameParams({ what }: VOEvent, { params, groups }: PeerReading, path: string): void {
  expect((what?.params ?? []).map(param), path).toEqual(params.is.map(expected))
  expect(
    (what?.groups ?? []).map((group) => ({ name: group.name ?? null, params: group.params.map(param) })),
    path,
  ).toEqual(groups.is.map((group) => ({ name: group.name, params: group.params.map(expected) })))
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
  const eastDays = (zone.startsWith('-') ? -1 : 1) * (hours / 24 + minutes / 1440)
  const mjd = isoToMjdUtc(local) - eastDays
  return coordSystem.startsWith('TDB') ? isoToMjdUtc(mjdTaiToUtcIso(mjd - ttMinusTaiS / 86_400)) : mjd
}
