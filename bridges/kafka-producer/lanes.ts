/** The lanes of one bridge: each takes one record at a time, and is used again while its connections can be trusted. */
import type { Message, RecordMetadata } from 'kafkajs'
import { DeliveryError, type Host } from '../contract.ts'
import type { Cluster } from './config.ts'
import { setUpKafkajs } from './kafkajs-setup.ts'
import { Lane } from './lane.ts'
import { openTokens } from './tokens.ts'

/** Brokers close a connection that was idle for ten minutes: one that was idle for half of it is not used again. */
const idleMs = 300_000

export interface Lanes {
  /** One record, acknowledged by all replicas in sync. Throws DeliveryError. */
  send(topic: string, message: Message, signal: AbortSignal): Promise<RecordMetadata>
  /** Logs in and asks for the cluster, or for a topic of it. Throws DeliveryError, reached `no`. */
  check(signal: AbortSignal, topic?: string): Promise<void>
  close(): void
}

export function openLanes(cluster: Cluster, { clock, http, instance, log }: Host): Lanes {
  setUpKafkajs(cluster.compression)
  const { sasl } = cluster
  const tokens = sasl?.mechanism === 'oauthbearer' ? openTokens(http, clock, sasl) : undefined
  const idle: { lane: Lane; sinceMs: number }[] = []
  const open = new Set<Lane>()
  let closed = false

  function newLane(): Lane {
    const lane = new Lane(cluster, instance, log, tokens)
    open.add(lane)
    return lane
  }
  function takeLane(): Lane {
    const nowMs = clock.monotonic()
    for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
      if (nowMs - kept.sinceMs < idleMs && kept.lane.isFresh(nowMs)) return kept.lane
      drop(kept.lane)
    }
    return newLane()
  }
  function drop(lane: Lane): void {
    open.delete(lane)
    lane.close()
  }

  /** A token can be refused that was good when it was kept (keys that changed, a clock): a new one is tried, once. */
  async function withNewToken<T>(
    signal: AbortSignal,
    act: () => Promise<{ done: T } | { refused: unknown }>,
  ): Promise<T> {
    const first = await act()
    if ('done' in first) return first.done
    if (signal.aborted) throw first.refused
    const second = await act()
    if ('done' in second) return second.done
    throw second.refused
  }

  return {
    send: (topic, message, signal) =>
      withNewToken(signal, async () => {
        if (closed) throw new DeliveryError('retry', 'no', 'the bridge is closed')
        const lane = takeLane()
        try {
          const done = await lane.send(topic, message, signal)
          if (closed) drop(lane)
          else idle.push({ lane, sinceMs: clock.monotonic() })
          return { done }
        } catch (error) {
          // What it knows of the cluster may be what was wrong: the next attempt asks anew.
          drop(lane)
          if (lane.tokenRefused && (error as DeliveryError).reached === 'no') return { refused: error }
          throw error
        }
      }),
    check: (signal, topic) =>
      withNewToken(signal, async () => {
        const lane = newLane()
        try {
          await lane.check(signal, topic)
          return { done: undefined }
        } catch (error) {
          if (lane.tokenRefused) return { refused: error }
          throw error
        } finally {
          drop(lane)
        }
      }),
    close() {
      closed = true
      idle.length = 0
      for (const lane of open) drop(lane)
    },
  }
}
