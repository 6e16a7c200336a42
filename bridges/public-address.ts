/**
 * Which addresses of the internet a subscriber may point the gateway at: globally routable unicast alone, by the IANA
 * special-purpose registries for IPv4 and IPv6 (RFC 6890 and what was added since). Pure.
 */
import { BlockList, isIP } from 'node:net'
import { z } from 'zod'

/** A network in CIDR form, or one address. */
export const network = z
  .string()
  .refine((text) => parseNetwork(text) !== undefined, 'must be a network like 10.0.0.0/8 or fd00::/8')

/** The base of a service's API: paths are put behind it. */
export const serviceUrl = z
  .url({ protocol: /^https?$/ })
  .refine((text) => !/[?#@]|\/$/.test(text), 'must have no query, no user name and no slash at its end')

const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]

/** Within 2000::/3; nothing outside of that is global unicast. 6to4 and Teredo lead into IPv4 by others' hands. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']

const isSpecial4 = listOf(special4)
const isSpecial6 = listOf(special6)
const isGlobal6 = listOf(['2000::/3'])

/** Is this (an IPv4 or IPv6 address as text, no host name) a globally routable unicast address? */
export function isPublicAddress(address: string): boolean {
  const plain = plainAddress(address)
  const family = isIP(plain)
  if (family === 4) return !isSpecial4(plain)
  if (family !== 6) return false
  // NAT64 (RFC 6052) leads to the IPv4 address within.
  const behindNat64 = embedded4(plain, [0x64, 0xff9b, 0, 0, 0, 0])
  if (behindNat64 !== undefined) return !isSpecial4(behindNat64)
  return isGlobal6(plain) && !isSpecial6(plain)
}

/** A test of addresses: public ones and those in `networks`. Throws RangeError for what is no network. */
export function publicOr(networks: readonly string[]): (address: string) => boolean {
  const isOpened = listOf(networks)
  return (address) => isPublicAddress(address) || isOpened(plainAddress(address))
}

function parseNetwork(text: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', bits, ...more] = text.split('/')
  const version = isIP(address)
  const most = version === 4 ? 32 : 128
  if (version === 0 || more.length > 0 || address.includes('%')) return undefined
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)) return undefined
  return { address, bits: bits === undefined ? most : Number(bits), family: version === 4 ? 'ipv4' : 'ipv6' }
}

function listOf(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const text of networks) {
    const parsed = parseNetwork(text)
    if (parsed === undefined) throw new RangeError(`not a network: ${text}`)
    list.addSubnet(parsed.address, parsed.bits, parsed.family)
  }
  return (address) => {
    const family = isIP(address)
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }
}

/** Without a zone, and an IPv4-mapped address as the IPv4 address that it reaches. */
function plainAddress(address: string): string {
  const unzoned = address.replace(/%.*$/s, '')
  return embedded4(unzoned, [0, 0, 0, 0, 0, 0xffff]) ?? unzoned
}

/** The IPv4 address in the last 32 bits, if the first 96 are these. */
function embedded4(address: string, prefix: readonly number[]): string | undefined {
  if (isIP(address) !== 6) return undefined
  const groups = groupsOf(address)
  if (prefix.some((group, index) => groups[index] !== group)) return undefined
  const [high, low] = [groups[6]!, groups[7]!]
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** The eight numbers of an IPv6 address, which `URL` writes in one way only (RFC 5952), its IPv4 tail in hexadecimal. */
function groupsOf(address: string): number[] {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const numbers = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)))
  const [first, last] = [numbers(head), numbers(tail ?? '')]
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last]
}
