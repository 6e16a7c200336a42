import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readAvro3, writeAvro3 } from '../../../vo/voevent-3/avro.ts'
import { arbitraryModelEvent } from '../arbitrary-model.ts'
import { sameMeaning } from '../same-meaning.ts'

it('reads what it writes, the same in meaning', () => {
  fc.assert(
    fc.property(arbitraryModelEvent(), (event) => {
      expect(sameMeaning(event, readAvro3(writeAvro3(event, { paramSets: 'inline' })))).toEqual([])
    }),
    { numRuns: 300 },
  )
})
