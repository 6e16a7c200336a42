/**
 * A survey in small: visits of a simulated sky, each with its alerts in the schema of LSST 11.1, framed as Rubin's
 * Kafka messages are. Everything follows from the seed, so the same plan gives the same bytes on every machine.
 */
import type { Encoder } from '../../decode/encoder.ts'
import { alertRecord } from './alert-record.ts'
import { blankRecords } from './blank-records.ts'
import { Sky } from './sky.ts'

export interface SimulatorPlan {
  readonly seed: number
  /** The middle of the first exposure, MJD TAI. */
  readonly startMjdTai: number
  /** Every visit has exactly so many. */
  readonly alertsPerVisit: number
  /** Of `lsst.v11_1.alert`. */
  readonly encoder: Encoder
}

export interface SimulatedMessage {
  /** 0 to 188: all messages of a detector leave together. */
  readonly detector: number
  readonly alertId: bigint
  /** Confluent wire format: 0, the schema id big-endian, the datum. */
  readonly bytes: Uint8Array
}

export interface SimulatedVisit {
  /** From 0. */
  readonly index: number
  /** As in the packets: date of the night and number. */
  readonly visit: number
  readonly midpointMjdTai: number
  readonly band: string
  /** Of each message, in their order: never less than the one before. */
  readonly detectors: readonly number[]
  /** Some of the messages, or all. Made when called, which must be before the next visit is asked for. */
  messages(first?: number, end?: number): readonly SimulatedMessage[]
}

/** Early in the night of 2026-11-20 in Chile. */
export const defaultStartMjdTai = 61_365.03

/** Visits without end, each after the one before: passing over those whose messages nobody wants is quick. */
export function* simulator(plan: SimulatorPlan): Generator<SimulatedVisit, never> {
  const { encoder } = plan
  const sky = new Sky(plan.seed, plan.startMjdTai, plan.alertsPerVisit)
  const blanks = blankRecords(encoder.schema.json)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(encoder.schema.id ?? 0, 1)
  for (let index = 0; ; index++) {
    const { visit, detections } = sky.observe(index)
    yield {
      index,
      visit: visit.id,
      midpointMjdTai: visit.midpointMjdTai,
      band: visit.band,
      detectors: detections.map(({ measurement }) => measurement.place.detector),
      messages: (first, end) =>
        detections.slice(first, end).map((detection) => ({
          detector: detection.measurement.place.detector,
          alertId: detection.measurement.sourceId,
          bytes: Buffer.concat([head, encoder.encode(alertRecord(blanks, detection))]),
        })),
    }
    sky.remember(detections)
  }
}
