/**
 * UCDs: what a quantity is, in words of a controlled vocabulary (IVOA "An IVOA Standard for Unified Content
 * Descriptors" 1.1; "The UCD1+ controlled vocabulary" 1.5 and 1.6).
 *
 * A UCD is words between semicolons, a word is atoms between periods: `stat.error;phot.mag`. Words compare without
 * regard to case; another vocabulary's words carry its name: `lsst:visit.id`.
 */
import type { ValidationCode } from './validation-codes.ts'
import { nearest } from './words/nearest.ts'
import { ucdReplacedWords } from './words/ucd-replaced-words.ts'
import { type UcdCode, ucdWords, ucdWordsAddedBy16 } from './words/ucd-words.ts'

export interface UcdWord {
  /** The vocabulary in lower case; `ivoa` where none is named. */
  readonly namespace: string
  /** As the vocabulary spells it where it knows the word, else as written. */
  readonly word: string
}

export interface UcdProblem {
  readonly code: Extract<ValidationCode, `UCD_${string}`>
  readonly detail: string
}

/** A word of the vocabulary, as it spells it, and where it may stand; undefined for any other. */
export function ucdWord(word: string): { readonly word: string; readonly codes: readonly UcdCode[] } | undefined {
  return vocabulary.get(word.toLowerCase())
}

/** The words of a UCD in order, or undefined when it is malformed; whether they are known is not asked. */
export function parseUcd(text: string): readonly UcdWord[] | undefined {
  const parts = words(text)
  return typeof parts === 'string' ? undefined : parts.map(({ namespace, word }) => ({ namespace, word }))
}

/** What is wrong with a UCD; an empty one says nothing and has no fault. At most one problem a word, and eight in all. */
export function checkUcd(text: string): UcdProblem[] {
  if (text === '') return []
  const parts = words(text)
  if (typeof parts === 'string') return [{ code: 'UCD_SYNTAX', detail: `${quoted(text)} ${parts}.` }]
  const problems: UcdProblem[] = []
  for (const [place, part] of parts.entries()) {
    if (problems.length < mostProblems) problems.push(...checkWord(part, place))
  }
  return problems
}

interface Part extends UcdWord {
  readonly written: string
}

/** What stands between the semicolons, or why it is no UCD. */
function words(text: string): Part[] | string {
  if (text.length > longest) return `is longer than ${longest} characters`
  const odd = /[^A-Za-z0-9_.;:-]/u.exec(text)?.[0]
  if (odd !== undefined) return `has the character ${JSON.stringify(odd)}`
  const found: Part[] = []
  for (const part of text.split(';')) {
    const [, namespace = 'ivoa', written] = wordForm.exec(part) ?? []
    if (written === undefined) return part === '' ? 'has an empty word' : `has the malformed word ${quoted(part)}`
    found.push({ namespace: namespace.toLowerCase(), word: ucdWord(written)?.word ?? written, written })
  }
  return found
}

function checkWord({ namespace, word, written }: Part, place: number): UcdProblem[] {
  if (namespace !== 'ivoa') return []
  const known = ucdWord(word)
  if (!known) {
    const instead = replacements.get(word.toLowerCase())
    if (instead !== undefined) return [{ code: 'UCD_REPLACED', detail: `${quoted(word)}: write ${quoted(instead)}.` }]
    const guess = word.length > longestGuessed ? undefined : nearest(word, spellings)
    return [{ code: 'UCD_WORD', detail: `${quoted(word)}.${guess ? ` Did you mean ${quoted(guess)}?` : ''}` }]
  }
  if (place === 0 && known.codes.every((code) => code === 'S')) {
    return [{ code: 'UCD_ORDER', detail: `${quoted(word)} never stands first.` }]
  }
  if (place > 0 && known.codes.every((code) => code === 'P')) {
    return [{ code: 'UCD_ORDER', detail: `${quoted(word)} stands first only.` }]
  }
  return written === word ? [] : [{ code: 'UCD_CASE', detail: `It is spelled ${quoted(word)}.` }]
}

const longest = 500
const mostProblems = 8
/** The vocabulary's longest word has 33 characters. */
const longestGuessed = 40
const atom = '[A-Za-z0-9][A-Za-z0-9_-]*'
const wordForm = new RegExp(`^(?:(${atom}):)?(${atom}(?:\\.${atom})*)$`)

const vocabulary = new Map<string, { word: string; codes: UcdCode[] }>()
for (const list of [ucdWords, ucdWordsAddedBy16]) {
  for (const [code, text] of Object.entries(list) as [UcdCode, string][]) {
    for (const word of text.trim().split(/\s+/)) {
      const there = vocabulary.get(word.toLowerCase())
      if (there) there.codes.push(code)
      else vocabulary.set(word.toLowerCase(), { word, codes: [code] })
    }
  }
}
const spellings = [...vocabulary.values()].map(({ word }) => word)

const replacements = new Map<string, string>()
for (const pair of ucdReplacedWords.trim().split(/\s+/)) {
  const [old = '', instead = ''] = pair.split('>')
  replacements.set(old.toLowerCase(), instead)
}

function quoted(text: string): string {
  return `"${text.length > 80 ? `${text.slice(0, 80)}…` : text}"`
}
