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

it('every way to write an event stands at the public face, with what tells them apart', () => {
  const event: vo.VOEvent = { ivoid: 'ivo://example.org/stream#1', role: 'test' }
  const utf8 = (text: string) => new TextEncoder().encode(text)
  const forms: Readonly<Record<vo.VOEventFormat, Uint8Array>> = {
    'xml-1.1': utf8('<VOEvent xmlns="http://www.ivoa.net/xml/VOEvent/v1.1" version="1.1"/>'),
    'xml-2.0': vo.writeVOEvent20(event),
    'xml-2.1': vo.writeVOEvent21(event),
    'xml-3': utf8(vo.writeXml3(event)),
    'json-3': utf8(vo.writeJson3(event)),
    'avro-3-container': vo.writeAvro3Container([event]),
    'avro-3-single': vo.writeAvro3SingleObject(event),
  }
  for (const [form, bytes] of Object.entries(forms)) expect(vo.voeventFormat(bytes)).toBe(form)
  expect(vo.readXml3(forms['xml-3'])).toEqual(vo.readJson3(forms['json-3']))
  expect([...vo.readAvro3Container(forms['avro-3-container'])]).toEqual([
    vo.readAvro3SingleObject(forms['avro-3-single']),
  ])
  expect(vo.writeXml3(event)).toContain(vo.voevent3Namespace)
  expect(vo.writeJson3(event)).toContain(vo.voevent3JsonSchema)
})

it('the machines of VTP come with the types of what they take and give', () => {
  const ivorn = 'ivo://example.org/stream#1'
  const author = new vo.VtpAuthor(vo.writeVOEvent20({ ivoid: ivorn, role: 'test' }), ivorn, { nowMs: 0, timeoutMs: 1 })
  const options: vo.SubmissionOptions = {
    brokerIvoid: 'ivo://example.org/broker',
    nowMs: 0,
    timeoutMs: 1000,
    maxBytes: vo.defaultMaxBytes,
  }
  const broker = new vo.BrokerSubmission(options)
  const taken: readonly vo.SubmissionEffect[] = broker.receive(author.opening)
  expect(taken).toMatchObject([{ do: 'take', ivorn }])
  const verdict: vo.Verdict = 'accepted'
  for (const effect of broker.verdict(verdict, 0)) {
    if (effect.do === 'finish' && effect.bytes !== undefined) author.receive(effect.bytes)
  }
  const end: vo.Submission | undefined = author.end
  expect(end).toEqual({ result: 'ack' })
})

it('every code of validation says what is wrong and what to do', () => {
  for (const [code, { severity, says, fix }] of Object.entries(vo.validationCodes)) {
    expect(code).toMatch(severity === 'error' ? /^(XML|XSD|WRITE|VOE3|JSON|AVRO)_/ : /^(VOE|IVOID|UCD|UNIT|SAFE|JSON)_/)
    expect(says).toMatch(/\.$/)
    expect(fix).not.toBe('')
  }
})
