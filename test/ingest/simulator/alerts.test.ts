import { describe, expect, it } from 'vitest'
import type { AvroRecord } from '../../../src/flow.ts'
import { simulator } from '../../../src/ingest/simulator/simulator.ts'
import { fieldsOf, focalPlace, visitAt } from '../../../src/ingest/simulator/visits.ts'
import { separationDeg } from '../../../vo/astro/sky.ts'
import { list, num, part, plan, visits } from './simulated.ts'

/** More than two turns of the 24 fields: objects have history. */
const survey = visits(150)
const alerts = survey.flatMap((visit) => visit.alerts)
const moving = alerts.filter(({ ssSource }) => ssSource !== null)
const still = alerts.filter(({ ssSource }) => ssSource === null)
const sourceOf = (alert: AvroRecord) => part(alert.diaSource)

function bytesOf(seed: number): string[] {
  const found: string[] = []
  for (const visit of simulator(plan({ seed }))) {
    if (visit.index === 60) return found
    if (visit.index % 50 < 3)
      for (const { bytes } of visit.messages()) found.push(Buffer.from(bytes).toString('latin1'))
  }
  return found
}

describe('a plan', () => {
  it('gives the same bytes again, and others for another seed', () => {
    const first = bytesOf(7)
    expect(first.length).toBe(120)
    expect(bytesOf(7).every((bytes, index) => bytes === first[index])).toBe(true)
    expect(bytesOf(8).some((bytes, index) => bytes === first[index])).toBe(false)
  })
  it('gives every visit its number of alerts, in Confluent framing, by detector', () => {
    for (const visit of simulator(plan({ alertsPerVisit: 33 }))) {
      if (visit.index === 3) break
      const messages = visit.messages()
      expect(messages.length).toBe(33)
      for (const { bytes } of messages) expect([...bytes.subarray(0, 5)]).toEqual([0, 0, 0, 4, 0x4d])
      const detectors = messages.map(({ detector }) => detector)
      expect(detectors).toEqual(detectors.toSorted((a, b) => a - b))
      expect(detectors.every((detector) => detector >= 0 && detector < 189)).toBe(true)
    }
  })
})

describe('visits', () => {
  it('come every 39 s, bear the date of the evening, and cycle bands', () => {
    const [first, second] = survey
    expect(first!.visit.visit).toBe(2026112000001)
    expect((second!.visit.midpointMjdTai - first!.visit.midpointMjdTai) * 86_400).toBeCloseTo(39, 4)
    expect(new Set(visits(300, { alertsPerVisit: 1 }).map(({ visit }) => visit.band))).toEqual(
      new Set(['g', 'r', 'i', 'z', 'y', 'u']),
    )
    const fields = fieldsOf(1)
    expect(visitAt(900, 1, 61_365.03, fields)).toMatchObject({ id: 2026112100001, midpointMjdTai: 61_366.03 })
  })
  it('look where the survey looks', () => {
    for (const { alerts: found, visit } of survey) {
      const { decDeg, raDeg } = visitAt(visit.index, 1, 61_365.03, fieldsOf(1))
      expect(decDeg).toBeGreaterThan(-66)
      expect(decDeg).toBeLessThan(9)
      for (const alert of found) {
        expect(separationDeg(raDeg, decDeg, num(sourceOf(alert).ra), num(sourceOf(alert).dec))).toBeLessThan(2.4)
      }
    }
  })
  it('have a camera of 189 detectors', () => {
    const visit = { ...visitAt(0, 1, 61_365.03, fieldsOf(1)), rotationDeg: 0, raDeg: 0, decDeg: 0 }
    const seen = new Set<number | undefined>()
    for (let x = -8; x < 8; x++) {
      for (let y = -8; y < 8; y++) seen.add(focalPlace(visit, x * 0.2222 + 360, y * 0.2222)?.detector)
    }
    seen.delete(undefined)
    expect(seen.size).toBe(189)
    expect(focalPlace(visit, 1.5, 1.5)).toBeUndefined()
  })
})

