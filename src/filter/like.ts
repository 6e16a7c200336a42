/** LIKE: `%` stands for any text, also none; `_` for one character (a code point). There is no escape sign. */

/** A matcher for a pattern. Its time grows with the text's length times the pattern's, which the checker bounds. */
export function likeMatcher(pattern: string, ignoreCase: boolean): (text: string) => boolean {
  const signs = [...(ignoreCase ? pattern.toLowerCase() : pattern)]
  return (text) => matches(ignoreCase ? text.toLowerCase() : text, signs)
}

/** Goes forward; where a sign does not fit, only the last `%` takes one character more: earlier ones need not. */
function matches(text: string, signs: readonly string[]): boolean {
  let at = 0
  let sign = 0
  let lastPercent = -1
  let retryAt = 0
  while (at < text.length) {
    const width = text.codePointAt(at)! > 0xffff ? 2 : 1
    const wanted = signs[sign]
    if (wanted === '%') {
      lastPercent = sign++
      retryAt = at
    } else if (wanted !== undefined && (wanted === '_' || text.startsWith(wanted, at))) {
      sign++
      at += width
    } else if (lastPercent >= 0) {
      sign = lastPercent + 1
      retryAt += text.codePointAt(retryAt)! > 0xffff ? 2 : 1
      at = retryAt
    } else {
      return false
    }
  }
  while (signs[sign] === '%') sign++
  return sign === signs.length
}
