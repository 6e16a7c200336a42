/** Validating the draft in JSON and Avro. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { openValidator, type Validation, type Validator } from '../../vo/validate.ts'
import { writeAvro3SingleObject } from '../../vo/voevent-3/avro.ts'
import { writeAvro3Container } from '../../vo/voevent-3/avro-container.ts'
import { writeJson3 } from '../../vo/voevent-3/json-write.ts'
import { writeXml3 } from '../../vo/voevent-3/xml-write.ts'
import { anEvent } from '../cli/an-event.ts'

let validator: Validator
beforeAll(async () => {
  validator = await openValidator()
})
afterAll(() => validator.dispose())

const good = anEvent('ivo://my.observatory/test#1')
/** Two breaches of rules that no schema holds. */
const odd: VOEvent = {
  ...good,
  what: {
    ...good.what!,
    params: [{ definition: { name: 'mag', dataType: 'float', unit: 'counts/sec', ucd: 'em.opt;phot.mag' }, value: 17 }],
  },
}
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const brief = ({ version, valid, issues }: Validation) => ({
  version,
  valid,
  issues: issues.map(({ severity, code, path }) => `${severity} ${code} ${path}`),
})
const broken = utf8(writeJson3(good).replace('"role":"test"', '"role":"rumour"'))

it('takes events in JSON and Avro, and says of each what it says of the same event in XML', () => {
  for (const event of [good, odd]) {
    const inXml = validator.validate(utf8(writeXml3(event)))
    expect(inXml).toMatchObject({ version: '3', valid: true })
    expect(inXml.issues.map(({ code }) => code).sort()).toEqual(event === odd ? ['UCD_ORDER', 'UNIT_UNKNOWN'] : [])
    for (const bytes of [
      utf8(writeJson3(event)),
      writeAvro3Container([event]),
      writeAvro3SingleObject(event, { paramSets: 'inline' }),
    ]) {
      expect(brief(validator.validate(bytes))).toEqual(brief(inXml))
      expect(validator.validate(bytes, { version: '3' })).toEqual(validator.validate(bytes))
    }
  }
})

it('names the event of a container', () => {
  const { valid, issues } = validator.validate(writeAvro3Container([good, odd]))
  expect(valid).toBe(true)
  expect(issues.map(({ path }) => path.slice(0, 20))).toEqual(['/VOEvent[2]/paramSet', '/VOEvent[2]/paramSet'])
})

it('gives the reason of the strict reader as the error, with its place', () => {
  expect(brief(validator.validate(broken))).toEqual({
    version: '3',
    valid: false,
    issues: ['error JSON_VALUE /VOEvent/role'],
  })
  const whole = writeAvro3Container([good, odd], { codec: 'null' })
  const [first] = validator.validate(whole.subarray(0, whole.length - 30)).issues
  expect(first).toMatchObject({ severity: 'error', code: 'AVRO_TRUNCATED' })
  const byId = validator.validate(writeAvro3SingleObject(good))
  expect(brief(byId)).toMatchObject({ valid: false, issues: [expect.stringMatching(/^error VOE3_PARAM_SET_MISSING /)] })
})

it('gives no more than 200 warnings of a container', () => {
  const { valid, issues } = validator.validate(writeAvro3Container(Array.from({ length: 150 }, () => odd)))
  expect({ valid, count: issues.length }).toEqual({ valid: true, count: 200 })
})

it('shows how other text begins', () => {
  const { version, issues } = validator.validate(utf8('{"alert": 1}'))
  expect({ version, count: issues.length }).toEqual({ version: '2.0', count: 1 })
  expect(issues[0]?.message).toContain('It begins with "{\\"alert\\": 1}".')
})

it('holds them against no other version', () => {
  expect(brief(validator.validate(utf8(writeJson3(good)), { version: '2.0' }))).toEqual({
    version: '2.0',
    valid: false,
    issues: ['error XML_PROLOG '],
  })
})
