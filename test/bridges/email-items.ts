/** What mails are made of, for tests: one item of every kind that a subscriber may get. */
import { readFileSync } from 'node:fs'
import { crc32, deflateSync } from 'node:zlib'
import type { Item, Picture } from '../../bridges/contract.ts'
import { readVOEvent } from '../../vo/xml/voevent-2.0.ts'
import { param, sampleEvent, sampleItem, sampleXml } from './sample-item.ts'

const eventUrl =
  'https://fountain.example.org/events?ID=ivo%3A%2F%2Fexample.org%2Fstreams%2Fyoung-and-bright%23170028503098359910'
const unsubscribeUrl = 'https://fountain.example.org/unsubscribe/0123456789abcdef'
const objectId = '170028503098359808'
const match = { ...sampleItem.match, objectId, eventUrl, unsubscribeUrl }

/** A true PNG: one colour, with a frame. */
export function picture(widthPx: number, heightPx: number, grey = 96): Picture {
  const rows = Buffer.alloc((widthPx + 1) * heightPx, grey)
  for (let y = 0; y < heightPx; y++) {
    rows[y * (widthPx + 1)] = 0
    for (let x = 0; x < widthPx; x++)
      if (x < 2 || y < 2 || x >= widthPx - 2 || y >= heightPx - 2) rows[y * (widthPx + 1) + 1 + x] = 200
  }
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0])
  header.writeUInt32BE(widthPx, 0)
  header.writeUInt32BE(heightPx, 4)
  const bytes = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
  return { mediaType: 'image/png', bytes, widthPx, heightPx }
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

export const pictures: Item['pictures'] = new Map([
  ['cutouts', picture(600, 220)],
  ['lightcurve', picture(600, 300, 160)],
])

export const fullItem: Item = { ...sampleItem, match, pictures }

export const followUpItem: Item = {
  ...sampleItem,
  event: {
    ...sampleEvent,
    ivoid: 'ivo://example.org/streams/young-and-bright#170028503098360001',
    citations: {
      events: [{ ivoid: sampleEvent.ivoid, cite: 'followup' }],
    },
  },
  match,
}

export const retractionItem: Item = {
  ...sampleItem,
  event: {
    ivoid: `${sampleEvent.ivoid}.r1`,
    role: 'observation',
    who: { date: '2026-03-02T10:00:00' },
    citations: {
      events: [{ ivoid: sampleEvent.ivoid, cite: 'retraction' }],
      description: 'The difference image was made with a wrong template.',
    },
  },
  match,
}

export const negativeItem: Item = {
  ...sampleItem,
  event: {
    ...sampleEvent,
    role: 'test',
    what: {
      ...sampleEvent.what!,
      params: [
        param('band', 'i'),
        param('psfFlux', -512.5, 'phot.flux.density', 'nJy'),
        param('scienceMag', 20.9, 'phot.mag', 'mag'),
        param('isNegative', true),
      ],
    },
  },
  match: { ...match, sequence: 1, heldBack: 31 },
}

export const bareItem: Item = {
  ...sampleItem,
  event: { ivoid: 'ivo://example.org/x#1', role: 'utility' },
  match: { filterName: 'f', subscription: 's', columns: [], sequence: 1, heldBack: 1 },
}

/** A real alert of a known object of the solar system, as it was mapped. */
export function movingItem(): Item {
  const bytes = readFileSync(new URL('../golden/lsst-moving-object.xml', import.meta.url))
  const { event } = readVOEvent(bytes, { mode: 'strict' })
  return {
    ...sampleItem,
    event,
    raw: { mediaType: 'application/xml', bytes },
    match: {
      filterName: 'movers',
      subscription: 'movers',
      columns: [],
      sequence: 1,
      heldBack: 0,
      objectId: 'sso:2004 JQ12',
    },
    content: 'lightweight',
  }
}

const nasty = '<script>alert(1)</script>"\'&\r\nBcc: spy@example.org\r\n\r\n=part 00'
export const hostileItem: Item = {
  ...sampleItem,
  event: {
    ...sampleEvent,
    ivoid: `ivo://example.org/x#${nasty}`,
    what: { ...sampleEvent.what!, params: [param('band', nasty)], groups: [{ params: [param('name', nasty)] }] },
  },
  match: {
    filterName: nasty,
    subscription: nasty,
    streamTitle: nasty,
    objectId: nasty,
    columns: [{ name: nasty, value: nasty, unit: nasty }],
    sequence: 1,
    heldBack: 0,
    eventUrl: 'javascript:alert(1)',
    unsubscribeUrl: `https://example.org/u/${nasty}`,
  },
  raw: { mediaType: 'application/xml', bytes: sampleXml },
}

/** Five items of one subscription, the first with pictures; more were held back. */
export function digestItems(): [Item, ...Item[]] {
  const numbered = [1, 2, 3, 4].map(
    (n): Item => ({
      ...sampleItem,
      event: {
        ...sampleEvent,
        ivoid: `ivo://example.org/streams/young-and-bright#${n}`,
        role: n === 4 ? 'test' : 'observation',
        what: {
          ...sampleEvent.what!,
          params: [param('band', 'griz'[n - 1]!), param('mag', 18 + n * 0.531, 'phot.mag', 'mag')],
          groups: [{ name: 'object', params: [param('name', `LSST-AP-DO-17002850309836${n}000`)] }],
        },
        ...(n === 2 ? { citations: { events: [{ ivoid: sampleEvent.ivoid, cite: 'followup' as const }] } } : {}),
      },
      match: { ...match, columns: n === 3 ? [] : match.columns },
    }),
  )
  return [{ ...fullItem, match: { ...match, sequence: 1, heldBack: 38 } }, ...numbered]
}
