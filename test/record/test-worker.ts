/** A worker that does what a test wants: answers, spins, dies. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Call, Word } from '../../src/record/commands.ts'

// How often it was started, where a test wants to know: from the second time on it cannot be.
const { starts } = workerData as { starts?: Int32Array }
if (starts !== undefined && Atomics.add(starts, 0, 1) > 0) throw new Error('as the test wants it, at the start')

const say = (word: Word) => parentPort?.postMessage(word)
parentPort?.on('message', (message: Call | 'close') => {
  if (message === 'close') {
    parentPort?.close()
    return
  }
  const { id, name, args } = message
  if (name === 'die') throw new Error('as the test wants it')
  if (name === 'spin') for (const until = Date.now() + Number(args[0]); Date.now() < until; );
  say({ id, answer: { value: args[0] } })
})
say({ ready: true })
