/** One worker thread and the watch over it. */
import { Worker } from 'node:worker_threads'
import type { Log } from '../../bridges/contract.ts'
import type { Answer, Job, JobResult, WorkerData } from './messages.ts'

/** No job may take longer than this, whatever it is, ms (a worker's start is within it). */
const jobLimitMs = 30_000

/** The worker is gone. `expression`: the index of the one that ran; -1 when none did. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost'
  readonly expression: number
  constructor(message: string, expression: number) {
    super(message)
    this.expression = expression
  }
}

export interface Limits {
  /** How long one expression may run. */
  readonly xpathMs: number
  /** How long one picture may take, a worker's start within it. */
  readonly pictureMs: number
}

interface Running {
  readonly resolve: (result: JobResult) => void
  readonly reject: (error: Error) => void
  readonly watch: NodeJS.Timeout
}

export class PoolWorker {
  readonly #worker: Worker
  readonly #progress = new Int32Array(new SharedArrayBuffer(8))
  readonly #limitMs: number
  readonly #pictureMs: number
  readonly #gone: () => void
  #running: Running | undefined

  /** `gone` is called once when the thread has ended. */
  constructor(limits: Limits, log: Log, gone: () => void) {
    this.#gone = gone
    this.#limitMs = limits.xpathMs
    this.#pictureMs = limits.pictureMs
    Atomics.store(this.#progress, 0, -1)
    const workerData: WorkerData = { progress: this.#progress.buffer as SharedArrayBuffer }
    const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
    // libxml2 prints what it also throws: its streams are read and dropped.
    this.#worker = new Worker(new URL(file, import.meta.url), { workerData, stdout: true, stderr: true })
    this.#worker.stdout.resume()
    this.#worker.stderr.resume()
    this.#worker.unref()
    this.#worker.on('message', (answer: Answer) => this.#answered(answer))
    this.#worker.on('error', (error) => {
      log.error({ err: error }, 'a worker of the pool failed')
      this.#lost(`the worker failed: ${error instanceof Error ? error.message : String(error)}`)
    })
    this.#worker.on('exit', () => {
      this.#lost('the worker ended')
      this.#gone()
    })
  }

  /** One job at a time. Rejects with `WorkerLost` when the worker had to be ended or died. */
  perform(job: Job): Promise<JobResult> {
    return new Promise((resolve, reject) => {
      this.#running = { resolve, reject, watch: this.#watch(job.kind === 'picture' ? this.#pictureMs : jobLimitMs) }
      this.#worker.ref()
      this.#worker.postMessage(job)
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  /**
   * Looks four times in each limit whether the same expression still runs, and how much processor time it had:
   * on a busy machine an innocent one may stand still for long.
   */
  #watch(jobMs: number): NodeJS.Timeout {
    let begun = 0
    let fromMs = 0
    let looks = Math.ceil((jobMs * 4) / this.#limitMs)
    return setInterval(async () => {
      looks -= 1
      if (looks <= 0) return this.#abandon(`a job ran for more than ${jobMs / 1000} s`)
      const count = Atomics.load(this.#progress, 1)
      if (Atomics.load(this.#progress, 0) < 0) return
      const usedMs = await this.#usedMs().catch(() => 0)
      // It may have ended, and another begun, while we asked.
      if (count !== Atomics.load(this.#progress, 1) || Atomics.load(this.#progress, 0) < 0) return
      if (count !== begun) {
        begun = count
        fromMs = usedMs
      } else if (usedMs - fromMs >= this.#limitMs) {
        this.#abandon(`an expression ran for more than ${this.#limitMs} ms`)
      }
    }, this.#limitMs / 4)
  }

  /** Processor time of the thread, ms; where Node cannot tell (before 24.6), the time on the wall. */
  async #usedMs(): Promise<number> {
    if (typeof this.#worker.cpuUsage !== 'function') return performance.now()
    const { user, system } = await this.#worker.cpuUsage()
    return (user + system) / 1000
  }

  #abandon(why: string): void {
    this.#lost(why)
    void this.#worker.terminate()
  }

  #answered(answer: Answer): void {
    const running = this.#settle()
    if ('error' in answer) running?.reject(new Error(answer.error))
    else running?.resolve(answer.result)
  }

  #lost(why: string): void {
    this.#settle()?.reject(new WorkerLost(why, Atomics.load(this.#progress, 0)))
  }

  #settle(): Running | undefined {
    const running = this.#running
    this.#running = undefined
    if (running !== undefined) clearInterval(running.watch)
    this.#worker.unref()
    return running
  }
}
