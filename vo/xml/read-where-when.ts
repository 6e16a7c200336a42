/** WhereWhen: places and times (VOEvent 2.0 §3.4, 2.1 §3.4). */
import type {
  ObsDataLocation,
  ObservatoryLocation,
  Position2D,
  Position3D,
  SpaceFrame,
  Time,
  TimeFrame,
  TimeInterval,
  WhereWhenNotes,
} from '../model/voevent.ts'
import { systems20, timeFirst } from '../systems-2.0.ts'
import { spaceFrameParts, timeFrameParts } from './frame-parts.ts'
import type { XmlElement } from './parse-xml.ts'
import { descriptions, present, references, trimmed } from './read-parts.ts'
import { position2D, position3D } from './read-positions.ts'
import type { Often, Reading } from './reading.ts'
import { SystemIds } from './system-ids.ts'

/** The locations, and what WhereWhen says of them all. */
export interface WhereWhenParts {
  readonly whereWhen: readonly ObsDataLocation[]
  readonly whereWhenNotes?: WhereWhenNotes
}

export function whereWhen(reading: Reading, element: XmlElement): WhereWhenParts {
  const taken = reading.take(element, {
    attributes: ['id'],
    children: { ObsDataLocation: 'many', Description: 'many', Reference: 'many' },
  })
  const ids = reading.version === '2.1' ? new SystemIds() : undefined
  const locations = taken.many('ObsDataLocation').map((each) => location(reading, each, ids))
  if (locations.length > 1) reading.odd('VOE_LOCATIONS', element, `There are ${locations.length}.`)
  const id = trimmed(taken.attribute('id'))
  const notes = { descriptions: descriptions(reading, taken), references: references(reading, taken) }
  const some = id !== undefined || notes.descriptions.length + notes.references.length > 0
  return { whereWhen: locations, ...(some ? { whereWhenNotes: { ...present({ id }), ...notes } } : {}) }
}

function location(reading: Reading, element: XmlElement, ids: SystemIds | undefined): ObsDataLocation {
  const taken = reading.take(element, { children: { ObservatoryLocation: 'one', ObservationLocation: 'one' } })
  const place = taken.first('ObservatoryLocation')
  const observation = taken.first('ObservationLocation')
  if (!place) reading.odd('VOE_MISSING', element, 'ObservatoryLocation')
  if (!observation) reading.odd('VOE_MISSING', element, 'ObservationLocation')
  const observatory = place && observatoryLocation(reading, place, ids)
  const coords = observation ? systemAndCoords(reading, observation, true, ids) : {}
  return {
    ...(observatory && Object.keys(observatory).length > 0 ? { observatory } : {}),
    ...coords,
    coordSystem: coords.coordSystem ?? '',
  }
}

function observatoryLocation(reading: Reading, element: XmlElement, ids: SystemIds | undefined): ObservatoryLocation {
  const id = element.attributes.find((each) => each.name === 'id')?.value
  return { ...present({ id }), ...systemAndCoords(reading, element, false, ids) }
}

interface System {
  readonly timeFrame?: TimeFrame
  readonly spaceFrame?: SpaceFrame
}

interface Coords extends System {
  readonly coordSystem?: string
  readonly time?: Time
  readonly positionName?: string
  readonly position?: Position2D
  readonly position3D?: Position3D
}

/** AstroCoordSystem and AstroCoords, as both kinds of location have them. */
function systemAndCoords(reading: Reading, element: XmlElement, required: boolean, ids: SystemIds | undefined): Coords {
  const taken = reading.take(element, {
    attributes: required ? [] : ['id'],
    children: { AstroCoordSystem: 'one', AstroCoords: 'one' },
  })
  const systemElement = taken.first('AstroCoordSystem')
  const coords = taken.first('AstroCoords')
  if (required && !systemElement) reading.odd('VOE_MISSING', element, 'AstroCoordSystem')
  if (required && !coords) reading.odd('VOE_MISSING', element, 'AstroCoords')
  const { id, ...frames } = systemElement ? system(reading, systemElement) : {}
  const inner =
    coords &&
    reading.take(coords, {
      attributes: ['coord_system_id'],
      children: { Time: 'one', PositionName: 'one', Position2D: 'one', Position3D: 'one' },
    })
  const coordsId = inner?.attribute('coord_system_id')
  if (coords && id !== undefined && coordsId !== undefined && id !== coordsId) {
    reading.odd('VOE_COORD_SYSTEM', coords, `${coordsId} beside ${id}; the latter is taken.`)
  }
  const named = id === undefined ? coordsId : (ids?.systemOf(id) ?? id)
  const coordSystem = named === undefined ? undefined : systemName(reading, systemElement ?? element, named)
  if (!coords || !inner) return present({ coordSystem, ...frames })
  reading.inOrder(coords, ['Time', 'PositionName', 'Position2D', 'Position3D'])
  const timeElement = inner.first('Time')
  const name = inner.first('PositionName')
  if (name) reading.later(name)
  const plane = inner.first('Position2D')
  const space = inner.first('Position3D')
  return present({
    coordSystem,
    ...frames,
    time: timeElement && time(reading, timeElement),
    positionName: reading.text(name),
    position: plane && position2D(reading, plane),
    position3D: space && position3D(reading, space),
  })
}

