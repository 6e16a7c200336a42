/** The traps of alert packets that the map meets, by their numbers. */
import { describe, expect, it } from 'vitest'
import type { Alert, Scalar } from '../../src/flow.ts'
import type { AlertColumn } from '../../src/map/alert-columns.ts'
import { alertToVOEvent } from '../../src/map/alert-to-voevent.ts'
import type { Mapping } from '../../src/map/load-mapping.ts'
import type { Param, VOEvent } from '../../vo/model/voevent.ts'
import { context, lsst, lsstAlert, ztf, ztfAlert } from './made-alert.ts'

const columnOf = (alert: Alert, column: AlertColumn, mapping: Mapping = lsst): Scalar => mapping.column(column)(alert)
const eventOf = (alert: Alert, mapping: Mapping = lsst): VOEvent => alertToVOEvent(alert, { ...context, mapping })
const isoOf = (event: VOEvent) => event.whereWhen?.[0]?.time?.isoTime
const paramsOf = (event: VOEvent, group?: string): readonly Param[] =>
  group === undefined ? event.what!.params : (event.what!.groups.find(({ name }) => name === group)?.params ?? [])
const paramValue = (event: VOEvent, name: string, group?: string) =>
  paramsOf(event, group).find(({ definition }) => definition.name === name)?.value

const previous = (midpointMjdTai: number, more = {}) => ({
  diaSourceId: 1n,
  midpointMjdTai,
  band: 'r',
  psfFlux: 1000,
  psfFluxErr: 100,
  ...more,
})

