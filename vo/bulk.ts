/** The parts of an event that may leave it to make it smaller, in the order in which they go. */
import type { Group, Param, Reference, VOEvent } from './model/voevent.ts'
import { boundOf } from './size-bound.ts'

export interface Piece {
  /** The path in the model, key by key. */
  readonly keys: readonly (string | number)[]
  /** The same as text: `what.groups[1].params[3]`. */
  readonly path: string
  /** `content`: embedded bytes leave their attachment. `cut`: a text is shortened. `gone`: all of it. */
  readonly kind: 'content' | 'cut' | 'gone'
  /** What stands there afterwards; undefined for nothing. */
  readonly instead: unknown
  /** In words, for the account. */
  readonly says: string
  /** What it is called in the Description that tells of it; without a name it is counted. */
  readonly name?: string
  /** As what it is counted: `Params`. */
  readonly counted: string
  /** The path under which a link to it is asked for: its own, or that of its list. */
  readonly linkedAs: string
}

/** Texts are cut here. */
const keptCharacters = 400
/** A value of more bytes than this goes before others. */
const longValueBytes = 4000

/** Everything but what identifies the event: ivoid, role, who, citations, and the first time and position. */
export function bulkOf(event: VOEvent): Piece[] {
  const { what } = event
  const groups = what?.groups ?? []
  const params = (what?.params ?? []).map((param, index) => paramPiece(param, ['what', 'params', index]))
  const inGroups = groups.map((group, g) =>
    group.params.map((param, index) => paramPiece(param, ['what', 'groups', g, 'params', index])),
  )
  const isLong = ({ bytes }: Sized): boolean => bytes > longValueBytes
  const isShort = (sized: Sized): boolean => !isLong(sized)
  const longestFirst = groups.map((group, g) => ({ g, bytes: boundOf(group) })).sort(bySize)
  return [
    ...embedded(event),
    ...tables(event),
    ...longTexts(event),
    ...[...params, ...inGroups.flat()].filter(isLong).sort(bySize).map(pieceOf),
    ...longestFirst.flatMap(({ g }) => inGroups[g]!.filter(isShort).reverse().map(pieceOf)),
    ...params.filter(isShort).reverse().map(pieceOf),
    ...lastFirst(groups, ['what', 'groups'], 'Groups', groupWords),
    ...others(event),
  ]
}

interface Sized {
  readonly bytes: number
}
interface SizedPiece extends Sized {
  readonly piece: Piece
}

/** The largest first; sorting is stable, so that equal ones stay in their order. */
const bySize = (a: Sized, b: Sized): number => b.bytes - a.bytes
const pieceOf = ({ piece }: SizedPiece): Piece => piece

type Keys = readonly (string | number)[]

const pathOf = (keys: Keys): string =>
  keys.reduce<string>((path, key) => (typeof key === 'number' ? `${path}[${key}]` : path ? `${path}.${key}` : key), '')

function gone(keys: Keys, says: string, counted: string, linkedAs: Keys = keys.slice(0, -1)): Piece {
  return { keys, path: pathOf(keys), kind: 'gone', instead: undefined, says, counted, linkedAs: pathOf(linkedAs) }
}

function paramPiece(param: Param, keys: Keys): SizedPiece {
  const { name } = param.definition
  return { bytes: boundOf(param), piece: gone(keys, name === '' ? 'a Param' : `Param ${name}`, 'Params') }
}

const groupWords = ({ name }: Group): string => (name === undefined ? 'a Group' : `Group ${name}`)

/** The items of a list from its end. */
function lastFirst<T>(
  list: readonly T[] | undefined,
  keys: Keys,
  counted: string,
  words: (item: T) => string,
): Piece[] {
  return (list ?? []).map((item, index) => gone([...keys, index], words(item), counted)).reverse()
}

/** An attachment keeps its name, type and digest when its content leaves. */
function embedded({ attachments = [] }: VOEvent): Piece[] {
  return attachments
    .flatMap((attachment, index): SizedPiece[] => {
      const { data } = attachment
      if (data === undefined) return []
      const keys = ['attachments', index, 'data']
      const words = `content of ${attachment.name} (${attachment.mediaType}, ${data.length} bytes)`
      const piece = { ...gone(keys, words, '', keys.slice(0, -1)), kind: 'content', name: words } as const
      return [{ bytes: data.length, piece }]
    })
    .sort(bySize)
    .map(pieceOf)
}

