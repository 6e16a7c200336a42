/** Calls to a worker thread as promises: answered, failed, or out of time, and never left hanging. */
import { Worker } from 'node:worker_threads'
import type { Log } from '../../bridges/contract.ts'
import { type ErrorCode, errorTable, FountainError } from '../errors.ts'
import type { Call, Fault, Word } from './commands.ts'

interface Waiting {
  readonly call: Call
  readonly timer: NodeJS.Timeout | undefined
  resolve(value: unknown): void
  reject(error: FountainError): void
}

export interface WorkerCallsOptions {
  /** The worker's file. */
  readonly entry: URL
  readonly data: object
  readonly log: Log
  readonly now: () => number
  /**
   * A call that takes longer fails with STORE_DEADLINE, and the worker is replaced; one whose worker dies fails with
   * STORE_BUSY, and the next call starts another. For readers only.
   */
  readonly deadlineMs?: number
  /** The worker died and is not replaced. */
  readonly onDown?: (error: FountainError) => void
}

const toError = ({ code, detail }: Fault) =>
  new FountainError(code in errorTable ? (code as ErrorCode) : 'STORE_FAILED', detail)

export class WorkerCalls {
  readonly #options: WorkerCallsOptions
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker
  #exited: Promise<void>
  #lastId = 0
  #down: FountainError | undefined
  /** The worker has died and was not replaced yet. */
  #dead = false

  private constructor(options: WorkerCallsOptions) {
    this.#options = options
    this.#worker = this.#spawn()
    this.#exited = exitOf(this.#worker)
  }

  /** Resolves when the worker is ready; rejects with the reason why it cannot be. */
  static async start(options: WorkerCallsOptions): Promise<WorkerCalls> {
    const calls = new WorkerCalls(options)
    await new Promise<void>((resolve, reject) => {
      calls.#worker.on('message', (word: Word) => {
        if ('ready' in word) resolve()
        if ('fatal' in word) reject(toError(word.fatal))
      })
      calls.#worker.once('error', (error) => reject(new FountainError('STORE_FAILED', error.message, { cause: error })))
      calls.#worker.once('exit', () => reject(new FountainError('STORE_FAILED', 'The worker ended at once.')))
    }).catch(async (error: unknown) => {
      await calls.#worker.terminate()
      throw error
    })
    return calls
  }

  call(name: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#down !== undefined) {
        reject(this.#down)
        return
      }
      const call: Call = { id: ++this.#lastId, name, args, nowMs: this.#options.now() }
      const { deadlineMs } = this.#options
      const timer = deadlineMs === undefined ? undefined : setTimeout(() => this.#overdue(call, deadlineMs), deadlineMs)
      timer?.unref()
      this.#waiting.set(call.id, { call, timer, resolve, reject })
      if (this.#dead) this.#replace()
      try {
        this.#worker.postMessage(call)
      } catch (cause) {
        // Something in the arguments cannot be cloned: a fault of the caller's.
        this.#take(call.id)?.reject(
          new FountainError('STORE_FAILED', `${name}: ${(cause as Error).message}`, { cause }),
        )
      }
    })
  }

  /** Takes no more calls. */
  refuse(): void {
    this.#down ??= new FountainError('STORE_FAILED', 'The store is closed.')
  }

  /** Lets the worker finish what it has, then ends it. */
  async close(): Promise<void> {
    this.refuse()
    this.#worker.postMessage('close')
    await this.#exited
  }

  #spawn(): Worker {
    const worker = new Worker(this.#options.entry, { workerData: this.#options.data, execArgv: [] })
    let reason = 'The worker ended.'
    worker.on('message', (word: Word) => {
      if (worker !== this.#worker) return
      if ('id' in word) {
        const waiting = this.#take(word.id)
        if ('value' in word.answer) waiting?.resolve(word.answer.value)
        else waiting?.reject(toError(word.answer.fault))
      } else if ('warn' in word) {
        this.#options.log.warn(word.warn, word.message)
      } else if ('fatal' in word) {
        reason = word.fatal.detail
      }
    })
    worker.on('error', (error) => {
      reason = error.message
    })
    worker.on('exit', () => {
      if (worker === this.#worker) this.#ended(reason)
    })
    return worker
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    clearTimeout(waiting?.timer)
    return waiting
  }

  #ended(reason: string): void {
    const code = this.#options.deadlineMs === undefined ? 'STORE_FAILED' : 'STORE_BUSY'
    const error = this.#down ?? new FountainError(code, reason)
    const expected = this.#down !== undefined
    if (!expected) {
      this.#options.log.error(
        { code: error.code, worker: this.#options.entry.pathname, reason },
        'a worker of the store died',
      )
      if (this.#options.deadlineMs === undefined) {
        this.#down = error
        this.#options.onDown?.(error)
      } else {
        // Not before it is needed: what cannot be started now would be tried again and again.
        this.#dead = true
      }
    }
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(error)
  }

  /** A read took too long: it fails, a fresh worker takes the others over, the stuck one ends when SQLite lets it. */
  #overdue(call: Call, deadlineMs: number): void {
    this.#take(call.id)?.reject(new FountainError('STORE_DEADLINE', `${call.name} took more than ${deadlineMs} ms.`))
    const stuck = this.#worker
    if (this.#down === undefined) this.#replace()
    for (const { call: other } of this.#waiting.values()) this.#worker.postMessage(other)
    void stuck.terminate()
  }

  #replace(): void {
    this.#dead = false
    this.#worker = this.#spawn()
    this.#exited = exitOf(this.#worker)
  }
}

function exitOf(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve())
  })
}
