/** An event as the mapping would make it, by hand: bridges are tested apart from any survey. */
import fc from 'fast-check'
import type { Confirmation, Item, Picture } from '../../bridges/contract.ts'
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
    sequence: 1,
    heldBack: 0,
  },
  content: 'full',
  pictures: new Map(),
}

/** The same match for another event: a delivery of its own. */
export function itemNumber(n: number): Item {
  return { ...sampleItem, event: { ...sampleEvent, ivoid: `ivo://example.org/streams/young-and-bright#${n}` } }
}

/** Takes the sample event back. */
export const retractionItem: Item = {
  ...sampleItem,
  event: {
    ivoid: `${sampleEvent.ivoid}.r1`,
    role: 'observation',
    who: { date: '2026-03-02T10:00:00', authorIvoid: 'ivo://example.org/fountain' },
    citations: {
      events: [{ ivoid: sampleEvent.ivoid, cite: 'retraction' }],
      description: 'a satellite crossed the field',
    },
  },
}

/** As little as a document from outside may say. */
export const bareItem: Item = {
  ...sampleItem,
  event: { ivoid: 'ivo://example.org/x#1', role: 'utility' },
  match: { filterName: 'f', subscription: 's', columns: [], sequence: 1, heldBack: 1 },
}

const png = (grey: number): Picture => ({
  mediaType: 'image/png',
  // One pixel; who looks closer needs more, who sends it does not.
  bytes: Buffer.concat([
    Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55', 'hex'),
    Buffer.from([grey]),
  ]),
  widthPx: 1,
  heightPx: 1,
})
export const picturedItem: Item = {
  ...itemNumber(77),
  pictures: new Map([
    ['cutouts', png(1)],
    ['lightcurve', png(2)],
  ]),
}

export const confirmation: Confirmation = {
  subscription: 'young-and-bright-email',
  what: 'Young and bright',
  askedBy: 'a.person',
  confirmUrl: 'https://fountain.example.org/confirm/0123456789abcdef0123456789abcdef',
  key: 'c0ffee00c0ffee00c0ffee00c0ffee00',
  atMs: Date.UTC(2026, 2, 1, 5, 38),
}

/** What people and programs put where nobody expects it. */
export const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc
    .tuple(
      fc.string({ maxLength: 20 }),
      fc.constantFrom('\r\n', '\n', '\r', '\u2028', '\0'),
      fc.string({ maxLength: 20 }),
    )
    .map(([a, b, c]) => `${a}${b}Bcc: spy@example.org${b}${c}`),
  fc.constantFrom(
    '"];process.exit(9)//',
    '<script>alert(1)</script>"\'&',
    '<!channel> <@U012AB3CD> <https://evil.example|click>',
    '*bold* _it_ ~no~ `code` ```',
    '$(reboot) `reboot` ; rm -rf / | cat',
    '\ud800 half a pair',
    '\u202etxt.exe',
    'x'.repeat(5000),
    '新星'.repeat(2000),
  ),
)
export const hostileItem: fc.Arbitrary<Item> = fc
  .record({
    a: hostileText,
    b: hostileText,
    c: hostileText,
    d: hostileText,
    number: fc.double(),
    content: fc.constantFrom('summary' as const, 'lightweight' as const, 'full' as const),
    columns: fc.array(fc.record({ name: hostileText, value: fc.oneof(hostileText, fc.double(), fc.bigInt()) }), {
      maxLength: 60,
    }),
  })
  .map(({ a, b, c, d, number, content, columns }) => ({
    ...sampleItem,
    content,
    event: {
      ...sampleEvent,
      ivoid: `ivo://example.org/x#${a}`,
      who: { date: b },
      whereWhen: [
        {
          coordSystem: 'UTC-ICRS-TOPO',
          time: { isoTime: d },
          position: { c1: number, c2: number / 7, errorRadius: number, unit: 'deg' },
        },
      ],
      what: { ...sampleEvent.what!, params: [param('band', a), param('mag', b), param('snr', number)] },
      citations: { events: [{ ivoid: c, cite: 'followup' as const }], description: d },
    },
    match: {
      filterName: a,
      subscription: b,
      streamTitle: c,
      columns,
      sequence: 1,
      heldBack: 2,
      eventUrl: `https://example.org/events?ID=${d}`,
      unsubscribeUrl: `https://example.org/u/${a}`,
    },
  }))