describe('traps', () => {
  it('T1: times are TAI in packets and UTC in events and columns', () => {
    const alert = lsstAlert({ diaSource: { midpointMjdTai: 61105.093643486834 } })
    expect(isoOf(eventOf(alert))).toBe('2026-03-06T02:14:13.797262')
    expect(columnOf(alert, 'time_mjd_utc')).toBeCloseTo(61105.093643486834 - 37 / 86400, 10)
  })

  it('T1: the day may change with the scale', () => {
    const alert = lsstAlert({ diaSource: { midpointMjdTai: 61105.0001 } })
    expect(isoOf(eventOf(alert))).toBe('2026-03-05T23:59:31.640000')
  })

  it('T2: the time is the middle of the exposure; ZTF gives its start', () => {
    const start = 2460449.8784606
    expect(columnOf(ztfAlert(), 'time_mjd_utc', ztf)).toBeCloseTo(start - 2400000.5 + 15 / 86400, 9)
    expect(columnOf(ztfAlert({ exptime: null }), 'time_mjd_utc', ztf)).toBeCloseTo(start - 2400000.5 + 15 / 86400, 9)
    expect(columnOf(ztfAlert({ exptime: 90 }), 'time_mjd_utc', ztf)).toBeCloseTo(start - 2400000.5 + 45 / 86400, 9)
  })

  it('T3: identifiers beyond 2^53 stay whole, as text', () => {
    const alert = lsstAlert({ top: { diaSourceId: 3068429600980730035n } })
    expect(columnOf(alert, 'id')).toBe('3068429600980730035')
    expect(eventOf(alert).ivoid).toBe('ivo://org.example.fountain/lsst#3068429600980730035')
    expect(paramValue(eventOf(alert), 'diaSourceId')).toBe('3068429600980730035')
    expect(paramValue(eventOf(alert), 'name')).toBe('LSST-AP-DS-3068429600980730035')
    expect(eventOf(ztfAlert(), ztf).ivoid).toBe('ivo://org.example.fountain/ztf#2695378462115010012')
  })

  it('T5: NaN, null and absent are the same: no value, no Param', () => {
    for (const nothing of [Number.NaN, null, Number.POSITIVE_INFINITY]) {
      const alert = lsstAlert({
        diaSource: { psfFlux: nothing, snr: nothing, reliability: nothing, trailLength: nothing },
      })
      for (const column of ['flux_njy', 'mag', 'mag_err', 'snr', 'reliability'] as const)
        expect(columnOf(alert, column)).toBeNull()
      const names = paramsOf(eventOf(alert)).map(({ definition }) => definition.name)
      for (const name of ['psfFlux', 'mag', 'magErr', 'snr', 'reliability', 'trailLength'])
        expect(names).not.toContain(name)
      expect(eventOf(alert).why!.inferences).toEqual([])
    }
  })

  it('T6: 0 is no identifier', () => {
    const alert = lsstAlert({ diaObject: null, diaSource: { diaObjectId: 0n, ssObjectId: 0n, parentDiaSourceId: 0n } })
    expect(columnOf(alert, 'object_id')).toBeNull()
    expect(columnOf(alert, 'is_moving')).toBe(false)
    expect(lsst.identify(alert).objectId).toBeNull()
    expect(eventOf(alert).what!.groups.map(({ name }) => name)).toEqual(['history'])
    expect(paramValue(eventOf(alert), 'parentDiaSourceId')).toBeUndefined()
  })

  it('T6: zeros of an orbit that is not known are left out', () => {
    const orbit = { designation: '2004 JQ12', h: 16.453, earth_moid: 0, a: 2.5, e: 0, i: 0, q: 0 }
    const ssSource = { ssObjectId: 21163624394469969n, designation: '2004 JQ12', ephVmag: 0, ephRate: 0 }
    const event = eventOf(lsstAlert({ diaObject: null, top: { ssSource, mpc_orbits: orbit } }))
    expect(paramValue(event, 'H', 'solarSystemObject')).toBe(16.453)
    for (const name of ['earthMoid', 'e', 'ephVmag', 'ephRate'])
      expect(paramValue(event, name, 'solarSystemObject'), name).toBeUndefined()
  })

  it('T7: nJy become AB magnitudes by 31.4', () => {
    expect(columnOf(lsstAlert(), 'mag')).toBeCloseTo(20.9338, 4)
    expect(columnOf(ztfAlert(), 'flux_njy', ztf)).toBeCloseTo(10 ** ((31.4 - 18.5) / 2.5), 3)
  })

  it('T8: mag is of the difference, science_mag of all light', () => {
    const alert = lsstAlert({ diaSource: { psfFlux: 1000, scienceFlux: 100000 } })
    expect(columnOf(alert, 'mag')).toBeCloseTo(23.9, 9)
    expect(columnOf(alert, 'science_mag')).toBeCloseTo(18.9, 9)
  })

  it('T9: a negative flux keeps its sign and has no magnitude; isNegative is what the packet says', () => {
    const alert = lsstAlert({ diaSource: { psfFlux: -2497, isNegative: false } })
    expect(columnOf(alert, 'flux_njy')).toBe(-2497)
    expect(columnOf(alert, 'mag')).toBeNull()
    expect(columnOf(alert, 'is_negative')).toBe(false)
    expect(paramValue(eventOf(alert), 'psfFlux')).toBe(-2497)
    for (const code of ['f', '0']) {
      const faded = ztfAlert({ isdiffpos: code })
      expect(columnOf(faded, 'flux_njy', ztf)).toBeLessThan(0)
      expect(columnOf(faded, 'mag', ztf)).toBeNull()
      expect(columnOf(faded, 'is_negative', ztf)).toBe(true)
    }
    for (const code of ['t', '1']) expect(columnOf(ztfAlert({ isdiffpos: code }), 'is_negative', ztf)).toBe(false)
  })

  it('T10: a limit comes from forced photometry before the first detection, or there is none', () => {
    const at = (midpointMjdTai: number, psfFluxErr: number) => ({ midpointMjdTai, psfFluxErr, band: 'g', psfFlux: -5 })
    const forced = [at(61100, 50), at(61104, 100), at(61105.095800699935, 400), at(61103, Number.NaN)]
    const event = eventOf(lsstAlert({ top: { prvDiaForcedSources: forced } }))
    expect(paramValue(event, 'limitMag', 'history')).toBeCloseTo(31.4 - 2.5 * Math.log10(500), 4)
    expect(paramValue(event, 'limitTime', 'history')).toBeCloseTo(61104 - 37 / 86400, 9)
    expect(paramValue(event, 'limitBand', 'history')).toBe('g')
    expect(paramValue(eventOf(lsstAlert()), 'limitMag', 'history')).toBeUndefined()
    const detected = lsstAlert({ top: { prvDiaForcedSources: forced, prvDiaSources: [previous(61099)] } })
    expect(paramValue(eventOf(detected), 'limitMag', 'history')).toBeUndefined()
  })

  it('T10: an item of the ZTF history without candid is a limit and no detection', () => {
    const limit = {
      jd: 2460440.5,
      fid: 1,
      candid: null,
      magpsf: null,
      sigmapsf: null,
      isdiffpos: null,
      diffmaglim: 20.1,
    }
    const detection = { ...limit, jd: 2460445.5, candid: 5n, magpsf: 18, sigmapsf: 0.1, isdiffpos: 't' }
    const alert = ztfAlert({ ndethist: 0 }, { prv_candidates: [detection, limit] })
    expect(columnOf(alert, 'n_detections', ztf)).toBe(2)
    expect(columnOf(alert, 'first_time_mjd_utc', ztf)).toBeCloseTo(60445 + 15 / 86400, 8)
    const event = eventOf(alert, ztf)
    expect(event.what!.tables[0]!.rows).toHaveLength(1)
    expect(paramValue(event, 'limitMag', 'history')).toBe(20.1)
  })

  it('T11: raErr holds cos(dec) already; the floor is added; what is missing is assumed and said', () => {
    const high = { dec: 80, raErr: 1e-5, decErr: 1e-5, ra_dec_Cov: 0 }
    expect(columnOf(lsstAlert({ diaSource: high }), 'pos_err_arcsec')).toBeCloseTo(Math.hypot(0.036, 0.05), 9)
    const tilted = { raErr: 1e-5, decErr: 1e-5, ra_dec_Cov: 1e-10 }
    const axisArcsec = Math.SQRT2 * 0.036
    expect(columnOf(lsstAlert({ diaSource: tilted }), 'pos_err_arcsec')).toBeCloseTo(Math.hypot(axisArcsec, 0.05), 9)
    expect(paramValue(eventOf(lsstAlert()), 'positionErrorAssumed')).toBeUndefined()
    for (const raErr of [Number.NaN, null, 0, -1]) {
      const alert = lsstAlert({ diaSource: { raErr } })
      expect(columnOf(alert, 'pos_err_arcsec')).toBeNull()
      expect(eventOf(alert).whereWhen![0]!.position!.errorRadius).toBeCloseTo(1 / 3600, 9)
      expect(paramValue(eventOf(alert), 'positionErrorAssumed')).toBe(1)
    }
  })

  it('T12: bands are letters in both surveys, or absent', () => {
    expect([1, 2, 3, 4].map((fid) => columnOf(ztfAlert({ fid }), 'band', ztf))).toEqual(['g', 'r', 'i', null])
    expect(columnOf(lsstAlert({ diaSource: { band: '' } }), 'band')).toBeNull()
  })

  it('T13: names are the registered ones, the authority is our own', () => {
    const event = eventOf(lsstAlert())
    expect(paramValue(event, 'name', 'object')).toBe('LSST-AP-DO-313897383979122767')
    const moving = eventOf(lsstAlert({ diaObject: null, diaSource: { diaObjectId: 0n, ssObjectId: 77n } }))
    expect(paramValue(moving, 'name', 'solarSystemObject')).toBe('LSST-AP-SSO-77')
    expect(event.ivoid.startsWith('ivo://org.example.fountain/')).toBe(true)
  })

  it('T15: distances that schema 10 scaled wrongly are not published; packed designations are unpacked', () => {
    const ssSource = { ssObjectId: 7n, designation: 'K01S97B', topoRange: 1.64e-8, helioRange: 2.4 }
    const alert = lsstAlert({ diaObject: null, top: { ssSource } })
    const event = eventOf(alert)
    expect(columnOf(alert, 'object_id')).toBe('sso:2001 SB97')
    expect(paramValue(event, 'designation', 'solarSystemObject')).toBe('2001 SB97')
    expect(paramValue(event, 'topoRange', 'solarSystemObject')).toBeUndefined()
    expect(paramValue(event, 'helioRange', 'solarSystemObject')).toBe(2.4)
  })

  it('T16: an alert of a moving object has no diaObject and is named by its designation', () => {
    const ssSource = { ssObjectId: 21163624394469969n, designation: '2004 JQ12' }
    const alert = lsstAlert({ diaObject: null, top: { ssSource }, diaSource: { diaObjectId: 0n } })
    expect(columnOf(alert, 'object_id')).toBe('sso:2004 JQ12')
    expect(columnOf(alert, 'is_moving')).toBe(true)
    expect(columnOf(alert, 'n_detections')).toBe(1)
    const event = eventOf(alert)
    expect(event.why!.inferences.map(({ concepts }) => concepts[0])).toContain('http://astrothesaurus.org/uat/1469')
    expect(event.why!.inferences.flatMap(({ names }) => names)).toEqual(['2004 JQ12'])
    const both = lsstAlert({ top: { ssSource } })
    expect(columnOf(both, 'object_id')).toBe('sso:2004 JQ12')
    expect(eventOf(both).what!.groups.map(({ name }) => name)).toEqual(['object', 'solarSystemObject', 'history'])
    const undesignated = lsstAlert({ diaObject: null, diaSource: { diaObjectId: 0n, ssObjectId: 77n } })
    expect(columnOf(undesignated, 'object_id')).toBe('sso:77')
  })

  it('T16: for ZTF only a near known object moves; null, -999 and far ones do not', () => {
    const at = (ssnamenr: string | null, ssdistnr: number | null) => ztfAlert({ ssnamenr, ssdistnr })
    expect(columnOf(at('110778', 0.4), 'object_id', ztf)).toBe('sso:110778')
    expect(columnOf(at('110778', 0.4), 'is_moving', ztf)).toBe(true)
    for (const alert of [at('null', -999), at(null, null), at('110778', 20), at('110778', -999), at('null', 1)]) {
      expect(columnOf(alert, 'object_id', ztf)).toBe('ZTF18abudxnw')
      expect(columnOf(alert, 'is_moving', ztf)).toBe(false)
    }
  })

  it('T18: the visit is that of the detection, the same alert has the same identity', () => {
    expect(lsst.identify(lsstAlert())).toEqual(lsst.identify(lsstAlert({ schemaName: 'lsst.v11_0.alert' })))
    expect(lsst.identify(lsstAlert()).visit).toBe(2026030500057)
    expect(ztf.identify(ztfAlert()).visit).toBe(269537846)
  })

  it('T20: reliability is the probability to be real, as the packet has it', () => {
    expect(columnOf(lsstAlert({ diaSource: { reliability: 0.25 } }), 'reliability')).toBe(0.25)
    expect(eventOf(lsstAlert({ diaSource: { reliability: 0.25 } })).why!.inferences[0]!.probability).toBe(0.25)
    expect(eventOf(lsstAlert({ diaSource: { reliability: 7 } })).why!.inferences).toEqual([])
    expect(columnOf(ztfAlert({ drb: null, rb: 0.6 }), 'reliability', ztf)).toBe(0.6)
  })

  it('T21: Unix seconds where an MJD belongs are an impossible time; the top-level identifier counts', () => {
    expect(() => lsst.identify(lsstAlert({ diaSource: { midpointMjdTai: 1480360995 } }))).toThrow(
      expect.objectContaining({
        code: 'ALERT_TIME_IMPOSSIBLE',
        detail: 'alert 170094456480989258: diaSource.midpointMjdTai is 1480360995',
      }),
    )
    expect(lsst.identify(lsstAlert({ top: { diaSourceId: 1231321321n } })).alertId).toBe('1231321321')
  })
})
