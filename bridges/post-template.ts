/**
 * Templates of posts: `{name}` is a value, `[…]` a phrase that is left out where one of its values is missing, or where
 * the post would be too long; `{{`, `}}`, `[[` and `]]` are the signs themselves.
 */
import { z } from 'zod'
import { joined, linksIn, mentionsIn, type Piece } from './post-links.ts'

/** What a template may say, and what each stands for. */
const placeholders = {
  object: 'the name of the object',
  band: 'the band, r',
  mag: 'the magnitude with its error, 21.30 ± 0.05',
  brightness:
    'r = 21.30 ± 0.05 mag; or that there is no significant flux, or that it is fainter than the reference image',
  ra: 'right ascension, 10:20:30.04',
  dec: 'declination, +20:30:40.1',
  raDeg: 'right ascension in degrees',
  decDeg: 'declination in degrees',
  time: 'the time of the observation, 2026-03-01 05:36:57 UTC',
  snr: 'signal to noise',
  reliability: 'how sure the survey is that it is real, 0 to 1',
  detections: 'how often the survey saw it, 23',
  seen: 'the same in words, 23 detections',
  number: 'the place of this message in its thread, 1 for the first',
  survey: 'LSST, ZTF',
  stream: 'the name of the stream',
  title: 'the title of the stream, or the name of the filter',
  tns: 'its name in the TNS where the event knows it, AT 2026abc',
  known: 'of a known object of the solar system, that it is one',
  reason: 'why something is withdrawn',
  ivoid: 'the identifier of the event',
  url: 'where the event can be fetched',
} as const
export type Placeholder = keyof typeof placeholders

/** Values by placeholder, and `column.NAME` of the filter's SELECT; what is missing is not known. */
export type Values = ReadonlyMap<string, string>

export interface Template {
  readonly lines: readonly (readonly Phrase[])[]
}
interface Phrase {
  readonly optional: boolean
  readonly parts: readonly ({ readonly literal: string } | { readonly name: string })[]
}

/** Throws Error with a sentence for the operator. */
export function readTemplate(text: string): Template {
  if (mentionsIn(text).length > 0) {
    throw new Error(`'${mentionsIn(text)[0]?.text}' mentions somebody: automated posts mention nobody`)
  }
  return { lines: text.replace(/\r\n?/g, '\n').split('\n').map(phrasesOf) }
}

