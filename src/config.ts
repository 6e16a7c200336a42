/**
 * One schema for all configuration: types, validation, documentation (`docs/reference/configuration.md` is generated
 * from it) and redaction come from here. Unknown keys are errors, also keys of what is not built yet.
 * The parts of bridges and feeds come from their folders: `configSchema` takes them as an argument.
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { nearest } from '../vo/words/nearest.ts'
import { FountainError } from './errors.ts'

/** A host and port, `example.org:9092`. */
const hostPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):\d{1,5}$/, 'must be host:port')
/** Marks a value as secret: never printed, never logged. */
const secret = () => z.string().min(1).meta({ secret: true })

const sasl = z
  .strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).default('scram-sha-512'),
    username: z.string().min(1),
    password: secret().describe('give it as ${NAME}, a variable of the environment'),
  })
  .describe('SASL credentials')

const framing = z
  .enum(['auto', 'confluent', 'container', 'raw'])
  .default('auto')
  .describe('how a packet is framed: Confluent wire format, object container, or a raw datum (then `schema` names it)')

const kafkaSource = z.strictObject({
  kind: z.literal('kafka'),
  survey: z.string().min(1).describe('which mapping applies: lsst, ztf'),
  brokers: z.array(hostPort).min(1),
  topics: z.array(z.string().min(1)).min(1),
  group: z.string().min(1).describe('consumer group; Rubin wants it to start with the user name'),
  from: z
    .union([z.enum(['latest', 'earliest']), z.iso.datetime({ offset: true })])
    .default('latest')
    .describe('where the first start begins; later starts go on at the stored position'),
  tls: z.boolean().default(false),
  sasl: sasl.optional(),
  registry: z.url().optional().describe('Confluent-style schema registry'),
  framing,
  schema: z.string().optional().describe('for raw framing: full name of the schema in `schemas/`'),
  sessionTimeoutMs: z
    .int()
    .min(300)
    .default(10_000)
    .describe('after a crash the group is given back in about this time'),
  maxBytesPerPartition: z.int().min(1_000_000).default(16_777_216).describe('one fetch of one partition, bytes'),
})

const filesSource = z.strictObject({
  kind: z.literal('files'),
  survey: z.string().min(1),
  paths: z
    .array(z.string().min(1))
    .min(1)
    .describe('files or directories: object containers, raw messages, .gz of either'),
  registry: z.url().optional(),
  framing,
  schema: z.string().optional(),
  follow: z.boolean().default(false).describe('watch the directories for new files'),
})

const simulatorSource = z.strictObject({
  kind: z.literal('simulator'),
  survey: z.string().default('lsst-sim').describe('what it makes is always of role test'),
  seed: z.int().min(0).default(1),
  factor: z.number().positive().max(10_000).default(1).describe('how many times faster than a visit every 39 s'),
  alertsPerVisit: z.int().min(1).max(100_000).default(50),
  visits: z.int().min(1).optional().describe('stop after so many visits'),
})

const filterText = z.string().min(1).describe('a file that ends in .adql, or the text itself')

const stream = z.strictObject({
  filter: filterText,
  title: z.string().min(1),
  description: z.string().optional(),
})

const subscription = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9._-]+$/)
      .optional()
      .describe('what the ledger calls it; made from stream and bridge otherwise'),
    stream: z.string().optional(),
    filter: filterText.optional(),
    to: z.string().min(1).describe('the key of an instance under `bridges`'),
    address: z.unknown().optional(),
    cadence: z.enum(['instant']).default('instant'),
    maxPerHour: z.int().min(1).optional().describe('deliveries in any hour; what is held back is counted and said'),
    test: z.boolean().default(false).describe('send events of role test too'),
  })
  .refine((s) => (s.stream === undefined) !== (s.filter === undefined), 'needs either `stream` or `filter`')

/** The registered name of an authority (IVOA Identifiers 2.0 §2.3.1: at least three characters). */
export const authority = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9\-_.!~*'()+=]{2,}$/, 'must be an IVOA authority of three characters or more')

