/**
 * The words of the language, for chevrotain's lexer. Reserved words are those of ADQL 2.1 §2.1.2 that matter here;
 * what the language does not have yet is a token too, so that it can be refused by name.
 */
import { createToken, type IToken, Lexer, type TokenType } from 'chevrotain'

export const Identifier = createToken({ name: 'Identifier', label: 'a name', pattern: /[A-Za-z_][A-Za-z0-9_]*/ })

function keyword(word: string): TokenType {
  return createToken({ name: word, label: word, pattern: new RegExp(`${word}(?![A-Za-z0-9_])`, 'i') })
}
export const Select = keyword('SELECT')
export const From = keyword('FROM')
export const Where = keyword('WHERE')
export const As = keyword('AS')
export const And = keyword('AND')
export const Or = keyword('OR')
export const Not = keyword('NOT')
export const Between = keyword('BETWEEN')
export const In = keyword('IN')
export const Like = keyword('LIKE')
export const Ilike = keyword('ILIKE')
export const Is = keyword('IS')
export const Null = keyword('NULL')
export const True = keyword('TRUE')
export const False = keyword('FALSE')
export const Case = keyword('CASE')
export const When = keyword('WHEN')
export const Then = keyword('THEN')
export const Else = keyword('ELSE')
export const End = keyword('END')
export const keywords: readonly TokenType[] = [
  [Select, From, Where, As, And, Or, Not, Between, In, Like, Ilike, Is, Null, True, False],
  [Case, When, Then, Else, End],
].flat()

/** Words of ADQL that are refused wherever they stand, and what they belong to. */
const refusedWords: Readonly<Record<string, string>> = {
  TOP: 'TOP',
  DISTINCT: 'DISTINCT',
  ALL: 'ALL',
  ANY: 'ANY',
  SOME: 'SOME',
  ORDER: 'ORDER BY',
  GROUP: 'GROUP BY',
  HAVING: 'HAVING',
  LIMIT: 'LIMIT',
  OFFSET: 'OFFSET',
  UNION: 'UNION',
  EXCEPT: 'EXCEPT',
  INTERSECT: 'INTERSECT',
  EXISTS: 'EXISTS with a subquery',
  WITH: 'WITH',
  JOIN: 'JOIN of tables',
  NATURAL: 'JOIN of tables',
  INNER: 'JOIN of tables',
  OUTER: 'JOIN of tables',
  CROSS: 'JOIN of tables',
  ESCAPE: 'ESCAPE of LIKE',
  CAST: 'CAST',
}
const refusedTokens = new Map(Object.entries(refusedWords).map(([word, part]) => [keyword(word), part]))

export const Integer = createToken({ name: 'Integer', label: 'a number', pattern: /\d+/ })
export const Decimal = createToken({
  name: 'Decimal',
  label: 'a number',
  pattern: /\d+(?:\.\d*)?[eE][+-]?\d+|\d+\.\d*|\.\d+(?:[eE][+-]?\d+)?/,
})

type Scan = (text: string, offset: number) => string | null
/** A token found by a scan that never goes over the same text twice, whatever the text is. */
function scanned(name: string, label: string, first: string, scan: Scan, more: { group?: string } = {}): TokenType {
  return createToken({
    name,
    label,
    pattern: (text: string, offset: number) => {
      const image = scan(text, offset)
      return image === null ? null : ([image] as unknown as RegExpExecArray)
    },
    start_chars_hint: [first],
    line_breaks: true,
    ...more,
  })
}
/** From a quote to the same quote; a doubled one stands for itself. */
const quoted =
  (quote: string): Scan =>
  (text, offset) => {
    if (text[offset] !== quote) return null
    for (let at = offset + 1; ; ) {
      const close = text.indexOf(quote, at)
      if (close < 0) return null
      if (text[close + 1] !== quote) return text.slice(offset, close + 1)
      at = close + 2
    }
  }
const rest =
  (first: string): Scan =>
  (text, offset) =>
    text.startsWith(first, offset) ? text.slice(offset) : null

export const Text = scanned('Text', 'a text', "'", quoted("'"))
const UnclosedText = scanned('UnclosedText', 'a text', "'", rest("'"))
export const QuotedIdentifier = scanned('QuotedIdentifier', 'a name', '"', quoted('"'))
const UnclosedIdentifier = scanned('UnclosedIdentifier', 'a name', '"', rest('"'))
const BlockComment = scanned(
  'BlockComment',
  'a comment',
  '/',
  (text, offset) => {
    if (!text.startsWith('/*', offset)) return null
    const close = text.indexOf('*/', offset + 2)
    return close < 0 ? null : text.slice(offset, close + 2)
  },
  { group: Lexer.SKIPPED },
)
const UnclosedComment = scanned('UnclosedComment', 'a comment', '/', rest('/*'))
const LineComment = createToken({ name: 'LineComment', pattern: /--[^\n\r]*/, group: Lexer.SKIPPED })
const WhiteSpace = createToken({ name: 'WhiteSpace', pattern: /\s+/, line_breaks: true, group: Lexer.SKIPPED })

