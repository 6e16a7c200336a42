/**
 * The record of a post (`app.bsky.feed.post`): its key, its length, and the places in its text that are links. Sources:
 * https://atproto.com/specs/tid, https://docs.bsky.app/docs/advanced-guides/post-richtext.
 */
import { createHash } from 'node:crypto'
import { hashtagsIn, linksIn } from '../post-links.ts'

export const mostGraphemes = 300
export const mostBytes = 3000
/** Of a hashtag, without its sign. */
const mostTagGraphemes = 64
const mostTagBytes = 640

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

export function graphemesOf(text: string): number {
  return [...segmenter.segment(text)].length
}

export function bytesOf(text: string): number {
  return Buffer.byteLength(text)
}

export function fitsPost(text: string): boolean {
  return bytesOf(text) <= mostBytes && graphemesOf(text) <= mostGraphemes
}

export interface Facet {
  /** UTF-8 bytes, end exclusive. */
  readonly index: { readonly byteStart: number; readonly byteEnd: number }
  readonly features: readonly Feature[]
}
type Feature =
  | { readonly $type: 'app.bsky.richtext.facet#link'; readonly uri: string }
  | { readonly $type: 'app.bsky.richtext.facet#tag'; readonly tag: string }

/** URLs and hashtags: what a template or a person wrote, since text from outside holds none. Nobody is ever mentioned. */
export function facetsOf(text: string): readonly Facet[] {
  const at = (index: number) => bytesOf(text.slice(0, index))
  const links = linksIn(text)
    .filter(({ text: uri }) => URL.canParse(uri))
    .map(({ start, end, text: uri }) => ({
      start,
      end,
      feature: { $type: 'app.bsky.richtext.facet#link', uri } as const,
    }))
  const tags = hashtagsIn(text).flatMap(({ start, end, text: hashtag }) => {
    const tag = hashtag.slice(1)
    if (graphemesOf(tag) > mostTagGraphemes || bytesOf(tag) > mostTagBytes) return []
    return [{ start, end, feature: { $type: 'app.bsky.richtext.facet#tag', tag } as const }]
  })
  return [...links, ...tags]
    .sort((a, b) => a.start - b.start)
    .map(({ start, end, feature }) => ({ index: { byteStart: at(start), byteEnd: at(end) }, features: [feature] }))
}

const sortable = '234567abcdefghijklmnopqrstuvwxyz'

/**
 * A record key that depends on the message alone, so that a repeat cannot make a second post: a TID whose seconds are
 * those of `atMs` (where that is between 1970 and 2255) and whose other 30 bits are of the key's hash.
 */
export function recordKey(messageKey: string, atMs: number): string {
  const hash = createHash('sha256').update(messageKey).digest()
  const seconds = Number.isFinite(atMs) && atMs >= 0 && atMs < 9e12 ? Math.floor(atMs / 1000) : 0
  const microseconds = BigInt(seconds) * 1_000_000n + BigInt(hash.readUInt32BE(0) % 1_000_000)
  let bits = (microseconds << 10n) | BigInt(hash.readUInt16BE(4) & 1023)
  let key = ''
  for (let digit = 0; digit < 13; digit++) {
    key = sortable[Number(bits & 31n)] + key
    bits >>= 5n
  }
  return key
}
