/**
 * An AT report as TNS 2.0 takes it: the keys since January 2025. What is stored and sent is the `data` of
 * `set/bulk-report`, one report a request: of several, one fault would stop all.
 */
import { z } from 'zod'
import { Refusal } from '../contract.ts'

/** Numbers are written as texts, so that no digit changes on the way; TNS takes both. */
const numeric = z.union([z.string().regex(/^[+-]?\d{1,12}(\.\d{1,12})?$/, 'must be a number'), z.number()])
const id = z.union([z.string().regex(/^\d{1,9}$/, 'must be a number that TNS gave'), z.int().nonnegative()])
const line = z.string().max(4000)
/** Sexagesimal, or decimal degrees. */
const coordinate = z.strictObject({
  value: z.union([z.string().max(40), z.number()]),
  error: numeric.optional(),
  units: z.enum(['arcsec', 'arcmin', 'deg']).optional(),
})

const point = z.strictObject({
  obsdate: line,
  flux: numeric.optional(),
  flux_error: numeric.optional(),
  limiting_flux: numeric.optional(),
  flux_unitid: id,
  filterid: id,
  instrumentid: id,
  exptime: numeric.optional(),
  observer: line.optional(),
  comments: line.optional(),
})
const numbered = z.record(z.string().regex(/^\d{1,3}$/), point)

export const atReport = z.strictObject({
  ra: coordinate,
  dec: coordinate,
  reporting_groupid: id,
  data_source_groupid: id,
  reporter: line,
  discovery_datetime: line,
  at_type: id,
  host_name: line.optional(),
  host_redshift: numeric.optional(),
  transient_redshift: numeric.optional(),
  internal_name: line.optional(),
  remarks: line.optional(),
  non_detection: z.strictObject({
    obsdate: line.optional(),
    limiting_flux: numeric.optional(),
    flux_unitid: id.optional(),
    filterid: id.optional(),
    instrumentid: id.optional(),
    exptime: numeric.optional(),
    observer: line.optional(),
    comments: line.optional(),
    archiveid: id.optional(),
    archival_remarks: line.optional(),
  }),
  photometry: z.union([z.strictObject({ photometry_group: numbered }), numbered]),
  auto_class: z
    .array(
      z.strictObject({
        algorithm: line,
        version: line,
        objtypeid: id,
        prob: z.number().min(0).max(1),
        additional_params: z.array(z.unknown()),
      }),
    )
    .optional(),
  internal_ids: z
    .record(z.string(), line)
    .refine((ids) => Object.keys(ids).length <= 5, 'must be five at most')
    .optional(),
})
export type AtReport = z.output<typeof atReport>
export type Point = z.output<typeof point>

/** The bytes that are stored: the same for the same report. */
export function bodyOf(report: AtReport): Uint8Array {
  return Buffer.from(JSON.stringify({ at_report: { 0: report } }))
}

/** What was stored by `bodyOf`. */
export function reportIn(body: Uint8Array): AtReport {
  return (JSON.parse(Buffer.from(body).toString('utf8')) as { at_report: { 0: AtReport } }).at_report[0]
}

export function pointsOf({ photometry }: AtReport): readonly Point[] {
  const group = 'photometry_group' in photometry ? photometry.photometry_group : photometry
  return Object.values(group as Record<string, Point>)
}

/** What a person reads and changes: the report, one value a line. */
export function textOf(body: Uint8Array): string {
  return `${JSON.stringify(reportIn(body), null, 2)}\n`
}

/** Throws Refusal with every fault, by its place. `internal_ids` tie the reply to the delivery and cannot change. */
export function parseText(text: string, original: Uint8Array): Uint8Array {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw new Refusal([`This is not JSON: ${(error as Error).message}.`])
  }
  const checked = atReport.safeParse(parsed)
  if (!checked.success) {
    const [first = 'It is no AT report.', ...more] = checked.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'the report'}: ${message}.`,
    )
    throw new Refusal([first, ...more])
  }
  const before = reportIn(original).internal_ids
  if (JSON.stringify(checked.data.internal_ids) !== JSON.stringify(before)) {
    throw new Refusal([`internal_ids must stay as they were: ${JSON.stringify(before)}.`])
  }
  // As it was written: the order of the keys is the author's.
  return bodyOf(parsed as AtReport)
}

/** Degrees of sexagesimal hours or of decimal degrees; NaN where it is neither, or out of range. */
export function raDegOf(value: string | number): number {
  const deg = sexagesimal(value, 15)
  return deg >= 0 && deg < 360 ? deg : Number.NaN
}
export function decDegOf(value: string | number): number {
  const deg = sexagesimal(value, 1)
  return Math.abs(deg) <= 90 ? deg : Number.NaN
}

function sexagesimal(value: string | number, degreesPerUnit: number): number {
  if (typeof value === 'number') return value
  if (/^[+-]?\d{1,3}(\.\d+)?$/.test(value)) return Number(value)
  const parts = /^([+-]?)(\d{1,2}):([0-5]\d):([0-5]\d(?:\.\d+)?)$/.exec(value)
  if (parts === null) return Number.NaN
  const [, sign, whole, minutes, seconds] = parts
  const size = Number(whole) + Number(minutes) / 60 + Number(seconds) / 3600
  return (sign === '-' ? -size : size) * degreesPerUnit
}

/** ms since the epoch of `2026-03-01 05:36:57.601`, UTC; NaN where it is none. */
export function timeMsOf(text: string | undefined): number {
  const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,6})?)$/.exec(text ?? '')
  if (parts === null) return Number.NaN
  const ms = Date.parse(`${parts[1]}T${parts[2]}Z`)
  // 31 February would become 3 March.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== parts[1] ? Number.NaN : ms
}

/** Arcsec between two places. */
export function separationArcsec(a: Place, b: Place): number {
  const rad = Math.PI / 180
  const half = (x: number) => Math.sin((x * rad) / 2) ** 2
  const h = half(b.decDeg - a.decDeg) + Math.cos(a.decDeg * rad) * Math.cos(b.decDeg * rad) * half(b.raDeg - a.raDeg)
  return (2 * Math.asin(Math.min(1, Math.sqrt(h))) * 3600) / rad
}
export interface Place {
  readonly raDeg: number
  readonly decDeg: number
}
