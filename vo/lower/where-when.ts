/** WhereWhen as 2.0 and 2.1 hold it: what has no element goes into What. */
import { isoToMjdUtc, mjdUtcToIso, unixMsToIso } from '../astro/time.ts'
import type { Attachment, ObsDataLocation, Time, VOEvent } from '../model/voevent.ts'
import { systems20, timeFirst } from '../systems-2.0.ts'
import { isXmlId } from '../xml/system-ids.ts'
import { type Account, without } from './account.ts'
import { paramsOf } from './params-of.ts'
import { lowerPosition2D, lowerPosition3D } from './positions.ts'

export type LowerTo = '2.1' | '2.0'

export interface WhereWhenLowering {
  readonly to: LowerTo
  readonly account: Account
  /** The event's attachments by their names, of which a region may name one as `#name`. */
  readonly attachments: ReadonlyMap<string, Attachment>
  /** Where such an attachment can be fetched. */
  readonly linkOf: (attachment: Attachment) => string | undefined
}

/** What an observatory and a location of observation have in common. */
type Place = Omit<ObsDataLocation, 'coordSystem' | 'observatory' | 'region' | 'movingObject'> & {
  readonly coordSystem?: string
}

export function lowerWhereWhen(event: VOEvent, lowering: WhereWhenLowering): VOEvent {
  const { whereWhen, whereWhenNotes: notes, ...rest } = event
  if (!whereWhen && !notes) return event
  const ids = new Ids(lowering.account)
  const given = notes && ids.keptIn(notes, 'whereWhenNotes')
  const locations = whereWhen?.map((each, i) => lowerLocation(each, `whereWhen[${i}]`, ids, lowering))
  const whereWhenNotes = lowering.account.whereWhenNotes(given)
  // Notes are written beside locations only, if beside none.
  return { ...rest, whereWhen: locations ?? [], ...(whereWhenNotes ? { whereWhenNotes } : {}) }
}

/** Identifiers of a document: each once, and each a name that XML takes for one. */
class Ids {
  readonly #account: Account
  readonly #seen = new Set<string>()
  constructor(account: Account) {
    this.#account = account
  }

  keptIn<T extends { readonly id?: string }>(part: T, path: string): T {
    if (part.id === undefined) return part
    if (isXmlId(part.id) && !this.#seen.has(part.id)) {
      this.#seen.add(part.id)
      return part
    }
    this.#account.note('dropped', `${path}.id`, 'it is no name, or another part has the same')
    return without(part, 'id') as T
  }
}

function lowerLocation(given: ObsDataLocation, path: string, ids: Ids, lowering: WhereWhenLowering): ObsDataLocation {
  const { observatory, region, movingObject, ...place } = given
  const { account } = lowering
  const site = observatory && lowerPlace(observatory, `${path}.observatory`, 'observatory', ids, lowering)
  const observation = lowerPlace(place, path, '', ids, lowering)
  if (region) {
    const group = account.addGroup({ name: 'region', params: paramsOf('Region', region, `${path}.region`, account) })
    const named = region.uri?.startsWith('#') === true
    const attached = named ? lowering.attachments.get(region.uri!.slice(1)) : undefined
    const uri = named ? attached && lowering.linkOf(attached) : region.uri
    if (uri !== undefined) {
      account.addWhereWhenLink({ uri, ...(region.mediaType === undefined ? {} : { mimetype: region.mediaType }) })
    }
    account.note(
      'moved',
      `${path}.region`,
      `is the Group ${group}${uri === undefined ? '' : ' and a Reference of WhereWhen'}`,
    )
  }
  if (movingObject) {
    const group = account.addGroup({
      name: 'movingObject',
      params: paramsOf('MovingObject', movingObject, `${path}.movingObject`, account),
    })
    account.note('moved', `${path}.movingObject`, `is the Group ${group}`)
  }
  return { ...observation, coordSystem: observation.coordSystem ?? '', ...(site ? { observatory: site } : {}) }
}

/** `prefix` stands before the names of what is moved: `observatory` or nothing. */
function lowerPlace<T extends Place>(given: T, path: string, prefix: string, ids: Ids, lowering: WhereWhenLowering): T {
  const { to, account } = lowering
  const named = (name: string) => (prefix === '' ? name : prefix + name[0]!.toUpperCase() + name.slice(1))
  let place: Place = given
  if (place.coordSystem === '') place = without(place, 'coordSystem')
  if (place.time)
    place = {
      ...place,
      time: lowerTime(place.time, `${path}.time`, { named, hasLeapSeconds: hasLeapSeconds(place) }, lowering),
    }
  if (place.position) place = { ...place, position: lowerPosition2D(place.position, `${path}.position`, to, account) }
  if (place.position3D)
    place = { ...place, position3D: lowerPosition3D(place.position3D, `${path}.position3D`, to, account) }
  if (place.timeFrame) place = { ...place, timeFrame: ids.keptIn(place.timeFrame, `${path}.timeFrame`) }
  if (place.spaceFrame) place = { ...place, spaceFrame: ids.keptIn(place.spaceFrame, `${path}.spaceFrame`) }
  return (to === '2.1' ? place : lowerSystem(place, path, named, account)) as T
}

