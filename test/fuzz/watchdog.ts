/**
 * A thread beside the fuzzed one: when an input takes far too long, the event loop cannot say so. It then writes the
 * input where the others lie, says how to run it again, and ends the process.
 */
import { mkdirSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

const largestInput = 1 << 21
const limitS = 30

interface Shared {
  readonly target: string
  readonly found: string
  /** [how many inputs were begun, bytes of the present one, 1 while it runs] */
  readonly head: Int32Array<SharedArrayBuffer>
  readonly input: Uint8Array<SharedArrayBuffer>
}

export interface Watchdog {
  begin(input: Uint8Array): void
  end(): void
  stop(): Promise<unknown>
}

export function startWatchdog(target: string, found: string): Watchdog {
  const head = new Int32Array(new SharedArrayBuffer(12))
  const shared: Shared = { target, found, head, input: new Uint8Array(new SharedArrayBuffer(largestInput)) }
  const worker = new Worker(new URL('./watchdog.ts', import.meta.url), { workerData: shared })
  worker.unref()
  return {
    begin(input) {
      const length = Math.min(input.length, largestInput)
      shared.input.set(input.subarray(0, length))
      head[1] = length
      Atomics.add(head, 0, 1)
      Atomics.store(head, 2, 1)
    },
    end: () => void Atomics.store(head, 2, 0),
    stop: () => worker.terminate(),
  }
}

function watch({ target, found, head, input }: Shared): void {
  let seen = 0
  let forS = 0
  setInterval(() => {
    const now = Atomics.load(head, 0)
    forS = now === seen && Atomics.load(head, 2) === 1 ? forS + 1 : 0
    seen = now
    if (forS < limitS) return
    const bytes = input.slice(0, head[1])
    mkdirSync(found, { recursive: true })
    const file = join(found, `${target}-hangs-${process.pid}`)
    writeFileSync(file, bytes)
    const base64 = Buffer.from(bytes).toString('base64')
    writeSync(2, `\nfuzz ${target}: an input takes more than ${limitS} s; it lies in ${file}, in base64:\n${base64}\n`)
    process.kill(process.pid, 'SIGKILL')
  }, 1_000)
}

if (!isMainThread && (workerData as Shared | null)?.head instanceof Int32Array) watch(workerData as Shared)
