/** Events of any shape that VOEvent 2.1 can say without loss: those of 2.0 with what 2.1 adds. */
import fc from 'fast-check'
import { contributorRoles } from '../../vo/contributor-roles.ts'
import type * as Model from '../../vo/model/voevent.ts'
import { arbitraryEvent } from './arbitrary-event.ts'

const words = fc.array(fc.constantFrom(...'abz019 ._-<&"\'é漢'), { maxLength: 8 }).map((each) => each.join(''))
const id = fc
  .tuple(fc.constantFrom(...'abAB_é'), fc.array(fc.constantFrom(...'ab-.2'), { maxLength: 4 }))
  .map(([a, b]) => a + b.join(''))
const date = fc.integer({ min: 0, max: 4e9 }).map((seconds) => new Date(seconds * 1000).toISOString().slice(0, 19))
const number = fc.double({ noNaN: true, noDefaultInfinity: true })
const optional = <T extends object>(shape: { [P in keyof T]: fc.Arbitrary<T[P]> }) =>
  fc.record(shape, { requiredKeys: [] }) as unknown as fc.Arbitrary<T>

const contributor = fc.record(
  {
    name: words,
    role: fc.constantFrom(...contributorRoles),
    altIdentifier: fc.constant('https://orcid.org/0'),
    ivoid: fc.constant('ivo://a.bc/d'),
  },
  { requiredKeys: ['name'] },
) as fc.Arbitrary<Model.Contributor>

/** Systems that repeat, that look like a repetition of another, and that are no names. */
const system = fc.oneof(
  fc.constantFrom(
    'UTC-ICRS-TOPO',
    'UTC-ICRS-TOPO-2',
    'UTC-ICRS-TOPO-3',
    'UTC-ICRS-TOPO-2-2',
    'a',
    'two words',
    '1',
    'a:b',
  ),
  id,
)
const place = {
  timeFrame: optional<Model.TimeFrame>({ name: words, referencePosition: words, timeScale: words }),
  spaceFrame: optional<Model.SpaceFrame>({
    name: words,
    spaceRefFrame: words,
    coordFlavor: words,
    referencePosition: words,
  }),
  time: fc.oneof(
    optional<Model.Time>({ isoTime: date, error: number }),
    optional<Model.Time>({
      interval: optional<Model.TimeInterval>({ start: date, stop: date }),
      unit: words,
      error: number,
    }),
  ),
  positionName: words,
}

/** Attributes on some of the numbers that are there, in the order of the document. */
function withAttributes<T extends object>(position: fc.Arbitrary<T>): fc.Arbitrary<T> {
  const names = ['c1', 'c2', 'c3', 'errorRadius', 'error1', 'error2', 'error3']
  const said = fc.array(
    fc.constantFrom<Omit<Model.CoordinateAttributes, 'of'> | undefined>(
      undefined,
      { ucd: 'pos' },
      { unit: 'deg' },
      { ucd: '', unit: 'm' },
    ),
    { minLength: 7, maxLength: 7 },
  )
  return fc.tuple(position, said).map(([given, each]) => {
    const attributes = names.flatMap((of, i) => (Object.hasOwn(given, of) && each[i] ? [{ of, ...each[i] }] : []))
    return attributes.length > 0 ? { ...given, attributes } : given
  })
}
const position = withAttributes(
  fc.record(
    { c1: number, c2: number, errorRadius: number, error1: number, error2: number },
    { requiredKeys: ['c1', 'c2'] },
  ),
) as fc.Arbitrary<Model.Position2D>
const position3D = withAttributes(
  fc.record(
    { c1: number, c2: number, c3: number, error1: number, error2: number, error3: number },
    { requiredKeys: ['c1', 'c2', 'c3'] },
  ),
) as fc.Arbitrary<Model.Position3D>

const observatory = fc.record(
  { ...place, id: words, coordSystem: system, position, position3D },
  { requiredKeys: ['id'] },
)
const location = fc.record(
  { ...place, coordSystem: system, position, position3D, observatory },
  { requiredKeys: ['coordSystem'] },
) as unknown as fc.Arbitrary<Model.ObsDataLocation>

/** Gives the frames of an event ids, each another. */
function withIds(locations: readonly Model.ObsDataLocation[], ids: readonly string[]): Model.ObsDataLocation[] {
  const free = [...ids]
  return locations.map((each) => {
    const next = free.pop()
    return each.timeFrame && next !== undefined ? { ...each, timeFrame: { id: next, ...each.timeFrame } } : each
  })
}

export const arbitraryEvent21: fc.Arbitrary<Model.VOEvent> = fc
  .tuple(
    arbitraryEvent,
    fc.array(contributor, { minLength: 1, maxLength: 2 }),
    fc.array(location, { maxLength: 4 }),
    fc.uniqueArray(id, { maxLength: 4 }),
  )
  .map(([event, contributors, locations, ids]) => {
    const [notesId, ...frameIds] = ids
    return {
      ...event,
      who: { ...event.who, author: { ...event.who?.author, contributors } },
      whereWhen: withIds(locations, frameIds),
      whereWhenNotes: {
        descriptions: [],
        references: [],
        ...event.whereWhenNotes,
        ...(notesId === undefined ? {} : { id: notesId }),
      },
    }
  })
  .map((event) => {
    const { id: notesId, descriptions, references } = event.whereWhenNotes
    if (notesId !== undefined || descriptions.length + references.length > 0) return event
    const { whereWhenNotes: _, ...rest } = event
    return rest
  })
