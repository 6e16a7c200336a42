/**
 * How long a text is for X: most signs of Latin, Greek, Cyrillic, Hebrew and Arabic weigh one, others two, and a link
 * 23, after NFC (https://docs.x.com/fundamentals/counting-characters). Emoji of several parts weigh a little more here
 * than there, never less: X’s own list of them is not known.
 */
import { bareHostsIn, linksIn } from '../post-links.ts'

export const mostWeight = 280
const linkWeight = 23

export function weightOf(text: string): number {
  const normal = text.normalize('NFC')
  let weight = 0
  let at = 0
  for (const { start, end, text: url } of linksIn(normal)) {
    weight += plainWeight(normal.slice(at, start)) + urlWeight(url)
    at = end
  }
  // A host name that a person wrote without its scheme may become a link or two, too.
  for (const { text: host } of bareHostsIn(normal)) weight += dotsIn(host) * linkWeight
  return weight + plainWeight(normal.slice(at))
}

/** Where X’s link might end earlier than ours, what follows weighs what it may weigh at most. */
function urlWeight(url: string): number {
  const sure = /^https?:\/\/(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:\/[\w\-.~:/?#&=%+]*)?/i.exec(url)?.[0]
  if (sure === url) return linkWeight
  const rest = url.slice(sure?.length ?? 0)
  return linkWeight + plainWeight(rest) + dotsIn(rest) * linkWeight
}

const dotsIn = (text: string): number => text.match(/[.。．｡]/g)?.length ?? 0

function plainWeight(text: string): number {
  let weight = 0
  for (const sign of text) weight += isLight(sign.codePointAt(0)!) ? 1 : 2
  return weight
}

function isLight(code: number): boolean {
  return (
    code <= 0x10ff ||
    (code >= 0x2000 && code <= 0x200d) ||
    (code >= 0x2010 && code <= 0x201f) ||
    (code >= 0x2032 && code <= 0x2037)
  )
}
