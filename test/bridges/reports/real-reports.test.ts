/** Reports of all real alerts, held against what avsc reads from the same bytes, by rules written down once more. */
import { expect, it } from 'vitest'
import type { Item } from '../../../bridges/contract.ts'
import { type Report, reportOf } from '../../../bridges/report.ts'
import { compileDecoder } from '../../../src/decode/decoder.ts'
import { alertToVOEvent } from '../../../src/map/alert-to-voevent.ts'
import { oracle } from '../../decode/avsc-oracle.ts'
import { lsstSamples, type Sample, ztfSamples } from '../../decode/samples.ts'
import { context, lsst, ztf } from '../../map/made-alert.ts'
import { describeTier } from '../../tiers.ts'
import { sampleItem } from '../sample-item.ts'

type Raw = Record<string, unknown>
const rawOf = ({ schema, datum }: Sample): Raw => oracle(schema.json).fromBuffer(Buffer.from(datum)) as Raw
const list = (value: unknown) => (value ?? []) as Record<string, number | string | bigint | null>[]
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

function reported({ schema, datum }: Sample): Report {
  const mapping = schema.name.startsWith('ztf') ? ztf : lsst
  const record = compileDecoder(schema, mapping.full.wanted).decode(datum)
  const alert = { survey: mapping.survey, schemaName: schema.name, record }
  const full = alertToVOEvent(alert, { ...context, mapping, detail: 'full' })
  const item: Item = { ...sampleItem, event: full, full }
  return reportOf(item)
}
/** All samples are of after 2017, so that TAI is 37 s ahead of UTC. */
const utcOfTai = (mjd: number) => mjd - 37 / 86_400
const utcOfJd = (jd: number, exposureS = 30) => jd - 2_400_000.5 + exposureS / 2 / 86_400
const exposure = 1e-4

describeTier('samples', 'reports of all real alerts', () => {
  it('of LSST: discovery, names, sign, and no limit where the packet has none before', () => {
    const samples = lsstSamples().filter(({ file }) => !file.includes('wire-ids'))
    let withForced = 0
    for (const sample of samples) {
      const raw = rawOf(sample)
      const source = raw.diaSource as Record<string, unknown>
      const report = reported(sample)
      const times = [source, ...list(raw.prvDiaSources)].map(({ midpointMjdTai }) => midpointMjdTai as number)
      const first = Math.min(...times)
      expect(report.discovery.timeMjdUtc, sample.file).toBeCloseTo(utcOfTai(first), 9)
      expect(Date.parse(`${report.discovery.timeIso}Z`) / 86_400_000 + 40_587).toBeCloseTo(utcOfTai(first), 7)
      expect(report.trigger.timeMjdUtc).toBeCloseTo(utcOfTai(source.midpointMjdTai as number), 9)
      const [flux, fluxErr] = [source.psfFlux as number, source.psfFluxErr as number]
      const isNoise = Math.abs(flux) <= 3 * fluxErr
      expect(report.noFlux).toBe(isNoise)
      expect(report.negative).toBe(!isNoise && (flux < 0 || source.isNegative === true))
      const inTemplate = (source.templateFlux as number) >= 5 * (source.templateFluxErr as number)
      expect(report.inTemplate !== undefined, sample.file).toBe(inTemplate)
      const isMoving = BigInt((source.ssObjectId as bigint | null) ?? 0) !== 0n
      expect(report.moving !== undefined).toBe(isMoving)
      expect(report.object).toMatch(isMoving ? /^LSST-AP-SSO-\d+$/ : /^LSST-AP-DO-\d+$/)
      expect(report.spellings.at(-1)).toBe(String(isMoving ? source.ssObjectId : source.diaObjectId))
      const before = list(raw.prvDiaForcedSources).filter(
        ({ midpointMjdTai, psfFluxErr }) => isNumber(psfFluxErr) && (midpointMjdTai as number) < first - exposure,
      )
      if (before.length === 0) expect(report.lastNonDetection).toBeUndefined()
      withForced += list(raw.prvDiaForcedSources).length > 0 ? 1 : 0
      expect(report.seenBefore).toBe(false)
    }
    expect(samples.length).toBeGreaterThan(50)
    expect(withForced).toBeGreaterThan(5)
  })

  it('of ZTF: discovery, and the last limit before anything shows the object', () => {
    let limits = 0
    for (const sample of ztfSamples()) {
      const raw = rawOf(sample)
      const candidate = raw.candidate as Record<string, unknown>
      const report = reported(sample)
      const earlier = list(raw.prv_candidates)
      const found = earlier.filter(({ candid }) => candid !== null).map(({ jd }) => utcOfJd(jd as number))
      const discovery = Math.min(utcOfJd(candidate.jd as number), ...found)
      expect(report.discovery.timeMjdUtc, sample.file).toBeCloseTo(discovery, 6)
      const bright = list(raw.fp_hists)
        .filter(({ forcediffimflux: flux, forcediffimfluxunc: err }) => {
          return isNumber(flux) && isNumber(err) && flux > -99_998 && err > 0 && flux >= 5 * err
        })
        .map(({ jd }) => utcOfJd(jd as number))
      const firstSeen = Math.min(
        discovery,
        utcOfJd(candidate.jdstarthist as number),
        ...bright.filter((time) => time < discovery - exposure),
      )
      expect(report.seenBefore, sample.file).toBe(firstSeen < discovery - exposure)
      const declared = earlier.filter(({ candid, diffmaglim }) => candid === null && isNumber(diffmaglim))
      const forced = list(raw.fp_hists).filter(({ forcediffimflux: flux, forcediffimfluxunc: err }) => {
        return isNumber(flux) && isNumber(err) && flux > -99_998 && err > 0 && Math.abs(flux) <= 3 * err
      })
      const times = [...declared, ...forced]
        .map(({ jd }) => utcOfJd(jd as number))
        .filter((time) => time < firstSeen - exposure)
      if (times.length === 0) expect(report.lastNonDetection, sample.file).toBeUndefined()
      else {
        limits++
        expect(Math.abs(report.lastNonDetection!.timeMjdUtc - Math.max(...times))).toBeLessThan(exposure)
        expect(report.lastNonDetection!.limitMag).toBeGreaterThan(17)
        expect(report.lastNonDetection!.limitMag).toBeLessThan(22)
      }
      expect(report.negative).toBe(['f', '0'].includes(String(candidate.isdiffpos)))
      expect(report.spellings).toEqual([raw.objectId])
      const { distnr } = candidate
      expect(report.inTemplate !== undefined, sample.file).toBe(isNumber(distnr) && distnr >= 0 && distnr <= 1.5)
      // Its packets hold no error of the position: none is invented.
      expect(report).not.toHaveProperty('errorArcsec')
    }
    expect(limits).toBeGreaterThan(8)
  })
})
