import { expect, it } from 'vitest'
import * as vo from '../../vo/index.ts'

it('the kernel stands alone: an event made, written, read, judged and named through its public face', async () => {
  const ivoid = vo.eventIvoid({ authority: 'example.org', path: 'stream', local: '1' })
  const bytes = vo.writeVOEvent20({ ivoid, role: 'test', who: { date: vo.mjdUtcToIso(61_000).slice(0, 19) } })
  const validator = await vo.openValidator()
  expect(validator.validate(bytes)).toEqual({ version: '2.0', valid: true, issues: [] })
  validator.dispose()
  expect(vo.readVOEvent(bytes, { mode: 'strict' }).event.ivoid).toBe(ivoid)
  expect(vo.peekVOEvent(bytes)?.ivorn).toBe(ivoid)
  expect(vo.elementHash(bytes)).toMatch(/^[0-9a-f]{64}$/)
  expect(vo.roles).toContain('test')
  expect(vo.checkUcd('phot.mag;em.opt.R')).toEqual([])
  expect(vo.formatVOUnit(vo.parseVOUnit('erg/(cm**2.s)'))).toBe('erg.cm**-2.s**-1')
  expect(vo.checkVOUnit('sec')).toMatchObject([{ code: 'UNIT_UNKNOWN' }])
})

it('every code of validation says what is wrong and what to do', () => {
  for (const [code, { severity, says, fix }] of Object.entries(vo.validationCodes)) {
    expect(code).toMatch(severity === 'error' ? /^(XML|XSD|WRITE|VOE3|JSON|AVRO)_/ : /^(VOE|IVOID|UCD|UNIT|SAFE|JSON)_/)
    expect(says).toMatch(/\.$/)
    expect(fix).not.toBe('')
  }
})
