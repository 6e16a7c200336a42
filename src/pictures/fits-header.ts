/** The header of one FITS header-data unit (FITS 4.0 §3, §4): cards of 80 characters in blocks of 2,880 bytes. */
import { FountainError } from '../errors.ts'

export const blockBytes = 2880
const cardBytes = 80
/** Headers of cutouts have one or two blocks; one that goes on for ever is none. */
const mostBlocks = 100

export type CardValue = string | number | boolean

export interface FitsHeader {
  readonly cards: ReadonlyMap<string, CardValue>
  /** Where the data begin. */
  readonly dataAt: number
}

/** Reads the header that begins at `at`. The first value of a keyword counts. Throws FITS_INVALID, FITS_TRUNCATED. */
export function readHeader(file: Uint8Array, at: number): FitsHeader {
  const cards = new Map<string, CardValue>()
  const most = at + mostBlocks * blockBytes
  for (let place = at; place < most; place += cardBytes) {
    if (place + cardBytes > file.length) throw new FountainError('FITS_TRUNCATED', `no END in the header at byte ${at}`)
    const card = Buffer.from(file.buffer, file.byteOffset + place, cardBytes).toString('latin1')
    const keyword = card.slice(0, 8).trimEnd()
    if (keyword === 'END') {
      const dataAt = at + Math.ceil((place + cardBytes - at) / blockBytes) * blockBytes
      return { cards, dataAt }
    }
    if (card.slice(8, 10) !== '= ' || cards.has(keyword)) continue
    const value = cardValue(card.slice(10))
    if (value !== undefined) cards.set(keyword, value)
  }
  throw new FountainError('FITS_INVALID', `a header of more than ${mostBlocks} blocks at byte ${at}`)
}

/** Strings, logicals and numbers (§4.2); undefined for what is none of them, and for complex numbers. */
function cardValue(field: string): CardValue | undefined {
  const text = /^ *'((?:[^']|'')*)'/.exec(field)
  if (text !== null) return text[1]!.replaceAll("''", "'").trimEnd()
  const word = (field.split('/', 1)[0] ?? '').trim()
  if (word === 'T' || word === 'F') return word === 'T'
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[EeDd][+-]?\d+)?$/.test(word)) return undefined
  const number = Number(word.replace(/[Dd]/, 'e'))
  return Number.isFinite(number) ? number : undefined
}

/** A whole number between the two, or `otherwise` where the card is missing. Throws FITS_INVALID. */
export function wholeNumber(
  cards: FitsHeader['cards'],
  keyword: string,
  least: number,
  most: number,
  otherwise?: number,
): number {
  const value = cards.get(keyword) ?? otherwise
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw new FountainError('FITS_INVALID', `${keyword} = ${value === undefined ? 'nothing' : JSON.stringify(value)}`)
}
