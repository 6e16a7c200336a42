/**
 * Where an alert becomes a VOEvent. Pure: the clock, the citations and the names come as arguments, so that the same
 * alert gives the same event. Identity is (stream, alert), see docs/design.md §5: the survey's own event says nothing
 * of filters; a stream's event holds that stream's columns and refers to the survey's.
 */
import { unixMsToIso } from '../../vo/astro/time.ts'
import { capEvent } from '../../vo/cap-event.ts'
import { eventIvoid } from '../../vo/ivoid.ts'
import type {
  Author,
  EventIvoid,
  Inference,
  Notes,
  ObsDataLocation,
  Param,
  Reference,
  VOEvent,
  Why,
} from '../../vo/model/voevent.ts'
import { FountainError } from '../errors.ts'
import type { Alert, SelectedColumn } from '../flow.ts'
import { fullDetail } from './full-detail.ts'
import { numberOf } from './history.ts'
import type { Mapping } from './load-mapping.ts'
import { streamGroup, whatOfAlert } from './what-of-alert.ts'

/** Who signs: the `who` of the configuration. */
export interface Signer {
  readonly authorIvoid?: string | undefined
  readonly title?: string | undefined
  readonly shortName?: string | undefined
  readonly contactName?: string | undefined
  readonly contactEmail?: string | undefined
}

export interface MappingContext {
  readonly mapping: Mapping
  readonly authority: string
  readonly who: Signer
  /** When the event is made, ms since the epoch. */
  readonly now: number
  /** Earlier events that this one follows; `record` knows them. */
  readonly cites: readonly EventIvoid[]
  /** A published stream: its event has its own identity and holds its columns. */
  readonly stream?: { readonly name: string; readonly title: string; readonly columns: readonly SelectedColumn[] }
  /** Where the world reaches the gateway; without it no http links are written. */
  readonly publicUrl?: string | undefined
  /** The packets are tests, whatever they say: `alerts-simulated`. */
  readonly test?: boolean
  /** Name and version of the program: `Fountain 0.1.0`. */
  readonly software: string
  /**
   * `full`: also what VOEvent 2.0 cannot say (light curve, images, covariance, orbit, provenance), of any size; the
   * alert is to be decoded with `mapping.full.wanted`. Otherwise what 2.0 says, small enough for every peer.
   */
  readonly detail?: 'full'
}

/** Makes the event of an alert. Throws what `identify` throws; MAPPING_FAILED where it cannot be made small enough. */
export function alertToVOEvent(alert: Alert, context: MappingContext): VOEvent {
  const { mapping, authority, stream } = context
  const identity = mapping.identify(alert)
  const local = identity.alertId
  const surveyIvoid = eventIvoid({ authority, path: mapping.survey, local })
  const ivoid = stream === undefined ? surveyIvoid : eventIvoid({ authority, path: `streams/${stream.name}`, local })
  const place = whereWhen(alert, mapping)
  const what = whatOfAlert(alert, mapping, place.assumed)
  const surveyReference = { uri: surveyIvoid, meaning: 'The event of the survey alone' }
  const event: VOEvent = {
    ivoid,
    role: context.test === true ? 'test' : identity.role,
    who: who(context),
    what: {
      ...what,
      groups: stream === undefined ? what.groups : [...what.groups, streamGroup(stream, what.groups)],
      references: stream === undefined ? [] : [surveyReference],
    },
    whereWhen: [place.location],
    how: how(alert, context),
    why: why(alert, mapping),
    ...(context.cites.length === 0 ? {} : { citations: { events: context.cites } }),
    description: stream === undefined ? mapping.file.title : `${stream.title}: ${mapping.file.title}`,
    ...link(ivoid, context.publicUrl),
  }
  return context.detail === 'full' ? fullDetail(event, alert, context) : small(event, local)
}

/** Below the peers' 99,999, with room for the citations that are added when the event is recorded. */
const largestEventBytes = 90_000

/** No link leads to what is left out: the gateway serves an event as it was recorded, which is this one. */
function small(event: VOEvent, alertId: string): VOEvent {
  try {
    return capEvent(event, { largestBytes: largestEventBytes }).event
  } catch (cause) {
    throw new FountainError('MAPPING_FAILED', `alert ${alertId}: the event is too large`, { cause })
  }
}

