import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPublicAddress, network, publicOr } from '../../bridges/public-address.ts'

describe('a public address', () => {
  it.each(['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '172.15.0.1', '172.32.0.1'])(
    '%s is one',
    (address) => expect(isPublicAddress(address)).toBe(true),
  )
  it.each(['2600::1', '2a00:1450:4001::1', '::ffff:1.1.1.1', '64:ff9b::1.1.1.1', '2001:200::1', '2400::1%eth0'])(
    '%s is one',
    (address) => expect(isPublicAddress(address)).toBe(true),
  )
  it.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.255.255'],
    ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.88.99.1', '192.168.1.1'],
    ...['198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1'],
    ...['255.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::ffff:a00:1', '::ffff:0:0', '::127.0.0.1', '100::1'],
    ...['64:ff9b::10.0.0.1', '64:ff9b::', '64:ff9b:1::1', '2001:db8::1', '2001::1', '2001:20::1', '2002:7f00:1::1'],
    ...['3fff::1', '4000::1', '5f00::1', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1'],
    ...['::ffff:10.0.0.1%lo', '', 'localhost', '1.1.1', '01.1.1.1', 'example.org', '1.1.1.1/32'],
  ])('%s is none', (address) => expect(isPublicAddress(address)).toBe(false))

  const spellings = fc.ipV4().chain((plain) => {
    const bytes = plain.split('.').map(Number)
    const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0)
    const [a, b, c, d] = bytes as [number, number, number, number]
    const hex = (n: number) => n.toString(16)
    return fc.tuple(
      fc.constant(plain),
      fc.constantFrom(
        `${number}`,
        `0x${hex(number)}`,
        `0${number.toString(8)}`,
        `${a}.${b * 65_536 + c * 256 + d}`,
        `0x${hex(a)}.${b}.${c * 256 + d}`,
        `0${a.toString(8)}.${b}.0x${hex(c)}.${d}.`,
      ),
    )
  })
  it('is the same in every spelling of an IPv4 address that a URL knows', () => {
    fc.assert(
      fc.property(spellings, ([plain, spelt]) => {
        expect(isPublicAddress(new URL(`http://${spelt}/`).hostname)).toBe(isPublicAddress(plain))
      }),
    )
  })
  it('is the same in every spelling of an IPv6 address, and mapped as the IPv4 address that it is', () => {
    fc.assert(
      fc.property(fc.ipV6(), (written) => {
        const canonical = new URL(`http://[${written}]/`).hostname.slice(1, -1)
        expect(isPublicAddress(written)).toBe(isPublicAddress(canonical))
        expect(isPublicAddress(written.toUpperCase())).toBe(isPublicAddress(canonical))
      }),
    )
    fc.assert(
      fc.property(fc.ipV4(), (plain) => {
        expect(isPublicAddress(`::ffff:${plain}`)).toBe(isPublicAddress(plain))
        expect(isPublicAddress(`0:0:0:0:0:FFFF:${plain}`)).toBe(isPublicAddress(plain))
      }),
    )
  })
  it('is never something that is no address, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789abcdef:.%/[]x') })), (text) => {
        if (isPublicAddress(text)) expect(isIP(text)).not.toBe(0)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('networks', () => {
  it('open what they hold, beside the public addresses', () => {
    const open = publicOr(['10.1.0.0/16', 'fd00::/8', '127.0.0.1'])
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd00::7', '127.0.0.1', '1.1.1.1']) {
      expect(open(address)).toBe(true)
    }
    for (const address of ['10.2.0.1', '127.0.0.2', 'fe80::1', 'x']) expect(open(address)).toBe(false)
  })
  it.each(['10.0.0.0/8', '::/0', '127.0.0.1'])('%s is one', (text) =>
    expect(network.safeParse(text).success).toBe(true),
  )
  it.each(['10.0.0.0/33', '10.0/8', 'x', '', '10.0.0.0/', '10.0.0.0/8/8', 'fe80::1%eth0/64', '::/129'])(
    '%s is none',
    (text) => {
      expect(network.safeParse(text).success).toBe(false)
      expect(() => publicOr([text])).toThrow(RangeError)
    },
  )
})