/** The schema, given the config schema of each bridge and feed by kind. */
export function configSchema(kinds: Readonly<Record<string, z.ZodType>>) {
  return z.strictObject({
    authority: authority.describe('the naming authority of all ivo:// identifiers made here'),
    publicUrl: z
      .url()
      .optional()
      .describe('where the world reaches this service; without it no http links are written'),
    who: z
      .strictObject({
        authorIvoid: z
          .string()
          .regex(/^ivo:\/\//)
          .optional(),
        title: z.string().optional(),
        shortName: z.string().optional(),
        contactName: z.string().optional(),
        contactEmail: z.email().optional(),
      })
      .prefault({})
      .describe('who signs the events: VOEvent Who'),
    data: z.string().default('./data').describe('directory of everything that lasts, relative to this file'),
    sources: z
      .record(z.string(), z.discriminatedUnion('kind', [kafkaSource, filesSource, simulatorSource]))
      .default({}),
    streams: z
      .record(z.string().regex(/^[A-Za-z0-9._-]+$/), stream)
      .default({})
      .describe('published filters'),
    subscriptions: z.array(subscription).default([]),
    bridges: z
      .record(z.string().regex(/^[a-z0-9][a-z0-9-]*$/), z.looseObject({ kind: z.string().optional() }))
      .default({})
      .transform((instances, context) => bridgeInstances(instances, kinds, context)),
    archive: z
      .strictObject({ keep: z.enum(['matched', 'all', 'none']).default('matched') })
      .prefault({})
      .describe('which packets to keep'),
    http: z
      .strictObject({
        listen: hostPort.default('127.0.0.1:8080'),
        hosts: z.array(z.string()).default([]).describe('further Host names to answer to'),
      })
      .prefault({}),
    log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
  })
}

export type Config = z.output<ReturnType<typeof configSchema>>
export type KafkaSourceConfig = z.output<typeof kafkaSource>
export type FilesSourceConfig = z.output<typeof filesSource>
export type SimulatorSourceConfig = z.output<typeof simulatorSource>
export type SourceConfig = Config['sources'][string]
export type StreamConfig = Config['streams'][string]
export type SubscriptionConfig = Config['subscriptions'][number]
export interface BridgeInstance {
  readonly name: string
  readonly kind: string
  /** Validated by the bridge's own schema. */
  readonly config: unknown
}

function bridgeInstances(
  instances: Readonly<Record<string, { kind?: string | undefined }>>,
  kinds: Readonly<Record<string, z.ZodType>>,
  context: z.RefinementCtx,
): readonly BridgeInstance[] {
  return Object.entries(instances).flatMap(([name, { kind = name, ...config }]) => {
    const schema = kinds[kind]
    if (schema === undefined) {
      const guess = nearest(kind, Object.keys(kinds))
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `no bridge of kind '${kind}'${guess ? `: did you mean '${guess}'?` : ''}`,
      })
      return []
    }
    const result = schema.safeParse(config)
    if (!result.success) {
      for (const { path, text } of result.error.issues.flatMap((issue) => faultsOf(issue, schema))) {
        context.addIssue({ code: 'custom', path: [name, ...path], message: text })
      }
      return []
    }
    return [{ name, kind, config: result.data }]
  })
}

export interface LoadedConfig {
  readonly config: Config
  /** The directory that relative paths start from. */
  readonly base: string
  /** Values that came from the environment: to be hidden wherever text is written. */
  readonly secrets: readonly string[]
}

/** Reads a configuration file. Throws CONFIG_* with every fault found, each with its line. */
export function loadConfig(
  path: string,
  kinds: Readonly<Record<string, z.ZodType>>,
  environment: Readonly<Record<string, string | undefined>>,
): LoadedConfig {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new FountainError('CONFIG_UNREADABLE', `${path}: ${(cause as Error).message}`, { cause })
  }
  return { ...parseConfig(text, kinds, environment, path), base: dirname(resolve(path)) }
}

