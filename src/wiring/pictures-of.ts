/** The stages of full events and of pictures: which packet, decoded as its source says, mapped with all its detail, drawn in the pool. */
import type { Log } from '../../bridges/contract.ts'
import type { Config, SourceConfig } from '../config.ts'
import type { WriterSchema } from '../decode/decoder.ts'
import { decoderCache } from '../decode/decoder-cache.ts'
import { alertToVOEvent } from '../map/alert-to-voevent.ts'
import { loadMapping } from '../map/load-mapping.ts'
import { pictureRequests } from '../pictures/request.ts'
import type { Pool } from '../pool/open-pool.ts'
import type { Store } from '../record/port.ts'
import { type FullEventOf, type FullEventStages, fullEventsOf } from '../tasks/full-events.ts'
import { type MakePictures, makePictures } from '../tasks/make-pictures.ts'
import { decodePacket } from '../tasks/sift.ts'
import { isTest, packetReader, software } from './source-of.ts'

/** Some hundred alerts with both pictures. */
const keepBytes = 32 * 1024 * 1024
/** What is being rendered now, and a little more: they are large. */
const keepEvents = 32

interface FullEventsOptions {
  readonly store: Pick<Store, 'alertPacket'>
  readonly config: Config
  /** The data directory: schemas of registries are kept there. */
  readonly data: string
  readonly log: Log
}

export function fullEvents(options: FullEventsOptions): FullEventOf {
  return fullEventsOf({
    alertPacket: (survey, alertId) => options.store.alertPacket(survey, alertId),
    toFullEvent: toFullEvent(options),
    keepEvents,
  })
}

export function picturesOf(options: {
  readonly fullEventOf: FullEventOf
  readonly pool: Pick<Pool, 'draw'>
  readonly log: Log
}): MakePictures {
  const { fullEventOf, pool, log } = options
  return makePictures({
    fullEventOf,
    requestsOf: pictureRequests,
    draw: (request) => pool.draw(request),
    log,
    keepBytes,
  })
}

function toFullEvent({ config, data, log }: FullEventsOptions): FullEventStages['toFullEvent'] {
  const readers = new Map<string, ReturnType<typeof readerOf>>()
  return async (packet) => {
    const source = config.sources[packet.source]
    if (source === undefined) return undefined
    const reader = readers.get(packet.source) ?? readerOf(source, { data, log })
    readers.set(packet.source, reader)
    const { alert } = await decodePacket(packet, reader)
    const event = alertToVOEvent(alert, {
      mapping: reader.mapping,
      authority: config.authority,
      who: config.who,
      now: packet.recordTimeMs,
      cites: [],
      test: isTest(source, packet.topic),
      software,
      detail: 'full',
    })
    if (event.provenance === undefined) return event
    // Reports name the camera and the telescope: a simulated one (`lsst-sim`) plays the real one.
    return { ...event, provenance: { ...event.provenance, survey: reader.mapping.file.survey } }
  }
}

function readerOf(source: SourceConfig, deps: { data: string; log: Log }) {
  const mapping = loadMapping(source.survey)
  const cache = decoderCache()
  return {
    survey: source.survey,
    mapping,
    ...packetReader(source, deps),
    decoderFor: (schema: WriterSchema) => cache.decoder(schema, mapping.full.wanted),
    identify: mapping.identify,
  }
}
