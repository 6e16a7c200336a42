/**
 * Files and directories as a source. A file is a topic of one partition, its packets are counted from 0: what lies
 * below the stored position is passed over, so a restart goes on where the last batch became durable.
 */
import { watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Clock, Counter, Log, Metrics } from '../../bridges/contract.ts'
import type { FilesSourceConfig } from '../config.ts'
import { explain, FountainError } from '../errors.ts'
import type { Packet, Source, SourceHost } from '../flow.ts'
import { filePackets } from './file-packets.ts'
import { type FoundFile, findFiles } from './find-files.ts'

const batchPackets = 200
const batchBytes = 16 * 1024 * 1024
/** How often directories are looked through when following, ms; notices of the system come sooner. */
const lookEveryMs = 1_000
/** A file that was written to so lately may not be whole yet, ms; a container that ends early has longer to grow. */
const settleMs = 1_000
const growMs = 60_000

export interface FilesDeps {
  /** Bound to the source's name already. */
  readonly log: Log
  readonly clock: Clock
  readonly metrics?: Metrics
  /** What relative paths start from; topics keep the path as it was given. */
  readonly base?: string
}

export function filesSource(name: string, config: FilesSourceConfig, deps: FilesDeps): Source {
  const { log, clock, base = '.' } = deps
  const whole = config.framing === 'raw' || config.framing === 'confluent'
  const unreadable: Counter | undefined = deps.metrics?.counter(
    'fountain_files_unreadable_total',
    'Files and directories that could not be read.',
    ['source'],
  )
  /** Following looks again and again: each fault is told once. */
  const reported = new Set<string>()
  const report = (path: string, error: unknown) => {
    const fault = `${path} ${(error as Error).message}`
    if (reported.has(fault)) return
    reported.add(fault)
    unreadable?.inc({ source: name })
    log.error({ path, code: 'FILES_UNREADABLE' }, explain(error))
  }

  /** Reads a file on from its position, and moves that. False: it ends early, and may be in the midst of being written. */
  async function readOne(file: FoundFile, positions: Map<string, number>, host: SourceHost): Promise<boolean> {
    const { topic } = file
    const from = positions.get(topic) ?? 0
    const grows = config.follow && ageMs(file) < growMs
    let packets: Packet[] = []
    let bytes = 0
    const flush = async () => {
      const first = packets[0]
      if (first === undefined) return
      const end = packets[packets.length - 1]!.offset + 1
      await host.sift({ source: name, topic, partition: 0, from: first.offset, to: end, packets })
      positions.set(topic, end)
      packets = []
      bytes = 0
    }
    for await (const packet of filePackets(file.path, from, whole)) {
      if (packet.broken === 'FRAMING_TRUNCATED' && grows) {
        await flush()
        return false
      }
      if (packet.broken !== undefined) {
        log.warn({ topic, offset: packet.index, code: packet.broken }, 'broken container: a part is dead')
      }
      if (packets.length > 0 && bytes + packet.bytes.length > batchBytes) await flush()
      const recordTimeMs = Math.floor(file.modifiedMs)
      packets.push({ source: name, topic, partition: 0, offset: packet.index, bytes: packet.bytes, recordTimeMs })
      bytes += packet.bytes.length
      if (packets.length >= batchPackets) await flush()
      if (host.signal.aborted) break
    }
    await flush()
    return true
  }

  const ageMs = (file: FoundFile) => Math.abs(clock.now() - file.modifiedMs)

  async function run(host: SourceHost): Promise<void> {
    const positions = new Map((await host.positions()).map(({ topic, to }) => [topic, to]))
    /** As they were when read last: a file that grew is read on. `growing` ended early and will be looked at again. */
    const seen = new Map<string, string>()
    const growing = new Map<string, string>()
    const bell = config.follow ? openBell(config.paths, base, log) : undefined
    try {
      while (!host.signal.aborted) {
        for (const file of await findFiles(config.paths, base, whole, report)) {
          if (host.signal.aborted) return
          const state = `${file.size} ${file.modifiedMs}`
          if (seen.get(file.topic) === state) continue
          if (config.follow && ageMs(file) < settleMs) continue
          if (growing.get(file.topic) === state && ageMs(file) < growMs) continue
          try {
            if (await readOne(file, positions, host)) seen.set(file.topic, state)
            else growing.set(file.topic, state)
          } catch (error) {
            if (!(error instanceof FountainError) || error.code !== 'FILES_UNREADABLE') throw error
            report(file.path, error)
            seen.set(file.topic, state)
          }
        }
        if (bell === undefined) return
        await bell.wait(clock, host.signal)
      }
    } finally {
      bell?.close()
    }
  }

  return {
    name,
    describe: `files ${config.paths.join(' ')}`,
    run,
    async check() {
      for (const path of config.paths) {
        try {
          await stat(resolve(base, path))
        } catch (cause) {
          throw new FountainError('FILES_UNREADABLE', `${path}: ${(cause as Error).message}.`, { cause })
        }
      }
      await findFiles(config.paths, base, whole, (_, error) => {
        throw error
      })
    },
  }
}

/** Rings when the system says that something changed; where it cannot say so, looking again and again serves. */
function openBell(paths: readonly string[], base: string, log: Log) {
  let ring = () => {}
  const watchers = paths.flatMap((path) => {
    try {
      const watcher = watch(resolve(base, path), { recursive: true, persistent: false }, () => ring())
      watcher.on('error', () => watcher.close())
      return [watcher]
    } catch (error) {
      log.debug({ path, reason: (error as Error).message }, 'no notices of changes: the directory is looked through')
      return []
    }
  })
  return {
    async wait(clock: Clock, signal: AbortSignal): Promise<void> {
      const woken = new AbortController()
      ring = () => woken.abort()
      await clock.sleep(lookEveryMs, AbortSignal.any([signal, woken.signal])).catch(() => {})
      ring = () => {}
      // A burst of notices is one look, and a file just written is not settled anyway.
      if (!signal.aborted) await clock.sleep(lookEveryMs / 10, signal).catch(() => {})
    },
    close() {
      for (const watcher of watchers) watcher.close()
    },
  }
}
