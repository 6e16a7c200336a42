/** The store worker: owns the only writing connection and the packet segments. What waits in its queue is run together. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Call, Word } from './commands.ts'
import { faultOf, Writer, type WriterOptions } from './writer.ts'

/** One transaction takes at most so many calls and so many bytes of packets: the bound of latency and memory. */
const groupCalls = 256
const groupBytes = 64 * 1024 * 1024
/** A batch of so many lines is worth a transaction of its own: see `Writer`. */
const largeLines = 64

const port = parentPort
if (port === null) throw new Error('store-worker.ts is the entry of a worker thread')
const say = (word: Word) => port.postMessage(word)

const options = workerData as Omit<WriterOptions, 'warn' | 'files'>
const queue: Call[] = []
let closing = false

const packetBytes = ({ args }: Call) => {
  const kept = (args[0] as { kept?: readonly { bytes: Uint8Array }[] } | undefined)?.kept ?? []
  return kept.reduce((sum, { bytes }) => sum + bytes.length, 0)
}

const isLarge = ({ args }: Call) =>
  ((args[0] as { lines?: readonly unknown[] } | undefined)?.lines?.length ?? 0) >= largeLines

function serve(writer: Writer): void {
  let scheduled = false
  const work = () => {
    scheduled = false
    const group: Call[] = []
    let bytes = 0
    while (group.length < groupCalls && bytes < groupBytes) {
      const [call] = queue
      if (call === undefined || (isLarge(call) && group.length > 0)) break
      queue.shift()
      group.push(call)
      bytes += packetBytes(call)
      if (isLarge(call)) break
    }
    const last = group.at(-1)
    if (last !== undefined) {
      const answers = writer.run(group, last.nowMs)
      group.forEach(({ id }, index) => {
        const answer = answers[index]
        if (answer !== undefined) say({ id, answer })
      })
    }
    if (queue.length > 0) schedule()
    else if (closing) {
      writer.close()
      port?.close()
    }
  }
  const schedule = () => {
    if (scheduled) return
    scheduled = true
    // After the messages that are here already: they belong to the same transaction.
    setImmediate(work)
  }
  port?.on('message', (message: Call | 'close') => {
    if (message === 'close') closing = true
    else queue.push(message)
    schedule()
  })
  say({ ready: true })
}

try {
  serve(new Writer({ ...options, warn: (warn, message) => say({ warn, message }) }))
} catch (error) {
  say({ fatal: faultOf(error, options.dataDir) })
}
