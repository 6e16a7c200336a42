/**
 * What services turn into links, mentions and tags by themselves, and how text from outside is kept from it. A service
 * takes `AT2026abc.It` for a host name, and X charges for it; so a space follows each full stop that a letter follows,
 * and each `@`, `#` and `$` that a name follows. Sources: the rules of twitter-text 3.1 (X, Mastodon) and of the rich
 * text of Bluesky; the tests ask both.
 */

/** `literal`: of the operator's template, which alone makes hashtags. `link`: a URL that is meant. */
export interface Piece {
  readonly kind: 'literal' | 'value' | 'link'
  readonly text: string
}

/** An ivoid is no link anywhere, as long as nothing but letters, digits and `_ . / -` stand before its `#`. */
const ivoid = /(?<![\p{L}\p{M}\p{N}_./-])ivo:\/\/[A-Za-z0-9_./-]+(?:(?<=[A-Za-z0-9])#[A-Za-z0-9_-]+)?(?=[\s),;…]|$)/u
const joint = /[.。．｡](?=[\p{L}\p{M}])|[#＃@＠](?=\S)|[$＄](?=\p{L})|(?:https?|xmpp|magnet):(?=\S)/u
const joiners = new RegExp(`${ivoid.source}|${joint.source}`, 'giu')

/** The pieces as one text, in which nothing but the `link` pieces is a URL, and nothing a mention. */
export function joined(pieces: readonly Piece[]): string {
  const runs: { link: boolean; text: string; hashes: Set<number> }[] = []
  for (const { kind, text } of pieces) {
    if (text === '') continue
    const last = runs.at(-1)
    if (kind === 'link' || last === undefined || last.link) {
      runs.push({ link: kind === 'link', text: '', hashes: new Set() })
    }
    const run = runs.at(-1)!
    if (kind === 'literal') {
      for (const { index } of text.matchAll(/#/g)) run.hashes.add(run.text.length + index)
    }
    run.text += text
  }
  return runs
    .map(({ link, text, hashes }) =>
      link
        ? ` ${text} `
        : text.replace(joiners, (found, at: number) => (hashes.has(at) || /^ivo:/i.test(found) ? found : `${found} `)),
    )
    .join('')
    .normalize('NFC')
    .replace(/ +/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .trim()
}

/**
 * Text from outside on one line without what is not seen: control, direction and other format characters (but for
 * those that emoji and Indic letters are joined by), code points that are no characters, and heaps of accents.
 */
export function visible(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/(?![\u200c\u200d])\p{Cf}|\p{Noncharacter_Code_Point}/gu, '')
    .replace(/(\p{M}{3})\p{M}+/gu, '$1')
    .replace(/\s+/gu, ' ')
    .trim()
    .normalize('NFC')
}

/** A URL that every service takes whole: beyond the host nothing but letters, digits and `- _ . ~ : / ? # & = % +`. */
export function wholeUrl(href: string): string {
  const { origin, pathname, search, hash } = new URL(href)
  const rest = `${pathname}${search}${hash}`.replace(/[^\w\-.~:/?#&=%+]/g, (sign) => percent(sign))
  // What a sentence may end with is no part of a link there.
  return `${origin}${rest.replace(/[.~:?%+]$/, (sign) => (sign === '?' ? '' : percent(sign)))}`
}

function percent(sign: string): string {
  return [...Buffer.from(sign)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

export interface Span {
  /** UTF-16 code units, end exclusive. */
  readonly start: number
  readonly end: number
  readonly text: string
}

/** URLs with their scheme: what `joined` left of them was meant. Sentence marks behind one are no part of it. */
export function linksIn(text: string): readonly Span[] {
  return spans(text, /(?<![A-Za-z0-9])https?:\/\/[^\s"<>]*[^\s"<>.,;:!?'’”)\]…]/giu)
}

/** Host names without a scheme that a service would make a link of: two letters or more after a full stop. */
export function bareHostsIn(text: string): readonly Span[] {
  const host =
    /(?=[\p{L}\p{N}_-])(?<![\p{L}\p{N}_./-]\p{M}*)[\p{L}\p{N}_-][\p{L}\p{M}\p{N}_-]*(?:[.。．｡][\p{L}\p{M}\p{N}_-]+)*?[.。．｡][\p{L}\p{M}]{2,}/gu
  return outside(linksIn(text), spans(text, host))
}

/** `#name`, not in a link. */
export function hashtagsIn(text: string): readonly Span[] {
  const tag = /(?<![\p{L}\p{N}_&/])[#＃](?=[\p{M}\p{N}_]*\p{L})[\p{L}\p{M}\p{N}_]+/gu
  return outside(linksIn(text), spans(text, tag))
}

/** `@name`, `@name@host`. */
export function mentionsIn(text: string): readonly Span[] {
  return outside(linksIn(text), spans(text, /(?<![\p{L}\p{N}_/])[@＠][\p{L}\p{N}_][\p{L}\p{N}_.@-]*/gu))
}

function outside(links: readonly Span[], found: readonly Span[]): Span[] {
  return found.filter(({ start }) => links.every((link) => start < link.start || start >= link.end))
}

function spans(text: string, pattern: RegExp): Span[] {
  return [...text.matchAll(pattern)].map(({ 0: found, index }) => ({
    start: index,
    end: index + found.length,
    text: found,
  }))
}
