/** Wires the stages of `fountain convert`: the same rooms as live, without anything that remembers. */
import { closeSync, globSync, openSync, readSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../../bridges/contract.ts'
import { voevent3JsonSchema } from '../../vo/voevent-3/names.ts'
import { voeventFormat } from '../../vo/voevent-3/sniff.ts'
import { loadConfig } from '../config.ts'
import { authority as isAuthority } from '../config-parts.ts'
import { compileDecoder, parseWriterSchema } from '../decode/decoder.ts'
import { decoderCache } from '../decode/decoder-cache.ts'
import { bundledSchema } from '../decode/schemas.ts'
import { FountainError } from '../errors.ts'
import type { Packet } from '../flow.ts'
import { unframe } from '../ingest/framing.ts'
import { openSource } from '../ingest/open-source.ts'
import { openRegistry } from '../ingest/registry.ts'
import { alertToVOEvent } from '../map/alert-to-voevent.ts'
import { loadMapping, type Mapping } from '../map/load-mapping.ts'
import { systemClock } from '../system-clock.ts'
import type { ConvertStages } from '../tasks/convert.ts'
import { isDraft, readEvent, writeEvent } from '../tasks/convert-forms.ts'
import { schemaFinder } from '../tasks/schema-finder.ts'
import { loadKinds } from '../wiring/kinds.ts'
import { software } from '../wiring/source-of.ts'
import type { ConvertOptions } from './convert.ts'
import { makeLog } from './log.ts'
import { hideSecrets } from './terminal.ts'

const log = makeLog({ level: 'warn', secrets: [], human: true, write: (text) => process.stderr.write(text) })

export async function convertStages(options: ConvertOptions): Promise<ConvertStages> {
  if (options.authority !== undefined && !isAuthority.safeParse(options.authority).success)
    throw new FountainError('USAGE', `--authority '${options.authority}' is no naming authority, like my.observatory.`)
  if (options.schemas !== undefined && !/^https?:\/\//.test(options.schemas))
    throw new FountainError('USAGE', `--schemas '${options.schemas}' is no http address.`)
  const largestBytes = options.maxBytes === undefined ? undefined : Number(options.maxBytes)
  if (largestBytes !== undefined && !(Number.isSafeInteger(largestBytes) && largestBytes > 0))
    throw new FountainError('USAGE', `--max-bytes '${options.maxBytes}' is no number of bytes, like 99999.`)
  const { authority, who, warnOnce } = await signer(options)
  const registry =
    options.schemas === undefined
      ? undefined
      : openRegistry({ url: options.schemas, cacheDir: join(tmpdir(), 'fountain-schemas'), clock: systemClock, log })
  const finders = new Map<string, ReturnType<typeof schemaFinder>>()
  const mappings = new Map<string, Mapping>()
  const cache = decoderCache()
  // One time for all: the same alert gives the same bytes, however often it comes.
  const now = systemClock.now()
  const mappingOf = (survey: string): Mapping => {
    const found = mappings.get(survey) ?? loadMapping(survey)
    mappings.set(survey, found)
    return found
  }
  const isFull = isDraft(options.to)
  return {
    unframe: (bytes) => unframe(bytes, 'auto'),
    schemaOf: (unframed, survey) => {
      const finder =
        finders.get(survey) ??
        schemaFinder({
          parse: parseWriterSchema,
          bundled: (id) => bundledSchema(survey, id),
          ...(registry === undefined ? {} : { registry }),
        })
      finders.set(survey, finder)
      return finder(unframed)
    },
    decoderFor: (schema, survey) =>
      options.to === 'json'
        ? compileDecoder(schema, 'all')
        : cache.decoder(schema, isFull ? mappingOf(survey).full.wanted : mappingOf(survey).wanted),
    surveyOf: (schema) => /^(lsst|ztf)\b/.exec(schema.name)?.[1],
    alertIdOf: (alert) => mappingOf(alert.survey).identify(alert).alertId,
    toVOEvent: (alert) => {
      warnOnce()
      return alertToVOEvent(alert, {
        mapping: mappingOf(alert.survey),
        authority,
        who,
        now,
        cites: [],
        software,
        ...(isFull ? { detail: 'full' } : {}),
      })
    },
    formOf: voeventFormat,
    readEvent,
    writeEvent: (event, form) => writeEvent(event, form, largestBytes),
  }
}

/** Authority and who: of the configuration, of --authority, or example.org with a warning as soon as it is used. */
async function signer(options: ConvertOptions) {
  if (options.config !== undefined) {
    const { config, secrets } = loadConfig(options.config, (await loadKinds()).schemas, process.env)
    hideSecrets(secrets)
    return { authority: options.authority ?? config.authority, who: config.who, warnOnce: () => undefined }
  }
  let warned = options.authority !== undefined
  const warnOnce = (): void => {
    if (!warned) console.error('the identifiers made are of the authority example.org: give yours by --authority or -c')
    warned = true
  }
  return { authority: options.authority ?? 'example.org', who: {}, warnOnce }
}

/**
 * Reads files and directories as the files source does, from their beginning; of directories also the VOEvents.
 * What cannot be read goes to `unread`, and the others go on.
 */
export async function packetsOf(
  paths: readonly string[],
  each: (packet: Packet) => Promise<void>,
  unread: (reason: string) => void,
): Promise<void> {
  const faults: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (fields, message) => log.warn(fields, message),
    error: (_, message) => unread(message),
    child: () => faults,
  }
  const source = await openSource(
    'convert',
    { kind: 'files', survey: 'lsst', paths: paths.flatMap(withVOEvents), framing: 'auto', follow: false },
    { log: faults, clock: systemClock, base: process.cwd() },
  )
  await source.run({
    signal: new AbortController().signal,
    positions: async () => [],
    sift: async ({ packets }) => {
      for (const packet of packets) await each(packet)
    },
  })
}

/** A live source takes alerts alone out of a directory. */
function withVOEvents(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path]
  const found = (pattern: string): string[] =>
    globSync(pattern, { cwd: path })
      .sort()
      .map((file) => join(path, file))
  return [path, ...found('**/*.{xml,xml.gz}'), ...found('**/*.json').filter(isEventInJson)]
}

/** A directory may hold any JSON; the draft's names its schema at the beginning. */
function isEventInJson(path: string): boolean {
  const start = Buffer.alloc(1024)
  try {
    const file = openSync(path, 'r')
    try {
      readSync(file, start)
    } finally {
      closeSync(file)
    }
  } catch {
    // Whatever it is, reading it says why it cannot be read.
    return true
  }
  return start.includes(voevent3JsonSchema)
}
