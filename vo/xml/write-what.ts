/** What: Params, Groups and Tables (VOEvent 2.0 §3.3). */
import type { Group, Table, Value, What } from '../model/voevent.ts'
import { escapeText } from './escape.ts'
import { attribute, definitionAttributes, description, notes, paramsWriter, valueText } from './write-parts.ts'

const paramsOfWhat = paramsWriter('    ')
const paramsOfPart = paramsWriter('      ')

export function what(part: What): string {
  let xml = '  <What>\n'
  xml += paramsOfWhat(part.params)
  for (const each of part.groups) xml += group(each)
  for (const each of part.tables) xml += table(each)
  return `${xml + notes('    ', part)}  </What>\n`
}

function group(part: Group): string {
  let xml = `    <Group${attribute('name', part.name)}${attribute('type', part.type)}>\n`
  xml += paramsOfPart(part.params)
  return `${xml + notes('      ', part)}    </Group>\n`
}

function table(part: Table): string {
  let xml = `    <Table${attribute('name', part.name)}${attribute('type', part.type)}>\n${notes('      ', part)}`
  if (part.params) xml += paramsOfPart(part.params)
  for (const field of part.fields) {
    const text = description('        ', field.description) + notes('        ', { references: field.references ?? [] })
    xml += `      <Field${definitionAttributes(field)}${text === '' ? '/>\n' : `>\n${text}      </Field>\n`}`
  }
  // The schema wants at least one row in Data and one cell in a row: a row without any says nothing.
  let rows = ''
  for (const row of part.rows) if (row.length > 0) rows += `        <TR>${row.map(cell).join('')}</TR>\n`
  return `${xml}${rows === '' ? '' : `      <Data>\n${rows}      </Data>\n`}    </Table>\n`
}

function cell(value: Value): string {
  const text = valueText(value)
  return text === undefined || text === '' ? '<TD/>' : `<TD>${escapeText(text)}</TD>`
}