/** Like `loadConfig`, from text. */
export function parseConfig(
  text: string,
  kinds: Readonly<Record<string, z.ZodType>>,
  environment: Readonly<Record<string, string | undefined>>,
  name = 'configuration',
): { config: Config; secrets: readonly string[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const fault = document.errors[0]
  if (fault !== undefined) throw new FountainError('CONFIG_SYNTAX', `${name}: ${fault.message}`)
  const secrets: string[] = []
  const value: unknown = substitute(document.toJS() ?? {}, environment, secrets)
  const schema = configSchema(kinds)
  const result = schema.safeParse(value)
  const invalid = (faults: readonly string[]): FountainError =>
    new FountainError('CONFIG_INVALID', hider(secrets)([`${name}:`, ...faults].join('\n')))
  if (result.success) {
    const faults = crossCheck(result.data)
    if (faults.length > 0) throw invalid(faults.map((fault) => `  ${fault}`))
    return { config: result.data, secrets }
  }
  const found = result.error.issues.flatMap((issue) => faultsOf(issue, schema))
  const faults = found.map(({ path, text }) => {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined
    const at = node?.range === undefined ? '' : ` (line ${lines.linePos(node.range[0]).line})`
    return `  ${path.map(String).join('.') || '(top)'}${at}: ${text}`
  })
  throw invalid(faults)
}

/** `${NAME}` becomes the variable's value; a missing one is an error. */
function substitute(
  value: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  secrets: string[],
): unknown {
  if (typeof value === 'string') {
    return withEnvironment(value, environment, secrets)
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, environment, secrets))
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, environment, secrets)]))
  }
  return value
}

/** Text with each `${NAME}` replaced; what was put in is added to `used`. Throws CONFIG_SECRET_MISSING. */
export function withEnvironment(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  used: string[] = [],
): string {
  return text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, variable: string) => {
    const found = environment[variable]
    if (found === undefined || found === '') throw new FountainError('CONFIG_SECRET_MISSING', `\${${variable}}`)
    used.push(found)
    return found
  })
}

/** Hides secrets in text: as they are, as JSON writes them, as a URL does. */
export function hider(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    encodeURI(secret),
  ])
  // The longest first: one secret may be a part of another.
  const hidden = [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length)
  return (text) => hidden.reduce((left, form) => left.replaceAll(form, '[secret]'), text)
}

/** What no single key can tell: names that must exist elsewhere. */
function crossCheck(config: Config): string[] {
  const faults: string[] = []
  const bridges = config.bridges.map((bridge) => bridge.name)
  const known = Object.keys(config.streams)
  config.subscriptions.forEach((subscription, index) => {
    if (!bridges.includes(subscription.to)) {
      const guess = nearest(subscription.to, bridges)
      faults.push(
        `subscriptions.${index}.to: no instance '${subscription.to}' under bridges${guess ? `: did you mean '${guess}'?` : ''}`,
      )
    }
    if (subscription.stream !== undefined && !known.includes(subscription.stream)) {
      const guess = nearest(subscription.stream, known)
      faults.push(
        `subscriptions.${index}.stream: no stream '${subscription.stream}'${guess ? `: did you mean '${guess}'?` : ''}`,
      )
    }
  })
  return faults
}

interface Fault {
  readonly path: readonly PropertyKey[]
  readonly text: string
}

/** An issue in our words; unknown keys one by one, each at its own place. */
function faultsOf(issue: z.core.$ZodIssue, schema: z.ZodType): readonly Fault[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, text: issue.message }]
  const known = keysAt(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, issue.path)
  return issue.keys.map((key) => {
    const guess = nearest(key, known)
    return { path: [...issue.path, key], text: `unknown key${guess ? `: did you mean '${guess}'?` : ''}` }
  })
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
}

/** The keys that a place of the configuration may have. */
function keysAt(schema: JsonSchema, path: readonly PropertyKey[]): readonly string[] {
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  const [first, ...rest] = path
  if (first === undefined)
    return [...Object.keys(schema.properties ?? {}), ...choices.flatMap((choice) => keysAt(choice, path))]
  const further = schema.properties?.[String(first)] ?? schema.items ?? schema.additionalProperties
  return [
    ...(typeof further === 'object' ? keysAt(further, rest) : []),
    ...choices.flatMap((choice) => keysAt(choice, path)),
  ]
}