describe('every alert', () => {
  it('is consistent with itself', () => {
    expect(new Set(alerts.map(({ diaSourceId }) => diaSourceId)).size).toBe(alerts.length)
    for (const alert of alerts) {
      const source = sourceOf(alert)
      expect(alert.diaSourceId).toBe(source.diaSourceId)
      expect(source.diaSourceId as bigint).toBeGreaterThan(2n ** 53n)
      expect(num(source.snr)).toBeGreaterThanOrEqual(5)
      expect(Math.abs(num(source.psfFlux)) / num(source.psfFluxErr) / num(source.snr)).toBeCloseTo(1, 0.5)
      expect(source.isNegative).toBe(num(source.psfFlux) < 0)
      expect(num(source.raErr)).toBeGreaterThan(0)
      expect(num(source.raErr)).toBeLessThan(2e-4)
      expect(num(source.ra)).toBeGreaterThanOrEqual(0)
      expect(num(source.ra)).toBeLessThan(360)
      expect(num(source.reliability)).toBeGreaterThan(0)
      expect(num(source.reliability)).toBeLessThanOrEqual(1)
      expect(num(source.exposureTime)).toBe(30)
      expect(source.pixelFlags_injected).toBe(false)
    }
  })
  it('has NaN and 0 for what is not set, as raw packets have', () => {
    const source = sourceOf(still[0]!)
    expect(source.timeWithdrawnMjdTai).toBeNaN()
    expect(source.psfLnL).toBeNaN()
    expect(source.ssObjectId).toBe(0n)
    expect(source.parentDiaSourceId).toBe(0n)
    expect(part(still[0]!.diaObject).firstDiaSourceMjdTai).toBeNaN()
  })
  it('has a 5-sigma depth that a visit of the survey could have', () => {
    for (const alert of alerts.filter((each) => num(sourceOf(each).scienceFlux) < 1000)) {
      const limit = 31.4 - 2.5 * Math.log10(5 * num(sourceOf(alert).psfFluxErr))
      expect(limit).toBeGreaterThan(21)
      expect(limit).toBeLessThan(25.3)
    }
  })
})

describe('the mix', () => {
  it('has asteroids, variables of both signs, artefacts', () => {
    const unreliable = still.filter((alert) => num(sourceOf(alert).reliability) < 0.5)
    expect(moving.length / alerts.length).toBeGreaterThan(0.1)
    expect(unreliable.length / alerts.length).toBeGreaterThan(0.01)
    expect(unreliable.length / alerts.length).toBeLessThan(0.4)
    expect(still.some((alert) => sourceOf(alert).isNegative)).toBe(true)
    expect(unreliable.some((alert) => sourceOf(alert).isDipole)).toBe(true)
  })
})

describe('objects', () => {
  it('count their detections, and carry the earlier ones', () => {
    const seen = new Map<bigint, AvroRecord[]>()
    let repeated = 0
    for (const alert of still) {
      const object = part(alert.diaObject)
      const id = object.diaObjectId as bigint
      const before = seen.get(id) ?? []
      expect(sourceOf(alert).diaObjectId).toBe(id)
      expect(object.nDiaSources).toBe(before.length + 1)
      if (before.length === 0) {
        expect(id).toBe(alert.diaSourceId)
        expect(alert.prvDiaSources).toBeNull()
      } else {
        repeated++
        expect(list(alert.prvDiaSources)).toEqual(before)
        for (const earlier of before) {
          const [a, b] = [sourceOf(alert), earlier]
          expect(separationDeg(num(a.ra), num(a.dec), num(b.ra), num(b.dec)) * 3600).toBeLessThan(1.5)
        }
      }
      seen.set(id, [...before, sourceOf(alert)])
      const band = sourceOf(alert).band as string
      const same = [...before, sourceOf(alert)].filter((source) => source.band === band)
      expect(object[`${band}_psfFluxNdata`]).toBe(same.length)
      expect(num(object[`${band}_psfFluxMax`])).toBeCloseTo(Math.max(...same.map((source) => num(source.psfFlux))), 0)
    }
    expect(repeated).toBeGreaterThan(200)
  })
  it('have forced photometry of every visit since the first detection, with this one', () => {
    for (const alert of still.filter(({ prvDiaSources }) => prvDiaSources !== null)) {
      const forced = list(alert.prvDiaForcedSources)
      expect(forced.length).toBeGreaterThanOrEqual(list(alert.prvDiaSources).length + 1)
      expect(forced.at(-1)!.visit).toBe(sourceOf(alert).visit)
      const times = forced.map(({ midpointMjdTai }) => num(midpointMjdTai))
      expect(times).toEqual(times.toSorted((a, b) => a - b))
    }
  })
  it('keep a bounded history', () => {
    const late = visits(2, { from: 2000, alertsPerVisit: 4 }).flatMap((visit) => visit.alerts)
    const lengths = late.map((alert) => list(alert.prvDiaSources).length)
    expect(Math.max(...lengths)).toBe(60)
    const long = late.find((alert) => list(alert.prvDiaSources).length === 60)!
    expect(num(part(long.diaObject).nDiaSources)).toBeGreaterThan(61)
    expect(list(long.prvDiaForcedSources).length).toBe(60)
  })
})

