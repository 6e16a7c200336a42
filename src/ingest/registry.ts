/**
 * Client of a Confluent-style schema registry. A schema once read is kept on disk for ever: ids are never given twice.
 * What failed is remembered for a little while, so that an outage costs one request and not one a packet.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Log } from '../../bridges/contract.ts'
import { FountainError } from '../errors.ts'

export interface RegistryOptions {
  /** May hold a user name and password: they are sent as HTTP Basic and written nowhere. */
  readonly url: string
  /** Made when the first schema is kept; each registry has its own directory below it. */
  readonly cacheDir: string
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Log
  readonly fetch?: typeof globalThis.fetch
  /** How long a request may take, ms. */
  readonly timeLimitMs?: number
}

export interface Registry {
  /** The schema's JSON. Throws REGISTRY_UNREACHABLE (later it may answer) or REGISTRY_UNKNOWN_ID. */
  schemaById(id: number): Promise<string>
  /** Does it answer? Throws REGISTRY_UNREACHABLE. */
  check(signal: AbortSignal): Promise<void>
}

const bodyLimit = 4_000_000
const schemaLimit = 1_000_000
const rememberUnreachableMs = 5_000
const rememberUnknownMs = 60_000
/** Ids come from outside: the memory of failures must not grow with them. */
const failureLimit = 1_000
/** Where Rubin's registry keeps alert schemas: the version's number is the id. */
const subject = 'alert-packet'

export function openRegistry(options: RegistryOptions): Registry {
  const { clock, log, timeLimitMs = 10_000 } = options
  const fetch = options.fetch ?? globalThis.fetch
  const { base, headers } = address(options.url)
  const directory = join(options.cacheDir, createHash('sha256').update(base).digest('hex').slice(0, 16))
  const known = new Map<number, string>()
  const inFlight = new Map<number, Promise<string>>()
  const failed = new Map<number | 'all', { error: FountainError; untilMs: number }>()

  async function get(path: string, signal?: AbortSignal): Promise<{ status: number; body: unknown }> {
    const limit = AbortSignal.timeout(timeLimitMs)
    try {
      const response = await fetch(`${base}${path}`, {
        headers,
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      })
      return { status: response.status, body: await readJson(response) }
    } catch (cause) {
      if (cause instanceof FountainError || signal?.aborted) throw cause
      const reason = limit.aborted ? `no answer in ${timeLimitMs} ms` : innermost(cause)
      throw new FountainError('REGISTRY_UNREACHABLE', `${base}: ${reason}.`, { cause })
    }
  }

  async function request(id: number): Promise<string> {
    for (const path of [`/schemas/ids/${id}`, `/subjects/${subject}/versions/${id}`]) {
      const { status, body } = await get(path)
      if (status === 404) continue
      if (status !== 200) throw new FountainError('REGISTRY_UNREACHABLE', `${base}${path} answers ${status}.`)
      const schema = schemaOf(body, id, `${base}${path}`)
      if (schema !== undefined) return schema
    }
    throw new FountainError('REGISTRY_UNKNOWN_ID', `${id}, asked of ${base}.`)
  }

  async function find(id: number): Promise<string> {
    const file = join(directory, `${id}.json`)
    const kept = await readFile(file, 'utf8').catch(() => undefined)
    if (kept !== undefined && isJson(kept)) return kept
    const failure = remembered(id)
    if (failure !== undefined) throw failure
    try {
      const schema = await request(id)
      await keep(file, schema).catch((error: Error) => {
        log.warn({ file, reason: error.message }, 'a schema could not be kept on disk: it will be asked for again')
      })
      log.info({ schemaId: id, registry: base }, 'schema read from the registry')
      return schema
    } catch (error) {
      remember(id, error)
      throw error
    }
  }

  function remembered(id: number): FountainError | undefined {
    for (const key of [id, 'all'] as const) {
      const failure = failed.get(key)
      if (failure !== undefined && clock.monotonic() < failure.untilMs) return failure.error
    }
    return undefined
  }

  function remember(id: number, error: unknown): void {
    if (!(error instanceof FountainError)) return
    if (failed.size >= failureLimit) failed.clear()
    const unknown = error.code !== 'REGISTRY_UNREACHABLE'
    const untilMs = clock.monotonic() + (unknown ? rememberUnknownMs : rememberUnreachableMs)
    failed.set(unknown ? id : 'all', { error, untilMs })
  }

  return {
    async schemaById(id) {
      const found = known.get(id)
      if (found !== undefined) return found
      const running = inFlight.get(id)
      if (running !== undefined) return running
      const asked = find(id)
      inFlight.set(id, asked)
      try {
        const schema = await asked
        known.set(id, schema)
        return schema
      } finally {
        inFlight.delete(id)
      }
    },
    async check(signal) {
      const { status } = await get('/subjects', signal)
      if (status !== 200) throw new FountainError('REGISTRY_UNREACHABLE', `${base}/subjects answers ${status}.`)
    },
  }
}

function address(text: string): { base: string; headers: Record<string, string> } {
  const url = new URL(text)
  const headers: Record<string, string> = { accept: 'application/vnd.schemaregistry.v1+json, application/json' }
  if (url.username !== '') {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`
    url.username = url.password = ''
  }
  url.search = url.hash = ''
  return { base: url.href.replace(/\/+$/, ''), headers }
}

/** The schema of an answer; undefined when the answer is about another id. */
function schemaOf(body: unknown, id: number, where: string): string | undefined {
  const { schema, schemaType, references, id: answered } = (body ?? {}) as Record<string, unknown>
  if (answered !== undefined && answered !== id) return undefined
  if (typeof schema !== 'string' || !isJson(schema)) {
    throw new FountainError('REGISTRY_UNREACHABLE', `${where} answers without a schema.`)
  }
  if (schema.length > schemaLimit) throw new FountainError('SCHEMA_TOO_LARGE', `${where}: ${schema.length} characters.`)
  if (schemaType !== undefined && schemaType !== 'AVRO') {
    throw new FountainError('SCHEMA_INVALID', `${where} has a schema of type ${String(schemaType)}.`)
  }
  if (Array.isArray(references) && references.length > 0) {
    throw new FountainError('SCHEMA_INVALID', `${where} has a schema that refers to others.`)
  }
  return schema
}

async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > bodyLimit) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (response.status !== 200) return undefined
    throw new Error('the answer is not JSON', { cause })
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Whole or not at all: a reader never sees half a file. */
async function keep(file: string, schema: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true })
  const temporary = `${file}.${randomUUID()}.part`
  try {
    await writeFile(temporary, schema)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** fetch says only 'fetch failed': the reason is further in. */
function innermost(error: unknown): string {
  let reason = error
  while (reason instanceof Error && reason.cause !== undefined) reason = reason.cause
  if (!(reason instanceof Error)) return String(reason)
  return reason.message || ((reason as NodeJS.ErrnoException).code ?? reason.name)
}
