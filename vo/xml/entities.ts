/** The five predefined entities and character references of XML 1.0 §4.1 and §4.6; no others are ever expanded. */

const predefined: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const form = /&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|([A-Za-z]+));|&/g

/** The text with its references replaced; undefined when one is malformed, unknown or names no XML character. */
export function decodeEntities(text: string): string | undefined {
  if (!text.includes('&')) return text
  let good = true
  const decoded = text.replace(form, (found, hex?: string, decimal?: string, name?: string) => {
    const replaced = name ? (Object.hasOwn(predefined, name) ? predefined[name] : undefined) : character(hex, decimal)
    if (replaced === undefined) good = false
    return replaced ?? found
  })
  return good ? decoded : undefined
}

function character(hex: string | undefined, decimal: string | undefined): string | undefined {
  const code = hex ? Number.parseInt(hex, 16) : decimal ? Number.parseInt(decimal, 10) : -1
  return isXmlCharacter(code) ? String.fromCodePoint(code) : undefined
}

/** XML 1.0 §2.2 Char. */
function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === 9 || code === 10 || code === 13
  return code < 0xd800 || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
}
