import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { describe, expect, it } from 'vitest'
import { isPlainAck, readReceipt, receiptMark } from '../../../vo/vtp/receipt.ts'
import {
  readTransport,
  type TransportMessage,
  timeStamp,
  transportRoles,
  writeTransport,
} from '../../../vo/vtp/transport.ts'

/** Text that survives XML: no forbidden characters, no white space at the ends (it is trimmed when read). */
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map((value) => {
  const allowed = [...value]
    .filter((c) => c >= ' ' && !/[\ud800-\udfff\ufffe\uffff\u007f-\u009f]/u.test(c))
    .join('')
    .trim()
  return allowed === '' ? 'x' : allowed
})
const message: fc.Arbitrary<TransportMessage> = fc
  .record({
    role: fc.constantFrom(...transportRoles),
    origin: text,
    response: fc.option(text, { nil: undefined }),
    timeStamp: fc.constant('2026-11-21T10:00:00Z'),
    params: fc.array(fc.record({ name: text, value: text }), { maxLength: 4 }),
    result: fc.option(text, { nil: undefined }),
  })
  .map(({ response, result, ...rest }) => ({
    ...rest,
    ...(response === undefined ? {} : { response }),
    ...(result === undefined ? {} : { result }),
  }))

describe('Transport messages', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(message, (written) => {
        const filters = (written.params ?? []).filter((p) => p.name === 'xpath-filter').map((p) => p.value)
        expect(readTransport(writeTransport(written))).toEqual({ ...written, params: written.params, filters })
      }),
      { numRuns: 500 },
    )
  })

  it('T-01: writes what the schema allows, whatever the text', () => {
    const validator = XsdValidator.fromDoc(XmlDocument.fromString(readFileSync('xsd/Transport-v1.1.xsd', 'utf8')))
    const anything = fc.string({ unit: 'binary', maxLength: 40 })
    fc.assert(
      fc.property(fc.constantFrom(...transportRoles), anything, anything, (role, name, result) => {
        const params = [{ name, value: result }]
        const bytes = writeTransport({ role, origin: 'ivo://a.b/c', timeStamp: timeStamp(0), params, result })
        using document = XmlDocument.fromBuffer(bytes)
        validator.validate(document)
      }),
    )
  })

  it('T-03: writes UTC to the second', () => {
    expect(timeStamp(Date.UTC(2026, 10, 21, 10, 15, 0, 999))).toBe('2026-11-21T10:15:00Z')
  })

  it.each([
    [
      'an entity',
      '<!DOCTYPE t [<!ENTITY e "ack">]><Transport role="ack" version="1.0"><Origin>&e;</Origin></Transport>',
    ],
    ['another root', '<Transported role="ack"><Origin>a</Origin></Transported>'],
    ['an unknown role', '<Transport role="hello"><Origin>a</Origin></Transport>'],
    ['no role', '<Transport><Origin>a</Origin></Transport>'],
    ['no origin', '<Transport role="ack"/>'],
    ['a broken end', '<Transport role="ack"><Origin>a</Origin>'],
    ['prototype names', '<__proto__ role="ack"><Origin>a</Origin></__proto__>'],
  ])('does not take %s', (_, document) => {
    expect(readTransport(Buffer.from(document))).toBeUndefined()
  })

  it('does not take bytes that are no text, and never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void readTransport(bytes)))
    const valid = Buffer.from(writeTransport({ role: 'nak', origin: 'ivo://a.b/c', timeStamp: '', result: 'why' }))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const mutant = Buffer.from(valid)
          for (const [at, byte] of changes) mutant[at] = byte
          readTransport(mutant)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('receipts by bytes', () => {
  const form = (namespace: string, prefix: string) => (role: string, origin: string) =>
    `<?xml version='1.0' encoding='UTF-8'?><${prefix}Transport role="${role}" version="1.0" xmlns:trn="${namespace}"><Origin>${origin}</Origin><Response>ivo://x.y/z</Response><TimeStamp>2026-11-21T10:00:00.5</TimeStamp></${prefix}Transport>`
  const pygcn = form('http://telescope-networks.org/schema/Transport/v1.1', 'trn:')

  it('knows the acks of peers without a parser', () => {
    const ivorn = 'ivo://probe.test/stream#a&b'
    const mark = receiptMark(ivorn)
    const ours = writeTransport({ role: 'ack', origin: ivorn, timeStamp: '' })
    expect(isPlainAck(ours, mark)).toBe(true)
    expect(isPlainAck(Buffer.from(pygcn('ack', 'ivo://probe.test/stream#a&amp;b')), mark)).toBe(true)
  })

  it('never takes for an ack what the parser does not', () => {
    const ivorn = fc.constantFrom('ivo://probe.test/s#1', 'ivo://probe.test/s#12', 'ivo://probe.test/s#a&b')
    const role = fc.constantFrom('ack', 'nak', 'iamalive', 'authenticate')
    const noise = fc.constantFrom(
      '',
      '<!-- role="ack" -->',
      '<Meta><Result>role="ack"</Result></Meta>',
      '<![CDATA[<Origin>ivo://probe.test/s#1</Origin>]]>',
    )
    fc.assert(
      fc.property(ivorn, ivorn, role, noise, noise, (expected, origin, kind, before, after) => {
        const body = pygcn(kind, origin.replace('&', '&amp;'))
        const bytes = Buffer.from(
          body.replace('<trn:', `${before.startsWith('<!--') ? before : ''}<trn:`).replace('</trn:', `${after}</trn:`),
        )
        if (!isPlainAck(bytes, receiptMark(expected))) return
        expect(readReceipt(bytes)).toMatchObject({ role: 'ack', origin: expected })
      }),
      { numRuns: 500 },
    )
  })
})
