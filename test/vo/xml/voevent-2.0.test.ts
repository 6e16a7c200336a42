import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Value, VOEvent } from '../../../vo/model/voevent.ts'
import { openValidator, type Validator } from '../../../vo/validate.ts'
import { parseXml } from '../../../vo/xml/parse-xml.ts'
import { readVOEvent, voeventText20, writeVOEvent20 } from '../../../vo/xml/voevent-2.0.ts'
import { arbitraryEvent } from '../arbitrary-event.ts'
import { fullEvent } from '../packet.ts'

let validator: Validator
beforeAll(async () => {
  validator = await openValidator()
})
afterAll(() => validator.dispose())

const withValue = (value: Value): VOEvent => ({
  ivoid: 'ivo://example.org/stream#1',
  role: 'test',
  what: {
    params: [{ definition: { name: 'p', dataType: 'float' }, value }],
    groups: [],
    tables: [],
    descriptions: [],
    references: [],
  },
})
const read = (event: VOEvent) => readVOEvent(writeVOEvent20(event), { mode: 'strict' })

describe('writing VOEvent 2.0', () => {
  it('writes packets that the schema accepts and that read back the same', () => {
    fc.assert(
      fc.property(arbitraryEvent, (event) => {
        const bytes = writeVOEvent20(event)
        const { valid, issues } = validator.validate(bytes)
        expect(issues.filter((each) => each.severity === 'error')).toEqual([])
        expect(valid).toBe(true)
        const back = readVOEvent(bytes, { mode: 'strict' })
        expect(back.event).toEqual(event)
        expect(back.version).toBe('2.0')
      }),
      { numRuns: 300 },
    )
  })

  it('writes the full packet in the order of the schema, UTF-8 declared', () => {
    const text = voeventText20(fullEvent)
    expect(
      text.startsWith(
        '<?xml version="1.0" encoding="UTF-8"?>\n<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0"',
      ),
    ).toBe(true)
    const top = [...text.matchAll(/^ {2}<([A-Z][A-Za-z]+)/gm)].map((each) => each[1])
    expect(top).toEqual(['Who', 'What', 'WhereWhen', 'How', 'Why', 'Citations', 'Description', 'Reference'])
    // A bit of everything, a deprecated attribute with it.
    expect(validator.validate(writeVOEvent20(fullEvent)).issues.map(({ code }) => code)).toEqual(['VOE_REFERENCE_TYPE'])
    expect(new TextDecoder().decode(writeVOEvent20(fullEvent))).toBe(text)
    expect(read(fullEvent).event).toEqual(fullEvent)
  })

  it.each([
    [0.1 + 0.2, '0.30000000000000004'],
    [1e21, '1e+21'],
    [5e-324, '5e-324'],
    [-0, '-0'],
    [Number.POSITIVE_INFINITY, 'INF'],
    [Number.NEGATIVE_INFINITY, '-INF'],
    [18446744073709551615n, '18446744073709551615'],
    [-9223372036854775808n, '-9223372036854775808'],
    [true, 'true'],
    [false, 'false'],
    ['0170', '0170'],
    ['', ''],
    [null, null],
    [Number.NaN, null],
  ])('writes the value %s as %j', (value, expected) => {
    expect(read(withValue(value)).event.what?.params[0]?.value).toBe(expected)
  })

  it('replaces characters that XML cannot carry', () => {
    const { event } = read(withValue('a\u0000b\u001bc\ud800d\uffffe😀'))
    expect(event.what?.params[0]?.value).toBe('a\ufffdb\ufffdc\ufffdd\ufffde😀')
  })

  it('writes valid packets for any text whatever', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (value, description) => {
        const lone = `${description}\udc00${value}`
        const bytes = writeVOEvent20({ ...withValue(value), description: `${lone}.` })
        expect(validator.validate(bytes).valid).toBe(true)
      }),
    )
  })

  it('lets nothing out of its place, whatever a caller without types writes', () => {
    const odd = '"><x a="' as 'test'
    const definition = { name: 'a', dataType: odd as unknown as 'int' }
    const params = [definition, definition].map((each) => ({ definition: each, value: 1 }))
    const event = {
      ...withValue('1'),
      role: odd,
      what: { params, groups: [], tables: [], descriptions: [], references: [] },
    }
    const root = parseXml(voeventText20(event))
    expect(root.attributes.find(({ name }) => name === 'role')?.value).toBe(odd)
    expect(root.children.map(({ name }) => name)).not.toContain('x')
    const [what] = root.children.filter(({ name }) => name === 'What')
    expect(
      what?.children.map(({ name, attributes }) => [name, attributes.find((each) => each.name === 'dataType')?.value]),
    ).toEqual([
      ['Param', odd],
      ['Param', odd],
    ])
  })

  it('leaves out what is empty and what the schema would refuse empty', () => {
    const notes = { descriptions: [], references: [] }
    const why = { names: [], concepts: [], inferences: [], ...notes }
    const event: VOEvent = {
      ivoid: 'ivo://example.org/stream#1',
      role: 'test',
      who: { author: {} },
      how: notes,
      why: { ...why, importance: 0, inferences: [{ names: [], concepts: [], ...notes }] },
      citations: { events: [] },
      description: '',
    }
    expect(validator.validate(writeVOEvent20(event)).valid).toBe(true)
    const back = read(event).event
    expect(back.who).toEqual({})
    expect(back.how).toBeUndefined()
    expect(back.citations).toBeUndefined()
    expect(back.description).toBeUndefined()
    expect(back.why).toEqual(event.why)
  })

  it('writes an unknown radius as NaN, which is valid, and reads it as absent', () => {
    const position = { unit: 'deg', c1: 1, c2: 2 }
    const event: VOEvent = { ...withValue(1), whereWhen: [{ coordSystem: 'UTC-ICRS-TOPO', position }] }
    const bytes = writeVOEvent20(event)
    expect(new TextDecoder().decode(bytes)).toContain('<Error2Radius>NaN</Error2Radius>')
    expect(validator.validate(bytes).valid).toBe(true)
    expect(read(event).event.whereWhen?.[0]?.position).toEqual(position)
  })
})
