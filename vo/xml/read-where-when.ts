/** WhereWhen: places and times (VOEvent 2.0 §3.4). What 2.1 adds and the model has no place for is noted. */
import type { Notes, ObsDataLocation, ObservatoryLocation, Position2D, Position3D, Time } from '../model/voevent.ts'
import type { XmlElement } from './parse-xml.ts'
import { descriptions, present, references } from './read-parts.ts'
import type { Reading } from './reading.ts'

/** The locations, and what WhereWhen says of them all. */
export interface WhereWhenParts {
  readonly whereWhen: readonly ObsDataLocation[]
  readonly whereWhenNotes?: Notes
}

export function whereWhen(reading: Reading, element: XmlElement): WhereWhenParts {
  const taken = reading.take(element, {
    attributes: ['id'],
    children: { ObsDataLocation: 'many', Description: 'many', Reference: 'many' },
  })
  const locations = taken.many('ObsDataLocation').map((each) => location(reading, each))
  if (locations.length > 1) reading.odd('VOE_LOCATIONS', element, `There are ${locations.length}.`)
  if (taken.attribute('id') !== undefined) reading.odd('VOE_NOT_KEPT', element, 'the id of WhereWhen')
  const notes = { descriptions: descriptions(reading, taken), references: references(reading, taken) }
  const some = notes.descriptions.length + notes.references.length > 0
  return { whereWhen: locations, ...(some ? { whereWhenNotes: notes } : {}) }
}

function location(reading: Reading, element: XmlElement): ObsDataLocation {
  const taken = reading.take(element, { children: { ObservatoryLocation: 'one', ObservationLocation: 'one' } })
  const place = taken.first('ObservatoryLocation')
  const observation = taken.first('ObservationLocation')
  if (!place) reading.odd('VOE_MISSING', element, 'ObservatoryLocation')
  if (!observation) reading.odd('VOE_MISSING', element, 'ObservationLocation')
  const coords = observation ? systemAndCoords(reading, observation, true) : {}
  const observatory = place && observatoryLocation(reading, place)
  return {
    ...(observatory && Object.keys(observatory).length > 0 ? { observatory } : {}),
    ...coords,
    coordSystem: coords.coordSystem ?? '',
  }
}

function observatoryLocation(reading: Reading, element: XmlElement): ObservatoryLocation {
  const id = element.attributes.find((each) => each.name === 'id')?.value
  return { ...present({ id }), ...systemAndCoords(reading, element, false) }
}

interface Coords {
  readonly coordSystem?: string
  readonly time?: Time
  readonly position?: Position2D
  readonly position3D?: Position3D
}

/** AstroCoordSystem and AstroCoords, as both kinds of location have them. */
function systemAndCoords(reading: Reading, element: XmlElement, required: boolean): Coords {
  const taken = reading.take(element, {
    attributes: required ? [] : ['id'],
    children: { AstroCoordSystem: 'one', AstroCoords: 'one' },
  })
  const system = taken.first('AstroCoordSystem')
  const coords = taken.first('AstroCoords')
  if (required && !system) reading.odd('VOE_MISSING', element, 'AstroCoordSystem')
  if (required && !coords) reading.odd('VOE_MISSING', element, 'AstroCoords')
  const systemId =
    system &&
    reading
      .take(system, { attributes: ['id'], children: { Name: 'lost', TimeFrame: 'lost', SpaceFrame: 'lost' } })
      .attribute('id')
  if (!coords) return present({ coordSystem: timeFirst(systemId) })
  const inner = reading.take(coords, {
    attributes: ['coord_system_id'],
    children: { Time: 'one', PositionName: 'lost', Position2D: 'one', Position3D: 'one' },
  })
  const coordsId = inner.attribute('coord_system_id')
  if (systemId !== undefined && coordsId !== undefined && systemId !== coordsId) {
    reading.odd('VOE_COORD_SYSTEM', coords, `${coordsId} beside ${systemId}; the latter is taken.`)
  }
  const timeElement = inner.first('Time')
  const plane = inner.first('Position2D')
  const space = inner.first('Position3D')
  return present({
    coordSystem: timeFirst(systemId ?? coordsId),
    time: timeElement && time(reading, timeElement),
    position: plane && position2D(reading, plane),
    position3D: space && position3D(reading, space),
  })
}

