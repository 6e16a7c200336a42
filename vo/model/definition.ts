/**
 * What a definition of the data model is made of. The model itself stands in `define-*.ts`; TypeScript types, JSON
 * Schema, Avro schema, XSD and the tables of the note are generated from it by `npm run docs`, and the JSON, Avro and
 * XML serializations of the draft read it when they start.
 */
import { contextClasses } from './define-context.ts'
import { eventClasses } from './define-event.ts'
import { whatClasses } from './define-what.ts'
import { whereWhenClasses } from './define-where-when.ts'

/**
 * `int` is a safe integer. `float` is a double with NaN and infinities. `value` is a Param's value: its type is its
 * definition's. `isoTime` is ISO 8601; `bytes` is embedded content.
 */
export const scalarTypes = ['text', 'uri', 'ivoid', 'isoTime', 'float', 'int', 'boolean', 'bytes', 'value'] as const
export type ScalarType = (typeof scalarTypes)[number]

/** One attribute or part of a class. */
export interface FieldDefinition {
  /**
   * A scalar type, an enumeration or a class, and how often: none is once, `?` at most once, `*` a list that is
   * always there (it may be empty), `*?` a list that may be absent, `**` a list of lists.
   */
  readonly type: string
  readonly says: string
  /** VOUnits. */
  readonly unit?: string
  readonly ucd?: string
  /** The place in a VOEvent 2.0 packet; absent where 2.0 has none. */
  readonly v20?: string
  /** The place in a VOEvent 2.1 packet where it is not that of 2.0. */
  readonly v21?: string
}

export interface ClassDefinition {
  readonly says: string
  /** Where the class comes from: a section of VOEvent 2.0 or 2.1, or the draft. */
  readonly source: string
  readonly fields: Readonly<Record<string, FieldDefinition>>
}

/** A closed list of words. */
export interface Enumeration {
  readonly says: string
  readonly values: readonly string[]
}

export const enumerations: Readonly<Record<string, Enumeration>> = {
  Role: {
    says: 'What kind of packet this is (VOEvent 2.0 §3.1). An absent role means `observation`.',
    values: ['observation', 'prediction', 'utility', 'test'],
  },
  DataType: {
    says: 'The type of a Param or of a column. `boolean` is the draft’s; 2.0 and 2.1 write it as a string.',
    values: ['string', 'float', 'int', 'boolean'],
  },
  CiteType: {
    says: 'What a citation means (VOEvent 2.0 §3.7).',
    values: ['followup', 'supersedes', 'retraction'],
  },
  RegionKind: { says: 'How a region is written.', values: ['healpix', 'moc'] },
  PointKind: {
    says: 'What a point of a time series is: found by the survey, looked for without finding, or measured at a known place.',
    values: ['detection', 'nonDetection', 'forced'],
  },
}

/** Every class by its name, the event first. */
export const classes: Readonly<Record<string, ClassDefinition>> = {
  ...eventClasses,
  ...contextClasses,
  ...whatClasses,
  ...whereWhenClasses,
}

export type Cardinality = '1' | '0..1' | '0..*'

/** A field's type taken apart. */
export interface FieldType {
  readonly base: string
  readonly kind: 'scalar' | 'enumeration' | 'class'
  readonly cardinality: Cardinality
  /** A list that is always there, even when empty. */
  readonly always: boolean
  /** A list of lists. */
  readonly nested: boolean
}

/** Throws TypeError for a type that nothing defines. */
export function fieldType({ type }: FieldDefinition): FieldType {
  const [, base, often] = /^([A-Za-z0-9]+)(\?|\*|\*\?|\*\*)?$/.exec(type) ?? []
  if (base === undefined) throw new TypeError(`'${type}' is no type of a field`)
  const list = often?.startsWith('*') === true
  return {
    base,
    kind: kindOf(base),
    cardinality: list ? '0..*' : often === '?' ? '0..1' : '1',
    always: often === '*' || often === '**',
    nested: often === '**',
  }
}

function kindOf(base: string): FieldType['kind'] {
  if ((scalarTypes as readonly string[]).includes(base)) return 'scalar'
  if (Object.hasOwn(enumerations, base)) return 'enumeration'
  if (Object.hasOwn(classes, base)) return 'class'
  throw new TypeError(`'${base}' is neither a scalar type nor an enumeration nor a class`)
}
