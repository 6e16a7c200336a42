/** Events with full detail: of the simulator, and of real alerts where they lie beside the checkout. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileDecoder } from '../../src/decode/decoder.ts'
import type { Alert } from '../../src/flow.ts'
import { alertToVOEvent } from '../../src/map/alert-to-voevent.ts'
import { loadMapping } from '../../src/map/load-mapping.ts'
import type { TimeSeries, TimeSeriesPoint, VOEvent } from '../../vo/model/voevent.ts'
import { lsstSamples, type Sample, ztfSamples } from '../decode/samples.ts'
import { visits } from '../ingest/simulator/simulated.ts'

function fullEvent(alert: Alert, test: boolean): VOEvent {
  return alertToVOEvent(alert, {
    mapping: loadMapping(alert.survey),
    authority: 'example.org',
    who: {},
    now: Date.UTC(2026, 10, 21),
    cites: [],
    software: 'Fountain 0.1.0',
    detail: 'full',
    test,
  })
}

/** Of the simulator, the one with the longest history of the later visits. */
export function simulatedEvents(): VOEvent[] {
  const alerts = visits(4, { from: 300, alertsPerVisit: 12 }).flatMap((visit) => visit.alerts)
  return alerts.map((record) => fullEvent({ survey: 'lsst', schemaName: 'lsst.v11_1.alert', record }, true))
}

/** A real alert, by a part of its path: `v11_0/170094456277565473`. */
export function realEvent(survey: 'lsst' | 'ztf', path: string): VOEvent {
  const sample = (survey === 'lsst' ? lsstSamples() : ztfSamples()).find(({ file }) => file.includes(path)) as Sample
  const record = compileDecoder(sample.schema, 'all').decode(sample.datum)
  return fullEvent({ survey, schemaName: sample.schema.name, record }, false)
}

export const point = (more: Partial<TimeSeriesPoint> = {}): TimeSeriesPoint => ({
  kind: 'detection',
  timeMjd: 61000,
  band: 'r',
  ...more,
})

export const series = (points: readonly TimeSeriesPoint[], more: Partial<TimeSeries> = {}): TimeSeries => ({
  timeScale: 'UTC',
  fluxUnit: 'nJy',
  photometricSystem: 'AB',
  points,
  ...more,
})

export const golden = (name: string): string => join(import.meta.dirname, '../golden/pictures', name)
export const readGolden = (name: string): Uint8Array => readFileSync(golden(name))
