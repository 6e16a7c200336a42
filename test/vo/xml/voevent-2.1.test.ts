import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fitsVersion } from '../../../vo/fits-version.ts'
import { lowerEvent } from '../../../vo/lower-event.ts'
import type { VOEvent } from '../../../vo/model/voevent.ts'
import { openValidator, type Validator } from '../../../vo/validate.ts'
import { readVOEvent, writeVOEvent20 } from '../../../vo/xml/voevent-2.0.ts'
import { namespace21, voeventText21, writeVOEvent21 } from '../../../vo/xml/voevent-2.1.ts'
import { arbitraryEvent } from '../arbitrary-event.ts'
import { arbitraryEvent21 } from '../arbitrary-event-2.1.ts'
import { fullEvent } from '../packet.ts'

let validator: Validator
beforeAll(async () => {
  validator = await openValidator()
})
afterAll(() => validator.dispose())

/** Written, valid, and the same once it is read again. */
function check(event: VOEvent): void {
  const bytes = writeVOEvent21(event)
  const { valid, issues, version } = validator.validate(bytes)
  expect(issues.filter((each) => each.severity === 'error')).toEqual([])
  expect([valid, version]).toEqual([true, '2.1'])
  const back = readVOEvent(bytes, { mode: 'strict' })
  expect(back.event).toEqual(event)
  expect(back.version).toBe('2.1')
  expect(back.oddities.filter(({ code }) => code !== 'VOE_LOCATIONS')).toEqual([])
}

describe('writing VOEvent 2.1', () => {
  it('writes packets that the schema accepts and that read back the same', () => {
    fc.assert(fc.property(fc.oneof(arbitraryEvent21, arbitraryEvent), check), { numRuns: 300 })
  })

  it('finds nothing to lose in them', () => {
    fc.assert(
      fc.property(arbitraryEvent21, (event) => {
        const { event: lowered, losses } = lowerEvent(event, '2.1')
        expect(losses).toEqual([])
        expect(lowered).toEqual(event)
      }),
    )
  })

  it('lowers them to valid packets of 2.0', () => {
    fc.assert(
      fc.property(arbitraryEvent21, (event) => {
        const { event: lowered } = lowerEvent(event, '2.0')
        const bytes = writeVOEvent20(event)
        expect(validator.validate(bytes).issues.filter((each) => each.severity === 'error')).toEqual([])
        expect(readVOEvent(bytes, { mode: 'strict' }).event).toEqual(lowered)
        expect(fitsVersion(lowered, '2.0')).toBe(lowered.whereWhenNotes?.id === undefined)
      }),
    )
  })

  it('writes the full packet with the prefix on the root alone', () => {
    const text = voeventText21(fullEvent)
    expect(text).toContain(`<voe:VOEvent xmlns:voe="${namespace21}"`)
    expect(text).toContain(
      `xsi:schemaLocation="${namespace21} http://www.ivoa.net/xml/VOEvent/VOEvent-v2.1.xsd" version="2.1"`,
    )
    expect(text.match(/<\/?voe:/g)).toHaveLength(2)
    check(fullEvent)
  })

  it.each(['ivo://example.org/stream?a', 'ivo://example.org/stream#a', 'ivo://example.org/stream'])(
    'keeps %s as it is',
    (ivoid) => {
      const event: VOEvent = { ivoid, role: 'test', citations: { events: [{ ivoid: `${ivoid}0`, cite: 'followup' }] } }
      check(event)
      expect(voeventText21(event)).toContain(`ivorn="${ivoid}"`)
    },
  )

  it('leaves an unknown radius out', () => {
    expect(
      voeventText21({ ...fullEvent, whereWhen: [{ coordSystem: 'a', position: { c1: 1, c2: 2 } }] }),
    ).not.toContain('Error2')
  })
})
