/** What: Params, Groups and Tables (VOEvent 2.0 §3.3). */
import type { Group, ParamDefinition, Table, Value, What } from '../model/voevent.ts'
import type { XmlElement } from './parse-xml.ts'
import { definition, descriptions, optionalNotes, param, present, references } from './read-parts.ts'
import type { Reading } from './reading.ts'

export function what(reading: Reading, element: XmlElement): What {
  const taken = reading.take(element, {
    children: { Param: 'many', Group: 'many', Table: 'many', Description: 'many', Reference: 'many' },
  })
  return {
    params: taken.many('Param').map((each) => param(reading, each)),
    groups: taken.many('Group').map((each) => group(reading, each)),
    tables: taken.many('Table').map((each) => table(reading, each)),
    descriptions: descriptions(reading, taken),
    references: references(reading, taken),
  }
}

function group(reading: Reading, element: XmlElement): Group {
  const taken = reading.take(element, {
    attributes: ['name', 'type'],
    children: { Param: 'many', Description: 'many', Reference: 'many' },
  })
  return {
    ...present({ name: taken.attribute('name'), type: taken.attribute('type') }),
    params: taken.many('Param').map((each) => param(reading, each)),
    ...optionalNotes(reading, taken),
  }
}

function table(reading: Reading, element: XmlElement): Table {
  const taken = reading.take(element, {
    attributes: ['name', 'type'],
    children: { Description: 'many', Reference: 'many', Param: 'many', Field: 'many', Data: 'many' },
  })
  const params = taken.many('Param').map((each) => param(reading, each))
  const fields = taken.many('Field').map((each) => field(reading, each))
  return {
    ...present({ name: taken.attribute('name'), type: taken.attribute('type') }),
    ...optionalNotes(reading, taken),
    ...(params.length > 0 ? { params } : {}),
    fields,
    rows: taken.many('Data').flatMap((data) => rows(reading, data, fields)),
  }
}

function field(reading: Reading, element: XmlElement): ParamDefinition {
  const taken = reading.take(element, {
    attributes: ['name', 'ucd', 'unit', 'dataType', 'utype'],
    children: { Description: 'many', Reference: 'many' },
  })
  const links = references(reading, taken)
  return { ...definition(reading, element, taken), ...(links.length > 0 ? { references: links } : {}) }
}

function rows(reading: Reading, data: XmlElement, fields: readonly ParamDefinition[]): Value[][] {
  const read = reading.take(data, { children: { TR: 'many' } }).many('TR')
  if (read.length === 0) reading.odd('VOE_MISSING', data, 'TR')
  return read.map((row) => {
    const cells = reading.take(row, { children: { TD: 'many' } }).many('TD')
    if (cells.length === 0) reading.odd('VOE_MISSING', row, 'TD')
    return cells.map((each, i) => cell(reading.text(each)!, fields[i]))
  })
}

/** An empty cell in a column of numbers is an absent value. */
function cell(text: string, field: ParamDefinition | undefined): Value {
  return text === '' && field !== undefined && field.dataType !== 'string' ? null : text
}
