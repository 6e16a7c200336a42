/** WhereWhen: places and times (VOEvent 2.0 §3.4). */
import type { Notes, ObsDataLocation, ObservatoryLocation, Position2D, Position3D, Time } from '../model/voevent.ts'
import { attribute, notes, numberText, textElement } from './write-parts.ts'

export function whereWhen(locations: readonly ObsDataLocation[], text: Notes | undefined): string {
  let xml = '  <WhereWhen>\n'
  for (const each of locations) {
    xml += '    <ObsDataLocation>\n'
    xml += observatory(each.observatory ?? {})
    xml += '      <ObservationLocation>\n'
    xml += coordSystem(each.coordSystem) + astroCoords(each.coordSystem, each)
    xml += '      </ObservationLocation>\n    </ObsDataLocation>\n'
  }
  return `${xml}${text ? notes('    ', text) : ''}  </WhereWhen>\n`
}

/** The schema demands the element; without anything to say it is empty. */
function observatory(place: ObservatoryLocation): string {
  let inner = place.coordSystem === undefined ? '' : coordSystem(place.coordSystem)
  if (place.time || place.position || place.position3D) inner += astroCoords(place.coordSystem ?? '', place)
  const opening = `      <ObservatoryLocation${attribute('id', place.id)}`
  return inner === '' ? `${opening}/>\n` : `${opening}>\n${inner}      </ObservatoryLocation>\n`
}

function coordSystem(id: string): string {
  return `        <AstroCoordSystem${id === '' ? '' : attribute('id', id)}/>\n`
}

function astroCoords(
  system: string,
  coords: { readonly time?: Time; readonly position?: Position2D; readonly position3D?: Position3D },
): string {
  let xml = `        <AstroCoords${system === '' ? '' : attribute('coord_system_id', system)}>\n`
  if (coords.time) xml += time(coords.time)
  if (coords.position) xml += position2D(coords.position)
  if (coords.position3D) xml += position3D(coords.position3D)
  return `${xml}        </AstroCoords>\n`
}

function time({ unit, isoTime, timeOffset, timeScale, error }: Time): string {
  const instant =
    textElement('              ', 'ISOTime', isoTime) +
    textElement('              ', 'TimeOffset', timeOffset) +
    textElement('              ', 'TimeScale', timeScale)
  let xml = `          <Time${attribute('unit', unit)}>\n`
  if (instant !== '') xml += `            <TimeInstant>\n${instant}            </TimeInstant>\n`
  if (error !== undefined) xml += number('            ', 'Error', error)
  return `${xml}          </Time>\n`
}

/** Error2Radius is mandatory in 2.0: an unknown one is written as NaN, which xs:float has, and read as absent. */
function position2D({ unit, name1, name2, c1, c2, errorRadius }: Position2D): string {
  return (
    `          <Position2D${attribute('unit', unit)}>\n` +
    textElement('            ', 'Name1', name1) +
    textElement('            ', 'Name2', name2) +
    `            <Value2>\n${number('              ', 'C1', c1)}${number('              ', 'C2', c2)}            </Value2>\n` +
    number('            ', 'Error2Radius', errorRadius ?? Number.NaN) +
    '          </Position2D>\n'
  )
}

function position3D({ unit, name1, name2, name3, c1, c2, c3 }: Position3D): string {
  const inner = '              '
  return (
    `          <Position3D${attribute('unit', unit)}>\n` +
    textElement('            ', 'Name1', name1) +
    textElement('            ', 'Name2', name2) +
    textElement('            ', 'Name3', name3) +
    `            <Value3>\n${number(inner, 'C1', c1)}${number(inner, 'C2', c2)}${number(inner, 'C3', c3)}            </Value3>\n` +
    '          </Position3D>\n'
  )
}

function number(indent: string, name: string, value: number): string {
  return `${indent}<${name}>${numberText(value)}</${name}>\n`
}
