/**
 * Enhanced status codes (RFC 3463, RFC 7505): which say that nobody is at an address any more. A full mailbox (5.2.2),
 * a message that is too large (5.3.4) or unwanted (5.7.x), a route that fails (5.4.x) are not the address's death, and
 * a reply without such a code is no proof of it.
 */
const gone = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10'])

/** `text`: a reply ('550 5.1.1 no such user') or a code alone. The first code counts. */
export function isAddressGone(text: string): boolean {
  const code = statusCode(text)
  return code !== undefined && gone.has(code)
}

/** The first enhanced code in a text. */
export function statusCode(text: string): string | undefined {
  return /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(text)?.[0]
}