/** Old packets write FK5-UTC-GEO for what 2.0 calls UTC-FK5-GEO. */
function timeFirst(system: string | undefined): string | undefined {
  return system?.replace(/^(ICRS|FK5)-(UTC|TT|TDB|GPS)-/, '$2-$1-')
}

function time(reading: Reading, element: XmlElement): Time {
  const taken = reading.take(element, {
    attributes: ['unit'],
    children: { TimeInstant: 'first', TimeInterval: 'lost', Error: 'first' },
  })
  const instant = taken.first('TimeInstant')
  const parts =
    instant && reading.take(instant, { children: { ISOTime: 'first', TimeOffset: 'first', TimeScale: 'first' } })
  return present({
    isoTime: reading.token(parts?.first('ISOTime')),
    timeOffset: reading.token(parts?.first('TimeOffset')),
    timeScale: reading.token(parts?.first('TimeScale')),
    unit: taken.attribute('unit'),
    error: reading.number(taken.first('Error')),
  })
}

function position2D(reading: Reading, element: XmlElement): Position2D | undefined {
  const taken = reading.take(element, {
    attributes: ['unit'],
    children: { Name1: 'one', Name2: 'one', Value2: 'one', Error2Radius: 'one', Error2: 'lost' },
  })
  const [c1, c2] = values(reading, element, taken.first('Value2'), ['C1', 'C2'])
  // Mandatory in 2.0 and often unknown: written as NaN then, and absent here.
  const radius = reading.number(taken.first('Error2Radius'))
  if (c1 === undefined || c2 === undefined) return undefined
  return present({
    unit: taken.attribute('unit'),
    name1: reading.text(taken.first('Name1')),
    name2: reading.text(taken.first('Name2')),
    c1,
    c2,
    errorRadius: radius !== undefined && Number.isNaN(radius) ? undefined : radius,
  }) as Position2D
}

function position3D(reading: Reading, element: XmlElement): Position3D | undefined {
  const taken = reading.take(element, {
    attributes: ['unit'],
    children: { Name1: 'one', Name2: 'one', Name3: 'one', Value3: 'one', Error3: 'lost' },
  })
  const [c1, c2, c3] = values(reading, element, taken.first('Value3'), ['C1', 'C2', 'C3'])
  if (c1 === undefined || c2 === undefined || c3 === undefined) return undefined
  return present({
    unit: taken.attribute('unit'),
    name1: reading.text(taken.first('Name1')),
    name2: reading.text(taken.first('Name2')),
    name3: reading.text(taken.first('Name3')),
    c1,
    c2,
    c3,
  }) as Position3D
}

/** C1, C2, C3: a position without all of its numbers is none. */
function values(reading: Reading, position: XmlElement, value: XmlElement | undefined, names: readonly string[]) {
  if (!value) {
    reading.odd('VOE_POSITION', position, 'It has no value.')
    return []
  }
  const taken = reading.take(value, { children: Object.fromEntries(names.map((name) => [name, 'one'])) })
  return names.map((name) => {
    const element = taken.first(name)
    if (!element) {
      reading.odd('VOE_POSITION', value, `${name} is missing.`)
      return undefined
    }
    // 2.1 puts a ucd and a unit here; 2.0 has no attributes.
    const attributes = reading.take(element, { attributes: ['ucd', 'pos_unit'], text: true })
    if (attributes.attribute('ucd') ?? attributes.attribute('pos_unit'))
      reading.odd('VOE_NOT_KEPT', element, 'ucd, pos_unit')
    return reading.float(element, element.text.trim())
  })
}
