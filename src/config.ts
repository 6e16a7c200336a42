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
import {
  archive,
  authority,
  bridgeUsers,
  filesSource,
  hostPort,
  kafkaSource,
  limits,
  simulatorSource,
  stream,
  subscription,
} from './config-parts.ts'
import { FountainError } from './errors.ts'

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
      .record(
        z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
        z.looseObject({ kind: z.string().optional(), limits: limits, users: bridgeUsers }),
      )
      .default({})
      .transform((instances, context) => bridgeInstances(instances, kinds, context)),
    archive,
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
export interface BridgeInstance {
  readonly name: string
  readonly kind: string
  readonly limits: BridgeLimits
  /** May users send through it by subscriptions of their own? Undefined: where addresses are confirmed. */
  readonly users?: boolean
  /** Validated by the bridge's own schema. */
  readonly config: unknown
}
export type BridgeLimits = z.output<typeof limits>

function bridgeInstances(
  instances: Readonly<Record<string, { kind?: string | undefined; limits: BridgeLimits; users?: boolean | undefined }>>,
  kinds: Readonly<Record<string, z.ZodType>>,
  context: z.RefinementCtx,
): readonly BridgeInstance[] {
  return Object.entries(instances).flatMap(([name, { kind = name, limits, users, ...config }]) => {
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
    return [{ name, kind, limits, ...(users === undefined ? {} : { users }), config: result.data }]
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
    const { approver } = subscription
    if (approver !== undefined && !bridges.includes(approver.to)) {
      const guess = nearest(approver.to, bridges)
      faults.push(
        `subscriptions.${index}.approver.to: no instance '${approver.to}' under bridges${guess ? `: did you mean '${guess}'?` : ''}`,
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
