/** Parts of the draft as Params: the definition of the model names them, and says their unit and UCD. */
import { classes, type FieldDefinition, fieldType } from '../model/definition.ts'
import type { DataType, Param, ParamDefinition, Value } from '../model/voevent.ts'
import type { Account } from './account.ts'

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

/**
 * The fields of a part that are there, those of its parts with them: `orbit.eccentricity`, `software2.name`. NaN is an
 * absent value, and noted as the part's at `path`.
 */
export function paramsOf(className: string, part: object, path: string, account: Account, prefix = ''): Param[] {
  return Object.entries(classes[className]!.fields).flatMap(([key, field]) => {
    const value = (part as Readonly<Record<string, unknown>>)[key]
    if (value === undefined) return []
    const { base, kind } = fieldType(field)
    const items: readonly unknown[] = Array.isArray(value) ? value : [value]
    return items.flatMap((item, i) => {
      const name = `${prefix}${key}${i === 0 ? '' : i + 1}`
      const at = `${path}.${key}${Array.isArray(value) ? `[${i}]` : ''}`
      if (kind === 'class') return paramsOf(base, item as object, at, account, `${name}.`)
      return [{ definition: definitionOf(name, field), value: numberOrAbsent(item, () => at, account) as Value }]
    })
  })
}

/** What XML has no NaN for: an absent value, of which the account tells. */
export function numberOrAbsent(value: unknown, path: () => string, account: Account): unknown {
  if (!Number.isNaN(value)) return value
  account.note('approximated', path(), 'NaN is an absent value')
  return null
}
