/**
 * Keeps the mirror near the catalogue: the whole file once, then the changes of each hour, and of each day where it
 * fell behind. TNS keeps daily files for a month; the hourly ones are overwritten every day, so each is believed only
 * where its first line names the right hour.
 */
import { DeliveryError, type Log } from '../contract.ts'
import { oneLine } from '../words.ts'
import { type Context, userAgent } from './api.ts'
import type { CatalogueRow, Filling, Mirror } from './mirror.ts'
import { type Coverage, readCatalogue } from './mirror-file.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Daily files older than that may be gone. */
const longestGapMs = 27 * dayMs
/** Of each file, packed. */
const mostBytes = 400_000_000

export interface Step {
  readonly file: string
  readonly whole: boolean
  /** What it must cover; nothing is asked of the whole. */
  readonly fromMs: number
  readonly toMs: number
}

/** The next file that the mirror needs; undefined where there is none yet. Pure. */
export function nextStep(coveredMs: number | undefined, nowMs: number): Step | undefined {
  if (coveredMs === undefined || nowMs - coveredMs > longestGapMs) {
    return { file: 'tns_public_objects.csv.zip', whole: true, fromMs: 0, toMs: nowMs }
  }
  const day = Math.floor(coveredMs / dayMs) * dayMs
  const hour = Math.floor(coveredMs / hourMs) * hourMs
  // A day that is over, and of which more is missing than an hour or two.
  if (day + dayMs <= nowMs && nowMs - coveredMs > 12 * hourMs) {
    const date = new Date(day).toISOString().slice(0, 10).replaceAll('-', '')
    return { file: `tns_public_objects_${date}.csv.zip`, whole: false, fromMs: day, toMs: day + dayMs }
  }
  if (hour + hourMs > nowMs) return undefined
  const two = `${new Date(hour).getUTCHours()}`.padStart(2, '0')
  return { file: `tns_public_objects_${two}.csv.zip`, whole: false, fromMs: hour, toMs: hour + hourMs }
}

/** What a run leaves for the next: a file that was refused is the same for a while, and TNS wants it fetched rarely. */
export interface Memory {
  refused?: { readonly why: string; readonly untilMs: number }
}

/** Throws Error where a file cannot be had or is refused; the mirror is then as it was. */
export async function updateMirror(with_: {
  readonly context: Context
  readonly mirror: Mirror
  readonly memory: Memory
  readonly log: Log
  readonly signal: AbortSignal
}): Promise<void> {
  const { context, mirror, memory, log, signal } = with_
  if (memory.refused !== undefined && context.nowMs() < memory.refused.untilMs) throw new Error(memory.refused.why)
  delete memory.refused
  for (let files = 0; files < 60; files++) {
    signal.throwIfAborted()
    const step = nextStep(mirror.coveredMs(), context.nowMs())
    if (step === undefined) return
    const bytes = await fetchFile(context, step.file, signal)
    if (bytes === undefined) {
      if (step.whole) throw new Error(`TNS has no ${step.file}`)
      // Not written yet; the next hour will tell, and the day's file after that.
      log.debug({ file: step.file }, 'TNS has no such file yet')
      return
    }
    const done = await apply(with_, step, bytes).catch((error: Error) => {
      if (signal.aborted) throw error
      const why = `${step.file} is refused, and the mirror of TNS stays as it is: ${oneLine(error.message, 300)}`
      memory.refused = { why, untilMs: context.nowMs() + 0.9 * hourMs }
      throw new Error(why)
    })
    if (done === 'another time') {
      log.debug({ file: step.file }, 'the file of TNS is still of another time')
      return
    }
    log.info({ file: step.file, ...done }, 'the mirror of TNS took a file')
  }
}

class AnotherTime extends Error {}

async function apply(
  { context, mirror, signal }: Parameters<typeof updateMirror>[0],
  step: Step,
  bytes: Uint8Array,
): Promise<{ rows: number; skipped: number } | 'another time'> {
  let coverage: Coverage | undefined
  const covers = (one: Coverage) => {
    coverage = one
    if (!step.whole && (one.fromMs < step.fromMs || one.fromMs >= step.toMs)) throw new AnotherTime()
  }
  const nowMs = context.nowMs()
  if (step.whole) {
    const filling = mirror.rebuild()
    try {
      const done = await readCatalogue(bytes, { covers, rows: filling.put, signal })
      if (done.rows === 0) throw new Error('no rows')
      await filling.finish(Math.min(coverage!.toMs, nowMs))
      return done
    } catch (error) {
      filling.abandon()
      throw error
    }
  }
  // All of it is read before any of it counts.
  const batches: (readonly CatalogueRow[])[] = []
  try {
    const done = await readCatalogue(bytes, { covers, rows: (batch) => void batches.push(batch), signal })
    await putAll(mirror.update(), batches, step.toMs)
    return done
  } catch (error) {
    if (error instanceof AnotherTime) return 'another time'
    throw error
  }
}

async function putAll(filling: Filling, batches: readonly (readonly CatalogueRow[])[], toMs: number): Promise<void> {
  try {
    for (const batch of batches) {
      filling.put(batch)
      await new Promise((resolve) => setImmediate(resolve))
    }
  } catch (error) {
    filling.abandon()
    throw error
  }
  await filling.finish(toMs)
}

/** Undefined where TNS has no such file. */
async function fetchFile(context: Context, file: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const { http, places, settings } = context
  const response = await http.request({
    method: 'POST',
    url: `${places.catalogue}/${file}`,
    headers: { 'User-Agent': userAgent(settings), 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `${new URLSearchParams({ api_key: settings.bot.apiKey })}`,
    signal,
    networks: places.catalogueNetworks,
    maxBytes: mostBytes,
  })
  if (response.status === 200) return response.body
  if (response.status === 404) return undefined
  throw new DeliveryError('retry', 'no', `${file}: ${response.status}`)
}
