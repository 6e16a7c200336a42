/** WhereWhen: places and times (VOEvent 2.0 §3.4, 2.1 §3.4). */
import type {
  ObsDataLocation,
  ObservatoryLocation,
  SpaceFrame,
  Time,
  TimeFrame,
  WhereWhenNotes,
} from '../model/voevent.ts'
import { spaceFrameParts, timeFrameParts } from './frame-parts.ts'
import { SystemIds } from './system-ids.ts'
import type { WrittenVersion } from './write-event.ts'
import { attribute, notes, textElement } from './write-parts.ts'
import { numberElement, position2D, position3D } from './write-positions.ts'

export function whereWhen(
  locations: readonly ObsDataLocation[],
  text: WhereWhenNotes | undefined,
  version: WrittenVersion,
): string {
  const ids = version === '2.1' ? new SystemIds(givenIds(locations, text)) : undefined
  let xml = `  <WhereWhen${attribute('id', text?.id)}>\n`
  for (const each of locations) {
    xml += '    <ObsDataLocation>\n'
    xml += observatory(each.observatory ?? {}, version, ids)
    xml += '      <ObservationLocation>\n'
    xml += systemAndCoords(each, true, version, ids)
    xml += '      </ObservationLocation>\n    </ObsDataLocation>\n'
  }
  return `${xml}${text ? notes('    ', text) : ''}  </WhereWhen>\n`
}

/** The ids that the event itself gives: those of systems must be others. */
function* givenIds(locations: readonly ObsDataLocation[], text: WhereWhenNotes | undefined): Generator<string> {
  if (text?.id !== undefined) yield text.id
  for (const { observatory: place, ...observation } of locations) {
    for (const { timeFrame, spaceFrame } of place ? [place, observation] : [observation]) {
      if (timeFrame?.id !== undefined) yield timeFrame.id
      if (spaceFrame?.id !== undefined) yield spaceFrame.id
    }
  }
}

/** The schema demands the element; without anything to say it is empty. */
function observatory(place: ObservatoryLocation, version: WrittenVersion, ids: SystemIds | undefined): string {
  const inner = systemAndCoords(place, false, version, ids)
  const opening = `      <ObservatoryLocation${attribute('id', place.id)}`
  return inner === '' ? `${opening}/>\n` : `${opening}>\n${inner}      </ObservatoryLocation>\n`
}

/** AstroCoordSystem and AstroCoords; where nothing demands them, each only if it says something. */
function systemAndCoords(
  place: ObservatoryLocation | ObsDataLocation,
  required: boolean,
  version: WrittenVersion,
  ids: SystemIds | undefined,
): string {
  const named = place.coordSystem === '' ? undefined : place.coordSystem
  const id = named !== undefined && ids ? ids.idOf(named) : named
  const frames =
    version === '2.1'
      ? frame('TimeFrame', place.timeFrame, timeFrameParts) + frame('SpaceFrame', place.spaceFrame, spaceFrameParts)
      : ''
  const hasSystem = required || id !== undefined || frames !== ''
  // A system whose name is no id is named by its coordinates alone.
  const hasCoords =
    required ||
    place.time ||
    place.positionName !== undefined ||
    place.position ||
    place.position3D ||
    (named !== undefined && id === undefined)
  let xml = ''
  if (hasSystem) {
    const opening = `        <AstroCoordSystem${attribute('id', id)}`
    xml += frames === '' ? `${opening}/>\n` : `${opening}>\n${frames}        </AstroCoordSystem>\n`
  }
  if (!hasCoords) return xml
  xml += `        <AstroCoords${attribute('coord_system_id', id ?? named)}>\n`
  if (place.time) xml += time(place.time, version)
  if (version === '2.1') xml += textElement('          ', 'PositionName', place.positionName)
  if (place.position) xml += position2D(place.position, version)
  if (place.position3D) xml += position3D(place.position3D, version)
  return `${xml}        </AstroCoords>\n`
}

function frame(
  name: string,
  part: TimeFrame | SpaceFrame | undefined,
  parts: Readonly<Record<string, string>>,
): string {
  if (!part) return ''
  let inner = ''
  for (const [key, element] of Object.entries(parts)) {
    inner += textElement('            ', element, (part as Readonly<Record<string, string | undefined>>)[key])
  }
  const opening = `          <${name}${attribute('id', part.id)}`
  return inner === '' ? `${opening}/>\n` : `${opening}>\n${inner}          </${name}>\n`
}

function time({ unit, isoTime, timeOffset, timeScale, interval, error }: Time, version: WrittenVersion): string {
  const inner = '              '
  const instant =
    textElement(inner, 'ISOTime', isoTime) +
    textElement(inner, 'TimeOffset', timeOffset) +
    textElement(inner, 'TimeScale', timeScale)
  let xml = `          <Time${attribute('unit', unit)}>\n`
  if (instant !== '') {
    xml += `            <TimeInstant>\n${instant}            </TimeInstant>\n`
  } else if (interval && version === '2.1') {
    const ends = textElement(inner, 'ISOTimeStart', interval.start) + textElement(inner, 'ISOTimeStop', interval.stop)
    xml += `            <TimeInterval>\n${ends}            </TimeInterval>\n`
  }
  if (error !== undefined) xml += numberElement('            ', 'Error', error)
  return `${xml}          </Time>\n`
}
