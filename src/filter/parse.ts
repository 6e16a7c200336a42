/** Text to syntax tree, with everything refused that would cost too much or is not there yet. */
import type { IToken } from 'chevrotain'
import { refusedFunctions } from './functions.ts'
import { FilterGrammar, spanOf } from './grammar.ts'
import { limits } from './limits.ts'
import { filterError } from './place.ts'
import type { QuerySyntax } from './syntax.ts'
import * as t from './tokens.ts'

let parser: FilterGrammar | undefined

/** Parses a filter. Throws FILTER_SYNTAX, FILTER_NOT_SUPPORTED or FILTER_TOO_LARGE; its time is bounded by `limits`. */
export function parseFilter(text: string): { syntax: QuerySyntax; normal: string } {
  const size = Buffer.byteLength(text)
  if (size > limits.bytes) {
    throw filterError(
      'FILTER_TOO_LARGE',
      text,
      { start: 0, end: 0 },
      `${size} bytes; at most ${limits.bytes} are allowed`,
    )
  }
  const { tokens, faults } = t.tokenize(text)
  const fault = faults[0]
  if (fault !== undefined) throw filterError(fault.code, text, fault, fault.message)
  if (tokens.length === 0) throw filterError('FILTER_SYNTAX', text, { start: 0, end: 0 }, 'the filter is empty')
  refuseDepth(text, tokens)
  refuseParts(text, tokens)
  parser ??= new FilterGrammar()
  return { syntax: parser.read(text, tokens), normal: t.normalText(tokens) }
}

/** Brackets and CASE are what the parser recurses on. */
function refuseDepth(text: string, tokens: readonly IToken[]): void {
  let depth = 0
  for (const token of tokens) {
    if (token.tokenType === t.OpenBracket || token.tokenType === t.Case) depth++
    if (token.tokenType === t.CloseBracket || token.tokenType === t.End) depth--
    if (depth > limits.depth) {
      throw filterError('FILTER_TOO_LARGE', text, spanOf(token), `nested deeper than ${limits.depth} levels`)
    }
  }
}

/** What only the order of tokens shows to be a part that is not there yet. */
function refuseParts(text: string, tokens: readonly IToken[]): void {
  let inFrom = false
  tokens.forEach((token, index) => {
    const called = tokens[index + 1]?.tokenType === t.OpenBracket
    const refused = called ? refusedFunctions.get(token.image.toUpperCase()) : undefined
    if (refused !== undefined) {
      throw filterError('FILTER_NOT_SUPPORTED', text, spanOf(token), `${refused} is not supported`)
    }
    if (token.tokenType === t.Select && index > 0) {
      throw filterError('FILTER_NOT_SUPPORTED', text, spanOf(token), 'a subquery is not supported')
    }
    if (token.tokenType === t.From || token.tokenType === t.Where) inFrom = token.tokenType === t.From
    if (inFrom && token.tokenType === t.Comma) {
      throw filterError('FILTER_NOT_SUPPORTED', text, spanOf(token), 'a second table (JOIN of tables) is not supported')
    }
  })
}
