import fc from 'fast-check'
import { expect, it } from 'vitest'
import { classes } from '../../vo/model/definition.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { arbitraryModelEvent } from './arbitrary-model.ts'
import { sameMeaning } from './same-meaning.ts'
import { withValue } from './voevent-3/events.ts'

it.each([
  ['int', 7, 7n],
  ['int', '+007', 7],
  ['int', 9223372036854775807n, '9223372036854775807'],
  ['float', '12.50', 12.5],
  ['float', Number.NaN, 'NaN'],
  ['float', 'INF', Number.POSITIVE_INFINITY],
  ['float', 'none', 'none'],
  ['string', '', ''],
  ['boolean', true, true],
] as const)('takes %s %s and %s for the same', (dataType, a, b) => {
  expect(sameMeaning(withValue(dataType, a), withValue(dataType, b))).toEqual([])
})

it.each([
  ['int', 9007199254740993n, 9007199254740992],
  ['float', 0, -0],
  ['float', Number.NaN, null],
  ['string', '7', '7.0'],
  ['string', '', null],
  ['boolean', true, false],
  ['float', 'none', 'some'],
] as const)('tells %s %s from %s', (dataType, a, b) => {
  expect(sameMeaning(withValue(dataType, a), withValue(dataType, b))).toHaveLength(1)
})

it('takes the two zeros for one where that is asked', () => {
  expect(sameMeaning(withValue('float', 0), withValue('float', -0), { zerosAreEqual: true })).toEqual([])
})

it('takes a part that says nothing for one that is not there, and an absent list for an empty one', () => {
  const bare: VOEvent = { ivoid: 'ivo://example.org/s#1', role: 'test' }
  expect(sameMeaning(bare, { ...bare, how: { descriptions: [], references: [] }, attachments: [], who: {} })).toEqual(
    [],
  )
  expect(sameMeaning(bare, { ...bare, how: { descriptions: [''], references: [] } })).toHaveLength(1)
  expect(sameMeaning(bare, { ...bare, whereWhen: [{ coordSystem: '' }] })).toHaveLength(1)
})

it('names the place of a difference, and what is no field', () => {
  const event = { ...withValue('int', 1), colour: 'red' }
  expect(sameMeaning(event, withValue('int', 2))).toEqual([
    '.colour: no field of VOEvent',
    'what.params[0].value: 1 is not 2',
  ])
})

it('every class and field of the definition is met among arbitrary events, and every event is the same as itself', () => {
  const met = new Set<string>()
  const walk = (name: string, part: object): void => {
    for (const [field, value] of Object.entries(part)) {
      met.add(`${name}.${field}`)
      const base = /^[A-Za-z0-9]+/.exec(classes[name]!.fields[field]!.type)![0]
      if (Object.hasOwn(classes, base)) for (const each of [value].flat()) walk(base, each as object)
    }
  }
  fc.assert(
    fc.property(arbitraryModelEvent(), (event) => {
      walk('VOEvent', event)
      expect(sameMeaning(event, structuredClone(event))).toEqual([])
    }),
    { numRuns: 400, seed: 1 },
  )
  const all = Object.entries(classes).flatMap(([name, { fields }]) =>
    Object.keys(fields).map((field) => `${name}.${field}`),
  )
  expect(all.filter((each) => !met.has(each))).toEqual([])
})
