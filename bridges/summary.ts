/**
 * What a reader wants to know of an event first, found by its meaning: survey-neutral names (those of the `alert`
 * table, case and underscores aside) and UCDs. A document from outside may lack any of it, or say it as text.
 */
import { mjdUtcToIso } from '../vo/astro/time.ts'
import { eventEquatorial, eventTimeMjdUtc } from '../vo/event-place.ts'
import type { Param, VOEvent } from '../vo/model/voevent.ts'
import type { Item } from './contract.ts'
import { oneLine } from './words.ts'

export interface Summary {
  /** The object's name in its survey, or the event's own local name. */
  readonly object: string
  /** ISO 8601 in UTC, without a zone: as written where the event is in UTC, else converted. */
  readonly timeIso?: string
  /** The same as a Modified Julian Date in UTC. */
  readonly timeMjdUtc?: number
  readonly raDeg?: number
  readonly decDeg?: number
  /** As the survey measured it: one that the gateway assumed is not said. */
  readonly errorDeg?: number
  readonly band?: string
  readonly mag?: number
  readonly magErr?: number
  /** The difference flux is below zero, by more than its noise: fainter than the reference, no magnitude exists. */
  readonly negative: boolean
  /** There is no magnitude, and the difference flux is within three sigma of zero: neither brighter nor fainter. */
  readonly noFlux: boolean
  /** A known object of the solar system. */
  readonly moving: boolean
  readonly snr?: number
  readonly reliability?: number
  readonly detections?: number
}

/** What is nearer to zero is noise: as the mapping gives a limit there and no magnitude. */
const noiseSigma = 3

/** Where there is no magnitude, why; undefined where nothing is known. */
export function withoutMagnitude({ negative, noFlux }: Summary): string | undefined {
  if (noFlux) return 'no significant flux'
  return negative ? 'fainter than the reference image' : undefined
}

export function summarize({ event, match }: Pick<Item, 'event' | 'match'>): Summary {
  const params = [
    ...(event.what?.params ?? []),
    ...(event.what?.groups ?? []).flatMap((group) => group.params),
    ...match.columns.map(
      (column): Param => ({
        definition: {
          name: column.name,
          dataType: 'string',
          ...(column.unit === undefined ? {} : { unit: column.unit }),
        },
        value: column.value,
      }),
    ),
  ]
  const values = new Map<string, Param>()
  for (const param of params) {
    const known = plainName(param.definition.name)
    if (param.value !== null && !values.has(known)) values.set(known, param)
  }
  const named = (...names: string[]) => names.map((name) => values.get(name)).find((param) => param !== undefined)
  const meaning = (ucd: string) => params.find((p) => p.value !== null && p.definition.ucd?.toLowerCase() === ucd)
  // The mapping's groups stand for objects: the survey's, or one of the solar system, which has a designation too.
  const inGroup = (name: string) =>
    (event.what?.groups ?? []).flatMap((group) => group.params).find((p) => plainName(p.definition.name) === name)
  const number = (param: Param | undefined): number | undefined => {
    const value = param === undefined || param.value === '' ? Number.NaN : Number(param.value)
    return Number.isFinite(value) ? value : undefined
  }
  const text = (param: Param | undefined) =>
    param === undefined || param.value === null ? undefined : oneLine(String(param.value), 60) || undefined

  const place = eventEquatorial(event)
  const flux = number(named('fluxnjy', 'psffluxnjy', 'psfflux', 'flux'))
  const fluxErr = number(named('fluxerrnjy', 'psffluxerrnjy', 'psffluxerr', 'fluxerr'))
  const noFlux = flux !== undefined && fluxErr !== undefined && Math.abs(flux) <= noiseSigma * fluxErr
  const negative = flux === undefined ? isTrue(named('isnegative')?.value) : flux < 0
  const mag = number(
    named('mag', 'magnitude') ??
      // These names stand for the size of a difference, whatever its sign.
      (negative ? undefined : named('magpsf', 'psfmag', 'magdiff')) ??
      // Beside a flux without a magnitude, another magnitude is that of something else (the host, all light).
      (flux === undefined && !negative ? meaning('phot.mag') : undefined),
  )
  const band = text(named('band', 'filter', 'filtername') ?? meaning('instr.bandpass') ?? meaning('instr.filter'))
  return {
    object:
      text(inGroup('designation')) ??
      text(inGroup('name')) ??
      text(named('objectname', 'name')) ??
      event.why?.names[0] ??
      text(named('objectid')) ??
      localName(event),
    ...timeOf(event),
    ...(place === undefined ? {} : { raDeg: place.raDeg, decDeg: place.decDeg }),
    ...(place?.errorDeg !== undefined && place.errorDeg > 0 && !isTrue(named('positionerrorassumed')?.value)
      ? { errorDeg: place.errorDeg }
      : {}),
    ...defined('band', band),
    ...defined('mag', mag),
    ...defined(
      'magErr',
      number(named('magerr', 'magnitudeerror', 'psfmagerr', 'sigmapsf') ?? meaning('stat.error;phot.mag')),
    ),
    negative: mag === undefined && negative && !noFlux,
    noFlux: mag === undefined && noFlux,
    moving:
      event.whereWhen?.[0]?.movingObject !== undefined ||
      (event.what?.groups ?? []).some(
        ({ name, params }) =>
          plainName(name ?? '') === 'solarsystemobject' &&
          params.some((p) => plainName(p.definition.name) === 'designation' && p.value !== null && p.value !== ''),
      ),
    ...defined('snr', number(named('snr') ?? meaning('stat.snr'))),
    ...defined('reliability', number(named('reliability', 'drb', 'rb'))),
    ...defined('detections', number(named('ndetections', 'ndiasources', 'ndethist'))),
  }
}

/** `n_detections`, `nDetections` and `N-Detections` are one name. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function isTrue(value: Param['value'] | undefined): boolean {
  return value === true || value === 1 || value === 1n || value === '1' || value === 'true'
}

function timeOf(event: VOEvent): Pick<Summary, 'timeIso' | 'timeMjdUtc'> {
  const location = event.whereWhen?.[0]
  const timeMjdUtc = eventTimeMjdUtc(event)
  if (location === undefined || timeMjdUtc === undefined) return {}
  const written = location.time?.isoTime
  if (written !== undefined && location.coordSystem.startsWith('UTC-')) {
    return { timeIso: written.trim().replace(/Z$/, ''), timeMjdUtc }
  }
  try {
    return { timeIso: mjdUtcToIso(timeMjdUtc), timeMjdUtc }
  } catch {
    // A year that has no four digits.
    return {}
  }
}

/** Of a retraction, the name of what it withdraws. */
function localName({ ivoid, citations }: VOEvent): string {
  const named = citations?.events.find(({ cite }) => cite === 'retraction')?.ivoid ?? ivoid
  const local = named.slice(named.search(/[#?]/) + 1)
  return oneLine(local, 60) || 'an event'
}

function defined<Name extends string, T>(name: Name, value: T | undefined): Partial<Record<Name, T>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, T>)
}