/** 2.0 has a list of systems, no frames, and no names of positions. */
function lowerSystem(given: Place, path: string, named: (name: string) => string, account: Account): Place {
  const { timeFrame, spaceFrame, positionName, ...place } = given
  if (positionName !== undefined) {
    const name = account.addParam({
      definition: {
        name: named('positionName'),
        dataType: 'string',
        ucd: 'meta.id',
        description: 'What is at the position.',
      },
      value: positionName,
    })
    account.note('moved', `${path}.positionName`, `is the Param ${name}`)
  }
  for (const [key, className, frame] of [
    ['timeFrame', 'TimeFrame', timeFrame],
    ['spaceFrame', 'SpaceFrame', spaceFrame],
  ] as const) {
    if (!frame) continue
    const group = account.addGroup({ name: named(key), params: paramsOf(className, frame, `${path}.${key}`, account) })
    account.note('moved', `${path}.${key}`, `is the Group ${group}`)
  }
  const system = place.coordSystem
  if (system === undefined || system === '') {
    const follows = systemOf(given)
    return follows === undefined ? place : { ...place, coordSystem: follows }
  }
  if (systems20.has(system)) return place
  const turned = timeFirst(system)
  if (systems20.has(turned)) {
    account.note('approximated', `${path}.coordSystem`, `is ${turned}`)
    return { ...place, coordSystem: turned }
  }
  const name = account.addParam({
    definition: {
      name: named('coordSystem'),
      dataType: 'string',
      ucd: 'meta.code.class;pos.frame',
      description: 'The coordinate system.',
    },
    value: system,
  })
  account.note('moved', `${path}.coordSystem`, `is the Param ${name}: 2.0 knows no such system`)
  return without(place, 'coordSystem')
}

const origins: ReadonlyMap<string, string> = new Map([
  ['TOPOCENTER', 'TOPO'],
  ['GEOCENTER', 'GEO'],
  ['BARYCENTER', 'BARY'],
])

/** The system of 2.0 that frames of 2.1 spell out, if there is one. */
function systemOf({ timeFrame, spaceFrame }: Place): string | undefined {
  const origin = spaceFrame?.referencePosition ?? timeFrame?.referencePosition ?? ''
  const system = `${timeFrame?.timeScale}-${spaceFrame?.spaceRefFrame}-${origins.get(origin) ?? origin}`
  return systems20.has(system) ? system : undefined
}

function lowerTime(
  given: Time,
  path: string,
  { named, hasLeapSeconds }: { named: (name: string) => string; hasLeapSeconds: boolean },
  { to, account }: WhereWhenLowering,
): Time {
  const { interval, ...time } = given
  if (!interval) return given
  const isInstant = (time.isoTime ?? time.timeOffset ?? time.timeScale) !== undefined
  if (to === '2.1' && !isInstant) return given
  const moved = [
    ['start', 'timeStart', 'time.start', 'Beginning of the interval.'],
    ['stop', 'timeStop', 'time.end', 'End of the interval.'],
  ].flatMap(([key, name, ucd, description]) => {
    const value = interval[key as 'start' | 'stop']
    if (value === undefined) return []
    return account.addParam({
      definition: { name: named(name!), dataType: 'string', ucd: ucd!, description: description! },
      value,
    })
  })
  const params = `${moved.length === 1 ? 'the Param' : 'the Params'} ${moved.join(' and ')}`
  if (moved.length === 0) return time
  if (isInstant) {
    account.note('moved', `${path}.interval`, `is ${params}: the instant stays`)
    return time
  }
  const instant = instantOf(interval.start, interval.stop, time, hasLeapSeconds)
  account.note('approximated', `${path}.interval`, `is the instant ${instant.isoTime}, and ${params}`)
  return { ...time, ...instant }
}

const uniformScales: ReadonlySet<string> = new Set(['TT', 'TDB', 'TAI', 'TCB', 'TCG', 'ET', 'GPS'])

/** Whether the times of a place are in UTC, as they are where nothing else is said. */
function hasLeapSeconds({ coordSystem = '', timeFrame }: Place): boolean {
  return !uniformScales.has(timeFrame?.timeScale ?? timeFirst(coordSystem).split('-')[0]!)
}

const secondsPerDay = 86_400

/** The middle of an interval, with half of its length as the error where the time has no other; of one end, that end. */
function instantOf(start: string | undefined, stop: string | undefined, time: Time, hasLeapSeconds: boolean): Time {
  const only = start ?? stop
  if (start === undefined || stop === undefined) return only === undefined ? {} : { isoTime: only }
  try {
    const { middle, halfSeconds } = (hasLeapSeconds ? middleInUtc : middleInUniformScale)(start, stop)
    if (time.error !== undefined || time.unit !== undefined) return { isoTime: middle }
    return { isoTime: middle, unit: 's', error: Math.round(halfSeconds * 1000) / 1000 }
  } catch (error) {
    if (error instanceof RangeError) return { isoTime: start }
    throw error
  }
}

interface Middle {
  readonly middle: string
  readonly halfSeconds: number
}

/** To the millisecond: a Modified Julian Date as a double knows no more than a microsecond, and the ends stay exact. */
function middleInUtc(start: string, stop: string): Middle {
  const [from, to] = [isoToMjdUtc(start), isoToMjdUtc(stop)]
  return {
    middle: mjdUtcToIso((from + to) / 2).slice(0, -3),
    halfSeconds: (Math.abs(to - from) / 2) * secondsPerDay,
  }
}

/** Every day has the same length: that of the clock which `Date` counts by. */
function middleInUniformScale(start: string, stop: string): Middle {
  const [from, to] = [start, stop].map((each) => {
    isoToMjdUtc(each) // Throws for what is no time; `Date` takes other things than ISO 8601 too.
    return Date.parse(/T/.test(each) ? each.replace(/Z?$/, 'Z') : each)
  }) as [number, number]
  return { middle: unixMsToIso((from + to) / 2), halfSeconds: Math.abs(to - from) / 2000 }
}
