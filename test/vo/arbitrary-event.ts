/**
 * Events of any shape that VOEvent 2.0 can say, for properties: what is written must be accepted by the schema and
 * read back the same.
 */
import fc from 'fast-check'
import type * as Model from '../../vo/model/voevent.ts'

/** Optional properties are left out, not undefined. */
const optional = <T extends object, K extends keyof T>(shape: { [P in keyof T]: fc.Arbitrary<T[P]> }, required: K[]) =>
  fc.record(shape, { requiredKeys: required }) as unknown as fc.Arbitrary<T>

/** Text with all that needs care: markup, white space, other scripts, characters outside of the first plane. */
const character = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...'abz019 ._-+') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('<', '>', '&', '"', "'", ']]>', '\n', '\t', '\r', '&amp;', '<!--', '\u0085'),
  },
  { weight: 1, arbitrary: fc.constantFrom('é', 'Ω', '漢', '😀', '\u2028', '\ufffd', '\u00a0') },
)
const textOf = (minLength: number) => fc.array(character, { minLength, maxLength: 12 }).map((each) => each.join(''))
const anyText = textOf(0)
const text = textOf(1)
/** A value whose type collapses white space. */
const token = fc.array(fc.constantFrom(...'abcXYZ019-._'), { minLength: 1, maxLength: 12 }).map((each) => each.join(''))
const uri = token.map((each) => `https://example.org/${each}?a=1&b=2`)
const ivoid = token.map((each) => `ivo://example.org/stream#${each}`)
const date = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((each) => each.toISOString().slice(0, 19))
const number = fc.double({ noNaN: true })
const finite = fc.double({ noNaN: true, noDefaultInfinity: true })

const reference = optional<Model.Reference, 'uri'>({ uri, type: anyText, mimetype: anyText, meaning: uri }, ['uri'])
const descriptions = fc.array(text, { maxLength: 2 })
const references = fc.array(reference, { maxLength: 2 })
const someDescriptions = fc.array(text, { minLength: 1, maxLength: 2 })
const someReferences = fc.array(reference, { minLength: 1, maxLength: 2 })

const definition = optional<Model.ParamDefinition, 'name' | 'dataType'>(
  {
    name: text,
    dataType: fc.constantFrom('string', 'float', 'int'),
    unit: anyText,
    ucd: anyText,
    utype: anyText,
    description: text,
  },
  ['name', 'dataType'],
)
const param = optional<Model.Param, 'definition' | 'value'>(
  { definition, value: fc.oneof(anyText, fc.constant(null)), references: someReferences },
  ['definition', 'value'],
)
const params = fc.array(param, { maxLength: 3 })
const group = optional<Model.Group, 'params'>(
  { name: anyText, type: anyText, params, descriptions: someDescriptions, references: someReferences },
  ['params'],
)
const table: fc.Arbitrary<Model.Table> = fc.array(definition, { minLength: 1, maxLength: 3 }).chain((fields) =>
  optional<Model.Table, 'fields' | 'rows'>(
    {
      name: anyText,
      type: anyText,
      descriptions: someDescriptions,
      references: someReferences,
      params: fc.array(param, { minLength: 1, maxLength: 2 }),
      fields: fc.constant(fields),
      rows: fc.array(
        fc.tuple(
          ...fields.map(({ dataType }) => (dataType === 'string' ? anyText : fc.oneof(text, fc.constant(null)))),
        ),
        { maxLength: 3 },
      ),
    },
    ['fields', 'rows'],
  ),
)

const coordSystem = fc.constantFrom('UTC-ICRS-TOPO', 'UTC-FK5-GEO', 'TDB-ICRS-BARY', 'UTC-GEOD-TOPO')
const time = optional<Model.Time, never>(
  { isoTime: date, timeOffset: fc.constantFrom('0', '-1.50'), timeScale: token, unit: anyText, error: finite },
  [],
)
const position = optional<Model.Position2D, 'c1' | 'c2'>(
  { unit: anyText, name1: anyText, name2: anyText, c1: finite, c2: finite, errorRadius: number },
  ['c1', 'c2'],
)
const position3D = optional<Model.Position3D, 'c1' | 'c2' | 'c3'>(
  { unit: anyText, name1: anyText, name2: anyText, name3: anyText, c1: number, c2: number, c3: number },
  ['c1', 'c2', 'c3'],
)
const observatory = optional<Model.ObservatoryLocation, 'id'>(
  { id: anyText, coordSystem, position3D, position, time },
  ['id'],
)
const location = optional<Model.ObsDataLocation, 'coordSystem'>(
  { observatory, coordSystem, time, position, position3D },
  ['coordSystem'],
)

const reasons = {
  names: fc.array(anyText, { maxLength: 2 }),
  concepts: fc.array(anyText, { maxLength: 2 }),
  descriptions,
  references,
}
const reasonKeys = ['names', 'concepts', 'descriptions', 'references'] as const
const inference = optional<Model.Inference, (typeof reasonKeys)[number]>(
  { ...reasons, probability: fc.double({ min: 0, max: 1, noNaN: true }), relation: anyText },
  [...reasonKeys],
)
const why = optional<Model.Why, (typeof reasonKeys)[number] | 'inferences'>(
  { ...reasons, inferences: fc.array(inference, { maxLength: 2 }), importance: finite, expires: date },
  [...reasonKeys, 'inferences'],
)

const author = optional<Model.Author, 'shortName'>(
  {
    title: anyText,
    shortName: anyText,
    logoUrl: uri,
    contactName: anyText,
    contactEmail: anyText,
    contactPhone: anyText,
    contributors: fc.array(fc.record({ name: anyText }), { minLength: 1, maxLength: 2 }),
  },
  ['shortName'],
)
const notes = fc.record({ descriptions: someDescriptions, references })

const bare = optional<Model.VOEvent, 'ivoid' | 'role'>(
  {
    ivoid,
    role: fc.constantFrom('observation', 'prediction', 'utility', 'test'),
    who: optional<Model.Who, never>({ authorIvoid: ivoid, date, author, description: text, reference }, []),
    what: fc.record({
      params,
      groups: fc.array(group, { maxLength: 2 }),
      tables: fc.array(table, { maxLength: 2 }),
      descriptions,
      references,
    }),
    whereWhen: fc.array(location, { maxLength: 2 }),
    whereWhenNotes: notes,
    how: notes,
    why,
    citations: optional<Model.Citations, 'events'>(
      {
        events: fc.array(
          optional<Model.EventIvoid, 'ivoid'>(
            { ivoid, cite: fc.constantFrom('followup', 'supersedes', 'retraction') },
            ['ivoid'],
          ),
          { minLength: 1, maxLength: 3 },
        ),
        description: text,
      },
      ['events'],
    ),
    description: text,
    reference,
  },
  ['ivoid', 'role'],
)

/** Notes of WhereWhen stand only beside its locations. */
export const arbitraryEvent: fc.Arbitrary<Model.VOEvent> = bare.map(({ whereWhenNotes, ...event }) =>
  event.whereWhen && whereWhenNotes ? { ...event, whereWhenNotes } : event,
)
