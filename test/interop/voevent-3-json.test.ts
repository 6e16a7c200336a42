/** What we write as JSON of the draft is valid by its schema, and our reader refuses what the schema refuses. */
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { peers } from '../../scripts/peers.ts'
import { readJson3 } from '../../vo/voevent-3/json-read.ts'
import { writeJson3 } from '../../vo/voevent-3/json-write.ts'
import { VOEventError } from '../../vo/voevent-error.ts'
import { mutateJson } from '../fuzz/mutate.ts'
import { describeTier } from '../tiers.ts'
import { arbitraryModelEvent } from '../vo/arbitrary-model.ts'
import { seeded } from '../vo/mutate.ts'
import { fullEvent } from '../vo/packet.ts'

const file = (name: string) => new URL(name, import.meta.url).pathname
const schema = file('../../schemas/voevent-3/voevent-3.schema.json')
/** What no JSON Schema can say: that an id is a hash, and what values belong to it. */
const beyondSchema = ['VOE3_PARAM_SET_MISSING', 'VOE3_PARAM_SET_HASH', 'VOE3_PARAM_LIST', 'VOE3_VALUE']

function refusal(text: string): VOEventError | undefined {
  try {
    readJson3(text)
    return undefined
  } catch (error) {
    if (error instanceof VOEventError) return error
    throw error
  }
}

describeTier('peers', 'JSON of the draft, by jsonschema', () => {
  let python = ''
  beforeAll(async () => {
    python = (await peers()).python
  }, 600_000)

  /** What the schema has against each; empty for nothing. */
  function objections(texts: readonly string[]): string[] {
    const input = `${texts.join('\n')}\n`
    const options = { input, encoding: 'utf8', maxBuffer: 2 ** 28 } as const
    const { status, stdout, stderr } = spawnSync(python, [file('validate_json.py'), schema], options)
    expect(status, stderr).toBe(0)
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as string)
  }

  it('is valid, whatever the event', () => {
    const events = fc.sample(arbitraryModelEvent(), { numRuns: 400, seed: 11 })
    const texts = [fullEvent, ...events].flatMap((event) => [
      writeJson3(event),
      writeJson3(event, { paramSets: 'by-id' }),
    ])
    expect(objections(texts).filter((each) => each !== '')).toEqual([])
  })

  it('is refused by the reader where the schema refuses it, and nowhere else, on 3,000 mutants', () => {
    const bases = [fullEvent, ...fc.sample(arbitraryModelEvent(), { numRuns: 100, seed: 12 })]
    const plain = bases.map((event) => JSON.parse(writeJson3(event)))
    const random = seeded(20_261_121)
    const texts = Array.from({ length: 3_000 }, () => {
      let mutant = plain[random(plain.length)]
      for (let left = random(4) === 0 ? 3 : 1; left > 0; left--) mutant = mutateJson(random, mutant)
      return JSON.stringify(mutant)
    })
    const tally = { accepted: 0, refused: 0, beyond: 0 }
    for (const [i, objection] of objections(texts).entries()) {
      const refused = refusal(texts[i]!)
      if (refused !== undefined && beyondSchema.includes(refused.code)) tally.beyond++
      else if ((refused === undefined) !== (objection === '')) {
        expect.fail(`the reader says ${refused?.message ?? 'yes'}, the schema ${objection || 'yes'}: ${texts[i]}`)
      } else tally[refused === undefined ? 'accepted' : 'refused']++
    }
    expect(tally.accepted).toBeGreaterThan(300)
    expect(tally.refused).toBeGreaterThan(1_000)
    expect(tally.beyond).toBeLessThan(1_000)
  })
})
