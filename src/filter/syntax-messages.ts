/** What the parser says when the text does not fit the grammar. */
import { EOF, type IParserErrorMessageProvider, type IToken, type TokenType } from 'chevrotain'
import { nearest } from '../../vo/words/nearest.ts'
import { printable } from './place.ts'
import * as t from './tokens.ts'

export const syntaxMessages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual }) => `expected ${label(expected)}, found ${found(actual)}`,
  buildNotAllInputParsedMessage: ({ firstRedundant }) => `the filter should end before ${found(firstRedundant)}`,
  buildNoViableAltMessage: ({ actual, customUserDescription }) =>
    `expected ${customUserDescription ?? 'a value'}, found ${found(actual[0])}`,
  buildEarlyExitMessage: ({ actual, customUserDescription }) =>
    `expected ${customUserDescription ?? 'a value'}, found ${found(actual[0])}`,
}

function label(type: TokenType): string {
  return type === EOF ? 'the end' : (type.LABEL ?? type.name)
}

const longestShown = 40

function found(token: IToken | undefined): string {
  if (token === undefined || token.tokenType === EOF) return 'the end of the filter'
  const image = printable(token.image, longestShown)
  return t.keywords.includes(token.tokenType) ? image.toUpperCase() : `'${image}'`
}

/** A guess at what was meant, to be added to the message; empty when there is none. */
export function syntaxErrorHint(at: IToken | undefined, before: IToken | undefined, error: string): string {
  if (at?.tokenType === t.Comparison && error !== 'NoViableAltException') {
    return ': comparisons do not chain, write a < b AND b < c'
  }
  for (const token of [at, before]) {
    if (token?.tokenType !== t.Identifier || token.image.length < 3 || token.image.length > longestShown) continue
    const words = t.keywords.map((keyword) => keyword.name)
    const word = words.find((one) => letters(one) === letters(token.image)) ?? nearest(token.image, words)
    if (word !== undefined) return `: did you mean ${word} for '${token.image}'?`
  }
  return ''
}

/** Equal for FROM and its commonest slip, FORM. */
function letters(word: string): string {
  return [...word.toUpperCase()].sort().join('')
}