function tables({ what }: VOEvent): Piece[] {
  const sized = [
    ...(what?.tables ?? []).map((table, index) => ({
      bytes: boundOf(table),
      keys: ['what', 'tables', index],
      words: `Table ${table.name ?? index + 1} (${table.rows.length} rows)`,
    })),
    ...(what?.timeSeries ?? []).map((series, index) => ({
      bytes: boundOf(series),
      keys: ['what', 'timeSeries', index],
      words: `light curve ${series.name ?? index + 1} (${series.points.length} points)`,
    })),
  ].sort(bySize)
  return sized.map(({ keys, words }) => ({ ...gone(keys, words, '', keys), name: words }))
}

/** Descriptions that are longer than what is kept of them, the longest first, wherever they stand but in the core. */
function longTexts(event: VOEvent): Piece[] {
  const found: SizedPiece[] = []
  const look = (value: unknown, keys: Keys): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
    for (const [key, item] of Object.entries(value)) {
      const place = [...keys, Array.isArray(value) ? Number(key) : key]
      const isText = key === 'description' || (keys.at(-1) === 'descriptions' && Array.isArray(value))
      if (typeof item !== 'string') look(item, place)
      else if (isText && item.length > keptCharacters) found.push(textPiece(item, place))
    }
  }
  const { who: _, citations: __, whereWhen, ...open } = event
  look(open, [])
  for (const [index, location] of (whereWhen ?? []).entries()) if (index > 0) look(location, ['whereWhen', index])
  return found.sort(bySize).map(pieceOf)
}

function textPiece(text: string, keys: Keys): SizedPiece {
  const says = `a text of ${text.length} characters, of which the first ${keptCharacters} stand there`
  // Not within a pair of surrogates.
  const end = /[\ud800-\udbff]/.test(text[keptCharacters - 1]!) ? keptCharacters - 1 : keptCharacters
  const cut = { kind: 'cut', instead: `${text.slice(0, end)} …` } as const
  return { bytes: boundOf(text), piece: { ...gone(keys, says, 'long texts'), ...cut } }
}

/** What is left when nothing was measured any more: links, hypotheses, further places, notes. */
function others(event: VOEvent): Piece[] {
  const { what, why, how, whereWhen, whereWhenNotes, attachments, provenance, reference } = event
  const link = ({ uri }: Reference): string => `a link to ${uri.slice(0, 200)}`
  const text = (): string => 'a text'
  const rest: Piece[] = [
    ...lastFirst(attachments, ['attachments'], 'files', ({ name }) => `attachment ${name}`),
    ...lastFirst(why?.classifications, ['why', 'classifications'], 'classifications', (one) => one.classifier),
    ...lastFirst(why?.inferences, ['why', 'inferences'], 'hypotheses', () => 'a hypothesis'),
    ...lastFirst(what?.references, ['what', 'references'], 'links', link),
    ...lastFirst(how?.references, ['how', 'references'], 'links', link),
    ...lastFirst(why?.references, ['why', 'references'], 'links', link),
    ...lastFirst(whereWhen?.slice(1), ['whereWhen'], 'further locations', () => 'a further location').map((piece) =>
      afterFirst(piece),
    ),
    ...lastFirst(what?.descriptions, ['what', 'descriptions'], 'texts', text),
    ...lastFirst(how?.descriptions, ['how', 'descriptions'], 'texts', text),
    ...lastFirst(why?.descriptions, ['why', 'descriptions'], 'texts', text),
  ]
  const whole = (key: string, value: unknown): Piece[] =>
    value === undefined ? [] : [gone([key], key, 'parts', [key])]
  const first = whereWhen?.[0]
  const ofFirst = (['region', 'movingObject', 'observatory'] as const).flatMap((key) =>
    first?.[key] === undefined ? [] : [gone(['whereWhen', 0, key], key, 'parts', ['whereWhen', 0, key])],
  )
  return [
    ...rest,
    ...ofFirst,
    ...whole('whereWhenNotes', whereWhenNotes),
    ...whole('provenance', provenance),
    ...whole('how', how),
    ...whole('why', why),
    ...whole('reference', reference),
    ...whole('description', event.description),
  ]
}

/** The list was shown without its first item. */
function afterFirst(piece: Piece): Piece {
  const keys = piece.keys.map((key) => (typeof key === 'number' ? key + 1 : key))
  return { ...piece, keys, path: pathOf(keys) }
}
