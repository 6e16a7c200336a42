/** One source with its stateless stages: what reads packets, and what sifts them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log, Metrics } from '../../bridges/contract.ts'
import { streamOf } from '../../vo/ivoid.ts'
import type { Config, SourceConfig } from '../config.ts'
import { bundledEncoder } from '../decode/bundled-encoder.ts'
import { parseWriterSchema } from '../decode/decoder.ts'
import { decoderCache } from '../decode/decoder-cache.ts'
import { bundledSchema } from '../decode/schemas.ts'
import type { Source } from '../flow.ts'
import { unframe } from '../ingest/framing.ts'
import { openSource } from '../ingest/open-source.ts'
import { openRegistry } from '../ingest/registry.ts'
import { alertToVOEvent } from '../map/alert-to-voevent.ts'
import { loadMapping } from '../map/load-mapping.ts'
import { systemClock } from '../system-clock.ts'
import type { GatewayPlan } from '../tasks/make-plan.ts'
import { schemaFinder } from '../tasks/schema-finder.ts'
import { makeSift, type Sift } from '../tasks/sift.ts'

export const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
export const software = `Fountain ${version}`

/** Opens what reads packets. Throws where its configuration is wrong. */
export function sourceOf(
  name: string,
  source: SourceConfig,
  deps: { log: Log; metrics?: Metrics; base: string },
): Promise<Source> {
  return openSource(name, source, { ...deps, clock: systemClock, encoderOf: bundledEncoder })
}

/** The stateless stages of one source. */
export function siftOf(
  source: SourceConfig,
  options: { config: Config; log: Log },
  data: string,
  plan: GatewayPlan,
): Sift {
  const { config, log } = options
  const mapping = loadMapping(source.survey)
  const cache = decoderCache()
  const url = 'registry' in source ? source.registry : undefined
  const schemaOf = schemaFinder({
    parse: parseWriterSchema,
    bundled: (id) => bundledSchema(source.survey, id),
    ...(url === undefined
      ? {}
      : { registry: openRegistry({ url, cacheDir: join(data, 'schemas'), clock: systemClock, log }) }),
  })
  const framing = 'framing' in source ? source.framing : 'confluent'
  const topics = 'topics' in source ? source.topics : []
  const test = topics.some((topic) => topic === 'alerts-simulated')
  return makeSift({
    survey: source.survey,
    unframe: (bytes) => unframe(bytes, framing),
    schemaOf,
    decoderFor: (schema) => cache.decoder(schema, mapping.wanted),
    identify: (alert) => mapping.identify(alert),
    toVOEvent: (alert, now, stream) =>
      alertToVOEvent(alert, {
        mapping,
        authority: config.authority,
        who: config.who,
        now,
        cites: [],
        ...(stream === undefined ? {} : { stream }),
        ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
        test,
        software,
      }),
    streamIvoidOf: streamOf,
    filters: plan.alertFilters(source.survey),
    keep: config.archive.keep,
    now: systemClock.now,
  })
}
