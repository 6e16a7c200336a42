/**
 * Worker threads for what may take long or for ever: XPath filters that strangers wrote, XSD validation, pictures.
 * libxml2 cannot be interrupted, so a worker that exceeds the limit is ended and replaced; everything else that
 * waited goes on. An expression that exceeds it twice is disabled (once may be the fault of a busy machine).
 */
import type { Log, Picture, XPathPool } from '../../bridges/contract.ts'
import { FountainError } from '../errors.ts'
import type { PictureRequest } from '../pictures/request.ts'
import type { Job, JobResult, Validation } from './messages.ts'
import { PoolWorker, WorkerLost } from './pool-worker.ts'

export interface PoolOptions {
  /** Worker threads; they start when they are first needed. */
  readonly size: number
  /** How long one expression may run on one document, ms. */
  readonly xpathLimitMs: number
  /** How long one picture may take, a worker's start within it; 10 s by default. */
  readonly pictureLimitMs?: number
  readonly log: Log
}

export interface Pool {
  readonly xpath: XPathPool
  /** XSD and the other rules of `vo/validate.ts`, off the main thread. */
  validate(document: Uint8Array, options?: { readonly version?: '2.0' }): Promise<Validation>
  /** Throws PICTURE_FAILED. */
  draw(request: PictureRequest): Promise<Picture>
  close(): Promise<void>
}

interface Task {
  readonly job: Job
  readonly resolve: (result: JobResult) => void
  readonly reject: (error: unknown) => void
}

const disabledReason = 'it takes too long and was disabled'
/** Remembered so long as they are among the newest: an expression that is forgotten gets its two chances again. */
const keptStrikes = 10_000

export function openPool(options: PoolOptions): Pool {
  return new WorkerPool(options)
}

class WorkerPool implements Pool {
  readonly #options: PoolOptions
  readonly #queue: Task[] = []
  readonly #workers = new Set<PoolWorker>()
  readonly #idle = new Set<PoolWorker>()
  readonly #strikes = new Map<string, number>()
  #closed = false
  readonly xpath: XPathPool = {
    check: (expression) => this.#check(expression),
    match: (document, expressions) => this.#match(document, expressions),
  }

  constructor(options: PoolOptions) {
    this.#options = options
  }

  async validate(document: Uint8Array, options: { readonly version?: '2.0' } = {}): Promise<Validation> {
    const result = await this.#retried({ kind: 'validate', document, version: options.version })
    return (result as JobResult & { kind: 'validate' }).validation
  }

  /** Tried once: a picture that ended its worker would end the next one too. */
  async draw(request: PictureRequest): Promise<Picture> {
    try {
      const result = await this.#submit({ kind: 'picture', request })
      return (result as JobResult & { kind: 'picture' }).picture
    } catch (cause) {
      const { message } = cause as Error
      throw new FountainError('PICTURE_FAILED', `${request.kind} of ${request.title}: ${message}`, { cause })
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const task of this.#queue.splice(0)) task.reject(new Error('the pool is closed'))
    await Promise.all([...this.#workers].map((worker) => worker.end()))
  }

  async #check(expression: string): ReturnType<XPathPool['check']> {
    if (this.#isDisabled(expression)) return { ok: false, reason: disabledReason }
    for (;;) {
      try {
        const result = await this.#submit({ kind: 'check', expression })
        const { fault } = result as JobResult & { kind: 'check' }
        return fault === undefined ? { ok: true } : { ok: false, reason: fault }
      } catch (error) {
        if (!(error instanceof WorkerLost)) throw error
        if (this.#strike(expression)) return { ok: false, reason: disabledReason }
      }
    }
  }

  /** Expressions that are disabled fail; one that ends its worker costs the others only a repeat. */
  async #match(document: Uint8Array, expressions: readonly string[]): ReturnType<XPathPool['match']> {
    for (;;) {
      const usable = expressions.filter((expression) => !this.#isDisabled(expression))
      let verdicts: ReadonlyMap<string, boolean | { failed: string }>
      try {
        verdicts = usable.length === 0 ? new Map() : await this.#verdicts(document, usable)
      } catch (error) {
        if (!(error instanceof WorkerLost)) throw error
        // Without a running expression it was the document that ended the worker: parsing it again will not help.
        const guilty = usable[error.expression]
        if (guilty === undefined) return expressions.map(() => ({ failed: error.message, disabled: false }))
        this.#strike(guilty)
        continue
      }
      return expressions.map((expression) => {
        const verdict = verdicts.get(expression)
        if (verdict === undefined) return { failed: disabledReason, disabled: true }
        return typeof verdict === 'boolean' ? verdict : { failed: verdict.failed, disabled: false }
      })
    }
  }

  async #verdicts(
    document: Uint8Array,
    expressions: readonly string[],
  ): Promise<Map<string, boolean | { failed: string }>> {
    const result = (await this.#submit({ kind: 'match', document, expressions })) as JobResult & { kind: 'match' }
    return new Map(expressions.map((expression, index) => [expression, result.verdicts[index] ?? false]))
  }

  async #retried(job: Job): Promise<JobResult> {
    try {
      return await this.#submit(job)
    } catch (error) {
      if (!(error instanceof WorkerLost) || this.#closed) throw error
      return await this.#submit(job)
    }
  }

  #isDisabled(expression: string): boolean {
    return (this.#strikes.get(expression) ?? 0) >= 2
  }

  /** True when the expression is disabled by it. */
  #strike(expression: string): boolean {
    const strikes = (this.#strikes.get(expression) ?? 0) + 1
    this.#strikes.delete(expression)
    this.#strikes.set(expression, strikes)
    const [oldest] = this.#strikes.keys()
    if (this.#strikes.size > keptStrikes && oldest !== undefined) this.#strikes.delete(oldest)
    const limitMs = this.#options.xpathLimitMs
    this.#options.log.warn({ expression, strikes, limitMs }, 'an XPath filter exceeded its time: its worker was ended')
    return strikes >= 2
  }

  #submit(job: Job): Promise<JobResult> {
    if (this.#closed) return Promise.reject(new Error('the pool is closed'))
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject })
      this.#next()
    })
  }

  #next(): void {
    if (this.#queue.length === 0 || this.#closed) return
    const [worker = this.#hire()] = this.#idle
    if (worker === undefined) return
    this.#idle.delete(worker)
    const task = this.#queue.shift() as Task
    worker.perform(task.job).then(
      (result) => {
        this.#idle.add(worker)
        task.resolve(result)
        this.#next()
      },
      (error: unknown) => {
        if (error instanceof WorkerLost) this.#workers.delete(worker)
        else this.#idle.add(worker)
        task.reject(error)
        this.#next()
      },
    )
  }

  #hire(): PoolWorker | undefined {
    if (this.#workers.size >= this.#options.size) return undefined
    const { xpathLimitMs, pictureLimitMs = 10_000, log } = this.#options
    const worker: PoolWorker = new PoolWorker({ xpathMs: xpathLimitMs, pictureMs: pictureLimitMs }, log, () => {
      this.#workers.delete(worker)
      this.#idle.delete(worker)
      this.#next()
    })
    this.#workers.add(worker)
    return worker
  }
}
