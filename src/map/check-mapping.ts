import { nearest } from '../../vo/words/nearest.ts'
import { FountainError } from '../errors.ts'
import { alertColumnNames, alertColumns, derivedColumns } from './alert-columns.ts'
import { pathsOf } from './compile-quantity.ts'
import { type Converter, converters } from './converters.ts'
import { movingObjectFields, orbitFields, pointColumns, positionColumns } from './full-mapping.ts'
import type { MappingFile, Quantity } from './mapping-schema.ts'

/** What the form alone cannot tell. Throws MAPPING_INVALID. */
export function checkMapping(file: MappingFile, fileName: string): void {
  const faults: string[] = []
  const seen = new Set<string>()
  for (const quantity of file.quantities) {
    const converter: Converter | undefined = quantity.convert && converters[quantity.convert]
    faults.push(...inputFaults(quantity, converter))
    for (const to of [quantity.to].flat()) {
      if (seen.has(to)) faults.push(`${to} is given twice`)
      seen.add(to)
      faults.push(...targetFaults(to, quantity, file))
    }
  }
  for (const needed of ['alert.id', 'alert.time_mjd_utc', 'alert.ra', 'alert.dec', 'whereWhen.isoTime']) {
    if (!seen.has(needed)) faults.push(`${needed} is missing`)
  }
  if (faults.length > 0) {
    throw new FountainError('MAPPING_INVALID', `${fileName}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  }
}

function inputFaults(quantity: Quantity, converter: Converter | undefined): string[] {
  const { from, convert } = quantity
  const single = typeof from === 'string' || Array.isArray(from)
  const takes = converter?.inputs
  if (takes === undefined) return single ? [] : [`${quantity.to}: several inputs need a converter`]
  if (takes === 'any') return single ? [`${quantity.to}: ${convert} takes inputs with names`] : []
  if (single) {
    return takes.length === 1 ? [] : [`${quantity.to}: ${convert} takes ${takes.join(', ')}`]
  }
  const wrong = Object.keys(from).filter((name) => !takes.includes(name))
  return wrong.map((name) => `${quantity.to}: ${convert} has no input ${name}, but ${takes.join(', ')}`)
}

function targetFaults(to: string, quantity: Quantity, file: MappingFile): string[] {
  const [room, column = '', inner] = to.split('.')
  if (room === 'alert') {
    const found = alertColumns.find(({ name }) => name === column)
    if (found === undefined || derivedColumns.includes(column)) {
      const guess = nearest(column, [...alertColumnNames])
      return [`${to}: no such column${guess === undefined ? '' : `: did you mean '${guess}'?`}`]
    }
    const unit = 'unit' in found ? found.unit : undefined
    const wrong = quantity.unit !== undefined && quantity.unit !== unit
    return wrong ? [`${to}: the column is in ${unit ?? 'no unit'}, not ${quantity.unit}`] : []
  }
  if (room === 'what' && inner !== undefined && file.groups[column] === undefined) {
    return [`${to}: the group ${column} is not described under groups`]
  }
  const known = columnsOf(room ?? '', column)
  if (known !== undefined && !known.includes(inner ?? column)) {
    const guess = nearest(inner ?? column, [...known])
    return [`${to}: no such place${guess === undefined ? '' : `: did you mean '${guess}'?`}`]
  }
  if (room === 'classification') {
    return file.classifications[column] === undefined ? [`${to}: ${column} is not described under classifications`] : []
  }
  if (room === 'trigger' || room === 'position' || room === 'movingObject') return []
  const array = room === 'history' ? file.history : file.forced
  if (room === 'history' || room === 'forced') {
    const outside = pathsOf(quantity).filter((path) => array === undefined || !path.startsWith(`${array}.`))
    return outside.map((path) => `${to}: ${path} is not within ${array ?? `any array: set ${room}`}`)
  }
  return to === 'whereWhen.isoTime' || room === 'what' ? [] : [`${to}: no such place`]
}

/** What may stand behind a room's name; undefined where that is checked elsewhere. */
function columnsOf(room: string, column: string): readonly string[] | undefined {
  switch (room) {
    case 'trigger':
    case 'history':
    case 'forced':
      return pointColumns
    case 'position':
      return positionColumns
    case 'movingObject':
      return column === 'orbit' ? orbitFields : movingObjectFields
    case 'classification':
      return ['probability', 'version']
    default:
      return undefined
  }
}