function phrasesOf(line: string): Phrase[] {
  const phrases: { optional: boolean; parts: ({ literal: string } | { name: string })[] }[] = [
    { optional: false, parts: [] },
  ]
  for (const [token] of line.matchAll(/\{\{|\}\}|\[\[|\]\]|\{[^{}]*\}|[[\]{}]|[^[\]{}]+/g)) {
    const last = phrases.at(-1)!
    if (token === '[' || token === ']') {
      if (last.optional === (token === '[')) {
        throw new Error(
          token === '['
            ? 'a phrase in [ ] holds another: end the first with ] before the next, or write [[ for the sign'
            : 'a ] ends what no [ began: write ]] for the sign',
        )
      }
      phrases.push({ optional: token === '[', parts: [] })
    } else if (token === '{' || token === '}') {
      throw new Error(`a ${token} stands alone: write ${token}${token} for the sign`)
    } else if (/^\{[^{]/.test(token)) {
      last.parts.push({ name: knownName(token.slice(1, -1)) })
    } else {
      last.parts.push({ literal: token.replace(/^(\{\{|\}\}|\[\[|\]\])$/, (signs) => signs.charAt(0)) })
    }
  }
  if (phrases.at(-1)!.optional) throw new Error('a [ is not closed: its ] must stand in the same line')
  return phrases.filter(({ parts }) => parts.length > 0)
}

function knownName(name: string): string {
  if (Object.hasOwn(placeholders, name) || /^column\.\S+$/.test(name)) return name
  const close = Object.keys(placeholders)
    .map((known) => ({ known, away: distance(name.toLowerCase(), known.toLowerCase()) }))
    .sort((a, b) => a.away - b.away)[0]
  const guess = close !== undefined && close.away <= 3 ? `: did you mean {${close.known}}?` : ''
  throw new Error(`{${name}} is no value${guess || ` (values: ${Object.keys(placeholders).join(', ')}, column.NAME)`}`)
}

function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      row.push(Math.min(before[j]! + 1, row[j - 1]! + 1, before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    before = row
  }
  return before[b.length]!
}

/**
 * The text that fits: as it is, else without its optional phrases (the last goes first), else cut with `…`, but never
 * within a link.
 */
export function fill(template: Template, values: Values, fits: (text: string) => boolean, before = ''): string {
  const optional = template.lines.flat().filter(({ optional, parts }) => optional && parts.every(knows(values)))
  for (let kept = optional.length; kept >= 0; kept--) {
    const text = written(template, values, new Set(optional.slice(0, kept)), before)
    if (fits(text)) return text
  }
  return cut(written(template, values, new Set(), before), fits)
}

const knows = (values: Values) => (part: Phrase['parts'][number]) => 'literal' in part || values.has(part.name)

function written(template: Template, values: Values, kept: ReadonlySet<Phrase>, before: string): string {
  const lines = template.lines.map((phrases) => {
    const shown = phrases.filter((phrase) => !phrase.optional || kept.has(phrase))
    // A line of nothing but what is missing is none; what parted its phrases parts nothing any more.
    if (phrases.length > 0 && shown.length === 0) return undefined
    const gone = shown[0] !== phrases[0]
    const text = joined(shown.flatMap(({ parts }) => parts.flatMap((part) => pieces(part, values))))
    return gone ? text.replace(/^[,;:.\s]+/, '') : text
  })
  const text = lines.filter((line) => line !== undefined).join('\n')
  return `${before}${text}`.replace(/\n{3,}/g, '\n\n').trim()
}

/** A URL within an operator's own words is a link, too. */
function pieces(part: Phrase['parts'][number], values: Values): Piece[] {
  if ('name' in part) {
    return [{ kind: part.name === 'url' ? 'link' : 'value', text: values.get(part.name) ?? 'unknown' }]
  }
  const found: Piece[] = []
  let at = 0
  for (const { start, end, text } of linksIn(part.literal)) {
    found.push({ kind: 'literal', text: part.literal.slice(at, start) }, { kind: 'link', text })
    at = end
  }
  return [...found, { kind: 'literal', text: part.literal.slice(at) }]
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** As many graphemes from the start as fit with an ellipsis. */
export function cut(text: string, fits: (text: string) => boolean): string {
  if (fits(text)) return text
  const links = linksIn(text)
  const ends = [...graphemes.segment(text)].map(({ index }) => index)
  const upTo = (at: number): string => {
    const link = links.find(({ start, end }) => at > start && at < end)
    return `${text.slice(0, link?.start ?? at).trimEnd()}…`
  }
  let low = 0
  let high = ends.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(upTo(ends[middle]!))) low = middle
    else high = middle - 1
  }
  return upTo(ends[low] ?? 0)
}

const template = z
  .string()
  .min(1)
  .max(2000)
  .superRefine((text, context) => {
    try {
      readTemplate(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message })
    }
  })
const texts = z.union([
  template,
  z.strictObject({
    event: template.optional().describe('of an event'),
    followup: template.optional().describe('of further news of an object that was posted before'),
    retraction: template.optional().describe('of a retraction'),
  }),
])

/** The key `templates` of the bridges that post. */
export const templatesConfig = z
  .record(z.string().regex(/^[A-Za-z0-9._-]+$/, 'must be `default` or the name of a stream'), texts)
  .default({})
  .describe(
    'what posts say, by stream or `default`: a text, or texts for `event`, `followup` and `retraction`; `{object}` is a value and `[…]` a phrase that may be left out',
  )
export type TemplatesConfig = z.output<typeof templatesConfig>
