/** Packets of many authors, a decade of them: read, and written again. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lowerEvent } from '../../vo/lower-event.ts'
import { openValidator } from '../../vo/validate.ts'
import { peekVOEvent, voeventElement } from '../../vo/xml/element.ts'
import { type ReadVOEvent, readVOEvent, writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { writeVOEvent21 } from '../../vo/xml/voevent-2.1.ts'
import { describeTier, samplesDir } from '../tiers.ts'

describeTier('samples', 'real packets', () => {
  const packets = globSync(join(samplesDir ?? '', 'voevent/**/*.xml'))
    .sort()
    .map((path) => ({ path, bytes: readFileSync(path) }))
  const read = (bytes: Uint8Array, mode: 'strict' | 'lenient'): ReadVOEvent | undefined => {
    try {
      return readVOEvent(bytes, { mode })
    } catch {
      return undefined
    }
  }

  it('are read strictly where they are valid: 80 of 95', async () => {
    const validator = await openValidator()
    const valid = packets.filter(({ bytes }) => validator.validate(bytes).valid)
    expect(packets).toHaveLength(95)
    expect(valid).toHaveLength(80)
    for (const { path, bytes } of valid) expect(read(bytes, 'strict'), path).toBeDefined()
    validator.dispose()
  })

  it('are read leniently, but for two that are not well-formed', () => {
    const unread = packets.filter(({ bytes }) => read(bytes, 'lenient') === undefined)
    expect(unread.map(({ path }) => path.split('/').at(-1))).toEqual(['04-Retraction.xml', 'II-Targeted.xml'])
  })

  it.each([
    ['2.0', writeVOEvent20],
    ['2.1', writeVOEvent21],
  ] as const)(
    'are written as valid %s that reads back the same, whatever version and oddities they had',
    async (version, write) => {
      const validator = await openValidator()
      const lost: string[] = []
      for (const { path, bytes } of packets) {
        const event = read(bytes, 'lenient')?.event
        if (!event) continue
        const { event: lowered, losses } = lowerEvent(event, version)
        const written = write(event)
        expect(readVOEvent(written, { mode: 'strict' }).event, path).toEqual(lowered)
        if (losses.length === 0) expect(lowered).toEqual(event)
        else lost.push(...losses.map((loss) => `${path.split('/').at(-1)} ${loss.kind} ${loss.path}`))
        expect(
          validator.validate(written).issues.filter((each) => each.severity === 'error'),
          path,
        ).toEqual([])
      }
      validator.dispose()
      // The packets of 1.1 and 2.1 say a bit more than 2.0 can.
      const beyond20 = [
        'voevent-ex2.xml moved whereWhen[0].positionName',
        'voevent-ex2.xml moved whereWhen[0].timeFrame',
        'gbm_flt_pos.xml dropped whereWhen[0].position.attributes[0]',
        'gbm_flt_pos.xml dropped whereWhen[0].position.attributes[1]',
      ]
      expect(lost).toEqual(version === '2.0' ? beyond20 : [])
    },
  )

  it('show their ivorn at a first look, and their element in their bytes', () => {
    for (const { path, bytes } of packets) {
      const event = read(bytes, 'lenient')?.event
      const peek = peekVOEvent(bytes)
      expect(peek?.ivorn, path).toMatch(/^ivo:\/\//)
      if (event) expect(peek?.ivorn, path).toBe(event.ivoid)
      const { start, end } = voeventElement(bytes)
      const text = bytes.subarray(start, end).toString('utf8')
      expect(text, path).toMatch(/^<(voe:)?VOEvent\s[\s\S]*<\/(voe:)?VOEvent\s*>$/)
      expect(bytes.subarray(end).toString('utf8').trim(), path).toMatch(/^(<!--[\s\S]*-->)?$/)
    }
  })
})
