import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bundledIds, bundledSchema } from '../../src/decode/schemas.ts'
import type { FountainError } from '../../src/errors.ts'
import { alertColumns } from '../../src/map/alert-columns.ts'
import { compileMapping, knownSurveys, loadMapping } from '../../src/map/load-mapping.ts'
import { lsst, lsstAlert, ztf, ztfAlert } from './made-alert.ts'

const text = readFileSync(new URL('../../schemas/mappings/lsst.yaml', import.meta.url), 'utf8')
const faultOf = (run: () => unknown): FountainError => {
  try {
    run()
  } catch (error) {
    return error as FountainError
  }
  throw new Error('nothing was thrown')
}
const codeOf = (run: () => unknown): string => faultOf(run).code
const wrong = (from: string | RegExp, to: string) => {
  expect(text).toMatch(from)
  return faultOf(() => compileMapping(text.replace(from, to), 'lsst', 'mine.yaml'))
}

interface SchemaPart {
  readonly type?: unknown
  readonly name?: string
  readonly items?: unknown
  readonly fields?: readonly { name: string; type: unknown }[]
}

/** All paths of a schema, arrays and unions transparent; a record may be named again after its definition. */
function pathsOfSchema(json: unknown, prefix = '', named = new Map<string, SchemaPart>()): string[] {
  if (Array.isArray(json)) return json.flatMap((branch) => pathsOfSchema(branch, prefix, named))
  const part = typeof json === 'string' ? named.get(json.split('.').at(-1)!) : (json as SchemaPart)
  if (part === undefined) return []
  if (part.fields !== undefined) {
    named.set(part.name!.split('.').at(-1)!, part)
    return part.fields.flatMap((field) => {
      const path = prefix === '' ? field.name : `${prefix}.${field.name}`
      return [path, ...pathsOfSchema(field.type, path, named)]
    })
  }
  const inner = part.items ?? (typeof part.type === 'object' ? part.type : undefined)
  return inner === undefined ? [] : pathsOfSchema(inner, prefix, named)
}

