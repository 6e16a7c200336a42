/** Events with full detail, held against what avsc reads from the same bytes. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileDecoder } from '../../src/decode/decoder.ts'
import type { Alert, AvroRecord } from '../../src/flow.ts'
import { alertToVOEvent } from '../../src/map/alert-to-voevent.ts'
import type { TimeSeriesPoint, VOEvent } from '../../vo/model/voevent.ts'
import { openValidator } from '../../vo/validate.ts'
import { readAvro3, writeAvro3 } from '../../vo/voevent-3/avro.ts'
import { readJson3 } from '../../vo/voevent-3/json-read.ts'
import { writeJson3 } from '../../vo/voevent-3/json-write.ts'
import { readXml3 } from '../../vo/voevent-3/xml-read.ts'
import { writeXml3 } from '../../vo/voevent-3/xml-write.ts'
import { writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { writeVOEvent21 } from '../../vo/xml/voevent-2.1.ts'
import { oracle } from '../decode/avsc-oracle.ts'
import { lsstSamples, type Sample, ztfSamples } from '../decode/samples.ts'
import { describeTier } from '../tiers.ts'
import { sameMeaning } from '../vo/same-meaning.ts'
import { anyLsst, anyZtf } from './arbitrary-alert.ts'
import { context, lsst, lsstAlert, ztf } from './made-alert.ts'

/** Synthetic messages carry impossible times. */
const real = (samples: Sample[]) => samples.filter(({ file }) => !file.includes('wire-ids'))
const mappingOf = ({ schema }: Sample) => (schema.name.startsWith('ztf') ? ztf : lsst)

function alertOf(sample: Sample): Alert {
  const { schema, datum } = sample
  const mapping = mappingOf(sample)
  const record = compileDecoder(schema, mapping.full.wanted).decode(datum)
  return { survey: mapping.survey, schemaName: schema.name, record }
}
const fullEvent = (sample: Sample): VOEvent =>
  alertToVOEvent(alertOf(sample), { ...context, mapping: mappingOf(sample), detail: 'full' })
const pointsOf = (event: VOEvent): readonly TimeSeriesPoint[] => event.what!.timeSeries![0]!.points
const countOf = (event: VOEvent, kind: TimeSeriesPoint['kind']) =>
  pointsOf(event).filter((point) => point.kind === kind).length

type Raw = Record<string, unknown>
const rawOf = ({ schema, datum }: Sample): Raw => oracle(schema.json).fromBuffer(Buffer.from(datum)) as Raw
const list = (value: unknown): Record<string, unknown>[] => (value ?? []) as Record<string, unknown>[]
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

const isError = ({ severity }: { severity: string }): boolean => severity === 'error'
const abMag = (njy: number) => 31.4 - 2.5 * Math.log10(njy)

