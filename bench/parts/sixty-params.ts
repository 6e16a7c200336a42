/** 500 events of 60 Params: a stream's definitions are the same objects from event to event, and its values are not. */
import type { Param, ParamDefinition, VOEvent } from '../../vo/model/voevent.ts'
import { namespace20 } from '../../vo/xml/voevent-2.0.ts'

/** A number of 0..1 that is the same in every run. */
let state = 1
const random = () => (state = Math.imul(state, 48_271) >>> 0) / 2 ** 32

/** Of ten Params six are floats of single precision, one is a float of double precision, two are whole, one is text. */
const definitions = Array.from({ length: 60 }, (_, i): ParamDefinition => {
  const description = `Quantity ${i} of the source: what it is, where it comes from, and how it was measured`
  const ends = i % 10
  if (ends === 9) return { name: `flag${i}`, dataType: 'string', ucd: 'meta.code', description }
  if (ends >= 7) return { name: `count${i}`, dataType: 'int', ucd: 'meta.number', description }
  return { name: `psfFlux${i}`, dataType: 'float', unit: 'nJy', ucd: 'phot.flux.density;em.opt', description }
})

function paramOf(definition: ParamDefinition, i: number): Param {
  const ends = i % 10
  if (ends === 9) return { definition, value: random() < 0.5 ? 'LSST-AP-DS' : 'r' }
  if (ends === 8) return { definition, value: BigInt(Math.floor(random() * 2 ** 53)) * 997n }
  if (ends === 7) return { definition, value: Math.floor(random() * 1000) }
  if (ends === 6) return { definition, value: 60_000 + random() * 1000 }
  return { definition, value: Number((random() * 10 ** Math.floor(random() * 8 - 2)).toPrecision(7)) }
}

export const events = Array.from(
  { length: 500 },
  (_, i): VOEvent => ({
    ivoid: `ivo://org.example.fountain/lsst#${3_068_429_600_980_000_000n + BigInt(i)}`,
    role: 'observation',
    who: {
      authorIvoid: 'ivo://org.example.fountain',
      date: '2026-03-06T02:18:00.123',
      author: { title: 'Fountain at Example', contactEmail: 'alerts@example.org' },
    },
    what: { params: definitions.map(paramOf), groups: [], tables: [], descriptions: [], references: [] },
    whereWhen: [
      {
        observatory: { id: 'Rubin' },
        coordSystem: 'UTC-ICRS-TOPO',
        time: { unit: 's', isoTime: '2026-03-06T02:17:21.5', error: 0.1 },
        position: { unit: 'deg', name1: 'RA', name2: 'Dec', c1: random() * 360, c2: -random() * 90, errorRadius: 1e-5 },
      },
    ],
    why: { importance: 0.5, names: ['AT 2026abc'], concepts: [], inferences: [], descriptions: [], references: [] },
  }),
)

/** The event as the plain objects that XMLBuilder takes. */
export function builderTree(event: VOEvent): object {
  const { who, what, whereWhen, why } = event
  const { observatory, coordSystem, time, position } = whereWhen![0]!
  const param = ({ definition: { name, ucd, unit, dataType, description }, value }: Param) => {
    const attributes = { '@name': name, '@ucd': ucd, '@dataType': dataType, '@value': String(value) }
    return { ...attributes, ...(unit === undefined ? {} : { '@unit': unit }), Description: description }
  }
  const frame = { AstroCoordSystem: { '@id': coordSystem } }
  const place = {
    '@unit': position!.unit,
    Name1: position!.name1,
    Name2: position!.name2,
    Value2: { C1: position!.c1, C2: position!.c2 },
    Error2Radius: position!.errorRadius,
  }
  const when = { '@unit': time!.unit, TimeInstant: { ISOTime: time!.isoTime }, Error: time!.error }
  const coords = { '@coord_system_id': coordSystem, Time: when, Position2D: place }
  return {
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    'voe:VOEvent': {
      '@xmlns:voe': namespace20,
      '@version': '2.0',
      '@role': event.role,
      '@ivorn': event.ivoid,
      Who: {
        AuthorIVORN: who!.authorIvoid,
        Date: who!.date,
        Author: { title: who!.author!.title, contactEmail: who!.author!.contactEmail },
      },
      What: { Param: what!.params.map(param) },
      WhereWhen: {
        ObsDataLocation: {
          ObservatoryLocation: { '@id': observatory!.id },
          ObservationLocation: { ...frame, AstroCoords: coords },
        },
      },
      Why: { '@importance': why!.importance, Name: why!.names[0] },
    },
  }
}