describe('loadMapping', () => {
  it('knows its surveys, the simulated ones too', () => {
    expect(knownSurveys()).toEqual(expect.arrayContaining(['lsst', 'ztf']))
    expect(loadMapping('lsst-sim').survey).toBe('lsst-sim')
    expect(loadMapping('lsst-sim').tables[0]!.reader('survey')(lsstAlert())).toBe('lsst-sim')
  })

  it('refuses a survey without mapping and proposes one', () => {
    expect(faultOf(() => loadMapping('lst'))).toMatchObject({
      code: 'SURVEY_UNKNOWN',
      detail: expect.stringContaining("did you mean 'lsst'?"),
    })
    for (const name of ['../../package', '', 'lsst/../lsst', 'panstarrs']) {
      expect(codeOf(() => loadMapping(name))).toBe('SURVEY_UNKNOWN')
    }
  })

  it('reads only fields that some version of the schema has', () => {
    const paths = (survey: string, ids: readonly number[]) =>
      new Set(ids.flatMap((id) => pathsOfSchema(bundledSchema(survey, id)!.json)))
    const known = paths('lsst', bundledIds('lsst'))
    expect(known.has('prvDiaSources.psfFlux')).toBe(true)
    expect([...lsst.full.wanted].filter((path) => !known.has(path))).toEqual([])
    const knownZtf = paths('ztf', bundledIds('ztf'))
    expect(knownZtf.has('candidate.magpsf')).toBe(true)
    expect([...ztf.full.wanted].filter((path) => !knownZtf.has(path))).toEqual([])
  })

  it('wants images and every forced flux for full detail alone', () => {
    const more = (mapping: typeof lsst) => [...mapping.full.wanted].filter((path) => !mapping.wanted.has(path))
    expect([...lsst.wanted, ...ztf.wanted].filter((path) => /cutout|fp_hists|node|exposureTime$/.test(path))).toEqual([
      'diaSource.exposureTime',
    ])
    expect(more(lsst)).toEqual(expect.arrayContaining(['cutoutScience', 'prvDiaForcedSources.psfFlux']))
    expect(more(ztf)).toEqual(expect.arrayContaining(['cutoutScience.stampData', 'fp_hists.forcediffimflux']))
    expect([...lsst.wanted].every((path) => lsst.full.wanted.has(path))).toBe(true)
  })

  it.each(bundledIds('lsst'))('finds what an event needs in LSST schema %i', (id) => {
    const known = new Set(pathsOfSchema(bundledSchema('lsst', id)!.json))
    const needed = [
      'alert.id',
      'alert.time_mjd_utc',
      'alert.ra',
      'alert.dec',
      'alert.band',
      'alert.flux_njy',
      'alert.visit',
    ]
    for (const to of needed) {
      const quantity = lsst.file.quantities.find((row) => [row.to].flat().includes(to))!
      const paths = typeof quantity.from === 'string' ? [quantity.from] : (quantity.from as string[])
      expect(
        paths.some((path) => known.has(path)),
        to,
      ).toBe(true)
    }
  })

  it('gives the same columns for every survey', () => {
    for (const [mapping, alert] of [
      [lsst, lsstAlert()],
      [ztf, ztfAlert()],
    ] as const) {
      const table = mapping.tables[0]!
      expect(table.columns).toEqual(alertColumns)
      for (const { name, type } of table.columns) {
        const value = table.reader(name)(alert)
        const types = { number: 'number', integer: 'number', text: 'string', boolean: 'boolean' }
        if (value !== null) expect(typeof value, name).toBe(types[type])
      }
      expect(() => table.reader('magnitude')).toThrow(RangeError)
    }
  })

  it('says which version it does not read', () => {
    expect(codeOf(() => lsst.identify(lsstAlert({ schemaName: 'lsst.v6_1.alert' })))).toBe('SURVEY_UNKNOWN')
    expect(codeOf(() => lsst.identify({ ...ztfAlert(), survey: 'lsst' }))).toBe('SURVEY_UNKNOWN')
    for (const schemaName of ['lsst.v7_0.alert', 'lsst.v11_1.alert', 'lsst.v12_10.alert']) {
      expect(lsst.identify(lsstAlert({ schemaName })).alertId).toBe('170094456480989258')
    }
  })

  it('refuses alerts without identifier, time or place', () => {
    const at = (ra: number | null, dec: number | null) => () => lsst.identify(lsstAlert({ diaSource: { ra, dec } }))
    for (const diaSourceId of [0n, null]) {
      expect(codeOf(() => lsst.identify(lsstAlert({ top: { diaSourceId } })))).toBe('ALERT_NO_ID')
    }
    for (const midpointMjdTai of [Number.NaN, null, 0, -5, 15000, 130000, 1e300]) {
      expect(codeOf(() => lsst.identify(lsstAlert({ diaSource: { midpointMjdTai } })))).toBe('ALERT_TIME_IMPOSSIBLE')
    }
    for (const place of [
      at(Number.NaN, 0),
      at(null, 0),
      at(10, null),
      at(-1, 0),
      at(361, 0),
      at(10, 90.1),
      at(10, -91),
    ]) {
      expect(codeOf(place)).toBe('ALERT_POSITION_IMPOSSIBLE')
    }
    expect(at(360, -90)).not.toThrow()
  })

  it('takes simulated surveys and injected sources for tests', () => {
    expect(lsst.identify(lsstAlert()).role).toBe('observation')
    expect(loadMapping('lsst-sim').identify(lsstAlert()).role).toBe('test')
    for (const flag of ['injected', 'injectedCenter', 'injected_template', 'injected_templateCenter']) {
      expect(lsst.identify(lsstAlert({ diaSource: { [`pixelFlags_${flag}`]: true } })).role).toBe('test')
      expect(lsst.identify(lsstAlert({ diaSource: { [`pixelFlags_${flag}`]: false } })).role).toBe('observation')
    }
  })

  it('counts detections by what is declared, else by the history', () => {
    const prvDiaSources = [61000, 61001].map((midpointMjdTai, index) => ({
      diaSourceId: BigInt(index + 1),
      midpointMjdTai,
    }))
    const count = (alert: ReturnType<typeof lsstAlert>) => lsst.column('n_detections')(alert)
    expect(count(lsstAlert({ diaObject: { diaObjectId: 1n, nDiaSources: 40 }, top: { prvDiaSources } }))).toBe(40)
    expect(count(lsstAlert({ diaObject: { diaObjectId: 1n }, top: { prvDiaSources } }))).toBe(3)
    expect(count(lsstAlert({ diaObject: null }))).toBe(1)
    const first = lsst.column('first_time_mjd_utc')(lsstAlert({ top: { prvDiaSources } }))
    expect(first).toBeCloseTo(61000 - 37 / 86400, 9)
  })
})