const sign = (name: string, image: string) => createToken({ name, label: `'${image}'`, pattern: image })
export const OpenBracket = sign('OpenBracket', '(')
export const CloseBracket = sign('CloseBracket', ')')
export const Comma = sign('Comma', ',')
export const Dot = sign('Dot', '.')
export const Semicolon = sign('Semicolon', ';')
export const PlusMinus = createToken({ name: 'PlusMinus', label: "'+' or '-'", pattern: /[+-]/ })
export const Star = sign('Star', '*')
export const Slash = sign('Slash', '/')
export const Comparison = createToken({ name: 'Comparison', label: 'a comparison', pattern: /<=|>=|<>|!=|<|>|=/ })

/** Other languages' spellings, with ours. */
const foreign: ReadonlyMap<TokenType, string> = new Map(
  [
    ['DoubleEquals', /==/, "'=='; write '='"],
    ['DoubleAmpersand', /&&?/, "'&'; write AND"],
    ['DoubleBar', /\|\|/, "'||'; joining texts is not part of this language, and OR is written OR"],
    ['Bar', /\|/, "'|'; write OR"],
    ['Exclamation', /!(?!=)/, "'!'; write NOT or <>"],
    ['Percent', /%/, "'%'; write MOD(a, b)"],
    ['Caret', /\^|\*\*/, 'a power sign; write POWER(a, b)'],
    ['LessOrEqual', /≤/, "'≤'; write <="],
    ['GreaterOrEqual', /≥/, "'≥'; write >="],
    ['NotEqual', /≠/, "'≠'; write <>"],
    ['LongMinus', /[−–—]/, "a typographic minus; write '-'"],
    ['CurlyQuote', /[‘’‚“”„`´]/, "a typographic quote; text stands between two plain ' signs"],
  ].map(([name, pattern, advice]) => [
    createToken({ name: name as string, pattern: pattern as RegExp }),
    advice as string,
  ]),
)

export const allTokens: TokenType[] = [
  [WhiteSpace, LineComment, BlockComment, UnclosedComment],
  keywords,
  [...refusedTokens.keys()],
  [Identifier, Decimal, Integer, Text, UnclosedText, QuotedIdentifier, UnclosedIdentifier],
  [...foreign.keys()],
  [Comparison, OpenBracket, CloseBracket, Comma, Dot, Semicolon, PlusMinus, Star, Slash],
].flat()

const lexer = new Lexer(allTokens, { positionTracking: 'onlyOffset', ensureOptimizations: true })

/** A place in the text where the lexer or a look at the tokens found something that cannot be. */
export interface TokenFault {
  readonly code: 'FILTER_SYNTAX' | 'FILTER_NOT_SUPPORTED'
  readonly message: string
  readonly start: number
  readonly end: number
}

export function tokenEnd(token: IToken): number {
  return token.startOffset + token.image.length
}

/** Splits a text; time grows with its length only. */
export function tokenize(text: string): { tokens: IToken[]; faults: TokenFault[] } {
  const result = lexer.tokenize(text)
  const faults = result.errors.map((error): TokenFault => {
    const sign = String.fromCodePoint(text.codePointAt(error.offset)!)
    const message = `${JSON.stringify(sign)} has no meaning here`
    return { code: 'FILTER_SYNTAX', message, start: error.offset, end: error.offset + sign.length }
  })
  for (const token of result.tokens) {
    const fault = tokenFault(token)
    if (fault !== undefined) faults.push({ ...fault, start: token.startOffset, end: tokenEnd(token) })
  }
  return { tokens: result.tokens, faults: faults.sort((a, b) => a.start - b.start) }
}

function tokenFault({ tokenType }: IToken): Pick<TokenFault, 'code' | 'message'> | undefined {
  const part = refusedTokens.get(tokenType)
  if (part !== undefined) return { code: 'FILTER_NOT_SUPPORTED', message: `${part} is not supported` }
  const advice = foreign.get(tokenType)
  if (advice !== undefined) return { code: 'FILTER_SYNTAX', message: `found ${advice}` }
  if (tokenType === UnclosedText)
    return { code: 'FILTER_SYNTAX', message: "the text that starts here has no closing '" }
  if (tokenType === UnclosedIdentifier)
    return { code: 'FILTER_SYNTAX', message: 'the name that starts here has no closing "' }
  if (tokenType === UnclosedComment)
    return { code: 'FILTER_SYNTAX', message: 'the comment that starts here has no closing */' }
  return undefined
}

/**
 * The text without what carries no meaning: comments, white space, the case of keywords and of plain names. Two
 * texts with the same normal form are the same filter.
 */
export function normalText(tokens: readonly IToken[]): string {
  const words = tokens.map((token) => {
    if (token.tokenType === Identifier) return token.image.toLowerCase()
    return keywords.includes(token.tokenType) ? token.image.toUpperCase() : token.image
  })
  while (words.at(-1) === ';') words.pop()
  return words.join(' ')
}
