/** How a field of the model stands on the wire of the draft: the one place that schemas, writers and readers of JSON, Avro and XML ask. */
import { type ClassDefinition, classes, type FieldDefinition, fieldType, type ScalarType } from '../model/definition.ts'

/** The class that a list of values on the wire stands for, and that of what defines them. */
const valueClass = 'Param'
export const definitionClass = 'ParamDefinition'

export type WireField = {
  readonly name: string
  readonly definition: FieldDefinition
  /** `Class.field`, for messages. */
  readonly place: string
} & (
  | { readonly form: 'scalar'; readonly base: ScalarType; readonly often: Often }
  | { readonly form: 'enumeration' | 'class'; readonly base: string; readonly often: Often }
  /** A list of Params: the id of a ParamSet and the values. */
  | { readonly form: 'paramList'; readonly always: boolean }
  /** A list of ParamDefinitions: the id of their ParamSet. */
  | { readonly form: 'paramSetId'; readonly always: boolean }
  /** Rows of values; `columns` is the field before them that defines them. */
  | { readonly form: 'rows'; readonly always: boolean; readonly columns: string }
)
/** Once, at most once, a list that is always there, a list that is absent when it is empty. */
export type Often = 'once' | 'optional' | 'list' | 'optionalList'

/** The fields of a class in the order of the wire. Throws TypeError for a model that the wire cannot say. */
export function wireFields(className: string): readonly WireField[] {
  const { fields } = classes[className] as ClassDefinition
  return Object.entries(fields).map(([name, definition]) => {
    const { base, kind, cardinality, always, nested } = fieldType(definition)
    const common = { name, definition, place: `${className}.${name}` }
    const list = cardinality === '0..*'
    if (nested) {
      const before = Object.keys(fields).slice(0, Object.keys(fields).indexOf(name))
      const columns = before.find((each) => fieldType(fields[each]!).base === definitionClass)
      if (base !== 'value' || columns === undefined) throw new TypeError(`${common.place}: rows of what?`)
      return { ...common, form: 'rows', always, columns }
    }
    if (base === valueClass || base === definitionClass) {
      if (!list) throw new TypeError(`${common.place}: a single ${base}`)
      return { ...common, form: base === valueClass ? 'paramList' : 'paramSetId', always }
    }
    const often = list ? (always ? 'list' : 'optionalList') : cardinality === '1' ? 'once' : 'optional'
    if (kind === 'scalar') return { ...common, form: 'scalar', base: base as ScalarType, often }
    return { ...common, form: kind, base, often }
  })
}
