import fc from 'fast-check'
import { readJson3 } from '../../vo/voevent-3/json-read.ts'
import { writeJson3 } from '../../vo/voevent-3/json-write.ts'
import { voeventFormat } from '../../vo/voevent-3/sniff.ts'
import { arbitraryModelEvent } from '../vo/arbitrary-model.ts'
import { fullEvent } from '../vo/packet.ts'
import { fuzz, outcome } from './fuzz.ts'
import { mutateBytes, mutateJson, mutateText, pick, type Random, spliced } from './mutate.ts'

function mutate(random: Random, documents: readonly string[]): Uint8Array {
  const text = pick(random, documents)
  const way = random(8)
  if (way === 0) return spliced(random, Buffer.from(text), Buffer.from(pick(random, documents)))
  if (way === 1) return mutateBytes(Buffer.from(text), random)
  if (way === 2) return Buffer.from(mutateText(text, random))
  let json = JSON.parse(text)
  for (let times = random(3); times >= 0; times--) json = mutateJson(random, json)
  // A long integer, a deep nest or a key twice now and then.
  const mutant = JSON.stringify(json)
  if (way > 3) return Buffer.from(mutant)
  const scraps = [
    '9'.repeat(20),
    '9'.repeat(100_000),
    '['.repeat(50_000) + ']'.repeat(50_000),
    '{"a":1,"a":2}',
    '-0',
    '1e400',
  ]
  return Buffer.from(mutant.replace(/:("[^"]*"|[0-9]+)/, () => `:${pick(random, scraps)}`))
}

fuzz('voevent-3-json', () => {
  const events = [fullEvent, ...fc.sample(arbitraryModelEvent(), { numRuns: 60, seed: 21 })]
  const documents = events.map((event) => writeJson3(event))
  return {
    make: (random) => mutate(random, documents),
    run(input) {
      voeventFormat(input)
      const lenient = outcome(() => {
        const text = writeJson3(readJson3(input, { mode: 'lenient' }))
        // What was read is valid once written, and stays as it is.
        const again = writeJson3(readJson3(text))
        if (again !== text) throw new Error(`written otherwise the second time: ${text} and ${again}`)
      })
      const strict = outcome(() => readJson3(input))
      if (strict === 'ok' && lenient !== 'ok') throw new Error(`strict reads it, lenient does not: ${lenient}`)
      return strict !== 'ok' && lenient === 'ok' ? `only lenient: ${strict}` : strict
    },
    meets: [/^ok/m, /^only lenient: JSON_UNKNOWN/m, /^JSON_SYNTAX/m, /^JSON_TYPE/m, /^VOE3_/m],
  }
})