function who({ who, authority, now }: MappingContext): NonNullable<VOEvent['who']> {
  const { authorIvoid = `ivo://${authority}`, ...names } = who
  const author: Author = Object.fromEntries(
    Object.entries(names).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
  const hasAuthor = Object.keys(author).length > 0
  return { authorIvoid, date: unixMsToIso(now), ...(hasAuthor ? { author } : {}) }
}

/** Time and place; where the survey gives no usable error of the position, one is assumed and a Param says so. */
function whereWhen(alert: Alert, mapping: Mapping): { location: ObsDataLocation; assumed: Param[] } {
  const { observatory, positionError } = mapping.file
  const errorArcsec = numberOf(mapping.column('pos_err_arcsec')(alert))
  const known = errorArcsec !== null && errorArcsec > 0
  const isoTime = mapping.isoTime(alert.record)
  return {
    location: {
      observatory: {
        id: observatory.id,
        coordSystem: 'UTC-GEOD-TOPO',
        position3D: {
          unit: 'deg-deg-m',
          name1: 'Longitude',
          name2: 'Latitude',
          name3: 'Elevation',
          c1: observatory.longitudeDeg,
          c2: observatory.latitudeDeg,
          c3: observatory.heightM,
        },
      },
      coordSystem: 'UTC-ICRS-TOPO',
      ...(isoTime === null ? {} : { time: { unit: 's', isoTime } }),
      position: {
        unit: 'deg',
        name1: 'RA',
        name2: 'Dec',
        c1: numberOf(mapping.column('ra')(alert)) ?? Number.NaN,
        c2: numberOf(mapping.column('dec')(alert)) ?? Number.NaN,
        errorRadius: Number(((known ? errorArcsec : positionError.assumedArcsec) / 3600).toPrecision(6)),
      },
    },
    assumed: known
      ? []
      : [
          {
            definition: {
              name: 'positionErrorAssumed',
              dataType: 'int',
              ucd: 'meta.code',
              description: `The survey gives no error of the position: ${positionError.assumedArcsec} arcsec is assumed`,
            },
            value: 1,
          },
        ],
  }
}

function how(alert: Alert, { mapping, software }: MappingContext): Notes {
  const schema = `Alert packet of schema ${alert.schemaName}`
  return {
    descriptions: [
      ...mapping.file.how,
      alert.schemaId === undefined ? schema : `${schema} (id ${alert.schemaId})`,
      `Made into a VOEvent by ${software}`,
    ],
    references: mapping.file.references.map((uri) => ({ uri })),
  }
}

/** Concept of the Unified Astronomy Thesaurus. */
const smallSolarSystemBodies = 'http://astrothesaurus.org/uat/1469'

function why(alert: Alert, mapping: Mapping): Why {
  const inferences: Inference[] = []
  const reliability = numberOf(mapping.column('reliability')(alert))
  if (reliability !== null && reliability >= 0 && reliability <= 1) {
    inferences.push({
      probability: Number(reliability.toPrecision(7)),
      ...nothing,
      // No concept: the UAT has no word for "real".
      descriptions: ['An astrophysical source and no artefact of the image, by the model of the survey'],
    })
  }
  if (mapping.column('is_moving')(alert) === true) {
    const object = String(mapping.column('object_id')(alert) ?? '').replace(/^sso:/, '')
    inferences.push({
      relation: 'identified',
      ...nothing,
      names: object === '' ? [] : [object],
      concepts: [smallSolarSystemBodies],
      descriptions: ['A known object of the solar system'],
    })
  }
  return { ...nothing, inferences }
}

const nothing = { names: [], concepts: [], descriptions: [], references: [] } as const

function link(ivoid: string, publicUrl: string | undefined): { reference?: Reference } {
  if (publicUrl === undefined) return {}
  const base = publicUrl.endsWith('/') ? publicUrl : `${publicUrl}/`
  return { reference: { uri: `${base}events?ID=${encodeURIComponent(ivoid)}`, meaning: 'This event over HTTP' } }
}
