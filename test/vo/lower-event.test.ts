import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitsVersion } from '../../vo/fits-version.ts'
import { lowerEvent } from '../../vo/lower-event.ts'
import { classes, fieldType } from '../../vo/model/definition.ts'
import type { Value, VOEvent, What } from '../../vo/model/voevent.ts'
import { readVOEvent, voeventText20, writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { voeventText21, writeVOEvent21 } from '../../vo/xml/voevent-2.1.ts'
import { valueText } from '../../vo/xml/write-parts.ts'
import { arbitraryEvent } from './arbitrary-event.ts'
import { arbitraryModelEvent } from './arbitrary-model.ts'
import { fullEvent } from './packet.ts'
import { sameMeaning } from './same-meaning.ts'

const write = { '2.0': writeVOEvent20, '2.1': writeVOEvent21 } as const
const text = { '2.0': voeventText20, '2.1': voeventText21 } as const
const readBack = (event: VOEvent, version: '2.0' | '2.1') =>
  readVOEvent(write[version](event), { mode: 'strict' }).event

interface Leaf {
  readonly path: string
  /** Its path without what says nothing before it. */
  readonly place?: string
  readonly value: unknown
}

/** Every value of an event by its path, but for empty texts where they say nothing. */
function leavesOf(event: VOEvent): Leaf[] {
  const leaves: Leaf[] = []
  const add = (path: string, value: unknown): void => {
    if (Array.isArray(value)) for (const [i, each] of value.entries()) add(`${path}[${i}]`, each)
    else leaves.push({ path, value })
  }
  const visit = (className: string, part: object, path: string): void => {
    for (const [key, field] of Object.entries(classes[className]!.fields)) {
      const value = (part as Record<string, unknown>)[key]
      const at = path === '' ? key : `${path}.${key}`
      if (value === undefined || (value === '' && ['description', 'coordSystem'].includes(key))) continue
      const { base, kind } = fieldType(field)
      if (key === 'descriptions') {
        let said = 0
        for (const [i, each] of (value as string[]).entries()) {
          if (each !== '') leaves.push({ path: `${at}[${i}]`, place: `${at}[${said++}]`, value: each })
        }
      } else if (kind !== 'class') {
        add(at, value)
      } else if (base === 'CoordinateAttributes') {
        // Each is known by the number on which it stands, not by its place.
        for (const [i, each] of (value as { of: string }[]).entries()) {
          for (const [name, said] of Object.entries(each))
            leaves.push({ path: `${at}[${i}].${name}`, value: `${each.of}: ${said}` })
        }
      } else if (Array.isArray(value)) {
        for (const [i, each] of value.entries()) visit(base, each, `${at}[${i}]`)
      } else {
        visit(base, value as object, at)
      }
    }
  }
  visit('VOEvent', event, '')
  return leaves
}

/** Numbers and booleans of Params and cells come back as their text. */
const isValue = (path: string) => /\.params\[\d+\]\.value$|\.rows\[\d+\]\[\d+\]$/.test(path)
const shown = ({ path, value }: Leaf) =>
  isValue(path)
    ? Number.isNaN(value)
      ? 'NaN'
      : (valueText(value as Value) ?? 'absent')
    : Object.is(value, -0)
      ? '-0'
      : String(value)
const keyOf = (leaf: Leaf) => `${(leaf.place ?? leaf.path).replace(/attributes\[\d+\]/, 'attributes')} = ${shown(leaf)}`

function unaccounted(event: VOEvent, version: '2.0' | '2.1'): string[] {
  const { event: lowered, losses } = lowerEvent(event, version)
  const found = new Set(leavesOf(readBack(lowered, version)).map(keyOf))
  const covered = ({ path }: Leaf) =>
    losses.some((loss) => path === loss.path || path.startsWith(`${loss.path}.`) || path.startsWith(`${loss.path}[`))
  return leavesOf(event)
    .filter((leaf) => !found.has(keyOf(leaf)) && !covered(leaf))
    .map(keyOf)
}

/** Values of parts that are said to be elsewhere, and are nowhere. */
function movedAway(event: VOEvent, version: '2.0' | '2.1'): string[] {
  const { event: lowered, losses } = lowerEvent(event, version)
  const all = leavesOf(readBack(lowered, version)).map(textOf).join('\n')
  const covers = (path: string) => (loss: { readonly path: string }) =>
    path === loss.path || path.startsWith(`${loss.path}.`) || path.startsWith(`${loss.path}[`)
  return leavesOf(event)
    .filter(({ path, value }) => {
      const about = losses.filter(covers(path))
      return value !== '' && about.length > 0 && about.every(({ kind }) => kind === 'moved')
    })
    .filter((leaf) => !all.includes(textOf(leaf)) && !all.includes(String(leaf.value)))
    .map(keyOf)
}
const textOf = ({ value }: Leaf) => valueText(value as Value) ?? String(value)

/** An event that 2.0 can say, but for one part of it, of its What or of its first location. */
const oneStrangePart = fc
  .tuple(
    arbitraryEvent,
    arbitraryModelEvent(),
    fc
      .constantFrom('VOEvent', 'What', 'ObsDataLocation')
      .chain((owner) => fc.tuple(fc.constant(owner), fc.constantFrom(...Object.keys(classes[owner]!.fields)))),
  )
  .map(([event, strange, [owner, key]]): VOEvent => {
    if (owner === 'VOEvent') return withPart(event, strange, key)
    if (owner === 'What') return { ...event, what: withPart(event.what ?? noWhat, strange.what ?? noWhat, key) }
    const [location = { coordSystem: '' }, ...rest] = event.whereWhen ?? []
    return { ...event, whereWhen: [withPart(location, strange.whereWhen?.[0] ?? { coordSystem: '' }, key), ...rest] }
  })

const noWhat: What = { params: [], groups: [], tables: [], descriptions: [], references: [] }

function withPart<T extends object>(part: T, strange: T, key: string): T {
  const value = (strange as Record<string, unknown>)[key]
  return value === undefined ? part : { ...part, [key]: value }
}

describe.each(['2.0', '2.1'] as const)('lowering to %s', (version) => {
  const runs = { numRuns: 250 }

  it('accounts for every value that is not found again', () => {
    fc.assert(
      fc.property(arbitraryModelEvent(), (event) => {
        expect(unaccounted(event, version)).toEqual([])
      }),
      runs,
    )
  })

  it('says elsewhere what it says is moved', () => {
    fc.assert(
      fc.property(arbitraryModelEvent({ xml: true }), (event) => {
        expect(movedAway(event, version)).toEqual([])
      }),
      runs,
    )
  })

  it('gives the event that is read once it is written', () => {
    fc.assert(
      fc.property(arbitraryModelEvent(), (event) => {
        const { event: lowered } = lowerEvent(event, version)
        expect(sameMeaning(lowered, readBack(lowered, version))).toEqual([])
        // Once is enough.
        const again = lowerEvent(lowered, version)
        expect(again.losses).toEqual([])
        expect(text[version](again.event)).toBe(text[version](lowered))
      }),
      runs,
    )
  })

  it('is done by the writer where needed, and told to who asks', () => {
    fc.assert(
      fc.property(arbitraryModelEvent(), (event) => {
        const { event: lowered, losses } = lowerEvent(event, version)
        const told: unknown[] = []
        const written = text[version](event, { onLoss: (each) => told.push(each) })
        expect(written).toBe(text[version](lowered))
        expect(told).toEqual(losses.length > 0 ? [losses] : [])
        expect(
          sameMeaning(
            readVOEvent(Buffer.from(text[version](event)), { mode: 'strict' }).event,
            readBack(lowered, version),
          ),
        ).toEqual([])
      }),
      runs,
    )
  })

  it('is not done where the quick look finds nothing, and then nothing was to be done', () => {
    const tally = { fits: 0, lowered: 0 }
    fc.assert(
      fc.property(oneStrangePart, (event) => {
        const { event: lowered, losses } = lowerEvent(event, version)
        tally[fitsVersion(event, version) ? 'fits' : 'lowered']++
        // Only texts and values may be otherwise, which the writer mends itself.
        const written = readVOEvent(Buffer.from(text[version](event)), { mode: 'strict' }).event
        expect(sameMeaning(lowered, written)).toEqual([])
        if (fitsVersion(event, version)) {
          expect(losses.filter(({ kind }) => kind !== 'approximated')).toEqual([])
        }
      }),
      { numRuns: 400 },
    )
    expect(tally.fits).toBeGreaterThan(50)
    expect(tally.lowered).toBeGreaterThan(50)
  })

  it('leaves an event alone that has nothing to lose', () => {
    const { event, losses } = lowerEvent(fullEvent, version)
    expect(event).toEqual(fullEvent)
    expect(losses).toEqual([])
    expect(fitsVersion(fullEvent, version)).toBe(true)
  })
})
