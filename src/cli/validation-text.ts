/** What `fountain validate` says to people: one heading a document, one line an issue, and a sum at the end. */
import { styleText } from 'node:util'
import type { Issue, Validation } from '../../vo/validate.ts'

type Style = Parameters<typeof styleText>[0]

/** Paints where a terminal shows colours; elsewhere it gives the text back. */
export type Paint = (style: Style, text: string) => string

export const paint: Paint = (style, text) => styleText(style, text, { validateStream: false })
export const plain: Paint = (_, text) => text

/**
 * The heading `FILE: valid VOEvent 2.0`, then `FILE:LINE: severity CODE PATH: message` for each issue, errors first,
 * which editors and compilers' readers take for places. What to do follows the first issue of each code.
 */
export function validationText(file: string, { version, valid, issues }: Validation, style: Paint): string {
  const name = printable(file)
  const count = (severity: Issue['severity']) => issues.filter((issue) => issue.severity === severity).length
  const verdict = valid ? style('green', `valid VOEvent ${version}`) : style('red', `NOT valid as VOEvent ${version}`)
  const counts = [plural(count('error'), 'error'), plural(count('warning'), 'warning')].filter(Boolean).join(', ')
  const lines = [`${style('bold', name)}: ${verdict}${counts && `, ${counts}`}`]
  const told = new Set<string>()
  for (const { code, severity, path, line, message, fix } of issues) {
    const place = line > 0 ? `${name}:${line}` : name
    const kind = style(severity === 'error' ? 'red' : 'yellow', severity)
    lines.push(`${place}: ${kind} ${code}${path && ` ${printable(path)}`}: ${printable(message)}`)
    if (!told.has(code)) lines.push(style('dim', `    ${fix}`))
    told.add(code)
  }
  return lines.join('\n')
}

/** Counts over several documents. */
export class ValidationSum {
  #valid = 0
  #warned = 0
  #invalid = 0
  #unreadable = 0
  #failed = 0
  readonly #codes = new Map<string, { readonly severity: Issue['severity']; times: number; files: number }>()

  /** Whether one did not pass: was not valid, could not be read, or has a warning where that counts. */
  get failed(): boolean {
    return this.#failed > 0
  }

  add({ valid, issues }: Validation, strict: boolean): void {
    if (!valid) this.#invalid++
    else this.#valid++
    if (valid && issues.length > 0) this.#warned++
    if (!valid || (strict && issues.length > 0)) this.#failed++
    const here = new Set<string>()
    for (const { code, severity } of issues) {
      const known = this.#codes.get(code) ?? { severity, times: 0, files: 0 }
      known.times++
      if (!here.has(code)) known.files++
      here.add(code)
      this.#codes.set(code, known)
    }
  }

  addUnreadable(): void {
    this.#unreadable++
    this.#failed++
  }

  /** How many passed, and each code with how often and in how many files it was met: errors first, the commonest first. */
  text(): string {
    const files = this.#valid + this.#invalid + this.#unreadable
    const warned = this.#warned > 0 ? ` (${this.#warned} with warnings)` : ''
    const kinds = [
      `${this.#valid} valid${warned}`,
      this.#invalid > 0 ? `${this.#invalid} not valid` : '',
      this.#unreadable > 0 ? `${this.#unreadable} not readable` : '',
    ].filter(Boolean)
    const codes = [...this.#codes].sort(
      ([, one], [, other]) =>
        one.severity.localeCompare(other.severity) || other.files - one.files || other.times - one.times,
    )
    const longest = Math.max(0, ...codes.map(([code]) => code.length))
    return [
      `${files - this.#failed} of ${files} passed: ${kinds.join(', ')}`,
      ...codes.map(
        ([code, { severity, times, files }]) =>
          `  ${severity.padEnd(7)} ${code.padEnd(longest)}  ${times} in ${plural(files, 'file')}`,
      ),
    ].join('\n')
  }
}

function plural(count: number, what: string): string {
  if (count === 0) return ''
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** One line that no terminal takes for a command: documents and file names come from strangers. */
export function printable(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\p{C}/gu, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`)
}
