/** A small LSST alert made by hand: what the tests change is written there. */
import type { Alert, AvroRecord } from '../../src/flow.ts'
import { loadMapping } from '../../src/map/load-mapping.ts'

export const lsst = loadMapping('lsst')
export const ztf = loadMapping('ztf')

export interface Parts {
  readonly top?: AvroRecord
  readonly diaSource?: AvroRecord
  readonly diaObject?: AvroRecord | null
  readonly schemaName?: string
}

export function lsstAlert({ top, diaSource, diaObject, schemaName = 'lsst.v11_1.alert' }: Parts = {}): Alert {
  return {
    survey: 'lsst',
    schemaName,
    schemaId: 1101,
    record: {
      diaSourceId: 170094456480989258n,
      diaSource: {
        diaSourceId: 170094456480989258n,
        visit: 2026030500057n,
        detector: 26,
        diaObjectId: 313897383979122767n,
        ssObjectId: 0n,
        midpointMjdTai: 61105.095800699935,
        ra: 150.4555220874077,
        dec: 3.482150412358473,
        raErr: 5e-6,
        decErr: 4e-6,
        ra_dec_Cov: 0,
        band: 'i',
        psfFlux: 15362.61328125,
        psfFluxErr: 406.541015625,
        snr: 37.28355026245117,
        reliability: 0.9999998807907104,
        ...diaSource,
      },
      prvDiaSources: null,
      prvDiaForcedSources: [],
      diaObject: diaObject === undefined ? { diaObjectId: 313897383979122767n, nDiaSources: 1 } : diaObject,
      ...top,
    },
  }
}

export function ztfAlert(candidate: AvroRecord = {}, top: AvroRecord = {}): Alert {
  return {
    survey: 'ztf',
    schemaName: 'ztf.alert',
    record: {
      schemavsn: '4.02',
      objectId: 'ZTF18abudxnw',
      candid: 2695378462115010012n,
      candidate: {
        jd: 2460449.8784606,
        exptime: 30,
        fid: 2,
        pid: 2695378462115n,
        ra: 295.3,
        dec: -10.4,
        isdiffpos: 't',
        magpsf: 18.5,
        sigmapsf: 0.1,
        drb: 0.9,
        ndethist: 3,
        ssnamenr: 'null',
        ssdistnr: -999,
        ...candidate,
      },
      prv_candidates: null,
      ...top,
    },
  }
}

export const context = {
  mapping: lsst,
  authority: 'org.example.fountain',
  who: { title: 'Fountain at Example', contactEmail: 'alerts@example.org' },
  now: Date.UTC(2026, 2, 6, 2, 18, 0, 123),
  cites: [],
  software: 'Fountain 0.1.0',
} as const
