/** The table `event`: what a filter sees of a VOEvent, own or from outside. A row is the model of one event. */

import { eventEquatorial, eventGalactic, eventTimeMjdUtc } from '../../vo/event-place.ts'
import { streamOf } from '../../vo/ivoid.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import type { Column, Scalar, Table } from '../flow.ts'

interface EventColumn extends Column {
  readonly read: (event: VOEvent) => Scalar | undefined
}

/** Texts of a list as one, parted by line ends: LIKE finds a word in any of them. */
const joined = (texts: readonly (string | undefined)[]): string | undefined =>
  texts.filter((text) => text !== undefined && text !== '').join('\n') || undefined

const eventColumns: readonly EventColumn[] = [
  {
    name: 'ivoid',
    type: 'text',
    ucd: 'meta.id;meta.main',
    description: 'Identifier of the event',
    read: (event) => event.ivoid,
  },
  {
    name: 'stream',
    type: 'text',
    ucd: 'meta.id.parent',
    description: 'Stream of the event: its identifier before #',
    read: (event) => streamOf(event.ivoid),
  },
  {
    name: 'role',
    type: 'text',
    ucd: 'meta.code.class',
    description: 'observation, prediction, utility or test',
    read: (event) => event.role,
  },
  {
    name: 'author_ivoid',
    type: 'text',
    ucd: 'meta.id',
    description: 'Identifier of the author',
    read: (event) => event.who?.authorIvoid,
  },
  {
    name: 'author',
    type: 'text',
    ucd: 'meta.id',
    description: 'Names of the author and contact',
    read: ({ who }) => joined([who?.author?.title, who?.author?.shortName, who?.author?.contactName]),
  },
  {
    name: 'date',
    type: 'text',
    ucd: 'time.creation',
    description: 'When the packet was made: ISO 8601 in UTC',
    read: (event) => event.who?.date,
  },
  {
    name: 'time_iso',
    type: 'text',
    ucd: 'time.epoch',
    description: 'When it was observed, as written',
    read: (event) => event.whereWhen?.[0]?.time?.isoTime,
  },
  {
    name: 'time_mjd_utc',
    type: 'number',
    unit: 'd',
    ucd: 'time.epoch',
    description: 'When it was observed',
    read: eventTimeMjdUtc,
  },
  {
    name: 'ra',
    type: 'number',
    unit: 'deg',
    ucd: 'pos.eq.ra',
    description: 'Right ascension (ICRS, FK5), first location',
    read: (event) => eventEquatorial(event)?.raDeg,
  },
  {
    name: 'dec',
    type: 'number',
    unit: 'deg',
    ucd: 'pos.eq.dec',
    description: 'Declination',
    read: (event) => eventEquatorial(event)?.decDeg,
  },
  {
    name: 'pos_err_deg',
    type: 'number',
    unit: 'deg',
    ucd: 'stat.error;pos.eq',
    description: 'Error radius as the packet gives it',
    read: (event) => eventEquatorial(event)?.errorDeg,
  },
  {
    name: 'glon',
    type: 'number',
    unit: 'deg',
    ucd: 'pos.galactic.lon',
    description: 'Galactic longitude',
    read: (event) => eventGalactic(event)?.lonDeg,
  },
  {
    name: 'glat',
    type: 'number',
    unit: 'deg',
    ucd: 'pos.galactic.lat',
    description: 'Galactic latitude',
    read: (event) => eventGalactic(event)?.latDeg,
  },
  {
    name: 'observatory',
    type: 'text',
    ucd: 'meta.id;instr.obsty',
    description: 'Identifier of the observatory',
    read: (event) => event.whereWhen?.[0]?.observatory?.id,
  },
  {
    name: 'importance',
    type: 'number',
    description: 'Importance that the author gives, 0 to 1',
    read: (event) => event.why?.importance,
  },
  {
    name: 'expires',
    type: 'text',
    ucd: 'time.end',
    description: 'When the interest ends, as written',
    read: (event) => event.why?.expires,
  },
  {
    name: 'title',
    type: 'text',
    ucd: 'meta.title',
    description: 'Title of the author',
    read: (event) => event.who?.author?.title,
  },
  {
    name: 'description',
    type: 'text',
    ucd: 'meta.note',
    description: 'Descriptions of the event, its What and Why',
    read: (event) =>
      joined([event.description, ...(event.what?.descriptions ?? []), ...(event.why?.descriptions ?? [])]),
  },
  {
    name: 'name',
    type: 'text',
    ucd: 'meta.id;src',
    description: 'Names of what was seen, from Why',
    read: ({ why }) => joined([...(why?.names ?? []), ...(why?.inferences ?? []).flatMap(({ names }) => names)]),
  },
  {
    name: 'concept',
    type: 'text',
    ucd: 'meta.code.class',
    description: 'Concepts of what was seen, from Why',
    read: ({ why }) =>
      joined([...(why?.concepts ?? []), ...(why?.inferences ?? []).flatMap(({ concepts }) => concepts)]),
  },
  {
    name: 'cites',
    type: 'text',
    ucd: 'meta.id.cross',
    description: 'Identifiers of the events it cites',
    read: ({ citations }) => joined((citations?.events ?? []).map(({ ivoid }) => ivoid)),
  },
  {
    name: 'is_retraction',
    type: 'boolean',
    ucd: 'meta.code',
    description: 'Does it retract another event?',
    read: ({ citations }) => (citations?.events ?? []).some(({ cite }) => cite === 'retraction'),
  },
  {
    name: 'n_params',
    type: 'integer',
    ucd: 'meta.number',
    description: 'Params in What, those of its groups included',
    read: ({ what }) =>
      (what?.params.length ?? 0) + (what?.groups ?? []).reduce((sum, group) => sum + group.params.length, 0),
  },
]

const readers: ReadonlyMap<string, (row: unknown) => Scalar> = new Map(
  eventColumns.map(({ name, read }) => [name, (row) => plain(read(row as VOEvent))]),
)

/** Rows are `VOEvent`s. What an event does not say is null. */
export const eventTable: Table = {
  name: 'event',
  columns: eventColumns.map(({ read: _, ...column }) => column),
  reader(column) {
    const read = readers.get(column)
    if (read === undefined) throw new RangeError(`the table event has no column ${column}`)
    return read
  },
}

function plain(value: Scalar | undefined): Scalar {
  if (value === undefined || value === '') return null
  return typeof value === 'number' && !Number.isFinite(value) ? null : value
}
