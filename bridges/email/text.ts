/** The text alternative of a mail: what the HTML says, for a terminal. */
import type { Letter, Line, Row } from './letter.ts'

export function textBody(letter: Letter): string {
  const paragraphs: string[][] = [
    ...letter.notices.map((notice) => wrap(`${notice.strong.toUpperCase()}${notice.text}`)),
    [letter.topic === undefined ? letter.title : `${letter.topic}: ${letter.title}`],
    ...(letter.blocks ?? []).map(({ title, text }) => [`--- ${title} ---`, ...text.split(/\r\n|[\r\n]/)]),
    ...letter.paragraphs.map(wrap),
    ...tables(letter),
    ...letter.items.map(itemLines),
    ...(letter.more === undefined ? [] : [[letter.more]]),
    ...(letter.button === undefined ? [] : [[`${letter.button.words}:`, letter.button.url]]),
    ...(letter.pictures.length === 0 ? [] : [letter.pictures.map(({ alt }) => `[${alt}]`)]),
    [
      ...letter.identifiers,
      ...letter.links.map(({ url }) => url),
      ...(letter.attached === undefined ? [] : [`The VOEvent is attached as ${letter.attached}.`]),
    ],
  ]
  return [
    ...paragraphs.filter((lines) => lines.length > 0).flatMap((lines) => [...lines, '']),
    '-- ',
    ...letter.reasons.flatMap(wrap),
    ...(letter.unsubscribeUrl === undefined ? [] : [`To stop these mails: ${letter.unsubscribeUrl}`]),
    '',
  ].join('\n')
}

/** One width for all tables of a mail, so that values stand below each other. */
function tables(letter: Letter): string[][] {
  const rows = letter.tables.flatMap((table) => table.rows)
  const width = Math.max(0, ...rows.map(([label]) => [...label].length)) + 2
  const lines = ([label, first, ...more]: Row) => [
    `  ${label}${' '.repeat(width - [...label].length)}${first ?? ''}`,
    ...more.map((line) => `  ${' '.repeat(width)}${line}`),
  ]
  return letter.tables.map((table) => [
    ...(table.title === undefined ? [] : [`${table.title}:`]),
    ...table.rows.flatMap(lines),
  ])
}

function itemLines(item: Line): string[] {
  const head = [`${item.name}${item.mark === undefined ? '' : ` (${item.mark})`}`, item.brightness]
  return [
    `* ${head.filter(Boolean).join('  ')}`,
    ...[[item.time, item.place].filter(Boolean).join('  '), item.columns.join(', '), item.url ?? item.ivoid]
      .filter(Boolean)
      .map((line) => `  ${line}`),
  ]
}

/** Lines of about 76 characters. */
function wrap(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > 76) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
