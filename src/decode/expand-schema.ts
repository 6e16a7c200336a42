/** Makes Avro schemas of the facts in `schemas/`: fields by record, each with type, unit and span of versions. */
import { FountainError } from '../errors.ts'

/** A file of facts; `schemas/lsst/v8-v11.yaml` explains the form. */
export interface SchemaFacts {
  /** May hold `{version}`, which becomes `11_1` for 11.1. */
  readonly namespace: string
  readonly top: string
  /** In order: `since` and `until` refer to it. */
  readonly versions: readonly string[]
  readonly records: Readonly<Record<string, readonly FieldFacts[]>>
}
/** `name type [unit] [since=V] [until=V]`, or fields whose names have each band before them. */
export type FieldFacts = string | { readonly bands: readonly string[] }

const bands = ['u', 'g', 'r', 'i', 'z', 'y']
const types = new Map<string, unknown>(
  ['boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'].map((type) => [type, type]),
)
types.set('timestamp', { type: 'long', logicalType: 'timestamp-micros' })

/** The registry's id of a version: 11.1 is 1101 (Rubin's rule: major, then the minor in two digits). */
export function schemaIdOf(version: string): number {
  const [major = '', minor = ''] = version.split('.')
  return Number(major) * 100 + Number(minor)
}

/**
 * The Avro schema of one version: one text with every record where it is first used, units as the attribute `unit`.
 * Throws SCHEMA_INVALID where the facts contradict themselves.
 */
export function expandSchema(facts: SchemaFacts, version: string): unknown {
  const namespace = facts.namespace.replace('{version}', version.replace('.', '_'))
  const at = facts.versions.indexOf(version)
  if (at < 0) throw wrong(`${facts.namespace} has no version ${version}.`)
  const place = (text: string) => {
    const index = facts.versions.indexOf(text)
    if (index < 0) throw wrong(`${facts.namespace} has no version ${text}.`)
    return index
  }
  const used = new Set<string>()

  const type = (text: string): unknown => {
    if (text.endsWith('?')) return ['null', type(text.slice(0, -1))]
    if (text.endsWith('[]')) return { type: 'array', items: type(text.slice(0, -2)) }
    return types.get(text) ?? record(text)
  }

  const record = (name: string): unknown => {
    const full = `${namespace}.${name}`
    const lines = facts.records[name]
    if (lines === undefined) throw wrong(`${full} is not stated.`)
    if (used.has(name)) return full
    used.add(name)
    const fields = lines.flatMap((line) =>
      typeof line === 'string' ? field(line) : bands.flatMap((band) => line.bands.flatMap((own) => field(band + own))),
    )
    return { type: 'record', name: full, fields }
  }

  const field = (line: string): readonly unknown[] => {
    const [name, typeText, ...more] = line.split(' ')
    if (name === undefined || typeText === undefined) throw wrong(`'${line}' has no type.`)
    let unit: string | undefined
    for (const word of more) {
      if (word.startsWith('since=')) {
        if (at < place(word.slice(6))) return []
      } else if (word.startsWith('until=')) {
        if (at > place(word.slice(6))) return []
      } else if (unit === undefined) unit = word
      else throw wrong(`'${line}' has two units.`)
    }
    return [{ name, type: type(typeText), ...(unit === undefined ? {} : { unit }) }]
  }

  return record(facts.top)
}

const wrong = (detail: string) => new FountainError('SCHEMA_INVALID', detail)
