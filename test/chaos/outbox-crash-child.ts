/** A store in a process of its own, to be killed while people decide and messages go out; says what was acknowledged. */
import { writeSync } from 'node:fs'
import { openStore } from '../../src/record/open-store.ts'
import { silent, t0 } from '../record/fixtures.ts'
import { configured, steps } from './outbox-story.ts'

const [dataDir = '', failPoint] = process.argv.slice(2)
const say = (text: string) => writeSync(1, `${text}\n`)

const store = await openStore(dataDir, {
  log: silent,
  clock: { now: () => t0 },
  failPoint: failPoint || undefined,
})
await store.configure(configured)
for (const [index, step] of steps.entries()) {
  await step.tell(store)
  say(`done ${index}`)
}
await store.close()
say('end')
