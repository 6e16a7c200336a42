import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { capEvent } from '../../vo/cap-event.ts'
import type { Loss } from '../../vo/loss.ts'
import type { Group, Param, Table, VOEvent, What } from '../../vo/model/voevent.ts'
import { sizeBound } from '../../vo/size-bound.ts'
import { openValidator, type Validator } from '../../vo/validate.ts'
import { VOEventError } from '../../vo/voevent-error.ts'
import { writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { arbitraryEvent } from './arbitrary-event.ts'
import { arbitraryModelEvent } from './arbitrary-model.ts'

const param = (name: string, value: Param['value']): Param => ({ definition: { name, dataType: 'string' }, value })
const params = (count: number, text: string, prefix = 'p'): Param[] =>
  Array.from({ length: count }, (_, index) => param(`${prefix}${index}`, text))
const table = (name: string, rows: number, text: string): Table => ({
  name,
  fields: [{ name: 'text', dataType: 'string' }],
  rows: Array.from({ length: rows }, () => [text]),
})
const emptyWhat: What = { params: [], groups: [], tables: [], descriptions: [], references: [] }
const small: VOEvent = {
  ivoid: 'ivo://example.org/stream#1',
  role: 'test',
  who: { authorIvoid: 'ivo://example.org', date: '2026-03-06T02:18:00' },
  what: { ...emptyWhat, params: params(3, 'x') },
  whereWhen: [
    {
      coordSystem: 'UTC-ICRS-TOPO',
      time: { isoTime: '2026-03-06T02:17:20' },
      position: { unit: 'deg', name1: 'RA', name2: 'Dec', c1: 1, c2: 2, errorRadius: 0.1 },
    },
  ],
  citations: { events: [{ ivoid: 'ivo://example.org/stream#0', cite: 'followup' }] },
}
const bulky = (what: Partial<What>): VOEvent => ({ ...small, what: { ...small.what!, ...what } })
const sizeOf = (event: VOEvent): number => writeVOEvent20(event).length
const pathsOf = (losses: readonly Loss[]): string[] => losses.map(({ path }) => path)

let validator: Validator
beforeAll(async () => {
  validator = await openValidator()
})

describe('capEvent', () => {
  it('gives a small event back as it is', () => {
    const capped = capEvent(small, { largestBytes: 99_999 })
    expect(capped.event).toBe(small)
    expect(capped.losses).toEqual([])
  })

  it('writes what the bound cannot tell to be small, and keeps what fits exactly', () => {
    const event = bulky({ params: params(300, 'x'.repeat(200)) })
    const bytes = sizeOf(event)
    expect(sizeBound(event)).toBeGreaterThan(bytes)
    expect(capEvent(event, { largestBytes: bytes }).event).toBe(event)
    expect(capEvent(event, { largestBytes: bytes - 1 }).losses).not.toEqual([])
  })

  it('takes the largest Table first, and no more than needed', () => {
    const tables = [table('a', 10, 'x'), table('b', 900, 'y'.repeat(50)), table('c', 500, 'y'.repeat(50))]
    const { event, losses } = capEvent(bulky({ tables }), { largestBytes: 60_000 })
    expect(losses).toEqual([
      { path: 'what.tables[1]', kind: 'dropped', says: 'Table b (900 rows): left out for its size' },
    ])
    expect(event.what!.tables.map(({ name }) => name)).toEqual(['a', 'c'])
    expect(event.what!.descriptions).toEqual([
      'Left out or shortened, to keep the packet below 60001 bytes: Table b (900 rows).',
    ])
  })

  it('links what can be had elsewhere', () => {
    const tables = [table('a', 900, 'y'.repeat(50)), table('b', 900, 'y'.repeat(50))]
    const asked: string[] = []
    const { event, losses } = capEvent(bulky({ tables, params: params(400, 'z'.repeat(100)) }), {
      largestBytes: 10_000,
      bulkUri: (what) => {
        asked.push(what)
        return `https://example.org/bulk?part=${what}`
      },
      bulkMediaType: 'application/json',
    })
    expect(asked).toEqual(['what.tables[0]', 'what.tables[1]', 'what.params'])
    expect(event.what!.references).toEqual(
      asked.map((what) => ({ uri: `https://example.org/bulk?part=${what}`, mimetype: 'application/json' })),
    )
    expect(new Set(losses.map(({ kind }) => kind))).toEqual(new Set(['moved']))
    expect(event.what!.descriptions.at(-1)).toMatch(/Table a .*, Table b .*, \d+ Params\. References lead/)
  })

  it('says one link once, however much is behind it', () => {
    const groups: Group[] = Array.from({ length: 40 }, (_, g) => ({
      name: `g${g}`,
      params: params(20, 'x'.repeat(99)),
    }))
    const { event } = capEvent(bulky({ groups }), { largestBytes: 20_000, bulkUri: () => 'https://example.org/all' })
    expect(event.what!.references).toEqual([{ uri: 'https://example.org/all' }])
  })

  it('takes the last Params of the largest Group, and long values before all others', () => {
    const groups = [
      { name: 'few', params: params(5, 'x', 'f') },
      { name: 'many', params: [param('long', 'x'.repeat(9000)), ...params(200, 'x'.repeat(100), 'm')] },
    ]
    const { event, losses } = capEvent(bulky({ groups }), { largestBytes: 20_000 })
    const [few, many] = event.what!.groups
    expect(few!.params).toHaveLength(5)
    const kept = many!.params.length
    expect(many!.params.map(({ definition }) => definition.name)).toEqual(
      Array.from({ length: kept }, (_, index) => `m${index}`),
    )
    expect(kept).toBeGreaterThan(50)
    expect(pathsOf(losses).slice(0, 2)).toEqual(['what.groups[1].params[0]', 'what.groups[1].params[200]'])
  })

  it('shortens texts and never splits a character', () => {
    const text = `${'x'.repeat(399)}😀${'y'.repeat(50_000)}`
    const event = { ...small, description: text, how: { descriptions: ['short', text], references: [] } }
    const { event: capped, losses } = capEvent(event, { largestBytes: 10_000 })
    expect(capped.description).toBe(`${'x'.repeat(399)} …`)
    expect(capped.how!.descriptions).toEqual(['short', `${'x'.repeat(399)} …`])
    expect(losses.map(({ path, kind }) => `${path} ${kind}`)).toEqual([
      'description approximated',
      'how.descriptions[1] approximated',
    ])
  })

  it('takes the content out of attachments and leaves what it was', () => {
    const attachments = [
      { name: 'cutout', mediaType: 'image/fits', data: new Uint8Array(90_000), checksum: 'sha-256:00' },
      { name: 'there', mediaType: 'image/png', data: new Uint8Array(80_000), uri: 'https://example.org/there' },
    ]
    const write = (event: VOEvent): Uint8Array =>
      new TextEncoder().encode(
        JSON.stringify(event, (_, value: unknown) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
        ),
      )
    const options = { largestBytes: 5000, write }
    const bare = capEvent({ ...small, attachments }, options)
    expect(bare.event.attachments).toEqual([
      { name: 'cutout', mediaType: 'image/fits', checksum: 'sha-256:00', sizeBytes: 90_000 },
      { name: 'there', mediaType: 'image/png', uri: 'https://example.org/there', sizeBytes: 80_000 },
    ])
    expect(pathsOf(bare.losses)).toEqual(['attachments[0].data', 'attachments[1].data'])
    const linked = capEvent({ ...small, attachments }, { ...options, bulkUri: (what) => `https://example.org/${what}` })
    expect(linked.event.attachments!.map(({ uri }) => uri)).toEqual([
      'https://example.org/attachments[0]',
      'https://example.org/there',
    ])
  })

  it('leaves content alone where the form does not write it', () => {
    const attachments = [{ name: 'cutout', mediaType: 'image/fits', data: new Uint8Array(90_000) }]
    const event = { ...bulky({ tables: [table('a', 900, 'y'.repeat(50))] }), attachments }
    expect(pathsOf(capEvent(event, { largestBytes: 10_000 }).losses)).toEqual(['what.tables[0]'])
    expect(capEvent({ ...small, attachments }, { largestBytes: 10_000 }).losses).toEqual([])
  })

  it('refuses an event whose identity is too large', () => {
    const events = Array.from({ length: 3000 }, (_, index) => ({ ivoid: `ivo://example.org/stream#${index}` }))
    const event = { ...bulky({ tables: [table('a', 9, 'x')] }), citations: { events } }
    expect(() => capEvent(event, { largestBytes: 50_000 })).toThrow(
      expect.objectContaining({ code: 'WRITE_TOO_LARGE' }),
    )
  })
})

/** Every leaf with its path. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [[path, value]]
  return Object.entries(value).flatMap(([key, item]) =>
    leaves(item, Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`),
  )
}
/** Is the path, or one above it, among these? */
const isIn = (paths: ReadonlySet<string>, path: string): boolean =>
  paths.has(path) || [...path.matchAll(/[.[]/g)].some(({ index }) => paths.has(path.slice(0, index)))
/** Leaves as they are counted: lists close up when items leave. */
const counted = ([path, value]: [string, unknown]) => `${path.replace(/\[\d+\]/g, '[]')} ${String(value)}`

/** Leaves of the event that are neither in the other one nor covered by an entry of the account. */
function untold(event: VOEvent, capped: VOEvent, losses: readonly Loss[]): string[] {
  const left = new Map<string, number>()
  for (const leaf of leaves(capped).map(counted)) left.set(leaf, (left.get(leaf) ?? 0) + 1)
  const lost = new Set(pathsOf(losses))
  return leaves(event).flatMap((leaf) => {
    if (isIn(lost, leaf[0])) return []
    const count = left.get(counted(leaf)) ?? 0
    left.set(counted(leaf), count - 1)
    return count > 0 ? [] : [leaf[0]]
  })
}

/** Events with much of everything. */
const inflated = fc
  .record({
    event: arbitraryEvent,
    repeat: fc.integer({ min: 1, max: 25 }),
    text: fc.constantFrom('<&>"', 'é', '漢字', 'plain text ', '😀'),
    long: fc.integer({ min: 0, max: 1200 }),
    where: fc.subarray(['params', 'groups', 'tables', 'how', 'inferences', 'description', 'references'], {
      minLength: 1,
    }),
  })
  .map(({ event, repeat, text, long, where }): VOEvent => {
    const many = text.repeat(long)
    const what = event.what ?? emptyWhat
    const times = <T>(make: (index: number) => T): T[] => Array.from({ length: repeat }, (_, index) => make(index))
    const has = (part: string) => where.includes(part)
    return {
      ...event,
      what: {
        ...what,
        ...(has('params') && { params: [...what.params, ...params(repeat, many, 'more')] }),
        ...(has('groups') && {
          groups: [
            ...what.groups,
            ...times((g) => ({ name: `more${g}`, params: params(repeat, text), descriptions: [many] })),
          ],
        }),
        ...(has('tables') && {
          tables: [...what.tables, ...times((t) => table(`more${t}`, repeat, many.slice(0, 50)))],
        }),
        ...(has('references') && {
          references: times((index) => ({ uri: `https://example.org/${index}`, type: text })),
        }),
      },
      ...(has('how') && { how: { descriptions: times(() => many), references: [] } }),
      ...(has('description') && { description: many }),
      ...(has('inferences') && {
        why: {
          names: [],
          concepts: [],
          descriptions: [],
          references: [],
          inferences: times(() => ({ names: [text], concepts: [many], descriptions: [many], references: [] })),
        },
      }),
    }
  })

describe('any large event', () => {
  it('becomes as small as asked, valid, the same in its core, with all that is missing told', () => {
    let cut = 0
    fc.assert(
      fc.property(inflated, fc.integer({ min: 8000, max: 40_000 }), (event, largestBytes) => {
        const { event: capped, losses } = capEvent(event, { largestBytes })
        const bytes = writeVOEvent20(capped)
        expect(bytes.length).toBeLessThanOrEqual(largestBytes)
        expect(validator.validate(bytes).issues.filter(({ severity }) => severity === 'error')).toEqual([])
        for (const key of ['ivoid', 'role', 'who', 'citations'] as const) expect(capped[key]).toEqual(event[key])
        expect(capped.whereWhen?.[0]?.time).toEqual(event.whereWhen?.[0]?.time)
        expect(capped.whereWhen?.[0]?.position).toEqual(event.whereWhen?.[0]?.position)
        expect(untold(event, capped, losses)).toEqual([])
        expect(capEvent(event, { largestBytes })).toEqual({ event: capped, losses })
        if (losses.length > 0) cut++
      }),
      { numRuns: 40 },
    )
    expect(cut).toBeGreaterThan(10)
  })

  it('is written with no more bytes than its bound', () => {
    fc.assert(
      fc.property(inflated, (event) => {
        expect(writeVOEvent20(event).length).toBeLessThanOrEqual(sizeBound(event))
      }),
      { numRuns: 100 },
    )
    fc.assert(
      fc.property(arbitraryEvent, (event) => {
        expect(writeVOEvent20(event).length).toBeLessThanOrEqual(sizeBound(event))
      }),
      { numRuns: 300 },
    )
  })
})

describe('any event of the draft', () => {
  it('becomes as small as asked, and valid, or is refused', () => {
    let [cut, refused] = [0, 0]
    fc.assert(
      fc.property(arbitraryModelEvent(), fc.integer({ min: 3000, max: 8000 }), (event, largestBytes) => {
        try {
          const { event: capped, losses } = capEvent(event, { largestBytes })
          const bytes = writeVOEvent20(capped)
          expect(bytes.length).toBeLessThanOrEqual(largestBytes)
          expect(untold(event, capped, losses)).toEqual([])
          if (losses.length > 0) cut++
          if (validator.validate(writeVOEvent20(event)).valid) expect(validator.validate(bytes).valid).toBe(true)
        } catch (error) {
          if (!(error instanceof VOEventError)) throw error
          expect(error.code).toBe('WRITE_TOO_LARGE')
          refused++
        }
      }),
      { numRuns: 150 },
    )
    expect(cut).toBeGreaterThan(20)
    expect(refused).toBeLessThan(100)
  })
})
