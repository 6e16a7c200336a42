/**
 * White space as XML has it (XML 1.0 §2.3): blanks, tabs and line ends. What JavaScript trims besides, such as a
 * no-break space, is text.
 */
export function trimSpace(text: string): string {
  let [from, to] = [0, text.length]
  while (from < to && isSpace(text.charCodeAt(from))) from++
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

/** As XML Schema collapses it (Part 2 §4.3.6): none at the ends, one blank for each run within. */
export function collapseSpace(text: string): string {
  return trimSpace(text).replace(/[ \t\n\r]+/g, ' ')
}

const isSpace = (unit: number) => unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0x0d
