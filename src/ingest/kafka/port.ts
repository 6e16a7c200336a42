/** What the Kafka source needs of a Kafka client, so that another client can stand behind it. */

export interface KafkaPartition {
  readonly topic: string
  readonly partition: number
}

/** `value` may be a view into a fetch buffer; null is a tombstone. */
export interface KafkaRecord {
  /** A safe integer. */
  readonly offset: number
  /** The record's own time, ms since the epoch. */
  readonly timeMs: number
  readonly value: Uint8Array | null
}

export interface KafkaSlice extends KafkaPartition {
  /** In order, at most `sliceLimits`; offsets may have holes. */
  readonly records: readonly KafkaRecord[]
  /** The offset after the partition's last record. */
  readonly end: number
}

export const sliceLimits = { records: 1_000, bytes: 16 * 1024 * 1024 } as const

export interface PartitionOffsets {
  readonly partition: number
  /** The oldest record that is still there. */
  readonly low: number
  /** The offset after the newest. */
  readonly high: number
  /** The first record at or after the time asked for; `high` when there is none. */
  readonly atTime: number
}

export interface KafkaHandler {
  /** These partitions are ours now. Says at once where to read each on; what is left out starts at the oldest. */
  assigned(partitions: readonly KafkaPartition[]): readonly (KafkaPartition & { readonly offset: number })[]
  /** Resolves when the slice is durable: only then is the next one given and the offset committed. */
  slice(slice: KafkaSlice): Promise<void>
}

export interface KafkaClient {
  /** Reaches the brokers, logs in, finds the topics, may use the group. Throws KAFKA_*. */
  check(signal: AbortSignal): Promise<void>
  /** Offsets of every partition of a topic. Throws KAFKA_*. */
  offsets(topic: string, atTimeMs?: number): Promise<readonly PartitionOffsets[]>
  /**
   * Joins the group and reads. Resolves when the signal has aborted: the slice in work is finished and committed, the
   * group left. Rejects with KAFKA_* when it cannot go on, or with what `slice` rejected with.
   */
  consume(handler: KafkaHandler, signal: AbortSignal): Promise<void>
}
