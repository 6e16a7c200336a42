/** What kafkajs 2.2.4 needs before a producer of it can be used: compressions, and a repair. */
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { gzip, zstdCompress } from 'node:zlib'
import kafkajs from 'kafkajs'
import { compressFrame } from 'lz4-napi'
import { compress as snap } from 'snappy'
import type { Compression } from './config.ts'

// Node finds no names in this CommonJS module but Kafka and logLevel.
const { CompressionCodecs, CompressionTypes } = kafkajs

export const compressionTypes: Readonly<Record<Compression, kafkajs.CompressionTypes>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}

type Compress = (packed: { buffer: Buffer }) => Promise<Buffer>
const compress: Readonly<Record<Exclude<Compression, 'none'>, Compress>> = {
  gzip: ({ buffer }) => promisify(gzip)(buffer),
  snappy: ({ buffer }) => snap(buffer),
  lz4: ({ buffer }) => compressFrame(buffer),
  zstd: ({ buffer }) => promisify(zstdCompress)(buffer),
}

/** kafkajs keeps one codec a compression for the whole process: whoever reads has installed one that does both. */
export function setUpKafkajs(compression: Compression): void {
  repairRequestQueue()
  if (compression === 'none') return
  const type = compressionTypes[compression] as keyof typeof CompressionCodecs
  try {
    CompressionCodecs[type]()
  } catch {
    const nobodyReads = () => Promise.reject(new Error(`a producer reads no ${compression}`))
    CompressionCodecs[type] = () => ({ compress: compress[compression], decompress: nobodyReads })
  }
}

interface RequestQueue {
  pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

let repaired = false

/**
 * It looks at the queue of waiting requests again and again with a negative delay: a timer every millisecond for every
 * connection, and a TimeoutNegativeWarning. Nothing waits then: a request that does is looked at by its own timer.
 */
function repairRequestQueue(): void {
  if (repaired) return
  repaired = true
  const load = createRequire(import.meta.url)
  const { prototype } = load('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue }
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function scheduleOnlyForPending() {
    if (this.pending.length > 0) schedule.call(this)
  }
}
