/**
 * The ParamSets at the head of an event's JSON, known by their text: most of an event that carries its sets is the
 * same from event to event, and comparing it costs a tenth of parsing it.
 */
import { afterString } from './json-text.ts'
import { frozenSet, type ParamSet } from './param-set.ts'

export interface KnownHead {
  readonly sets: readonly ParamSet[]
  /** The text without its member `paramSets`. */
  readonly rest: string
}

interface KnownText {
  readonly text: string
  readonly set: ParamSet
}

/** By the first characters of their text, which hold the id as writers of this project write it. */
const known = new Map<string, KnownText>()
const keyCharacters = 90
const mostKnown = 32
const longestKnown = 1 << 15

/** Up to the first set, if the event begins with them, or with `$schema` before them. */
const listStart =
  /[ \t\r\n]*\{[ \t\r\n]*(?:"\$schema"[ \t\r\n]*:[ \t\r\n]*"[^"\\]*"[ \t\r\n]*,[ \t\r\n]*)?("paramSets")[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*/y
const betweenItems = /[ \t\r\n]*,[ \t\r\n]*/y
const listEnd = /[ \t\r\n]*\][ \t\r\n]*,/y

/** Undefined where a set at the head is new, or the text begins otherwise. */
export function knownHead(text: string): KnownHead | undefined {
  if (known.size === 0) return undefined
  const sets: ParamSet[] = []
  const place = eachSet(text, (at) => {
    const found = known.get(text.slice(at, at + keyCharacters))
    if (found === undefined || !text.startsWith(found.text, at)) return undefined
    sets.push(found.set)
    return at + found.text.length
  })
  return place && { sets, rest: text.slice(0, place.start) + text.slice(place.end) }
}

/** Keeps the sets at the head of a text that was read, strictly and to its end. `sets` are those of the event. */
export function rememberHead(text: string, sets: ReadonlyMap<string, ParamSet>): void {
  const inOrder = [...sets.values()]
  const texts: string[] = []
  const place = eachSet(text, (at) => {
    const end = afterObject(text, at)
    texts.push(text.slice(at, end))
    return texts.length > mostKnown ? undefined : end
  })
  // As many as there are sets: none of them stands there twice.
  if (place === undefined || texts.length !== inOrder.length) return
  for (const [i, each] of texts.entries()) {
    if (each.length > longestKnown) continue
    const key = each.slice(0, keyCharacters)
    if (known.size >= mostKnown && !known.has(key)) known.delete(known.keys().next().value!)
    // Copies: a slice would keep all of the text that it is of.
    known.set(copyOf(key), { text: copyOf(each), set: frozenSet(inOrder[i]!) })
  }
}

/** Calls `next` at each set; it gives where the set ends, or undefined to leave. Gives the place of the whole member. */
function eachSet(text: string, next: (at: number) => number | undefined): { start: number; end: number } | undefined {
  listStart.lastIndex = 0
  const head = listStart.exec(text)
  if (head === null) return undefined
  const start = head[0].lastIndexOf(head[1]!)
  for (let at: number | undefined = head[0].length; ; ) {
    at = next(at)
    if (at === undefined) return undefined
    betweenItems.lastIndex = at
    if (betweenItems.test(text)) {
      at = betweenItems.lastIndex
      continue
    }
    listEnd.lastIndex = at
    return listEnd.test(text) ? { start, end: listEnd.lastIndex } : undefined
  }
}

/** The position after the object or array that begins at `at`, in JSON that is well-formed. */
function afterObject(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; ) {
    const char = text[at]
    if (char === '"') {
      at = afterString(text, at)
      continue
    }
    at++
    if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth === 0) return at
  }
  return text.length
}

const copyOf = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le')
