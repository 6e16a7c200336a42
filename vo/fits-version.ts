/** Whether 2.0 or 2.1 can say an event as it is: a quick look, for each event that is written. */
import { contributorRoles } from './contributor-roles.ts'
import type { ObsDataLocation, ObservatoryLocation, Param, ParamDefinition, VOEvent } from './model/voevent.ts'
import { systems20 } from './systems-2.0.ts'

/**
 * Whether an event is written as it is; otherwise `lowerEvent` has work to do. What stands in texts and values is not
 * looked at: the writer itself gives NaN, null and characters that XML cannot carry as `lowerEvent` does.
 */
export function fitsVersion(event: VOEvent, version: '2.1' | '2.0'): boolean {
  const { attachments, provenance, what, why, whereWhen, whereWhenNotes } = event
  if (attachments ?? provenance ?? what?.timeSeries ?? why?.classifications) return false
  if (event.citations?.events.length === 0) return false
  if (whereWhenNotes && (!whereWhen || whereWhenNotes.id !== undefined)) return false
  for (const each of event.who?.author?.contributors ?? []) {
    if (version === '2.0' ? (each.role ?? each.altIdentifier ?? each.ivoid) !== undefined : !knownRole(each.role))
      return false
  }
  if (whereWhen) for (const each of whereWhen) if (!locationFits(each, version)) return false
  if (!what) return true
  for (const each of what.groups) if (!each.params.every(paramFits)) return false
  for (const each of what.tables) {
    if (!each.fields.every(definitionFits) || (each.params && !each.params.every(paramFits))) return false
  }
  return what.params.every(paramFits)
}

const knownRole = (role: string | undefined) => role === undefined || contributorRoles.has(role)
const definitionFits = (definition: ParamDefinition) => definition.dataType !== 'boolean'
const paramFits = ({ definition }: Param) => definition.dataType !== 'boolean' && definition.references === undefined

function locationFits(location: ObsDataLocation, version: '2.1' | '2.0'): boolean {
  if (location.region ?? location.movingObject) return false
  return placeFits(location, version) && (!location.observatory || placeFits(location.observatory, version))
}

function placeFits(place: ObsDataLocation | ObservatoryLocation, version: '2.1' | '2.0'): boolean {
  const { coordSystem, timeFrame, spaceFrame, positionName, time, position, position3D } = place
  if (
    position &&
    ((position.ellipse ?? position.covariance ?? position.attributes) || Number.isNaN(position.errorRadius))
  )
    return false
  if (position3D?.attributes) return false
  if (version === '2.1') {
    const isInstant = (time?.isoTime ?? time?.timeOffset ?? time?.timeScale) !== undefined
    return timeFrame?.id === undefined && spaceFrame?.id === undefined && !(time?.interval && isInstant)
  }
  if (coordSystem !== undefined && coordSystem !== '' && !systems20.has(coordSystem)) return false
  if ((timeFrame ?? spaceFrame ?? time?.interval) || positionName !== undefined) return false
  if ((position?.error1 ?? position?.error2) !== undefined) return false
  return (position3D?.error1 ?? position3D?.error2 ?? position3D?.error3) === undefined
}
