/** The Avro schema of the draft, made from the model's definition. */
import { classes, enumerations, type ScalarType } from '../model/definition.ts'
import { crc64Avro, parsingCanonicalForm } from './avro-canonical.ts'
import { valueBranches } from './avro-value.ts'
import { voevent3AvroName } from './names.ts'
import { definitionClass, type WireField, wireFields } from './wire-field.ts'

export type AvroType = string | readonly AvroType[] | { readonly [attribute: string]: unknown }

/** Bytes of a ParamSet's id: its SHA-256 without the prefix. */
export const paramSetIdBytes = 32

const scalars: Readonly<Record<ScalarType, AvroType>> = {
  text: 'string',
  uri: 'string',
  ivoid: 'string',
  isoTime: 'string',
  float: 'double',
  int: 'long',
  boolean: 'boolean',
  bytes: 'bytes',
  value: valueBranches,
}

const dot = voevent3AvroName.lastIndexOf('.')
const eventClass = voevent3AvroName.slice(dot + 1)

/** With `docs` it is for people (what each field says, its unit and UCD), without for the header of files. */
export function avro3Schema(docs: boolean): AvroType {
  const said = new Set<string>()
  /** A named type is written out where it first stands. */
  const once = (name: string, make: () => AvroType): AvroType => {
    if (said.has(name)) return name
    said.add(name)
    return make()
  }
  const doc = (says: string) => (docs ? { doc: says } : {})
  const optional = (type: AvroType) => ({ type: ['null', type], default: null })
  const list = (items: AvroType) => ({ type: { type: 'array', items }, default: [] })

  const setId = () =>
    once('ParamSetId', () => ({
      type: 'fixed',
      name: 'ParamSetId',
      ...doc(
        'SHA-256 of the canonical JSON (RFC 8785) of the list of definitions, absent fields and empty lists left out.',
      ),
      size: paramSetIdBytes,
    }))
  const record = (name: string, says: string, fields: () => readonly object[]) =>
    once(name, () => ({ type: 'record', name, ...doc(says), fields: fields() }))
  const classOf = (name: string) => record(name, classes[name]!.says, () => wireFields(name).map(field))
  const paramSet = () =>
    record('ParamSet', 'Definitions of Params apart from their values.', () => [
      { name: 'id', ...doc('The hash of its content.'), type: setId() },
      { name: 'params', ...doc('The definitions.'), ...list(classOf(definitionClass)) },
    ])
  const paramList = () =>
    record('ParamList', 'Values and the ParamSet that defines them.', () => [
      { name: 'paramSet', ...doc('The set: one of the event’s, else one that the reader has.'), type: setId() },
      { name: 'values', ...doc('A value for each definition, in its order.'), ...list(valueBranches) },
      {
        name: 'references',
        ...doc('Links that belong to single values.'),
        ...list(
          record('ParamReferences', 'Links that belong to one value.', () => [
            { name: 'index', ...doc('Which value, counted from 0.'), type: 'long' },
            { name: 'references', ...doc('The links.'), ...list(classOf('Reference')) },
          ]),
        ),
      },
    ])

  function field(each: WireField): object {
    const { says, unit, ucd } = each.definition
    const described = docs ? { doc: says, ...(unit && { unit }), ...(ucd && { ucd }) } : {}
    return { name: each.name, ...described, ...typeOf(each) }
  }

  function typeOf(each: WireField): object {
    if (each.form === 'paramList') return optional(paramList())
    if (each.form === 'paramSetId') return optional(setId())
    if (each.form === 'rows') return list({ type: 'array', items: valueBranches })
    const { base, form, often } = each
    const type = form === 'scalar' ? scalars[base] : form === 'class' ? classOf(base) : enumeration(base)
    if (often === 'once') return { type }
    return often === 'optional' ? optional(type) : list(type)
  }

  const enumeration = (name: string) =>
    once(name, () => ({ type: 'enum', name, ...doc(enumerations[name]!.says), symbols: enumerations[name]!.values }))

  said.add(eventClass)
  return {
    type: 'record',
    name: eventClass,
    namespace: voevent3AvroName.slice(0, dot),
    ...doc(classes[eventClass]!.says),
    fields: [
      {
        name: 'paramSets',
        ...doc('The ParamSets that the event uses, each once; empty where they are known by their ids.'),
        ...list(paramSet()),
      },
      ...wireFields(eventClass).map(field),
    ],
  }
}

/** As files carry it. */
export const avro3SchemaText = JSON.stringify(avro3Schema(false))
export const avro3CanonicalForm = parsingCanonicalForm(JSON.parse(avro3SchemaText))
/** CRC-64-AVRO of the canonical form, the lowest byte first. */
export const avro3Fingerprint: Uint8Array = crc64Avro(avro3CanonicalForm)
