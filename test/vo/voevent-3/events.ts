/** Events for the tests of the draft's serializations. */
import type { DataType, Param, ParamDefinition, Value, VOEvent } from '../../../vo/model/voevent.ts'
import { type ParamSet, paramSetOf } from '../../../vo/voevent-3/param-set.ts'

export const definitions: readonly ParamDefinition[] = [
  { name: 'diaSourceId', dataType: 'int', ucd: 'meta.id', description: 'Beyond 2^53.' },
  { name: 'psfFlux', dataType: 'float', unit: 'nJy', ucd: 'phot.flux.density' },
  { name: 'snr', dataType: 'float' },
  { name: 'ra', dataType: 'float', unit: 'deg', ucd: 'pos.eq.ra' },
  { name: 'band', dataType: 'string', ucd: 'instr.bandpass' },
  { name: 'isDipole', dataType: 'boolean', references: [{ uri: 'https://example.org/dipole' }] },
  { name: 'limit', dataType: 'float' },
  { name: 'count', dataType: 'int' },
]
const values = [
  1_700_000_000_000_000_001n,
  Math.fround(1234.5678),
  Number.NaN,
  150.123456789,
  'r',
  true,
  Number.NEGATIVE_INFINITY,
  null,
]

/** An event with lists of Params, a Table, and an attachment; `index` makes it another. */
export function draftEvent(index = 0): VOEvent {
  const params = definitions.map((definition, i): Param => ({ definition, value: values[i]! }))
  return {
    ivoid: `ivo://example.org/streams/fast#${index}`,
    role: 'test',
    what: {
      params: [...params.slice(0, 7), { ...params[7]!, references: [{ uri: 'https://example.org/count' }] }],
      groups: [{ name: 'again', params }],
      tables: [
        {
          fields: definitions.slice(0, 2),
          rows: [
            [-1n * 2n ** 63n, Number.NaN],
            [5, -0],
          ],
        },
      ],
      descriptions: [`é, 漢 and 😀 ${'long '.repeat(40)}`],
      references: [],
    },
    whereWhen: [{ coordSystem: 'UTC-ICRS-TOPO', position: { c1: 150.123456789, c2: -0 } }],
    attachments: [{ name: 'cutout', mediaType: 'image/fits', data: Uint8Array.of(0, 255, index), sizeBytes: 3 }],
  }
}

/** The sets that `draftEvent` uses, in the order of their use. */
export const draftSets: readonly ParamSet[] = [paramSetOf(definitions), paramSetOf(definitions.slice(0, 2))]
export const draftSetsById = new Map(draftSets.map((set) => [set.id, set]))

/** An event with one Param. */
export const withValue = (dataType: DataType, value: Value): VOEvent => ({
  ivoid: 'ivo://example.org/s#1',
  role: 'test',
  what: {
    params: [{ definition: { name: 'p', dataType }, value }],
    groups: [],
    tables: [],
    descriptions: [],
    references: [],
  },
})
