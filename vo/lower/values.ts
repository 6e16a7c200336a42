/** Params, Groups and Tables as 2.0 and 2.1 hold them: three types of values, and text for all of them. */
import type { Group, Param, ParamDefinition, Table, Value, What } from '../model/voevent.ts'
import type { Account } from './account.ts'

export function lowerValues(what: What, account: Account): What {
  const params = (list: readonly Param[], path: string) =>
    same(list, (each, i) => lowerParam(each, `${path}[${i}]`, account))
  const group = (each: Group, i: number): Group => {
    const lowered = params(each.params, `what.groups[${i}].params`)
    return lowered === each.params ? each : { ...each, params: lowered }
  }
  const lowered = {
    params: params(what.params, 'what.params'),
    groups: same(what.groups, group),
    tables: same(what.tables, (each, i) => lowerTable(each, `what.tables[${i}]`, params, account)),
  }
  const changed = (['params', 'groups', 'tables'] as const).some((key) => lowered[key] !== what[key])
  return changed ? { ...what, ...lowered } : what
}

function lowerTable(
  table: Table,
  path: string,
  params: (list: readonly Param[], path: string) => readonly Param[],
  account: Account,
): Table {
  const own = table.params && params(table.params, `${path}.params`)
  const fields = same(table.fields, (each, i) => withoutBoolean(each, `${path}.fields[${i}]`, account))
  // XML has no row without a cell, and such a row says nothing.
  const rows = withoutEmpty(
    same(table.rows, (row, i) => same(row, (value, j) => cell(value, fields[j], `${path}.rows[${i}][${j}]`, account))),
  )
  if (own === table.params && fields === table.fields && rows === table.rows) return table
  return { ...table, ...(own ? { params: own } : {}), fields, rows }
}

function lowerParam(param: Param, path: string, account: Account): Param {
  let definition = withoutBoolean(param.definition, `${path}.definition`, account)
  let references = param.references
  if (definition.references) {
    // A Param of XML has one list of links. They come last: the others keep their places.
    if (definition.references.length > 0) {
      account.note('moved', `${path}.definition.references`, 'are References of the Param')
      references = [...(references ?? []), ...definition.references]
    }
    const { references: _, ...rest } = definition
    definition = rest
  }
  const value = asText(param.value, `${path}.value`, account)
  if (definition === param.definition && value === param.value) return param
  return { ...param, definition, value, ...(references ? { references } : {}) }
}

/** The same object for the same definition, so that what is kept with it is found. */
const asStrings = new WeakMap<ParamDefinition, ParamDefinition>()

function withoutBoolean(definition: ParamDefinition, path: string, account: Account): ParamDefinition {
  if (definition.dataType !== 'boolean') return definition
  account.note('approximated', `${path}.dataType`, 'is string: XML has no booleans')
  let lowered = asStrings.get(definition)
  if (!lowered) {
    lowered = { ...definition, dataType: 'string' }
    asStrings.set(definition, lowered)
  }
  return lowered
}

/** Numbers stay numbers: the writer gives each in the text that reads back to it. */
function asText(value: Value, path: string, account: Account): Value {
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value !== 'number' || !Number.isNaN(value)) return value
  account.note('approximated', path, 'NaN is an absent value')
  return null
}

/** A cell is text: an empty one is an absent number in a column of numbers, and an empty text in one of strings. */
function cell(value: Value, field: ParamDefinition | undefined, path: string, account: Account): Value {
  const text = asText(value, path, account)
  const isNumbers = field !== undefined && field.dataType !== 'string'
  if (text === '' && isNumbers) {
    account.note('approximated', path, 'an empty text is an absent value')
    return null
  }
  if (text !== null || isNumbers) return text
  account.note('approximated', path, 'an absent value is an empty text')
  return ''
}

function withoutEmpty<T>(rows: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return rows.every((row) => row.length > 0) ? rows : rows.filter((row) => row.length > 0)
}

/** The list itself where nothing of it changes. */
function same<T>(list: readonly T[], change: (item: T, i: number) => T): readonly T[] {
  const changed = list.map(change)
  return changed.every((item, i) => item === list[i]) ? list : changed
}
