/** Earlier detections and forced photometry of an alert, in the neutral names of a mapping. */
import type { AvroRecord, AvroValue, Scalar } from '../flow.ts'
import { asRecord, type CompiledQuantity, getter } from './compile-quantity.ts'

export interface Detection {
  readonly timeMjdUtc: number
  readonly band: string | null
  readonly fluxNjy: number | null
  readonly fluxErrNjy: number | null
}

/** A depth reached without a detection: five sigma, AB magnitudes. */
export interface Limit {
  readonly timeMjdUtc: number
  readonly band: string | null
  readonly limitMag: number
}

/** Reads one array of a record, item by item. */
export interface ItemReader {
  /** Names of the row's targets after the dot. */
  readonly columns: ReadonlyMap<string, CompiledQuantity>
  items(record: AvroRecord): readonly AvroRecord[]
}

export function itemReader(path: string | undefined, columns: ReadonlyMap<string, CompiledQuantity>): ItemReader {
  const get = path === undefined ? () => null : getter(path)
  return {
    columns,
    items(record) {
      const list = get(record)
      if (!Array.isArray(list)) return []
      return (list as readonly AvroValue[]).map(asRecord).filter((item) => item !== undefined)
    },
  }
}

/** Detections before the trigger, in the order of time. An item without identifier or time is none (a limit, for ZTF). */
export function earlierDetections(record: AvroRecord, reader: ItemReader): Detection[] {
  const read = itemValue(reader)
  return reader
    .items(record)
    .flatMap((item): Detection[] => {
      const timeMjdUtc = numberOf(read(item, 'time_mjd_utc'))
      if (timeMjdUtc === null || read(item, 'id') === null) return []
      const band = read(item, 'band')
      return [
        {
          timeMjdUtc,
          band: typeof band === 'string' ? band : null,
          fluxNjy: numberOf(read(item, 'flux_njy')),
          fluxErrNjy: numberOf(read(item, 'flux_err_njy')),
        },
      ]
    })
    .sort((a, b) => a.timeMjdUtc - b.timeMjdUtc)
}

export function itemValue(reader: ItemReader): (item: AvroRecord, column: string) => Scalar {
  return (item, column) => reader.columns.get(column)?.read(item) ?? null
}

export function numberOf(value: Scalar): number | null {
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'number' ? value : null
}
