/**
 * Drafts as plain text that people edit: labelled lines, an empty line, the text. What an editor does to white space
 * (carriage returns, blanks at line ends, empty lines at the end) changes nothing.
 */
import { Refusal } from '../contract.ts'

/** Far above what any service takes; below what would keep the gateway busy. */
const longestDraft = 50_000

/** `labels` in the order in which they are written; values are single lines. */
export function writeDraft(labels: Readonly<Record<string, string>>, text: string): string {
  const head = Object.entries(labels).map(([label, value]) => `${label}: ${value}`.trimEnd())
  return `${head.join('\n')}\n\n${text}\n`
}

/**
 * Reads it back. A long value may go on in the next line. Throws `Refusal` where a label is missing, unknown or there
 * twice, since the rest would then be guesswork.
 */
export function readDraft<Label extends string>(
  draft: string,
  labels: readonly Label[],
): { readonly head: Readonly<Record<Label, string>>; readonly text: string } {
  if (draft.length > longestDraft) throw new Refusal([`The draft has more than ${longestDraft} characters.`])
  const lines = draft
    .replace(/^\ufeff/, '')
    .toWellFormed()
    .replace(/[\u2028\u2029]/g, ' ')
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/[\p{Cc}]/gu, (code) => (code === '\t' ? code : '')).trimEnd())
  while (lines[0] === '') lines.shift()
  while (lines.at(-1) === '') lines.pop()
  const empty = lines.indexOf('')
  const heading = empty === -1 ? lines : lines.slice(0, empty)
  const head = new Map<Label, string>()
  let current: Label | undefined
  for (const line of heading) {
    const [, word = '', value = ''] = /^([A-Za-z]+):\s*(.*)$/.exec(line) ?? []
    const label = labels.find((known) => known.toLowerCase() === word.toLowerCase())
    if (label !== undefined) {
      if (head.has(label)) throw new Refusal([`"${label}:" is there twice above the first empty line.`])
      head.set(label, value.trim())
      current = label
    } else if (current !== undefined) {
      head.set(current, `${head.get(current)} ${line.trim()}`.trim())
    } else {
      throw new Refusal([`The draft must begin with "${labels[0]}:".`])
    }
  }
  const missing = labels.filter((label) => !head.has(label))
  if (missing.length > 0) {
    const names = missing.map((label) => `"${label}:"`).join(' and ')
    throw new Refusal([`${names} must stand above the first empty line.`])
  }
  const body = empty === -1 ? [] : lines.slice(empty)
  while (body[0] === '') body.shift()
  return { head: Object.fromEntries(head) as Record<Label, string>, text: body.join('\n') }
}
