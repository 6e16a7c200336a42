/** Packets of many authors, a decade of them: read, written again, and judged as the IVOA's schema judges them. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { expect, it } from 'vitest'
import { openValidator } from '../../vo/validate.ts'
import { peekVOEvent, voeventElement } from '../../vo/xml/element.ts'
import { type ReadVOEvent, readVOEvent, writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { describeTier, referenceDir, samplesDir } from '../tiers.ts'

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

  it("are valid by our schema exactly where they are by the IVOA's: 78 of 95", async () => {
    const document = XmlDocument.fromBuffer(readFileSync(join(referenceDir!, 'xsd/VOEvent-v2.0.xsd')))
    const ivoa = XsdValidator.fromDoc(document)
    const validator = await openValidator()
    const accepts = (bytes: Uint8Array) => {
      try {
        const packet = XmlDocument.fromBuffer(bytes)
        try {
          ivoa.validate(packet)
          return true
        } finally {
          packet.dispose()
        }
      } catch {
        return false
      }
    }
    expect(packets).toHaveLength(95)
    const verdicts = packets.map(({ path, bytes }) => ({ path, valid: validator.validate(bytes).valid }))
    expect(verdicts).toEqual(packets.map(({ path, bytes }) => ({ path, valid: accepts(bytes) })))
    expect(verdicts.filter((each) => each.valid)).toHaveLength(78)
    for (const { path, bytes } of packets) {
      if (validator.validate(bytes).valid) expect(read(bytes, 'strict'), path).toBeDefined()
    }
    validator.dispose()
    ivoa.dispose()
    document.dispose()
  })

  it('are read leniently, but for two that are not well-formed', () => {
    const unread = packets.filter(({ bytes }) => read(bytes, 'lenient') === undefined)
    expect(unread.map(({ path }) => path.split('/').at(-1))).toEqual(['04-Retraction.xml', 'II-Targeted.xml'])
  })

  it('are written as valid 2.0 that reads back the same, whatever version and oddities they had', async () => {
    const validator = await openValidator()
    for (const { path, bytes } of packets) {
      const event = read(bytes, 'lenient')?.event
      if (!event) continue
      const written = writeVOEvent20(event)
      expect(readVOEvent(written, { mode: 'strict' }).event, path).toEqual(event)
      expect(
        validator.validate(written).issues.filter((each) => each.severity === 'error'),
        path,
      ).toEqual([])
    }
    validator.dispose()
  })

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
