/** Tables of numbers for a terminal, whose headings say what adds up to what. */

/** A column of numbers; `join` stands before its heading. */
export interface Column {
  readonly join: '=' | '+' | ''
  readonly heading: string
}
export interface Row {
  readonly name: string
  readonly numbers: readonly number[]
  /** What follows the numbers. */
  readonly words?: string
}

/** From words like `all = some + others ; beside-it`. */
export function columns(text: string): Column[] {
  const words = text.split(' ')
  const isJoin = (word: string | undefined): boolean => word !== undefined && /^[=+;]$/.test(word)
  return words.flatMap((word, i) => {
    if (isJoin(word)) return []
    const before = words[i - 1]
    return { join: before === '=' || before === '+' ? before : '', heading: word.replace('-', ' ') }
  })
}

export function sum<Key extends string>(rows: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return rows.reduce((total, row) => total + row[key], 0)
}

export function table(what: string, of: readonly Column[], rows: readonly Row[]): string {
  if (rows.length === 0) return ''
  const nameWidth = Math.max(what.length, ...rows.map(({ name }) => name.length + 2))
  const line = (name: string, cells: readonly string[], joins: readonly string[], words = ''): string =>
    [
      name.padEnd(nameWidth),
      ...cells.map((cell, i) => `${(joins[i] ?? '').padStart(2)} ${cell.padStart(widths[i] ?? 0)}`),
      words === '' ? '' : `  ${words}`,
    ]
      .join('')
      .trimEnd()
  const widths = of.map(({ heading }, i) =>
    Math.max(heading.length, ...rows.map(({ numbers }) => String(numbers[i] ?? 0).length)),
  )
  const heading = line(
    what,
    of.map((column) => column.heading),
    of.map((column) => column.join),
  )
  return [heading, ...rows.map(({ name, numbers, words }) => line(`  ${name}`, numbers.map(String), [], words))].join(
    '\n',
  )
}