describeTier('samples', 'full detail of real alerts', () => {
  const lsstAlerts = real(lsstSamples())
  const ztfAlerts = ztfSamples()

  it('has every detection of LSST, its own one too, and every forced flux', () => {
    expect(lsstAlerts.length).toBeGreaterThan(50)
    for (const sample of lsstAlerts) {
      const raw = rawOf(sample)
      const event = fullEvent(sample)
      expect(countOf(event, 'detection'), sample.file).toBe(1 + list(raw.prvDiaSources).length)
      const forced = list(raw.prvDiaForcedSources).filter(
        ({ psfFlux, psfFluxErr }) => isNumber(psfFlux) || isNumber(psfFluxErr),
      )
      expect(countOf(event, 'forced'), sample.file).toBe(forced.length)
      const ids = new Map(pointsOf(event).flatMap((point) => (point.kind === 'detection' ? [[point.id, point]] : [])))
      for (const source of [raw.diaSource as Record<string, unknown>, ...list(raw.prvDiaSources)]) {
        const point = ids.get(String(source.diaSourceId))!
        expect(point.timeMjd).toBe(source.midpointMjdTai)
        expect(point.band).toBe(source.band)
        if (isNumber(source.psfFlux)) expect(Math.fround(point.flux!)).toBe(source.psfFlux)
      }
      expect(event.what!.timeSeries![0]).toMatchObject({ timeScale: 'TAI', fluxUnit: 'nJy', photometricSystem: 'AB' })
    }
  })

  it('has every detection of ZTF, its own one too, and every limit', () => {
    expect(ztfAlerts.length).toBeGreaterThan(15)
    for (const sample of ztfAlerts) {
      const raw = rawOf(sample)
      const event = fullEvent(sample)
      const [earlier, limits] = [
        list(raw.prv_candidates).filter(({ candid }) => candid !== null),
        list(raw.prv_candidates).filter(({ candid }) => candid === null),
      ]
      expect(countOf(event, 'detection'), sample.file).toBe(1 + earlier.length)
      expect(countOf(event, 'nonDetection'), sample.file).toBe(limits.length)
      expect(
        pointsOf(event)
          .filter(({ kind }) => kind === 'nonDetection')
          .map(({ limitMagnitude }) => Math.fround(limitMagnitude!))
          .sort(),
      ).toEqual(limits.map(({ diffmaglim }) => diffmaglim).sort())
      const worked = list(raw.fp_hists).filter(
        ({ forcediffimflux }) => isNumber(forcediffimflux) && forcediffimflux > -99998,
      )
      expect(countOf(event, 'forced'), sample.file).toBe(worked.length)
      for (const { forcediffimflux, magzpsci, pid } of worked as { [name: string]: number }[]) {
        const flux = forcediffimflux! * 10 ** ((31.4 - magzpsci!) / 2.5)
        const found = pointsOf(event).filter((point) => point.kind === 'forced' && point.id === String(pid))
        expect(found.some((point) => Math.abs(point.flux! - flux) <= 1e-5 * Math.abs(flux))).toBe(true)
      }
      expect(event.what!.timeSeries![0]).toMatchObject({ timeScale: 'UTC', fluxUnit: 'nJy', photometricSystem: 'AB' })
    }
  })

  it('keeps points in the order of time, their bands defined, and magnitudes true to fluxes', () => {
    let [magnitudes, limits, faded] = [0, 0, 0]
    for (const sample of [...lsstAlerts, ...ztfAlerts]) {
      const event = fullEvent(sample)
      const points = pointsOf(event)
      const times = points.map(({ timeMjd }) => timeMjd)
      expect(times).toEqual([...times].sort((a, b) => a - b))
      const bands = new Set(event.what!.timeSeries![0]!.bands!.map(({ name }) => name))
      for (const point of points) {
        if (point.band !== undefined) expect(bands.has(point.band)).toBe(true)
        const { flux, fluxError, magnitude, magnitudeError, limitMagnitude, limitSigma } = point
        if (magnitude !== undefined) {
          magnitudes++
          expect(magnitude).toBeCloseTo(abMag(flux!), 4)
          if (magnitudeError !== undefined)
            expect(magnitudeError).toBeCloseTo((2.5 / Math.LN10) * (fluxError! / flux!), 4)
          expect(limitMagnitude).toBeUndefined()
        } else if (limitMagnitude !== undefined && point.kind !== 'nonDetection') {
          limits++
          expect(Math.abs(flux!)).toBeLessThanOrEqual(3 * fluxError! * (1 + 1e-6))
          expect(limitMagnitude).toBeCloseTo(abMag(limitSigma! * fluxError!), 4)
        } else if (point.kind !== 'nonDetection' && flux !== undefined && flux < 0) {
          faded++
        }
      }
    }
    expect(magnitudes).toBeGreaterThan(500)
    expect(limits).toBeGreaterThan(100)
    expect(faded).toBeGreaterThan(10)
  })

  it('gives a covariance whose longer axis is the error radius', () => {
    let seen = 0
    for (const sample of lsstAlerts) {
      const { diaSource } = rawOf(sample) as unknown as { diaSource: Record<string, number | null> }
      const { errorRadius, covariance } = fullEvent(sample).whereWhen![0]!.position!
      if (!(diaSource.raErr! > 0) || !(diaSource.decErr! > 0)) {
        expect(covariance).toBeUndefined()
        continue
      }
      seen++
      const { c1c1Deg2, c1c2Deg2, c2c2Deg2 } = covariance!
      const floor = (0.05 / 3600) ** 2
      expect(c1c1Deg2 / (diaSource.raErr! ** 2 + floor)).toBeCloseTo(1, 6)
      expect(c2c2Deg2 / (diaSource.decErr! ** 2 + floor)).toBeCloseTo(1, 6)
      const cov = Number.isFinite(diaSource.ra_dec_Cov) ? diaSource.ra_dec_Cov! : 0
      expect(c1c2Deg2).toBeCloseTo(cov, 15)
      const largest = (c1c1Deg2 + c2c2Deg2) / 2 + Math.hypot((c1c1Deg2 - c2c2Deg2) / 2, c1c2Deg2)
      expect(Math.sqrt(largest) / errorRadius!).toBeCloseTo(1, 4)
    }
    expect(seen).toBeGreaterThan(40)
  })

  it('attaches the images with their digests', () => {
    for (const sample of [...lsstAlerts, ...ztfAlerts]) {
      const raw = rawOf(sample)
      const event = fullEvent(sample)
      for (const { name, mediaType, data, sizeBytes, checksum } of event.attachments!) {
        const value = raw[name] as Buffer | { stampData: Buffer }
        const bytes = Buffer.isBuffer(value) ? value : value.stampData
        expect(Buffer.compare(bytes, data!)).toBe(0)
        expect(sizeBytes).toBe(bytes.length)
        expect(checksum).toBe(`sha-256:${createHash('sha256').update(bytes).digest('hex')}`)
        const fits =
          mediaType === 'image/fits' ? bytes : mediaType === 'image/fits+gzip' ? gunzipSync(bytes) : Buffer.of()
        expect(fits.subarray(0, 9).toString('latin1')).toBe('SIMPLE  =')
      }
      const there = ['cutoutDifference', 'cutoutScience', 'cutoutTemplate'].filter((name) => raw[name] !== null)
      expect(event.attachments!.map(({ name }) => name)).toEqual(there)
    }
  })

  it('gives the orbit of a known object, and no distances that are wrong', () => {
    const moving = lsstAlerts.filter(({ file }) => file.includes('v11_0/170094456480989258'))
    expect(fullEvent(moving[0]!).whereWhen![0]!.movingObject).toEqual({
      designation: '2004 JQ12',
      phaseAngleDeg: 4.577733516693115,
      absoluteMagnitude: 16.453,
      orbit: {
        epochMjdTdb: 61000,
        semiMajorAxisAu: 2.7631964753383103,
        eccentricity: 0.293936430869032,
        inclinationDeg: 7.5340115319023,
        ascendingNodeDeg: 205.169377115814,
        perihelionArgumentDeg: 103.2936793117914,
        meanAnomalyDeg: 202.6859807197188,
      },
    })
    for (const sample of [...lsstAlerts, ...ztfAlerts]) {
      const isMoving = mappingOf(sample).column('is_moving')(alertOf(sample)) === true
      expect(fullEvent(sample).whereWhen![0]!.movingObject !== undefined, sample.file).toBe(isMoving)
    }
  })

  it('says who classified, and from what the event was made', () => {
    for (const sample of ztfAlerts) {
      const { candidate, candid } = rawOf(sample) as unknown as { candidate: Record<string, unknown>; candid: bigint }
      const event = fullEvent(sample)
      const drb = event.why!.classifications!.find(({ classifier }) => classifier === 'ZTF drb')!
      expect(Math.fround(drb.classes[0]!.probability!)).toBe(candidate.drb)
      expect(drb.version).toBe(candidate.drbversion)
      expect(event.why!.inferences.filter(({ probability }) => probability !== undefined)).toEqual([])
      expect(event.provenance).toEqual({
        survey: 'ztf',
        schemaId: 'ztf.alert',
        packetId: String(candid),
        software: [{ name: 'Fountain', version: '0.1.0' }],
      })
    }
  })

  it('says the same as the small event in all that both say, and needs no more than it wants', () => {
    for (const sample of [lsstAlerts[0]!, lsstAlerts.at(-1)!, ztfAlerts[0]!]) {
      const mapping = mappingOf(sample)
      const event = fullEvent(sample)
      const bare = alertToVOEvent(alertOf(sample), { ...context, mapping })
      expect(event.what!.params).toEqual(bare.what!.params)
      expect(event.what!.groups).toEqual(bare.what!.groups)
      expect(event.whereWhen![0]).toMatchObject(bare.whereWhen![0]!)
      const all: AvroRecord = compileDecoder(sample.schema, 'all').decode(sample.datum)
      expect(alertToVOEvent({ ...alertOf(sample), record: all }, { ...context, mapping, detail: 'full' })).toEqual(
        event,
      )
    }
  })

  it('comes back from every form of the draft, and is valid when it is lowered', async () => {
    const validator = await openValidator()
    const sizes = { json: 0, avro: 0, xml: 0 }
    for (const sample of [...lsstAlerts.filter((_, index) => index % 4 === 0), ...ztfAlerts]) {
      const event = fullEvent(sample)
      const [json, avro, xml] = [writeJson3(event), writeAvro3(event), writeXml3(event)]
      expect(sameMeaning(readJson3(json), event)).toEqual([])
      expect(sameMeaning(readAvro3(avro), event)).toEqual([])
      expect(sameMeaning(readXml3(new TextEncoder().encode(xml)), event, { zerosAreEqual: true })).toEqual([])
      expect(validator.validate(writeVOEvent20(event)).issues.filter(isError), sample.file).toEqual([])
      const recent = validator.validate(writeVOEvent21(event), { version: '2.1' })
      expect(recent.issues.filter(isError), sample.file).toEqual([])
      sizes.json += json.length
      sizes.avro += avro.length
      sizes.xml += xml.length
    }
    validator.dispose()
    expect(sizes.avro).toBeLessThan(sizes.json)
    expect(sizes.avro).toBeLessThan(sizes.xml)
  })

  const golden = [
    ['lsst-moving-object', 'v10_0/170094456480989258'],
    ['lsst-long-history', 'v11_0/169813006198767621'],
    ['ztf-variable', 'v4_02/2695378462115010012'],
  ] as const
  it.each(golden)('%s is as its golden file', (name, file) => {
    const sample = [...lsstAlerts, ...ztfAlerts].find((each) => each.file.includes(file))!
    const event = fullEvent(sample)
    // The checksums hold the images.
    const attachments = event.attachments!.map(({ data: _, ...rest }) => rest)
    const text = `${JSON.stringify(JSON.parse(writeJson3({ ...event, attachments })), null, 1)}\n`
    const path = new URL(`../golden/${name}.full.json`, import.meta.url)
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, text)
    expect(text).toBe(readFileSync(path, 'utf8'))
  })
})