describe('asteroids', () => {
  it('have no object but an orbit, and stand where it says', () => {
    for (const alert of moving) {
      const source = sourceOf(alert)
      const solar = part(alert.ssSource)
      const orbit = part(alert.mpc_orbits)
      expect([alert.diaObject, alert.prvDiaSources, alert.prvDiaForcedSources]).toEqual([null, null, null])
      expect(source.diaObjectId).toBe(0n)
      expect(source.ssObjectId).toBe(solar.ssObjectId)
      expect(solar.designation).toBe(orbit.designation)
      expect(solar.designation).toMatch(/^\d{4} [A-HJ-Y][A-HJ-Z]\d*$/)
      expect(orbit.packed_primary_provisional_designation).toMatch(/^[JK]\d\d[A-HJ-Y][0-9A-Za-z]\d[A-HJ-Z]$/)
      const offset = separationDeg(num(source.ra), num(source.dec), num(solar.ephRa), num(solar.ephDec)) * 3600
      expect(num(solar.ephOffset)).toBeCloseTo(offset, 4)
      expect(offset).toBeLessThan(1.5)
    }
  })
  it('obey geometry and Kepler', () => {
    for (const alert of moving) {
      const solar = part(alert.ssSource)
      const orbit = part(alert.mpc_orbits)
      const range = num(solar.topoRange)
      const helio = num(solar.helioRange)
      expect(Math.hypot(num(solar.topo_x), num(solar.topo_y), num(solar.topo_z))).toBeCloseTo(range, 5)
      // The triangle of Sun, Earth and asteroid, the Earth at 1 au.
      const elongation = (num(solar.elongation) * Math.PI) / 180
      expect(1 + range ** 2 - 2 * range * Math.cos(elongation)).toBeCloseTo(helio ** 2, 4)
      expect(num(solar.phaseAngle)).toBeLessThan(32)
      expect(num(solar.ephRate)).toBeLessThan(0.6)
      expect(num(orbit.q)).toBeLessThanOrEqual(helio)
      expect(num(orbit.a) * (1 + num(orbit.e))).toBeGreaterThanOrEqual(helio - 1e-6)
      expect(num(orbit.e)).toBeLessThan(0.5)
      expect(num(orbit.period)).toBeCloseTo(365.256898 * num(orbit.a) ** 1.5, 6)
    }
  })
  it('move at the rate that they say', () => {
    const first = new Map<string, AvroRecord>()
    let compared = 0
    for (const alert of moving) {
      const solar = part(alert.ssSource)
      const earlier = first.get(solar.designation as string)
      if (earlier === undefined) {
        first.set(solar.designation as string, alert)
        continue
      }
      const before = part(earlier.ssSource)
      const days = num(sourceOf(alert).midpointMjdTai) - num(sourceOf(earlier).midpointMjdTai)
      const moved = separationDeg(num(solar.ephRa), num(solar.ephDec), num(before.ephRa), num(before.ephDec))
      expect(moved / days / num(solar.ephRate)).toBeCloseTo(1, 2)
      compared++
    }
    expect(compared).toBeGreaterThan(50)
  })
})
