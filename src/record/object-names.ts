/** What an event calls its object. */
import type { Group, VOEvent } from '../../vo/model/voevent.ts'

/** UCDs of what an object is called. */
const namingUcds = ['meta.id;meta.main', 'meta.id;src']

/** Which object it is about: people know it by this name, not by the event's. Nothing else of the group. */
export function onlyNames(group: Group): Group[] {
  const params = group.params.filter(({ definition: { ucd = '' } }) => namingUcds.includes(ucd.toLowerCase()))
  return params.length === 0 ? [] : [{ ...group, params }]
}

/** What people call the object: as the event names it, else the survey's number, else the event's identifier. */
export function nameOf(event: VOEvent, objectId: string | null): string {
  const [param] = (event.what?.groups ?? []).flatMap(onlyNames).flatMap(({ params }) => params)
  const name = param?.value
  return name === undefined || name === null || name === '' ? (objectId ?? event.ivoid) : String(name)
}