it('names the stream and its filter in the provenance', () => {
  const stream = { name: 'young', title: 'Young', columns: [] }
  const { provenance, attachments } = alertToVOEvent(lsstAlert(), { ...context, stream, detail: 'full' })
  expect(provenance).toMatchObject({
    survey: 'lsst',
    filter: { name: 'young', ivoid: 'ivo://org.example.fountain/streams/young' },
  })
  expect(attachments).toBeUndefined()
})

it.each([
  ['LSST', lsst, anyLsst],
  ['ZTF', ztf, anyZtf],
] as const)('any alert of %s becomes an event of the draft that comes back from JSON', (_, mapping, anyAlert) => {
  fc.assert(
    fc.property(anyAlert, (alert) => {
      const event = alertToVOEvent(alert, { ...context, mapping, detail: 'full' })
      expect(sameMeaning(readJson3(writeJson3(event)), event)).toEqual([])
      for (const { timeMjd } of pointsOf(event)) expect(Number.isFinite(timeMjd)).toBe(true)
    }),
    { numRuns: 150 },
  )
})

it('reads a moving object by the names of every schema, its orbit only where it is whole', () => {
  const body = (top: AvroRecord) =>
    alertToVOEvent(lsstAlert({ diaObject: null, top, diaSource: { ssObjectId: 7n } }), { ...context, detail: 'full' })
      .whereWhen![0]!.movingObject
  const elements = { epoch: 60000, e: 0.95, q: 0.5, incl: 12, peri: 100, node: 200, t_p: 60100 }
  const old = {
    ssSource: { ssObjectId: 7n, heliocentricDist: 1.5, topocentricDist: 0.75, phaseAngle: 20 },
    MPCORB: { mpcDesignation: 'K01S97B', mpcH: 17.5, ...elements },
  }
  expect(body(old)).toEqual({
    designation: '2001 SB97',
    heliocentricDistanceAu: 1.5,
    topocentricDistanceAu: 0.75,
    phaseAngleDeg: 20,
    absoluteMagnitude: 17.5,
    orbit: {
      epochMjdTdb: 60000,
      eccentricity: 0.95,
      perihelionDistanceAu: 0.5,
      inclinationDeg: 12,
      perihelionArgumentDeg: 100,
      ascendingNodeDeg: 200,
      perihelionTimeMjdTdb: 60100,
    },
  })
  for (const gone of Object.keys(elements)) {
    expect(body({ ...old, MPCORB: { ...old.MPCORB, [gone]: null } })!.orbit, gone).toBeUndefined()
  }
  const recent = {
    ssSource: { ssObjectId: 7n, designation: '2004 JQ12', ephRateRa: 0.25, ephRateDec: -0.5, helioRange: 1e-8 },
  }
  expect(body(recent)).toEqual({ designation: '2004 JQ12', rate1DegPerDay: 0.25, rate2DegPerDay: -0.5 })
})
