import { expect, it } from 'vitest'
import type { ParamDefinition } from '../../../vo/model/voevent.ts'
import { verifiedSet } from '../../../vo/voevent-3/known-sets.ts'
import { paramSetOf } from '../../../vo/voevent-3/param-set.ts'

const definitions = (name: string): ParamDefinition[] => [
  { name, dataType: 'int', references: [{ uri: 'https://example.org/' }] },
  { name: `${name}2`, dataType: 'float', unit: 'nJy' },
]
const setOf = (name: string) => ({ id: paramSetOf(definitions(name)).id, params: definitions(name) })

it('gives the set that was there before for an equal one', () => {
  const first = verifiedSet(setOf('a'))
  const again = setOf('a')
  expect(again).not.toBe(first)
  expect(verifiedSet(again)).toBe(first)
})

it('never takes other content for a known set, whatever its id says', () => {
  const { id, params } = verifiedSet(setOf('b'))
  const [one, other] = params as [ParamDefinition, ParamDefinition]
  for (const changed of [
    [other, one],
    [one],
    [one, other, other],
    [one, { ...other, unit: 'Jy' }],
    [one, { ...other, ucd: 'phot.flux' }],
    [{ ...one, references: [{ uri: 'https://example.org/x' }] }, other],
    [],
  ]) {
    expect(() => verifiedSet({ id, params: changed })).toThrow(expect.objectContaining({ code: 'VOE3_PARAM_SET_HASH' }))
  }
})

it('forgets the oldest of many', () => {
  const first = verifiedSet(setOf('c'))
  for (let i = 0; i < 40; i++) verifiedSet(setOf(`c${i}`))
  expect(verifiedSet(setOf('c'))).not.toBe(first)
})
