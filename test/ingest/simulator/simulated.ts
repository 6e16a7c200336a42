/** Simulated alerts, decoded. */
import { bundledEncoder } from '../../../src/decode/bundled-encoder.ts'
import { compileDecoder } from '../../../src/decode/decoder.ts'
import type { AvroRecord, AvroValue } from '../../../src/flow.ts'
import { defaultStartMjdTai, type SimulatedVisit, simulator } from '../../../src/ingest/simulator/simulator.ts'

export const encoder = bundledEncoder('lsst', 1101)
const decoder = compileDecoder(encoder.schema, 'all')

export const decodeMessage = (bytes: Uint8Array): AvroRecord => decoder.decode(bytes.subarray(5))

export function plan(more: { seed?: number; alertsPerVisit?: number } = {}) {
  return { seed: 1, startMjdTai: defaultStartMjdTai, alertsPerVisit: 20, encoder, ...more }
}

/** The first visits, each with its alerts. */
export function visits(count: number, more: { seed?: number; alertsPerVisit?: number; from?: number } = {}) {
  const { from = 0, ...rest } = more
  const found: { visit: SimulatedVisit; alerts: AvroRecord[] }[] = []
  for (const visit of simulator(plan(rest))) {
    if (visit.index >= from + count) return found
    if (visit.index >= from) found.push({ visit, alerts: visit.messages().map(({ bytes }) => decodeMessage(bytes)) })
  }
  return found
}

export const part = (value: AvroValue | undefined): AvroRecord => value as AvroRecord
export const list = (value: AvroValue | undefined): readonly AvroRecord[] => (value ?? []) as readonly AvroRecord[]
export const num = (value: AvroValue | undefined): number => value as number
