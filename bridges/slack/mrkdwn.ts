/** Text from outside in Slack's mark-up: never a link, a mention or a format of its own. */
import { oneLine } from '../words.ts'

/** Slack's three escapes; without angle brackets there is no link, no mention and no command. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** One line in which no character formats: a zero-width space parts what would. */
export function plainLine(text: string, most: number): string {
  return escaped(oneLine(text, most)).replace(/[*_~`]/g, (mark) => `${mark}\u200b`)
}

/** Lines as they are, in the type of a table. */
export function preformatted(lines: readonly string[]): string {
  return `\`\`\`\n${lines.map((line) => escaped(line.replaceAll('`', "'"))).join('\n')}\n\`\`\``
}

/** `url` must be one of `webUrl`. */
export function link(url: string, text: string): string {
  return `<${escaped(url.replaceAll('|', '%7C'))}|${plainLine(text, 120).replaceAll('|', '/')}>`
}
