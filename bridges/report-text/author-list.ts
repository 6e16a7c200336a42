/** Author lists as telegrams and circulars have them: 'N. Name (Institute), M. Other and P. Q. Third (University)'. */

/** What is wrong with one, as a sentence; undefined where everybody has an affiliation. */
export function authorsFault(text: string): string | undefined {
  const list = text.trim()
  if (list === '') return 'There is no author.'
  const parts = list.split(/([()])/)
  let depth = 0
  for (const part of parts) {
    if (part === '(') depth++
    else if (part === ')') depth--
    if (depth < 0) break
  }
  if (depth !== 0) return 'The parentheses of the author list do not match.'
  if (/\(\s*\)/.test(list)) return 'An affiliation is empty.'
  if (!list.includes('(')) return 'No author has an affiliation.'
  if (list.startsWith('(')) return 'The author list begins with an affiliation.'
  const rest = list.slice(list.lastIndexOf(')') + 1).replace(/^[\s,.;]+|[\s,.;]+$/g, '')
  // A collaboration comes last and has none: "on behalf of the X collaboration".
  if (rest !== '' && !/^(on behalf of|for|report)\b/i.test(rest)) return `"${rest}" has no affiliation.`
  return undefined
}
