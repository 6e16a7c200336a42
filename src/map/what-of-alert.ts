/** What of an event made of an alert: Params of the trigger, Groups of its object, the history in short. */
import { abLimitMag } from '../../vo/astro/flux.ts'
import { sameExposureDays } from '../../vo/astro/light-curve.ts'
import type { DataType, Group, Param, Table, Value, What } from '../../vo/model/voevent.ts'
import type { Alert, AvroRecord, Scalar, SelectedColumn } from '../flow.ts'
import { type Detection, earlierDetections, itemValue, type Limit, numberOf } from './history.ts'
import type { Mapping } from './load-mapping.ts'
import type { Quantity } from './mapping-schema.ts'

/** As many detections as the table of an event shows: the last ones. */
const shownDetections = 8
/** A text of a packet is cut here: an event has a size to keep. */
const longestText = 400

export function whatOfAlert(alert: Alert, mapping: Mapping, more: readonly Param[]): What {
  const params: Param[] = []
  const groups = new Map<string, Param[]>(Object.keys(mapping.file.groups).map((name) => [name, []]))
  for (const { group, definition, type, read } of mapping.params) {
    const value = read(alert.record)
    if (value === null) continue
    const into = group === undefined ? params : groups.get(group)!
    into.push({ definition, value: plain(value, type) })
  }
  const history = historyOf(alert, mapping)
  return {
    params: [...params, ...more],
    groups: [
      ...[...groups]
        .filter(([, members]) => members.length > 0)
        .map(([name, members]) => ({ name, descriptions: [mapping.file.groups[name]!], params: members })),
      history.group,
    ],
    tables: history.table === undefined ? [] : [history.table],
    descriptions: [],
    references: [],
  }
}

/** The columns that a stream selects, as a Group of its name (names of groups are unique in an event). */
export function streamGroup(
  stream: { readonly name: string; readonly title: string; readonly columns: readonly SelectedColumn[] },
  others: readonly Group[],
): Group {
  const groupName = others.some(({ name }) => name === stream.name) ? `stream.${stream.name}` : stream.name
  const taken = new Set<string>()
  const params = stream.columns.flatMap(({ definition, value }): Param[] => {
    if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return []
    let name = definition.name
    for (let count = 2; taken.has(name); count++) name = `${definition.name}_${count}`
    taken.add(name)
    return [
      {
        definition: { ...definition, name, dataType: fitting(definition.dataType, value) },
        value: plain(value, 'double'),
      },
    ]
  })
  return { name: groupName, type: 'stream', descriptions: [stream.title], params }
}

/** The type of a selected column, or where its value does not fit, that of the value. */
function fitting(dataType: DataType, value: Exclude<Value, null>): DataType {
  if (typeof value === 'boolean') return 'int'
  if (typeof value === 'string') return 'string'
  return dataType === 'int' && typeof value === 'number' && !Number.isInteger(value) ? 'float' : dataType
}

/** A value as its Param says it: booleans as 1 and 0, single precision without digits that it does not have. */
function plain(value: Exclude<Scalar, null>, type: Quantity['type']): Value {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') return value.length > longestText ? `${value.slice(0, longestText - 1)}…` : value
  return type === 'float' && typeof value === 'number' ? singlePrecision(value) : value
}

/** The shortest decimal that is the same number in single precision. */
export function singlePrecision(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === Math.fround(value)) return short
  }
  return Number(value.toPrecision(9))
}

