/** Position2D and Position3D with their errors, and what 2.1 lets each number say of itself. */
import type { CoordinateAttributes, Position2D, Position3D } from '../model/voevent.ts'
import type { WrittenVersion } from './write-event.ts'
import { attribute, numberText, textElement } from './write-parts.ts'

const inner = '            '

/** Error2Radius is mandatory in 2.0: an unknown one is written as NaN, which xs:float has, and read as absent. */
export function position2D(position: Position2D, version: WrittenVersion): string {
  const { unit, name1, name2, c1, c2, errorRadius, error1, error2 } = position
  const attributes = version === '2.1' ? position.attributes : undefined
  let xml =
    `          <Position2D${attribute('unit', unit)}>\n` +
    textElement(inner, 'Name1', name1) +
    textElement(inner, 'Name2', name2) +
    numbers('Value2', 'c', [c1, c2], attributes)
  if (version === '2.0') xml += numberElement(inner, 'Error2Radius', errorRadius ?? Number.NaN)
  else if (errorRadius !== undefined)
    xml += numberElement(inner, 'Error2Radius', errorRadius, said(attributes, 'errorRadius'))
  if (version === '2.1') xml += numbers('Error2', 'error', [error1, error2], attributes)
  return `${xml}          </Position2D>\n`
}

export function position3D(position: Position3D, version: WrittenVersion): string {
  const { unit, name1, name2, name3, c1, c2, c3, error1, error2, error3 } = position
  const attributes = version === '2.1' ? position.attributes : undefined
  return (
    `          <Position3D${attribute('unit', unit)}>\n` +
    textElement(inner, 'Name1', name1) +
    textElement(inner, 'Name2', name2) +
    textElement(inner, 'Name3', name3) +
    numbers('Value3', 'c', [c1, c2, c3], attributes) +
    (version === '2.1' ? numbers('Error3', 'error', [error1, error2, error3], attributes) : '') +
    '          </Position3D>\n'
  )
}

/** An element of C1, C2, C3; nothing where all are absent. */
function numbers(
  name: string,
  of: 'c' | 'error',
  values: readonly (number | undefined)[],
  attributes: readonly CoordinateAttributes[] | undefined,
): string {
  let xml = ''
  for (const [i, value] of values.entries()) {
    if (value !== undefined) xml += numberElement(`${inner}  `, `C${i + 1}`, value, said(attributes, `${of}${i + 1}`))
  }
  return xml === '' ? '' : `${inner}<${name}>\n${xml}${inner}</${name}>\n`
}

function said(attributes: readonly CoordinateAttributes[] | undefined, of: string): string {
  const found = attributes?.find((each) => each.of === of)
  return found ? attribute('ucd', found.ucd) + attribute('pos_unit', found.unit) : ''
}

export function numberElement(indent: string, name: string, value: number, attributes = ''): string {
  return `${indent}<${name}${attributes}>${numberText(value)}</${name}>\n`
}
