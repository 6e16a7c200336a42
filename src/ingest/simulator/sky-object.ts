/** An object of the simulated sky: what it is, and what the survey has seen of it so far. */
import { type Asteroid, asteroidAt } from './asteroids.ts'
import { BandStatistics } from './band-statistics.ts'
import { ActiveNucleus, type LightCurve, rrLyrae, supernova, supernovaCycleDays } from './light-curves.ts'
import type { Measurement } from './measurement.ts'
import { Random } from './random.ts'
import type { Band, Field, Visit } from './visits.ts'

export type Kind = 'supernova' | 'rrLyrae' | 'activeNucleus' | 'asteroid'
const kinds: readonly Kind[] = ['supernova', 'rrLyrae', 'activeNucleus', 'asteroid']

/** What the survey keeps of one diaObject. */
export class Sightings {
  /** Identifier of the diaObject: that of its first detection. 0 before it. */
  objectId = 0n
  /** The number of detections, also of those that are no longer kept. */
  detections = 0
  /** The last detections, oldest first, without the present one when an alert is made. */
  readonly sources: Measurement[] = []
  /** The last forced measurements since the first detection. */
  readonly forced: Measurement[] = []
  readonly bands = new Map<Band, BandStatistics>()
  raSumDeg = 0
  decSumDeg = 0

  addDetection(found: Measurement): void {
    if (this.detections === 0) this.objectId = found.sourceId
    this.detections++
    this.raSumDeg += found.raDeg
    this.decSumDeg += found.decDeg
    let band = this.bands.get(found.visit.band)
    if (band === undefined) {
      band = new BandStatistics()
      this.bands.set(found.visit.band, band)
    }
    band.add(found)
  }
}

/** A place of a field that always holds an object of one kind: when a supernova has faded another one follows. */
export class Slot {
  readonly kind: Kind
  readonly serial: number
  private readonly seed: number
  private readonly field: Field
  private readonly offsetDays: number
  private turn = Number.NaN
  raDeg = 0
  decDeg = 0
  curve: LightCurve | undefined
  asteroid: Asteroid | undefined
  sightings = new Sightings()

  constructor(seed: number, field: Field, index: number) {
    const random = new Random(seed, 0x73, field.index, index)
    this.seed = seed
    this.field = field
    this.serial = field.index * 200_000 + index
    this.kind = kinds[index % kinds.length]!
    this.offsetDays = random.between(0, supernovaCycleDays)
  }

  /** Puts the right object in place for this visit. */
  prepare(visit: Visit): void {
    const turn = this.turnAt(visit)
    if (turn === this.turn) return
    this.turn = turn
    const random = new Random(this.seed, 0x6f, this.serial, turn)
    const radius = 1.65 * Math.sqrt(random.uniform())
    const angle = random.between(0, 2 * Math.PI)
    this.decDeg = this.field.decDeg + radius * Math.sin(angle)
    this.raDeg = (this.field.raDeg + (radius * Math.cos(angle)) / Math.cos((this.decDeg * Math.PI) / 180) + 360) % 360
    this.sightings = new Sightings()
    switch (this.kind) {
      case 'supernova':
        this.curve = supernova(random, turn * supernovaCycleDays - this.offsetDays)
        return
      case 'rrLyrae':
        this.curve = rrLyrae(random)
        return
      case 'activeNucleus':
        this.curve = new ActiveNucleus(random)
        return
      case 'asteroid':
        // Each night has its own; a name comes again after a month at the earliest.
        this.asteroid = asteroidAt(
          random,
          this.raDeg,
          this.decDeg,
          visit.midpointMjdTai,
          turn * 4_800_000 + this.serial,
        )
    }
  }

  /** Which object of the slot it is: the explosion, or the night of an asteroid. */
  private turnAt(visit: Visit): number {
    if (this.kind === 'supernova') return Math.floor((visit.midpointMjdTai + this.offsetDays) / supernovaCycleDays)
    return this.kind === 'asteroid' ? visit.night : 0
  }
}