function historyOf(alert: Alert, mapping: Mapping): { group: Group; table?: Table } {
  const earlier = earlierDetections(alert.record, mapping.history)
  const first = numberOf(mapping.column('first_time_mjd_utc')(alert))
  const limit = lastLimit(alert.record, mapping, first)
  const last = earlier.at(-1)
  const params: Param[] = [
    param('nDetections', 'int', mapping.column('n_detections')(alert), 'Detections of the object, this one included', {
      ucd: 'meta.number',
    }),
    param('nPrevious', 'int', earlier.length, 'Earlier detections that came with the alert', { ucd: 'meta.number' }),
    param('firstTime', 'float', first, 'First known detection, MJD in UTC', { unit: 'd', ucd: 'time.start' }),
    param('previousTime', 'float', last?.timeMjdUtc ?? null, 'Detection before this one, MJD in UTC', {
      unit: 'd',
      ucd: 'time.epoch',
    }),
    param('limitTime', 'float', limit?.timeMjdUtc ?? null, 'Last visit before the first detection, MJD in UTC', {
      unit: 'd',
      ucd: 'time.epoch',
    }),
    param('limitMag', 'float', limit === undefined ? null : singlePrecision(limit.limitMag), 'Its depth: 5 sigma, AB', {
      unit: 'mag',
      ucd: 'phot.mag;stat.max',
    }),
    param('limitBand', 'string', limit?.band ?? null, 'Its band', { ucd: 'instr.bandpass' }),
  ].filter(({ value }) => value !== null)
  const group = { name: 'history', descriptions: ['Earlier detections of the object in short'], params }
  return earlier.length === 0 ? { group } : { group, table: detectionTable(earlier) }
}

const param = (
  name: string,
  dataType: DataType,
  value: Value,
  description: string,
  more: { unit?: string; ucd?: string },
): Param => ({ definition: { name, dataType, ...more, description }, value })

function detectionTable(earlier: readonly Detection[]): Table {
  return {
    name: 'detections',
    descriptions: [`The last ${Math.min(shownDetections, earlier.length)} of ${earlier.length} earlier detections`],
    fields: [
      {
        name: 'time',
        dataType: 'float',
        unit: 'd',
        ucd: 'time.epoch',
        description: 'Middle of the exposure, MJD in UTC',
      },
      { name: 'band', dataType: 'string', ucd: 'instr.bandpass', description: 'Band' },
      { name: 'flux', dataType: 'float', unit: 'nJy', ucd: 'phot.flux.density', description: 'Difference flux' },
      {
        name: 'fluxErr',
        dataType: 'float',
        unit: 'nJy',
        ucd: 'stat.error;phot.flux.density',
        description: 'Its error',
      },
    ],
    rows: earlier
      .slice(-shownDetections)
      .map(({ timeMjdUtc, band, fluxNjy, fluxErrNjy }) => [timeMjdUtc, band, short(fluxNjy), short(fluxErrNjy)]),
  }
}

const short = (value: number | null): number | null => (value === null ? null : singlePrecision(value))

/**
 * The depth of the last visit before the first detection: five sigma of the forced photometry, or the limit that an
 * item of the history declares. Where neither is there, nothing is said.
 */
function lastLimit(record: AvroRecord, mapping: Mapping, firstMjdUtc: number | null): Limit | undefined {
  if (firstMjdUtc === null) return undefined
  let best: Limit | undefined
  const consider = (time: Scalar, band: Scalar, limitMag: number | null) => {
    const timeMjdUtc = numberOf(time)
    if (timeMjdUtc === null || limitMag === null || timeMjdUtc >= firstMjdUtc - sameExposureDays) return
    if (best !== undefined && best.timeMjdUtc >= timeMjdUtc) return
    best = { timeMjdUtc, limitMag, band: typeof band === 'string' ? band : null }
  }
  const forced = itemValue(mapping.forced)
  for (const item of mapping.forced.items(record)) {
    const errNjy = numberOf(forced(item, 'flux_err_njy'))
    consider(forced(item, 'time_mjd_utc'), forced(item, 'band'), abLimitMag(errNjy))
  }
  const earlier = itemValue(mapping.history)
  for (const item of mapping.history.items(record)) {
    if (earlier(item, 'id') !== null) continue
    consider(earlier(item, 'time_mjd_utc'), earlier(item, 'band'), numberOf(earlier(item, 'limit_mag')))
  }
  return best
}
