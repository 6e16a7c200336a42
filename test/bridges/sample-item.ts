/** An event as the mapping would make it, by hand: bridges are tested apart from any survey. */
import type { Item } from '../../bridges/contract.ts'
import type { Param, VOEvent } from '../../vo/model/voevent.ts'

export const param = (name: string, value: Param['value'], ucd?: string, unit?: string): Param => ({
  definition: {
    name,
    dataType: typeof value === 'string' ? 'string' : 'float',
    ...(ucd === undefined ? {} : { ucd }),
    ...(unit === undefined ? {} : { unit }),
  },
  value,
})

export const sampleEvent: VOEvent = {
  ivoid: 'ivo://example.org/streams/young-and-bright#170028503098359910',
  role: 'observation',
  who: { date: '2026-03-01T05:37:41', authorIvoid: 'ivo://example.org/fountain' },
  whereWhen: [
    {
      coordSystem: 'UTC-ICRS-TOPO',
      time: { isoTime: '2026-03-01T05:36:57.601234', unit: 's' },
      position: { unit: 'deg', name1: 'RA', name2: 'Dec', c1: 155.125167, c2: 20.511125, errorRadius: 0.00002 },
    },
  ],
  what: {
    params: [
      param('band', 'r', 'instr.bandpass'),
      param('mag', 21.304, 'phot.mag', 'mag'),
      param('magErr', 0.052, 'stat.error;phot.mag', 'mag'),
      param('snr', 20.71, 'stat.snr'),
      param('reliability', 0.983),
      param('psfFlux', 10943.2, 'phot.flux.density', 'nJy'),
      param('scienceMag', 20.911, 'phot.mag', 'mag'),
    ],
    groups: [
      {
        name: 'object',
        params: [
          param('name', 'LSST-AP-DO-170028503098359808', 'meta.id;meta.main'),
          param('nDiaSources', 4n, 'meta.number'),
        ],
      },
    ],
    tables: [],
    descriptions: [],
    references: [],
  },
}

export const sampleXml = Buffer.from(
  `<?xml version="1.0" encoding="UTF-8"?>\n<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" version="2.0" role="observation" ivorn="${sampleEvent.ivoid}"/>\n`,
)

export const sampleItem: Item = {
  event: sampleEvent,
  raw: { mediaType: 'application/xml', bytes: sampleXml },
  match: {
    filterName: 'young-and-bright',
    subscription: 'young-and-bright-email',
    streamTitle: 'Young and bright',
    columns: [
      { name: 'rise_mag', value: 0.4213379, unit: 'mag' },
      { name: 'glat', value: 55.10021, unit: 'deg' },
      { name: 'host', value: null },
    ],
    heldBack: 0,
  },
  content: 'full',
  pictures: new Map(),
}

/** The same match for another event: a delivery of its own. */
export function itemNumber(n: number): Item {
  return { ...sampleItem, event: { ...sampleEvent, ivoid: `ivo://example.org/streams/young-and-bright#${n}` } }
}
