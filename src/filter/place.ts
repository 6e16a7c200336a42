/** Shows where in a filter's text something is wrong. */
import { type ErrorCode, FountainError } from '../errors.ts'

/** Half-open, in UTF-16 code units of the text. */
export interface Span {
  readonly start: number
  readonly end: number
}

const widestLine = 100

/** Text for people, whatever it was: control and other invisible characters are spaces, and what is long is cut. */
export function printable(text: string, longest: number): string {
  const signs = [...text.slice(0, 2 * longest + 2)].map((sign) => (/[\p{C}\p{Z}]/u.test(sign) ? ' ' : sign))
  return signs.length > longest ? `${signs.slice(0, longest - 1).join('')}…` : signs.join('')
}

/**
 * An error whose detail names line and column (both from 1; a column is a character), says what is wrong, and shows
 * the line with carets below the place.
 */
export function filterError(code: ErrorCode, text: string, span: Span, message: string): FountainError {
  const lineStart = Math.max(text.lastIndexOf('\n', span.start - 1), text.lastIndexOf('\r', span.start - 1)) + 1
  const line = text.slice(0, lineStart).split(/\r\n|\r|\n/).length
  const lineEnd = text.slice(span.start).search(/[\r\n]/)
  const whole = [...text.slice(lineStart, lineEnd < 0 ? text.length : span.start + lineEnd)]
  const column = [...text.slice(lineStart, span.start)].length
  const length = Math.max(1, [...text.slice(span.start, span.end)].length)
  const from = whole.length <= widestLine ? 0 : Math.max(0, Math.min(column - 40, whole.length - widestLine))
  const shown = whole.slice(from, from + widestLine)
  const carets = '^'.repeat(Math.max(1, Math.min(length, shown.length - (column - from))))
  return new FountainError(
    code,
    [
      `line ${line}, column ${column + 1}: ${printable(message, 4_000)}`,
      `  ${printable(shown.join(''), widestLine)}`,
      `  ${' '.repeat(column - from)}${carets}`,
    ].join('\n'),
  )
}
