/** How the TNS on loopback judges an AT report: the fields of TNS 2.0, and the older keys that it still takes. */
import { hasId, type Values } from './tns-values.ts'

export interface Fault {
  readonly message: string
  readonly message_id: number
}
export interface Judged {
  readonly raDeg: number
  readonly decDeg: number
  readonly discovery: string
  readonly internalName: string
  readonly group: string
  readonly source: string
  readonly filterid: string
  readonly internalIds: unknown
}
type Fields = Readonly<Record<string, unknown>>

const required: Fault = { message: 'Missing or wrong value.', message_id: 3 }
const older: Readonly<Record<string, string>> = {
  reporting_group_id: 'reporting_groupid',
  groupid: 'reporting_groupid',
  discovery_data_source_id: 'data_source_groupid',
  flux_units: 'flux_unitid',
  flux_units_id: 'flux_unitid',
  filter_value: 'filterid',
  filter_id: 'filterid',
  instrument_value: 'instrumentid',
  instrument_id: 'instrumentid',
}
const known = new Set([
  ...['ra', 'dec', 'reporting_groupid', 'data_source_groupid', 'reporter', 'discovery_datetime', 'at_type'],
  ...['host_name', 'host_redshift', 'transient_redshift', 'internal_name', 'internal_name_format', 'auto_class'],
  ...['remarks', 'end_prop_period', 'prop_period_groups', 'proprietary_period', 'proprietary_period_groups'],
  ...['non_detection', 'photometry', 'related_files', 'internal_ids'],
])

/** The report with the keys of today. */
function renewed(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [older[key] ?? key, value]))
}

/** What is wrong, by field; or what the report says. */
export function judgeReport(
  given: unknown,
  values: Values,
  files: ReadonlySet<string>,
): { faults: Record<string, Fault[]> } | { report: Judged } {
  const faults: Record<string, Fault[]> = {}
  const fault = (field: string, one: Fault) => void (faults[field] ??= []).push(one)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { faults: { at_report: [required] } }
  const report = renewed(given as Fields)
  for (const key of Object.keys(report)) if (!known.has(key)) fault(key, { message: 'Unknown field.', message_id: 3 })
  const raDeg = degrees((report.ra as Fields | undefined)?.value, 15)
  const decDeg = degrees((report.dec as Fields | undefined)?.value, 1)
  if (!(raDeg >= 0 && raDeg < 360)) fault('ra', required)
  if (!(Math.abs(decDeg) <= 90)) fault('dec', required)
  for (const key of ['reporting_groupid', 'data_source_groupid']) {
    if (!hasId(values, 'groups', report[key])) fault(key, { message: 'Group does not exist.', message_id: 3 })
  }
  if (!hasId(values, 'at_types', report.at_type)) fault('at_type', required)
  if (typeof report.reporter !== 'string' || report.reporter === '') fault('reporter', required)
  if (report.internal_name !== undefined && typeof report.internal_name !== 'string') fault('internal_name', required)
  if (Object.keys((report.internal_ids as object | undefined) ?? {}).length > 5) fault('internal_ids', required)
  const discoveryJd = julian(report.discovery_datetime)
  if (Number.isNaN(discoveryJd)) fault('discovery_datetime', required)
  judgeNonDetection(report.non_detection, discoveryJd, values, fault)
  const points = judgePhotometry(report.photometry, values, fault)
  for (const one of Object.values((report.related_files as object | undefined) ?? {}) as Fields[]) {
    if (!files.has(`${one.related_file_name}`)) {
      fault('related_files', { message: 'File was not uploaded.', message_id: 3 })
    }
  }
  if (Object.keys(faults).length > 0) return { faults }
  return {
    report: {
      raDeg,
      decDeg,
      discovery: `${report.discovery_datetime}`,
      internalName: `${report.internal_name ?? ''}`,
      group: `${report.reporting_groupid}`,
      source: `${report.data_source_groupid}`,
      filterid: `${points[0]?.filterid}`,
      internalIds: report.internal_ids,
    },
  }
}

function judgeNonDetection(
  given: unknown,
  discoveryJd: number,
  values: Values,
  fault: (field: string, one: Fault) => void,
): void {
  const last = renewed((given ?? {}) as Fields)
  const isGiven = (key: string) => last[key] !== undefined && last[key] !== ''
  const measured = ['obsdate', 'limiting_flux', 'flux_unitid', 'filterid', 'instrumentid'].every(isGiven)
  const archived = isGiven('archiveid') && (`${last.archiveid}` !== '0' || isGiven('archival_remarks'))
  if (!measured && !archived) {
    fault('non_detection', {
      message: 'Last non-detection date or archival info must be filled.',
      message_id: 6,
    })
    return
  }
  if (!measured) return
  if (!hasId(values, 'units', last.flux_unitid)) fault('non_detection', required)
  if (!hasId(values, 'filters', last.filterid)) fault('non_detection', required)
  if (!hasId(values, 'instruments', last.instrumentid)) fault('non_detection', required)
  const jd = julian(last.obsdate)
  if (Number.isNaN(jd)) fault('non_detection', required)
  else if (jd >= discoveryJd) {
    fault('non_detection', { message: 'Last non-detection date must precede the discovery date.', message_id: 1 })
  }
}

function judgePhotometry(given: unknown, values: Values, fault: (field: string, one: Fault) => void): Fields[] {
  const outer = (given ?? {}) as Fields
  const points = (Object.values((outer.photometry_group ?? outer) as object) as Fields[]).map(renewed)
  if (points.length === 0) fault('photometry', { message: 'At least one photometry point is required.', message_id: 2 })
  if (points.length > 10) fault('photometry', { message: 'More than 10 entries.', message_id: 3 })
  for (const one of points) {
    const isWhole =
      !Number.isNaN(julian(one.obsdate)) &&
      Number.isFinite(Number(one.flux ?? one.limiting_flux ?? Number.NaN)) &&
      hasId(values, 'units', one.flux_unitid) &&
      hasId(values, 'filters', one.filterid) &&
      hasId(values, 'instruments', one.instrumentid)
    if (!isWhole) fault('photometry', required)
  }
  return points
}

export function degrees(value: unknown, factor: number): number {
  const text = `${value ?? ''}`.trim()
  if (/^[+-]?\d+(\.\d+)?$/.test(text)) return Number(text)
  const [, sign, a, b, c] = /^([+-]?)(\d{1,3})[: ](\d{1,2})[: ](\d{1,2}(?:\.\d+)?)$/.exec(text) ?? []
  if (c === undefined || Number(b) >= 60 || Number(c) >= 60) return Number.NaN
  return (sign === '-' ? -1 : 1) * (Number(a) + Number(b) / 60 + Number(c) / 3600) * factor
}

/** `2026-03-01 05:36:57.6`, `2026-03-01.234`, or a Julian date. */
function julian(value: unknown): number {
  const text = `${value ?? ''}`
  if (/^24\d{5}(\.\d+)?$/.test(text)) return Number(text)
  const [, date, fraction] = /^(\d{4}-\d\d-\d\d)\.(\d+)$/.exec(text) ?? []
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$/.exec(text) ?? []
  const ms =
    date === undefined ? Date.parse(`${day}T${time}Z`) : Date.parse(date) + Number(`0.${fraction}`) * 86_400_000
  return ms / 86_400_000 + 2_440_587.5
}
