/** The way of an event from outside: read, validate, filter, record; the caller acknowledges after it, never before. */
import type { VOEvent } from '../../vo/model/voevent.ts'
import { FountainError } from '../errors.ts'
import type { Candidate, OutsideEvent, SelectedColumn, Sifted } from '../flow.ts'
import type { Applied } from '../record/port.ts'
import { type SiftFilter, selectedColumns } from './sift.ts'

export interface SubmitStages {
  read(bytes: Uint8Array): { readonly event: VOEvent }
  /** XSD validation off the main thread: the first fault, or undefined when valid. */
  firstFault(bytes: Uint8Array): Promise<string | undefined>
  isEventIvoid(text: string): boolean
  elementHash(bytes: Uint8Array): string
  apply(sifted: Sifted): Promise<Applied>
  /** Filters that ask the `event` table. */
  readonly filters: readonly SiftFilter[]
  readonly maxBytes: number
  now(): number
  recorded(applied: Applied): void
  /** One filter failed on an event, which goes its way all the same. */
  filterFailed(filter: string, ivoid: string, error: unknown): void
}

export type Submit = (bytes: Uint8Array, from: string) => Promise<'new' | 'seen' | { readonly refused: string }>

/** Builds the intake of a feed: `source` is its instance's name. */
export function makeSubmit(source: string, origin: OutsideEvent['origin'], stages: SubmitStages): Submit {
  return async (bytes, from) => {
    try {
      const applied = await stages.apply(siftOutside(source, await takeIn(bytes, from, origin, stages), stages))
      stages.recorded(applied)
      return applied.outside === 'seen' ? 'seen' : 'new'
    } catch (error) {
      if (error instanceof FountainError && refusals.has(error.code))
        return { refused: `${error.code}: ${error.message}` }
      throw error
    }
  }
}

/** What is wrong with the event itself; anything else is our trouble, and the author may try again. */
const refusals: ReadonlySet<string> = new Set([
  'EVENT_UNREADABLE',
  'EVENT_INVALID',
  'EVENT_IDENTIFIER',
  'EVENT_TOO_LARGE',
])

async function takeIn(
  bytes: Uint8Array,
  from: string,
  origin: OutsideEvent['origin'],
  stages: SubmitStages,
): Promise<OutsideEvent> {
  if (bytes.length > stages.maxBytes) throw new FountainError('EVENT_TOO_LARGE', `${bytes.length} bytes`)
  let model: VOEvent
  try {
    model = stages.read(bytes).event
  } catch (cause) {
    throw new FountainError('EVENT_UNREADABLE', (cause as Error).message, { cause })
  }
  if (!stages.isEventIvoid(model.ivoid)) throw new FountainError('EVENT_IDENTIFIER', model.ivoid)
  const fault = await stages.firstFault(bytes)
  if (fault !== undefined) throw new FountainError('EVENT_INVALID', fault)
  return {
    ivoid: model.ivoid,
    role: model.role,
    origin,
    from,
    mediaType: 'application/xml',
    bytes: Uint8Array.from(bytes),
    elementHash: stages.elementHash(bytes),
    model,
  }
}

/** A `Sifted` of one, without a position. */
function siftOutside(source: string, outside: OutsideEvent, stages: SubmitStages): Sifted {
  const candidates = stages.filters.flatMap((filter, index): Candidate[] => {
    let columns: readonly SelectedColumn[]
    try {
      if (!filter.compiled.matches(outside.model)) return []
      columns = selectedColumns(filter.compiled, outside.model)
    } catch (error) {
      stages.filterFailed(filter.key.name, outside.ivoid, error)
      return []
    }
    return [
      {
        offset: 0,
        filter: index,
        alertId: outside.ivoid,
        visit: 0,
        objectId: null,
        columns,
        event: { ivoid: outside.ivoid },
      },
    ]
  })
  return {
    source,
    survey: '',
    topic: outside.origin,
    partition: 0,
    from: 0,
    to: 0,
    kind: 'outside',
    filters: stages.filters.map((filter) => filter.key),
    lines: [],
    candidates,
    events: [],
    dead: [],
    kept: [],
    outside: [outside],
    nowMs: stages.now(),
  }
}
