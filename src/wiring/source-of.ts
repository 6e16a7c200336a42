/** One source with its stateless stages: what reads packets, and what sifts them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log, Metrics } from '../../bridges/contract.ts'
import { streamOf } from '../../vo/ivoid.ts'
import type { Config, SourceConfig } from '../config.ts'
import { bundledEncoder } from '../decode/bundled-encoder.ts'
import { parseWriterSchema, type WriterSchema } from '../decode/decoder.ts'
import { decoderCache } from '../decode/decoder-cache.ts'
import { bundledSchema, bundledSchemaNamed } from '../decode/schemas.ts'
import { FountainError } from '../errors.ts'
import type { Source } from '../flow.ts'
import { unframe } from '../ingest/framing.ts'
import { openSource } from '../ingest/open-source.ts'
import { openRegistry } from '../ingest/registry.ts'
import { alertToVOEvent } from '../map/alert-to-voevent.ts'
import { loadMapping } from '../map/load-mapping.ts'
import { systemClock } from '../system-clock.ts'
import type { GatewayPlan } from '../tasks/make-plan.ts'
import { schemaFinder } from '../tasks/schema-finder.ts'
import { makeSift, type Sift, type SiftStages } from '../tasks/sift.ts'

export const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
/** Rubin's topic of simulated alerts: whatever they say, they are tests. */
const simulatedTopic = 'alerts-simulated'

/** What comes from there is a test, whatever it says of itself. */
export function isTest(source: SourceConfig, topic: string): boolean {
  return source.kind === 'simulator' || source.survey.endsWith('-sim') || topic === simulatedTopic
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

/** What tells bytes and schema of a source's packets. */
export function packetReader(
  source: SourceConfig,
  { log, data }: { log: Log; data: string },
): Pick<SiftStages, 'unframe' | 'schemaOf'> {
  const url = 'registry' in source ? source.registry : undefined
  const framing = 'framing' in source ? source.framing : 'confluent'
  return {
    unframe: (bytes) => unframe(bytes, framing),
    schemaOf: schemaFinder({
      parse: parseWriterSchema,
      bundled: (id) => bundledSchema(source.survey, id),
      ...rawSchema(source),
      ...(url === undefined
        ? {}
        : { registry: openRegistry({ url, cacheDir: join(data, 'schemas'), clock: systemClock, log }) }),
    }),
  }
}

/** The stateless stages of one source. */
export function siftOf(
  source: SourceConfig,
  options: { config: Config; log: Log },
  data: string,
  plan: Pick<GatewayPlan, 'alertFilters'>,
): Sift {
  const { config, log } = options
  const mapping = loadMapping(source.survey)
  const cache = decoderCache()
  const stages = {
    survey: source.survey,
    ...packetReader(source, { log, data }),
    decoderFor: (schema) => cache.decoder(schema, mapping.wanted),
    identify: (alert) => mapping.identify(alert),
    toVOEvent: (alert, { nowMs, topic, stream }) =>
      alertToVOEvent(alert, {
        mapping,
        authority: config.authority,
        who: config.who,
        now: nowMs,
        cites: [],
        ...(stream === undefined ? {} : { stream }),
        ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
        test: isTest(source, topic),
        software,
      }),
    streamIvoidOf: streamOf,
    keep: config.archive.keep,
    now: systemClock.now,
  } satisfies Omit<SiftStages, 'filters'>
  let filters = plan.alertFilters(source.survey)
  let sift = makeSift({ ...stages, filters })
  return (batch, kind) => {
    const inForce = plan.alertFilters(source.survey)
    // Between batches: one batch is asked by the same filters from its first packet to its last.
    if (inForce !== filters) {
      filters = inForce
      sift = makeSift({ ...stages, filters })
    }
    return sift(batch, kind)
  }
}

/** The schema that a source of raw datums names. Throws CONFIG_INVALID. */
function rawSchema(source: SourceConfig): { raw?: WriterSchema } {
  if (!('framing' in source) || source.framing !== 'raw') return {}
  const raw = source.schema === undefined ? undefined : bundledSchemaNamed(source.schema)
  if (raw === undefined)
    throw new FountainError(
      'CONFIG_INVALID',
      `framing raw needs \`schema\`, the full name of a bundled one; not '${source.schema ?? ''}'`,
    )
  return { raw }
}
