/**
 * Text into XML 1.0. Characters that XML 1.0 cannot carry (§2.2 Char: most control characters, lone surrogates,
 * U+FFFE and U+FFFF) become U+FFFD, so that no value of an alert can make a packet that is not well-formed.
 */

const unusual = /[&<>"]|[^\u0020-\ud7ff\ue000-\ufffd]/
const inText = /[&<>\r]|[\ud800-\udbff][\udc00-\udfff]|[^\t\n\u0020-\ud7ff\ue000-\ufffd]/g
const inAttribute = /[&<>"\t\n\r]|[\ud800-\udbff][\udc00-\udfff]|[^\u0020-\ud7ff\ue000-\ufffd]/g

/** Content of an element. `>` is escaped too, for `]]>`; a carriage return, for line-end normalization. */
export function escapeText(text: string): string {
  return unusual.test(text) ? text.replace(inText, replacement) : text
}

/** Content of a double-quoted attribute value; white space survives attribute-value normalization (§3.3.3). */
export function escapeAttribute(text: string): string {
  return unusual.test(text) ? text.replace(inAttribute, replacement) : text
}

function replacement(found: string): string {
  switch (found) {
    case '&':
      return '&amp;'
    case '<':
      return '&lt;'
    case '>':
      return '&gt;'
    case '"':
      return '&quot;'
    case '\t':
      return '&#9;'
    case '\n':
      return '&#10;'
    case '\r':
      return '&#13;'
    default:
      return found.length === 2 ? found : '\ufffd'
  }
}

const notCarried = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/
const pairOrNotCarried = /[\ud800-\udbff][\udc00-\udfff]|[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g

/** Text as a reader of XML 1.0 gives it back: with U+FFFD for each character that XML cannot carry. */
export function carriedText(text: string): string {
  return notCarried.test(text)
    ? text.replace(pairOrNotCarried, (found) => (found.length === 2 ? found : '\ufffd'))
    : text
}
