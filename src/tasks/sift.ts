/**
 * The stateless way of a packet: unframe → decode → identify → filter → map. Its one product is a `Sifted`.
 * The stages come as arguments; `src/main.ts` hands them over.
 */
import { setImmediate as breath } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import type { ParamDefinition, VOEvent } from '../../vo/model/voevent.ts'
import type { Decoder, WriterSchema } from '../decode/decoder.ts'
import { FountainError } from '../errors.ts'
import type { CompiledFilter } from '../filter/compile-filter.ts'
import type {
  Alert,
  Candidate,
  DeadPacket,
  FilterKey,
  KeptPacket,
  MappedEvent,
  Packet,
  PacketBatch,
  SelectedColumn,
  Sifted,
  SiftedLine,
} from '../flow.ts'
import type { Unframed } from '../ingest/framing.ts'
import type { AlertIdentity } from '../map/load-mapping.ts'

export interface SiftFilter {
  readonly key: FilterKey
  readonly compiled: CompiledFilter
  /** A published stream has a name and a title; a private filter has none. */
  readonly stream?: { readonly name: string; readonly title: string }
}

export interface EventContext {
  readonly nowMs: number
  /** The packet's topic: what comes by some is a test. */
  readonly topic: string
  readonly stream?: { readonly name: string; readonly title: string; readonly columns: readonly SelectedColumn[] }
}

export interface SiftStages {
  readonly survey: string
  unframe(bytes: Uint8Array): Unframed
  /** The writer schema of a packet. Throws REGISTRY_* where it is not known yet. */
  schemaOf(unframed: Unframed): Promise<WriterSchema>
  decoderFor(schema: WriterSchema): Decoder
  identify(alert: Alert): AlertIdentity
  /** The survey's own event, or with a stream that stream's event. */
  toVOEvent(alert: Alert, context: EventContext): VOEvent
  /** The identifier's part before `#`. */
  streamIvoidOf(ivoid: string): string
  readonly filters: readonly SiftFilter[]
  readonly keep: 'matched' | 'all' | 'none'
  now(): number
}

/** Codes that say "not yet": the packet is parked, not dead. */
const parkedCodes: ReadonlySet<string> = new Set(['REGISTRY_UNREACHABLE', 'REGISTRY_UNKNOWN_ID'])

/** After so many packets, some milliseconds, sockets and everybody else on this thread get their turn. */
const packetsBetweenBreaths = 50

export type Sift = (batch: PacketBatch, kind?: 'span' | 'retry') => Promise<Sifted>

/** Builds the sifter of one source. */
export function makeSift(stages: SiftStages): Sift {
  return async (batch, kind = 'span') => {
    const nowMs = stages.now()
    const result: SiftedParts = { lines: [], candidates: [], events: [], dead: [], kept: [] }
    let sifted = 0
    for (const packet of batch.packets) {
      try {
        sortOut(packet, await decodePacket(packet, stages), nowMs, stages, result)
      } catch (error) {
        setAside(packet, error, schemaIdOf(packet, stages), result)
      }
      if (++sifted % packetsBetweenBreaths === 0) await breath()
    }
    return {
      source: batch.source,
      survey: stages.survey,
      topic: batch.topic,
      partition: batch.partition,
      from: batch.from,
      to: batch.to,
      kind,
      filters: stages.filters.map((filter) => filter.key),
      ...result,
      outside: [],
      nowMs,
    }
  }
}

interface SiftedParts {
  readonly lines: SiftedLine[]
  readonly candidates: Candidate[]
  readonly events: MappedEvent[]
  readonly dead: DeadPacket[]
  readonly kept: KeptPacket[]
}

export interface Decoded {
  readonly alert: Alert
  readonly identity: AlertIdentity
}

/** One message is one alert. Throws what the stages throw, CONTAINER_EMPTY, FRAMING_UNKNOWN. */
export async function decodePacket(
  packet: Pick<Packet, 'bytes'>,
  stages: Pick<SiftStages, 'survey' | 'unframe' | 'schemaOf' | 'decoderFor' | 'identify'>,
): Promise<Decoded> {
  const unframed = stages.unframe(packet.bytes)
  const schema = await stages.schemaOf(unframed)
  const datums = unframed.kind === 'container' ? unframed.datums : [unframed.datum]
  const datum = datums[0]
  if (datum === undefined) throw new FountainError('CONTAINER_EMPTY', 'no record in the container')
  if (datums.length > 1) throw new FountainError('FRAMING_UNKNOWN', `${datums.length} records in one message`)
  const alert: Alert = {
    survey: stages.survey,
    schemaName: schema.name,
    ...(schema.id === undefined ? {} : { schemaId: schema.id }),
    record: stages.decoderFor(schema).decode(datum),
  }
  const identity = stages.identify(alert)
  // A number that cannot be counted by is unknown: one packet must not make the store refuse its whole batch.
  return { alert, identity: Number.isSafeInteger(identity.visit) ? identity : { ...identity, visit: 0 } }
}

