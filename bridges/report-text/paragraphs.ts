/** Paragraphs with an empty line between; lines of one stand below each other, and empty ones are left out. */
export function paragraphs(list: readonly (readonly string[])[]): string {
  return list
    .map((lines) => lines.map((line) => line.trim()).filter((line) => line !== ''))
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}