describe('a mapping file', () => {
  it('names the line of each fault', () => {
    const line = text.split('\n').findIndex((row) => row.includes('to: what.detector')) + 1
    const fault = wrong(/(to: what\.detector.*) type: int/, '$1 type: integer')
    expect(fault.code).toBe('MAPPING_INVALID')
    expect(fault.detail).toContain(`mine.yaml`)
    expect(fault.detail).toContain(`line ${line}, quantities.`)
    expect(fault.detail).toContain('.type')
  })

  it('names the line where a row stands for many', () => {
    const line = text.split('\n').findIndex((row) => row.includes('each:') && row.includes('[u, g')) + 1
    const fault = wrong('from: diaObject.{b}_psfFluxNdata', 'from: diaObject.{b}-psfFluxNdata')
    const said = Number(/line (\d+)/.exec(fault.detail)![1])
    expect(said).toBeGreaterThanOrEqual(line)
    expect(said).toBeLessThan(line + 8)
  })

  it.each([
    ['unknown key', /survey: lsst\n/, 'survey: lsst\nsurvy: x\n', 'unknown key survy'],
    ['syntax', /survey: lsst\n/, 'survey: [lsst\n', 'mine.yaml'],
    ['unknown converter', 'convert: objectId', 'convert: objectID', 'convert'],
    ['unknown column', 'alert.reliability', 'alert.reliabilty', "did you mean 'reliability'?"],
    ['derived column', 'alert.reliability', 'alert.glon', 'alert.glon'],
    ['unit of a column', /(to: \[alert.flux_njy.*)unit: nJy/, '$1unit: mJy', 'the column is in nJy, not mJy'],
    ['a column twice', 'alert.dec]', 'alert.ra]', 'alert.ra is given twice'],
    [
      'a needed column',
      '  - { to: [alert.ra], from: diaSource.ra, describe: Right ascension of the detection }\n',
      '',
      'alert.ra is missing',
    ],
    ['a group without words', 'what.object.ra', 'what.objekt.ra', 'the group objekt is not described'],
    ['an input', 'flux: diaSource.psfFlux, err', 'flux: diaSource.psfFlux, error', 'abMagErr has no input error'],
    ['inputs without converter', 'convert: abMagErr, ', '', 'several inputs need a converter'],
    [
      'one input for many',
      /from: \{ flux: diaSource.psfFlux, err: diaSource.psfFluxErr \}/,
      'from: diaSource.psfFlux',
      'abMagErr takes flux, err',
    ],
    ['an array', 'from: prvDiaSources.band', 'from: diaSource.band', 'is not within prvDiaSources'],
    ['a column of a point', 'history.time_mjd,', 'history.time_mdj,', "did you mean 'time_mjd'?"],
    ['an error', 'position.ra_err_deg', 'position.ra_err_dge', "did you mean 'ra_err_deg'?"],
    ['a field of the body', 'movingObject.phaseAngleDeg', 'movingObject.phaseAngle', "did you mean 'phaseAngleDeg'?"],
    [
      'an element',
      'movingObject.orbit.eccentricity',
      'movingObject.orbit.ecc',
      'movingObject.orbit.ecc: no such place',
    ],
    ['a score', 'classification.reliability.version', 'classification.rb.version', 'rb is not described'],
    ['part of a score', 'classification.reliability.version', 'classification.reliability.date', 'no such place'],
    ['media type', 'mediaType: image/fits', 'mediaType: fits', 'must be a media type'],
    ['detail', 'detail: full', 'detail: half', 'detail'],
    ['a place', 'whereWhen.isoTime', 'whereWhen.time', 'whereWhen.time: no such place'],
  ] as const)('refuses a wrong %s', (_, from, to, says) => {
    const fault = wrong(from, to)
    expect(fault.code).toBe('MAPPING_INVALID')
    expect(fault.detail).toContain(says)
  })
})
