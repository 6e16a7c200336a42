/** The pool of workers: XPath within its limit, XSD, and what happens when a worker has to be ended. */
import { afterAll, describe, expect, it } from 'vitest'
import { openPool } from '../../src/pool/open-pool.ts'
import { type LoggedLine, memoryLog, voevent } from '../bridges/vtp/memory-host.ts'

const costly = 'count(//*[count(//*[count(//*) > 0]) > 0]) > 0'
const large = voevent({ body: `<What>${'<Param name="n"/>'.repeat(4000)}</What>` })

describe('the pool', () => {
  const lines: LoggedLine[] = []
  const pool = openPool({ size: 2, xpathLimitMs: 50, log: memoryLog(lines) })
  afterAll(() => pool.close())

  it('matches as XPath 1.0 says: true, non-zero, non-empty', async () => {
    const event = voevent({ body: '<What><Param name="SC_Lat" value="12"/></What>' })
    const expected: [string, boolean][] = [
      ['true()', true],
      ['false()', false],
      ['1', true],
      ['0', false],
      ['0 div 0', false],
      ['"text"', true],
      ['""', false],
      ['//Param[@name="SC_Lat" and @value>10]', true],
      ['//Param[@name="SC_Lat" and @value>20]', false],
      ['/*[local-name()="VOEvent" and @role="test"]', true],
      ['/voe:VOEvent/What/Param', true],
      ['@role = "test"', true],
    ]
    const answers = await pool.xpath.match(
      event,
      expected.map(([expression]) => expression),
    )
    expect(answers).toEqual(expected.map(([, verdict]) => verdict))
  })

  it('binds voe to the namespace that the document has', async () => {
    const old = Buffer.from(voevent().toString().replaceAll('v2.0', 'v1.1').replace('"2.0"', '"1.1"'))
    expect(await pool.xpath.match(old, ['boolean(/voe:VOEvent)'])).toEqual([true])
  })

  it.each([
    ['//Param[', 'it is no XPath 1.0 expression'],
    ['true()) or (true()', 'it is no XPath 1.0 expression'],
    ['//nobody:Param', 'Undefined namespace prefix: nobody'],
    ['nothing(1)', 'Unregistered function: nothing'],
    ['$variable', 'Undefined variable: variable'],
    ['', 'it is no XPath 1.0 expression'],
    ['1 '.repeat(3000), 'it is longer than 4096 characters'],
  ])('says why %s cannot be used', async (expression, reason) => {
    expect(await pool.xpath.check(expression)).toEqual({ ok: false, reason: expect.stringContaining(reason) })
  })

  it('reports a fault of one expression and answers the others', async () => {
    const answers = await pool.xpath.match(voevent(), ['true()', '//Param[', 'nobody:x', 'false()'])
    expect(answers).toEqual([
      true,
      { failed: 'it is no XPath 1.0 expression', disabled: false },
      { failed: 'Undefined namespace prefix: nobody', disabled: false },
      false,
    ])
  })

  it('reports a document that is not well-formed', async () => {
    const [answer] = await pool.xpath.match(Buffer.from('<a><b></a>'), ['true()'])
    expect(answer).toMatchObject({ failed: expect.stringContaining('not well-formed'), disabled: false })
  })

  it('reads no external entity', async () => {
    const document = Buffer.from('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>')
    expect(await pool.xpath.match(document, ['contains(., "root:")'])).toEqual([false])
  })

  it('ends a worker that an expression holds, disables it, and answers everybody else', async () => {
    const small = voevent()
    const others = Array.from({ length: 50 }, () => pool.xpath.match(small, ['true()', '//Nothing']))
    const greedy = pool.xpath.match(large, ['true()', costly, 'false()'])
    const more = Array.from({ length: 50 }, () => pool.validate(small))
    expect(await greedy).toEqual([true, { failed: expect.stringContaining('disabled'), disabled: true }, false])
    expect(await Promise.all(others)).toEqual(others.map(() => [true, false]))
    expect((await Promise.all(more)).every((result) => result.valid)).toBe(true)
    expect(await pool.xpath.check(costly)).toEqual({ ok: false, reason: expect.stringContaining('disabled') })
    expect(await pool.xpath.match(small, [costly])).toEqual([{ failed: expect.any(String), disabled: true }])
    expect(lines.filter((line) => line.message.includes('exceeded its time')).map((line) => line.fields)).toEqual([
      { expression: costly, strikes: 1, limitMs: 50 },
      { expression: costly, strikes: 2, limitMs: 50 },
    ])
  })

  it('validates, with the line of each fault', async () => {
    expect(await pool.validate(voevent())).toMatchObject({ version: '2.0', valid: true })
    const result = await pool.validate(voevent({ body: '\n<Nonsense/>' }))
    expect(result.valid).toBe(false)
    expect(result.issues[0]).toMatchObject({ severity: 'error', line: 3 })
  })

  it('answers nobody after it is closed', async () => {
    const closing = openPool({ size: 1, xpathLimitMs: 50, log: memoryLog([]) })
    expect(await closing.xpath.match(voevent(), ['true()'])).toEqual([true])
    const waiting = Promise.allSettled([closing.validate(voevent()), closing.xpath.match(voevent(), ['true()'])])
    await closing.close()
    expect((await waiting).map((result) => result.status)).toEqual(['rejected', 'rejected'])
    await expect(closing.validate(voevent())).rejects.toThrow('closed')
  })
})
