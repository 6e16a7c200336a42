/** Alerts of any content, for properties of the map. */
import fc from 'fast-check'
import type { AvroRecord, AvroValue } from '../../src/flow.ts'
import { lsst, lsstAlert, ztf, ztfAlert } from './made-alert.ts'

const number = fc.oneof(fc.double(), fc.float(), fc.constantFrom(Number.NaN, 0, -999, 1e300, -0), fc.integer())
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom('', 'null', ']]>', '\u0000\ud800'))
/** Any value at all, of any type. */
export const anyValue: fc.Arbitrary<AvroValue> = fc.oneof(
  { weight: 6, arbitrary: number },
  text,
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constant(new Uint8Array(3)),
  fc.constant([1, null, { jd: 3 }]),
)
/** A record with values of any type at the paths below a prefix. */
const record = (wanted: ReadonlySet<string>, prefix: string): fc.Arbitrary<AvroRecord> => {
  const names = [...wanted].filter((path) => path.startsWith(`${prefix}.`)).map((path) => path.slice(prefix.length + 1))
  return fc.record(Object.fromEntries(names.map((name) => [name, anyValue])), {
    requiredKeys: [],
  }) as fc.Arbitrary<AvroRecord>
}
const items = (wanted: ReadonlySet<string>, prefix: string) =>
  fc.oneof(fc.constant(null), fc.array(record(wanted, prefix), { maxLength: 12 }))

const place = { dec: 3.5, midpointMjdTai: 61105.5 }
/** An alert of LSST with values of any type everywhere but in its place, time and identifier. */
export const anyLsst = fc
  .record({
    diaSource: record(lsst.full.wanted, 'diaSource'),
    diaObject: fc.oneof(fc.constant(null), record(lsst.full.wanted, 'diaObject')),
    ssSource: fc.oneof(fc.constant(null), record(lsst.full.wanted, 'ssSource')),
    mpc_orbits: fc.oneof(fc.constant(null), record(lsst.full.wanted, 'mpc_orbits')),
    prvDiaSources: items(lsst.full.wanted, 'prvDiaSources'),
    prvDiaForcedSources: items(lsst.full.wanted, 'prvDiaForcedSources'),
    target_name: anyValue,
    cutoutDifference: anyValue,
    ra: fc.double({ min: 0, max: 360, noNaN: true }),
  })
  .map(({ diaSource, ra, ...top }) =>
    lsstAlert({ diaObject: top.diaObject, top: { ...top, diaSource: { ...diaSource, ...place, ra } } }),
  )
/** The same of ZTF. */
export const anyZtf = fc
  .record({
    candidate: record(ztf.full.wanted, 'candidate'),
    fp_hists: items(ztf.full.wanted, 'fp_hists'),
    cutoutScience: fc.oneof(fc.constant(null), fc.record({ stampData: anyValue })),
    prv_candidates: items(ztf.full.wanted, 'prv_candidates'),
    objectId: anyValue,
  })
  .map(({ candidate, ...top }) => ztfAlert({ ...candidate, jd: 2460449.8784606, ra: 12.5, dec: -7 }, top))
