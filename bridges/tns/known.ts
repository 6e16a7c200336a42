/**
 * Is it on TNS already? First the mirror, then one search around the place, with the objects that it finds: its answer
 * names no coordinates.
 */
import { DeliveryError } from '../contract.ts'
import { oneLine } from '../words.ts'
import { type Context, isRecord, post } from './api.ts'
import { type AtReport, decDegOf, type Place, raDegOf, separationArcsec } from './at-report.ts'

export interface Known {
  /** With its prefix, as TNS gives it: `AT 2026abc`, `SN 2026abc`. */
  readonly name: string
  readonly separationArcsec: number
  /** It has our name for it among its internal names. */
  readonly ours: boolean
  /** Who reported it. */
  readonly by?: string
}

/** `AT`, `2026abc`: as people write it. */
export function fullName(prefix: unknown, name: string): string {
  const before = typeof prefix === 'string' ? oneLine(prefix, 10) : ''
  return before === '' ? oneLine(name, 40) : `${before} ${oneLine(name, 40)}`
}

/** Every spelling under which the object may be there, in small letters: the IAU's, one that brokers used, the number. */
export function spellingsOf(internalName: string): readonly string[] {
  const number = /^LSST-(?:AP|P)-DO-(\d+)$/i.exec(internalName.trim())?.[1]
  const names = number === undefined ? [internalName] : [`LSST-AP-DO-${number}`, `LSST-P-DO-${number}`, number]
  return names.map(normalName).filter((name) => name !== '')
}
function normalName(name: string): string {
  return name.trim().toLowerCase()
}

/** A list with commas, one of them often at its beginning. */
export function internalNamesOf(text: unknown): readonly string[] {
  return typeof text === 'string'
    ? text
        .split(',')
        .map(normalName)
        .filter((name) => name !== '')
    : []
}

export function placeOf({ ra, dec }: AtReport): Place {
  return { raDeg: raDegOf(ra.value), decDeg: decDegOf(dec.value) }
}

/** Objects are few within seconds of arc; more than that is a fault of the answer. */
const mostObjects = 4

/** Throws DeliveryError, reached `no`: nothing was sent yet. */
export async function searchAround(
  context: Context,
  report: AtReport,
  radiusArcsec: number,
  signal: AbortSignal,
): Promise<readonly Known[]> {
  obeyPace(context, 'cone')
  const data = { ra: `${report.ra.value}`, dec: `${report.dec.value}`, radius: `${radiusArcsec}`, units: 'arcsec' }
  const { fields } = await post(context, 'get/search', { data: JSON.stringify(data) }, { signal, reached: 'no' })
  if (!Array.isArray(fields.data)) throw new DeliveryError('retry', 'no', 'get/search: 200, and no list of objects')
  const names = fields.data.flatMap((one: unknown) =>
    isRecord(one) && typeof one.objname === 'string' ? [one.objname] : [],
  )
  const found: Known[] = []
  for (const name of names.slice(0, mostObjects)) {
    const known = await objectOf(context, name, report, signal)
    if (known !== undefined) found.push(known)
  }
  return found
}

/** The name under which TNS has the object with our name; undefined where it has none. */
export async function searchName(
  context: Context,
  internalName: string,
  { signal, reached }: { signal: AbortSignal; reached: 'no' | 'maybe' },
): Promise<string | undefined> {
  obeyPace(context, 'any')
  const data = { internal_name: internalName, internal_name_exact_match: '1' }
  const { fields } = await post(context, 'get/search', { data: JSON.stringify(data) }, { signal, reached })
  const [first] = Array.isArray(fields.data) ? (fields.data as unknown[]) : []
  return isRecord(first) && typeof first.objname === 'string' ? fullName(first.prefix, first.objname) : undefined
}

async function objectOf(
  context: Context,
  objname: string,
  report: AtReport,
  signal: AbortSignal,
): Promise<Known | undefined> {
  obeyPace(context, 'any')
  const data = JSON.stringify({ objname })
  const { fields, status } = await post(context, 'get/object', { data }, { signal, reached: 'no', answers: [200, 404] })
  // It was there a moment ago.
  if (status === 404) return undefined
  // Older answers had one level more.
  const object = isRecord(fields.data) && isRecord(fields.data.reply) ? fields.data.reply : fields.data
  if (!isRecord(object)) throw new DeliveryError('retry', 'no', 'get/object: 200, and no object')
  const [raDeg, decDeg] = [Number(object.radeg), Number(object.decdeg)]
  if (!Number.isFinite(raDeg) || !Number.isFinite(decDeg)) {
    throw new DeliveryError('retry', 'no', `get/object: ${oneLine(objname, 40)} has no coordinates`)
  }
  const names = new Set(internalNamesOf(object.internal_names))
  const group = isRecord(object.reporting_group) ? object.reporting_group.group_name : undefined
  return {
    name: fullName(object.name_prefix, objname),
    separationArcsec: separationArcsec(placeOf(report), { raDeg, decDeg }),
    ours: spellingsOf(report.internal_name ?? '').some((name) => names.has(name)),
    ...(typeof group === 'string' ? { by: oneLine(group, 60) } : {}),
  }
}

/** TNS said when the next question is welcome; asking before would only be refused. */
function obeyPace({ pace, nowMs }: Context, kind: 'any' | 'cone'): void {
  const waitMs = pace.waitMs(nowMs(), kind)
  if (waitMs === undefined) return
  throw new DeliveryError('retry', 'no', 'TNS takes no more questions for now (its rate limit)', {
    retryAfterMs: waitMs,
  })
}
