import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Group, VOEvent } from '../../../vo/model/voevent.ts'
import { readAvro3SingleObject, writeAvro3, writeAvro3SingleObject } from '../../../vo/voevent-3/avro.ts'
import { writeJson3 } from '../../../vo/voevent-3/json-write.ts'
import { paramSetsOf } from '../../../vo/voevent-3/param-sets-of.ts'
import { readXml3 } from '../../../vo/voevent-3/xml-read.ts'
import { writeXml3 } from '../../../vo/voevent-3/xml-write.ts'
import { arbitraryModelEvent } from '../arbitrary-model.ts'
import { sameMeaning } from '../same-meaning.ts'
import { oracle } from './avro-oracle.ts'
import { draftEvent, draftSets } from './events.ts'

it('are the sets that an event uses, each once, in the order of their use', () => {
  expect(paramSetsOf(draftEvent())).toEqual(draftSets)
  expect(paramSetsOf({ ivoid: 'ivo://example.org/s#1', role: 'test' })).toEqual([])
})

it('are written once, whether two Groups share their definitions or have equal ones', () => {
  const group = (name: string): Group => ({
    name,
    params: [{ definition: { name: 'mag', dataType: 'float' }, value: 17 }],
    descriptions: [],
    references: [],
  })
  const what = { params: [], groups: [group('now'), group('before')], tables: [], descriptions: [], references: [] }
  const event: VOEvent = { ivoid: 'ivo://example.org/s#1', role: 'test', what }
  const [set, ...more] = paramSetsOf(event)
  expect(more).toEqual([])
  const inJson = JSON.parse(writeJson3(event)) as { paramSets: object[] }
  expect(inJson.paramSets).toEqual([set])
  const inXml = writeXml3(event)
  expect(inXml.match(/<paramSets /g)).toHaveLength(1)
  expect(sameMeaning(event, readXml3(Buffer.from(inXml)))).toEqual([])
})

it('are what a reader needs of an event that has them by id, and what an event has inline', () => {
  fc.assert(
    fc.property(arbitraryModelEvent(), (event) => {
      const sets = paramSetsOf(event)
      const paramSets = new Map(sets.map((set) => [set.id, set]))
      expect(sameMeaning(event, readAvro3SingleObject(writeAvro3SingleObject(event), { paramSets }))).toEqual([])
      const inline = oracle.fromBuffer(Buffer.from(writeAvro3(event))) as { paramSets: { id: Uint8Array }[] }
      const ids = inline.paramSets.map(({ id }) => `sha-256-${Buffer.from(id).toString('hex')}`)
      expect(sets.map(({ id }) => id)).toEqual(ids)
    }),
    { numRuns: 200 },
  )
})
