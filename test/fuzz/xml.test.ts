import { elementHash, peekVOEvent, voeventElement } from '../../vo/xml/element.ts'
import { readVOEvent, writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { writeVOEvent21 } from '../../vo/xml/voevent-2.1.ts'
import { mutatePacket, packets } from './corpus.ts'
import { fuzz, outcome } from './fuzz.ts'

fuzz('xml', () => {
  const documents = packets()
  return {
    make: (random) => mutatePacket(random, documents),
    run(input) {
      peekVOEvent(input)
      const span = outcome(() => elementHash(input))
      const lenient = outcome(() => {
        const { event } = readVOEvent(input, { mode: 'lenient' })
        const { start, end } = voeventElement(input)
        if (!(start >= 0 && end > start && end <= input.length)) throw new Error(`an element from ${start} to ${end}`)
        for (const write of [writeVOEvent20, writeVOEvent21]) {
          const bytes = write(event)
          const again = outcome(() => readVOEvent(bytes, { mode: 'strict' }))
          if (again !== 'ok') throw new Error(`what was read cannot be read again once written: ${again}`)
        }
      })
      const strict = outcome(() => readVOEvent(input, { mode: 'strict' }))
      if (strict === 'ok' && lenient !== 'ok') throw new Error(`strict reads it, lenient does not: ${lenient}`)
      return strict === 'ok' ? 'ok' : lenient === 'ok' ? 'only lenient' : span === 'ok' ? lenient : `no span ${span}`
    },
    meets: [/^ok/m, /^only lenient/m, /^XML_NOT_WELL_FORMED/m],
  }
})
