/** The sky and what the survey knows of it: moves on visit by visit, and says what each one detected. */

import { njyFromAbMag } from '../../../vo/astro/flux.ts'
import { type Asteroid, type Ephemeris, ephemeris, magInBand } from './asteroids.ts'
import { detectionSnr, type Measurement, measure, measureBogus } from './measurement.ts'
import { Random } from './random.ts'
import { Sightings, Slot } from './sky-object.ts'
import { type Field, fieldsOf, mostFields, type Visit, visitAt } from './visits.ts'

export type Detection = { readonly measurement: Measurement } & (
  | { readonly sightings: Sightings }
  | { readonly asteroid: Asteroid; readonly ephemeris: Ephemeris }
)

/** Slots for each alert of a visit, so that artefacts make up about a fifth of it. */
const slotsPerAlert = 1.15
/** Objects to be remembered, about: with many alerts a visit there are fewer fields. */
const objectsMost = 300_000
const leastFields = 3
/** A packet's history at most, and what all of them may hold together. */
const historyMost = 60
const historyLeast = 4
const historyTotal = 300_000

export class Sky {
  readonly fields: readonly Field[]
  private readonly seed: number
  private readonly startMjdTai: number
  private readonly alertsPerVisit: number
  private readonly slotsPerField: number
  /** Made when a field is visited first. */
  private readonly slots = new Map<Field, readonly Slot[]>()
  private readonly historyLimit: number

  constructor(seed: number, startMjdTai: number, alertsPerVisit: number) {
    this.seed = seed
    this.startMjdTai = startMjdTai
    this.alertsPerVisit = alertsPerVisit
    this.slotsPerField = Math.ceil(slotsPerAlert * alertsPerVisit)
    const fieldCount = Math.max(leastFields, Math.min(mostFields, Math.floor(objectsMost / this.slotsPerField)))
    this.fields = fieldsOf(seed, fieldCount)
    const each = Math.floor(historyTotal / (this.slotsPerField * fieldCount))
    this.historyLimit = Math.max(historyLeast, Math.min(historyMost, each))
  }

  /** Visits must come in order, each once. Gives exactly `alertsPerVisit` detections, by detector. */
  observe(index: number): { visit: Visit; detections: readonly Detection[] } {
    const visit = visitAt(index, this.seed, this.startMjdTai, this.fields)
    const slots = this.slotsOf(visit.field)
    const detections: Detection[] = []
    const forced: { slot: Slot; measurement: Measurement }[] = []
    for (const slot of slots) {
      slot.prepare(visit)
      const random = new Random(this.seed, 0x6d, slot.serial, index)
      const found = slot.asteroid === undefined ? see(slot, visit, random) : seeMoving(slot.asteroid, visit, random)
      if (found === undefined) continue
      if ('sightings' in found) forced.push({ slot, measurement: found.measurement })
      const { measurement } = found
      if (measurement.snr < detectionSnr || detections.length >= this.alertsPerVisit) continue
      detections.push(found)
    }
    const random = new Random(this.seed, 0x62, index)
    while (detections.length < this.alertsPerVisit) {
      detections.push({ measurement: measureBogus(random, visit), sightings: new Sightings() })
    }
    detections.sort((a, b) => a.measurement.place.detector - b.measurement.place.detector)
    this.number(visit, detections, forced)
    return { visit, detections }
  }

  private slotsOf(field: Field): readonly Slot[] {
    let slots = this.slots.get(field)
    if (slots === undefined) {
      slots = Array.from({ length: this.slotsPerField }, (_, index) => new Slot(this.seed, field, index))
      this.slots.set(field, slots)
    }
    return slots
  }

  /** Identifiers, and what the survey remembers. */
  private number(
    visit: Visit,
    detections: readonly Detection[],
    forced: readonly { slot: Slot; measurement: Measurement }[],
  ): void {
    let counter = 0
    const next = (detector: number) => identifier(visit, detector, this.seed, counter++)
    for (const detection of detections) {
      const { measurement } = detection
      measurement.sourceId = next(measurement.place.detector)
      if ('asteroid' in detection) continue
      detection.sightings.addDetection(measurement)
    }
    for (const { slot, measurement } of forced) {
      const { sightings } = slot
      if (sightings.detections === 0) continue
      measurement.forcedId = next(measurement.place.detector)
      sightings.forced.push(measurement)
      if (sightings.forced.length > this.historyLimit) sightings.forced.shift()
    }
  }

  /** To be called when a visit's alerts are made: its detections become history. */
  remember(detections: readonly Detection[]): void {
    for (const detection of detections) {
      if ('asteroid' in detection) continue
      const { sources } = detection.sightings
      sources.push(detection.measurement)
      if (sources.length > this.historyLimit) sources.shift()
    }
  }
}

function see(slot: Slot, visit: Visit, random: Random): Detection | undefined {
  const truth = slot.curve!.at(visit.band, visit.midpointMjdTai)
  const measurement = measure(random, visit, slot.raDeg, slot.decDeg, truth)
  return measurement && { measurement, sightings: slot.sightings }
}

function seeMoving(asteroid: Asteroid, visit: Visit, random: Random): Detection | undefined {
  const seen = ephemeris(asteroid, visit.midpointMjdTai)
  const truth = { differenceNjy: njyFromAbMag(magInBand(seen.magV, visit.band))!, templateNjy: 0 }
  const measurement = measure(random, visit, seen.raDeg, seen.decDeg, truth)
  return measurement && { measurement, asteroid, ephemeris: seen }
}

/**
 * As Rubin's identifiers are: beyond 2^53, growing with time. From high to low: days since 2000 (14 bits), visit of
 * the night (12), detector (8), seed (6), counter (20).
 */
function identifier(visit: Visit, detector: number, seed: number, counter: number): bigint {
  const high = BigInt(visit.night) * 4096n + BigInt(visit.sequence)
  return (high << 34n) + BigInt(detector * 2 ** 26 + (seed % 64) * 2 ** 20 + counter)
}