/** Asks every filter, and maps what passed. */
function sortOut(
  packet: Packet,
  { alert, identity }: Decoded,
  nowMs: number,
  stages: SiftStages,
  into: SiftedParts,
): void {
  const passed: number[] = []
  const errored: number[] = []
  let surveyEvent: Candidate['event'] | undefined
  stages.filters.forEach((filter, index) => {
    let columns: readonly SelectedColumn[]
    try {
      if (!filter.compiled.matches(alert)) return
      columns = selectedColumns(filter.compiled, alert)
    } catch {
      errored.push(index)
      return
    }
    passed.push(index)
    const addEvent = (stream?: {
      name: string
      title: string
      columns: readonly SelectedColumn[]
    }): Candidate['event'] => {
      try {
        const event = stages.toVOEvent(alert, {
          nowMs,
          topic: packet.topic,
          ...(stream === undefined ? {} : { stream }),
        })
        into.events.push({
          offset: packet.offset,
          streamIvoid: stages.streamIvoidOf(event.ivoid),
          published: stream !== undefined,
          objectId: identity.objectId,
          event,
        })
        return { ivoid: event.ivoid }
      } catch (error) {
        const known = error instanceof FountainError ? error : undefined
        return { code: known?.code ?? 'MAPPING_FAILED', reason: known?.detail ?? String(error) }
      }
    }
    surveyEvent ??= addEvent()
    const event =
      filter.stream === undefined || !('ivoid' in surveyEvent) ? surveyEvent : addEvent({ ...filter.stream, columns })
    into.candidates.push({
      offset: packet.offset,
      filter: index,
      alertId: identity.alertId,
      visit: identity.visit,
      objectId: identity.objectId,
      columns,
      event,
    })
  })
  into.lines.push({
    ...lineOf(packet),
    outcome: 'decoded',
    alertId: identity.alertId,
    visit: identity.visit,
    passed,
    errored,
  })
  if (stages.keep === 'all' || (stages.keep === 'matched' && passed.length > 0)) into.kept.push(keptPacket(packet))
}

/** The registry's id that a packet names, as far as it can be read. */
function schemaIdOf({ bytes }: Packet, stages: SiftStages): number | undefined {
  try {
    const unframed = stages.unframe(bytes)
    return unframed.kind === 'confluent' ? unframed.schemaId : undefined
  } catch {
    return undefined
  }
}

/** A packet that cannot be used is kept whole, with the reason. */
function setAside(packet: Packet, error: unknown, schemaId: number | undefined, into: SiftedParts): void {
  const known = error instanceof FountainError ? error : undefined
  const code = known?.code ?? 'DECODE_INVALID'
  const state = parkedCodes.has(code) ? 'parked' : 'dead'
  into.lines.push({ ...lineOf(packet), outcome: state, visit: 0, passed: [], errored: [] })
  const reason = known?.detail ?? String(error)
  into.dead.push({ offset: packet.offset, state, code, reason, ...(schemaId === undefined ? {} : { schemaId }) })
  into.kept.push(keptPacket(packet))
}

const lineOf = (packet: Packet) => ({ offset: packet.offset, crc32: crc32(packet.bytes), length: packet.bytes.length })

const keptPacket = (packet: Packet): KeptPacket => ({
  offset: packet.offset,
  recordTimeMs: packet.recordTimeMs,
  bytes: Uint8Array.from(packet.bytes),
})

/** The filter's columns as definitions with values: Params of the stream's own event, lines of an e-mail. */
export function selectedColumns(filter: CompiledFilter, row: unknown): readonly SelectedColumn[] {
  const values = filter.select(row)
  return filter.columns.map((column, index) => ({ definition: definitionOf(column), value: values[index] ?? null }))
}

function definitionOf(column: CompiledFilter['columns'][number]): ParamDefinition {
  const dataType = column.type === 'number' ? 'float' : column.type === 'integer' ? 'int' : 'string'
  return {
    name: column.name,
    dataType,
    ...(column.unit ? { unit: column.unit } : {}),
    ...(column.ucd ? { ucd: column.ucd } : {}),
    ...(column.description ? { description: column.description } : {}),
  }
}