/** 2.1 took the closed list of 2.0 away; old packets write FK5-UTC-GEO for what 2.0 calls UTC-FK5-GEO. */
function systemName(reading: Reading, element: XmlElement, written: string): string {
  if (reading.version === '2.1' || systems20.has(written)) return written
  reading.odd('VOE_COORD_SYSTEM_UNKNOWN', element, JSON.stringify(written.slice(0, 80)))
  return timeFirst(written)
}

function system(reading: Reading, element: XmlElement): System & { readonly id?: string } {
  const taken = reading.take(element, { attributes: ['id'], children: { TimeFrame: 'one', SpaceFrame: 'one' } })
  if (reading.version !== '2.1' && element.children.length === 0) reading.empty(element)
  reading.inOrder(element, ['TimeFrame', 'SpaceFrame'])
  return present({
    id: trimmed(taken.attribute('id')),
    timeFrame: frame(reading, taken.first('TimeFrame'), timeFrameParts),
    spaceFrame: frame(reading, taken.first('SpaceFrame'), spaceFrameParts),
  })
}

function frame(
  reading: Reading,
  element: XmlElement | undefined,
  parts: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  if (!element) return undefined
  reading.later(element)
  const names = Object.values(parts)
  const taken = reading.take(element, {
    attributes: ['id'],
    children: Object.fromEntries(names.map((name): [string, Often] => [name, 'one'])),
  })
  reading.inOrder(element, names)
  const read: Record<string, string> = {}
  const id = trimmed(taken.attribute('id'))
  if (id !== undefined) read.id = id
  for (const [key, name] of Object.entries(parts)) {
    const text = reading.text(taken.first(name))
    if (text !== undefined) read[key] = text
  }
  return read
}

function time(reading: Reading, element: XmlElement): Time {
  // 2.0 lets each be repeated; 2.1 has an instant or an interval, then the error.
  const often = reading.version === '2.1' ? 'one' : 'first'
  const taken = reading.take(element, {
    attributes: ['unit'],
    children: { TimeInstant: often, TimeInterval: often, Error: often },
  })
  const instant = taken.first('TimeInstant')
  const span = taken.first('TimeInterval')
  if (instant && span) reading.odd('VOE_REPEATED', span, 'TimeInstant and TimeInterval.')
  reading.inOrder(element, ['TimeInstant', 'TimeInterval', 'Error'])
  const parts = instant && reading.take(instant, { children: { ISOTime: often, TimeOffset: often, TimeScale: often } })
  if (instant) reading.inOrder(instant, ['ISOTime', 'TimeOffset', 'TimeScale'])
  return present({
    isoTime: reading.token(parts?.first('ISOTime')),
    timeOffset: reading.token(parts?.first('TimeOffset')),
    timeScale: reading.token(parts?.first('TimeScale')),
    interval: span && !instant ? interval(reading, span) : undefined,
    unit: taken.attribute('unit'),
    error: reading.number(taken.first('Error')),
  })
}

function interval(reading: Reading, element: XmlElement): TimeInterval {
  reading.later(element)
  const taken = reading.take(element, { children: { ISOTimeStart: 'one', ISOTimeStop: 'one' } })
  reading.inOrder(element, ['ISOTimeStart', 'ISOTimeStop'])
  return present({
    start: reading.token(taken.first('ISOTimeStart')),
    stop: reading.token(taken.first('ISOTimeStop')),
  })
}
