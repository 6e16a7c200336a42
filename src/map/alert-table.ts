/** The table `alert` of a mapping: rows are decoded alerts. */
import { galacticFromIcrs } from '../../vo/astro/sky.ts'
import type { Alert, AvroRecord, Scalar, Table } from '../flow.ts'
import { type AlertColumn, alertColumns } from './alert-columns.ts'
import type { CompiledQuantity } from './compile-quantity.ts'
import { earlierDetections, type ItemReader, itemValue, numberOf } from './history.ts'

export interface AlertReaders {
  readonly survey: string
  readonly columns: ReadonlyMap<string, CompiledQuantity>
  readonly history: ItemReader
}

/** The reader of one column. `n_detections` and `first_time_mjd_utc` fall back on the history where nothing declares them. */
export function alertColumnReader(name: AlertColumn, readers: AlertReaders): (alert: Alert) => Scalar {
  const quantity = readers.columns.get(name)
  const declared = (record: AvroRecord): Scalar => quantity?.read(record) ?? null
  switch (name) {
    case 'survey':
      return () => readers.survey
    case 'glon':
    case 'glat':
      return galacticReader(name, readers)
    case 'n_detections':
      return ({ record }) => declared(record) ?? 1 + earlierDetections(record, readers.history).length
    case 'first_time_mjd_utc': {
      const own = alertColumnReader('time_mjd_utc', readers)
      return (alert) => firstTime(alert.record, numberOf(declared(alert.record)), numberOf(own(alert)), readers.history)
    }
    case 'visit':
      return ({ record }) => {
        const visit = numberOf(declared(record))
        return visit !== null && Number.isSafeInteger(visit) ? visit : null
      }
    default:
      return ({ record }) => declared(record)
  }
}

/** The earliest of all that is known: what the survey declares, the history, the trigger itself. */
function firstTime(
  record: AvroRecord,
  declared: number | null,
  own: number | null,
  history: ItemReader,
): number | null {
  const read = itemValue(history)
  let first = own
  const consider = (time: number | null) => {
    if (time !== null && (first === null || time < first)) first = time
  }
  consider(declared)
  for (const item of history.items(record)) {
    if (read(item, 'id') !== null) consider(numberOf(read(item, 'time_mjd_utc')))
  }
  return first
}

function galacticReader(name: 'glon' | 'glat', readers: AlertReaders): (alert: Alert) => Scalar {
  const ra = alertColumnReader('ra', readers)
  const dec = alertColumnReader('dec', readers)
  return (alert) => {
    const raDeg = numberOf(ra(alert))
    const decDeg = numberOf(dec(alert))
    if (raDeg === null || decDeg === null) return null
    const { lonDeg, latDeg } = galacticFromIcrs(raDeg, decDeg)
    return name === 'glon' ? lonDeg : latDeg
  }
}

export function alertTable(readers: AlertReaders): Table<Alert> {
  const compiled = new Map<string, (alert: Alert) => Scalar>(
    alertColumns.map((column) => [column.name, alertColumnReader(column.name, readers)]),
  )
  return {
    name: 'alert',
    columns: alertColumns,
    reader(column) {
      const read = compiled.get(column)
      if (read === undefined) throw new RangeError(`the table alert has no column ${column}`)
      return read
    },
  }
}
