/** Stages of a few letters: packets are text like `alert 1 mag 17`, and some words make a stage fail. */

import { FountainError } from '../../src/errors.ts'
import type { CompiledFilter } from '../../src/filter/compile-filter.ts'
import type { Alert, Packet, PacketBatch } from '../../src/flow.ts'
import type { SiftFilter, SiftStages } from '../../src/tasks/sift.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const rowText = (row: unknown): string => (row as Alert).schemaName

/** Throws an error that no stage says it throws, where the text asks for it. */
function stumble(at: string, words: string): void {
  if (words.includes(`unforeseen ${at}`)) throw new TypeError(`unforeseen at ${at}`)
}

export function plainFilter(name: string, matches: (row: string) => boolean, stream?: string): SiftFilter {
  const compiled: Partial<CompiledFilter> = {
    version: 'v1',
    table: 'alert',
    columns: [{ name: 'words', type: 'text', read: () => null }] as unknown as CompiledFilter['columns'],
    matches: (row) => {
      stumble(`filter ${name}`, rowText(row))
      return matches(rowText(row))
    },
    select: (row) => [rowText(row)],
  }
  return {
    key: { name, version: 'v1' },
    compiled: compiled as CompiledFilter,
    ...(stream === undefined ? {} : { stream: { name: stream, title: stream } }),
  }
}

export function plainStages(more: Partial<SiftStages> = {}): SiftStages {
  return {
    survey: 'plain',
    unframe: (bytes) => {
      stumble('unframe', text(bytes))
      if (text(bytes) === '') throw new FountainError('FRAMING_UNKNOWN', 'empty')
      return { kind: 'raw', datum: bytes }
    },
    schemaOf: async (unframed) => {
      const words = unframed.kind === 'raw' ? text(unframed.datum) : ''
      stumble('schema', words)
      if (words.includes('schema unknown')) throw new FountainError('REGISTRY_UNKNOWN_ID', 'schema id 5')
      return { name: words, hash: '', json: null }
    },
    decoderFor: (schema) => ({
      decode: () => {
        stumble('decode', schema.name)
        return {}
      },
    }),
    identify: ({ schemaName }) => {
      stumble('identify', schemaName)
      const alertId = /alert (\d+)/.exec(schemaName)?.[1]
      if (alertId === undefined) throw new FountainError('ALERT_NO_ID', 'none')
      return { alertId, objectId: null, visit: 7, timeMjdUtc: 60_000, role: 'test' }
    },
    toVOEvent: ({ schemaName }, { stream }) => {
      stumble(stream === undefined ? 'map' : `map ${stream.name}`, schemaName)
      const local = /alert (\d+)/.exec(schemaName)?.[1]
      return { ivoid: `ivo://my.observatory/${stream?.name ?? 'plain'}#${local}`, role: 'test' } as VOEvent
    },
    streamIvoidOf: (ivoid) => ivoid.split('#')[0] as string,
    filters: [],
    keep: 'matched',
    now: () => 1000,
    ...more,
  }
}

export function batchOf(...texts: readonly string[]): PacketBatch {
  const at = { source: 's', topic: 't', partition: 0 }
  const packets = texts.map(
    (words, i): Packet => ({ ...at, offset: 10 + i, recordTimeMs: 1, bytes: Buffer.from(words) }),
  )
  return { ...at, from: 10, to: 10 + texts.length, packets }
}
