/** The table `alert` over plain objects, with the columns that the mapping gives; what a row leaves out is undefined. */
import type { Scalar, Table } from '../../src/flow.ts'
import { alertColumns } from '../../src/map/alert-columns.ts'

export type AlertRow = Readonly<Record<string, Scalar | undefined>>

export const alertTable: Table<AlertRow> = {
  name: 'alert',
  columns: alertColumns,
  reader: (column) => (row) => row[column] as Scalar,
}

export const alertRow: AlertRow = {
  id: '170055004004810774',
  object_id: '170055002004914179',
  survey: 'lsst',
  time_mjd_utc: 60_998.25,
  first_time_mjd_utc: 60_996,
  ra: 150.25,
  dec: 2.5,
  glon: 236.9,
  glat: 42.1,
  band: 'r',
  flux_njy: 57_543.99,
  flux_err_njy: 500,
  mag: 19.5,
  science_mag: 18.75,
  snr: 25,
  reliability: 0.93,
  n_detections: 3,
  is_negative: false,
  is_moving: false,
  visit: 2_025_112_300_123n,
}
