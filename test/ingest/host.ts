/** What a source meets in tests: a host that remembers what it was given, a clock, and a log. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock, Log } from '../../bridges/contract.ts'
import type { Packet, PacketBatch, SourceHost } from '../../src/flow.ts'

export const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
}

export interface TestLog extends Log {
  readonly lines: { level: string; fields: Record<string, unknown>; message: string }[]
}

export function testLog(): TestLog {
  const lines: TestLog['lines'] = []
  const write = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields: fields as Record<string, unknown>, message })
  }
  const log: TestLog = {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => log,
  }
  return log
}

export interface TestHost extends SourceHost {
  readonly batches: PacketBatch[]
  /** All packets, in the order in which they came. Their bytes are copies. */
  readonly packets: Packet[]
  stop(): void
  /** Resolves when so many packets are there. */
  until(packets: number, deadlineMs?: number): Promise<void>
}

export interface TestHostOptions {
  readonly positions?: readonly { topic: string; partition: number; to: number }[]
  /** Called before a batch counts as durable. */
  readonly onSift?: (batch: PacketBatch) => Promise<void> | void
}

/** Positions move as batches become durable, so a second run goes on where the first ended. */
export function testHost(options: TestHostOptions = {}): TestHost {
  const controller = new AbortController()
  const stored = new Map((options.positions ?? []).map((p) => [`${p.partition} ${p.topic}`, p]))
  const batches: PacketBatch[] = []
  const packets: Packet[] = []
  return {
    batches,
    packets,
    signal: controller.signal,
    stop: () => controller.abort(),
    async positions() {
      return [...stored.values()]
    },
    async sift(batch) {
      const copies = batch.packets.map((packet) => ({ ...packet, bytes: Uint8Array.from(packet.bytes) }))
      await options.onSift?.(batch)
      batches.push({ ...batch, packets: copies })
      packets.push(...copies)
      stored.set(`${batch.partition} ${batch.topic}`, { topic: batch.topic, partition: batch.partition, to: batch.to })
    },
    async until(count, deadlineMs = 30_000) {
      const end = performance.now() + deadlineMs
      while (packets.length < count) {
        if (performance.now() > end) throw new Error(`${packets.length} packets of ${count} in ${deadlineMs} ms`)
        await delay(10)
      }
    },
  }
}
