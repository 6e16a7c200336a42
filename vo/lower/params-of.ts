/** Parts of the draft as Params: the definition of the model names them, and says their unit and UCD. */
import { classes, type FieldDefinition, fieldType } from '../model/definition.ts'
import type { DataType, Param, ParamDefinition, Value } from '../model/voevent.ts'

const dataTypes: Readonly<Record<string, DataType>> = { float: 'float', int: 'int' }

/** What a field means, as a Param or column of 2.0: names of parts of a part have a dot. */
export function definitionOf(name: string, field: FieldDefinition): ParamDefinition {
  return {
    name,
    dataType: dataTypes[fieldType(field).base] ?? 'string',
    ...(field.unit === undefined ? {} : { unit: field.unit }),
    ...(field.ucd === undefined ? {} : { ucd: field.ucd }),
    description: field.says,
  }
}

/** The fields of a part that are there, those of its parts with them: `orbit.eccentricity`, `software2.name`. */
export function paramsOf(className: string, part: object, prefix = ''): Param[] {
  return Object.entries(classes[className]!.fields).flatMap(([key, field]) => {
    const value = (part as Readonly<Record<string, unknown>>)[key]
    if (value === undefined) return []
    const { base, kind } = fieldType(field)
    const items: readonly unknown[] = Array.isArray(value) ? value : [value]
    return items.flatMap((item, i) => {
      const name = `${prefix}${key}${i === 0 ? '' : i + 1}`
      if (kind === 'class') return paramsOf(base, item as object, `${name}.`)
      return [{ definition: definitionOf(name, field), value: Number.isNaN(item) ? null : (item as Value) }]
    })
  })
}
