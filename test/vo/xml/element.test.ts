import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { VOEventError } from '../../../vo/voevent-error.ts'
import { elementHash, peekVOEvent, voeventElement } from '../../../vo/xml/element.ts'
import { voeventText20 } from '../../../vo/xml/voevent-2.0.ts'
import { mutateBytes, seeded } from '../mutate.ts'
import { fullEvent } from '../packet.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const utf16 = (text: string, big = false) => {
  const buffer = Buffer.from(text, 'utf16le')
  return big ? buffer.swap16() : buffer
}
const element = (text: string) => {
  const { start, end } = voeventElement(bytes(text))
  return new TextDecoder().decode(bytes(text).subarray(start, end))
}
const body = '<v:VOEvent xmlns:v="u" ivorn="ivo://a.b/c#1" role=\'test\'><!-- </v:VOEvent> --><W a=">"/>é</v:VOEvent >'

describe("the element's bytes", () => {
  it.each([
    ['alone', '', ''],
    ['after a declaration', '<?xml version="1.0" encoding="UTF-8"?>\n', '\n'],
    ['between comments', '<!-- <a> --><?pi <b?>', '<!-- -----BEGIN PGP SIGNATURE----- </v:VOEvent> -->'],
    ['after a byte order mark', '\ufeff', ''],
    ['after prose', 'A sample with 1 < 2\n<?xml version="1.0"?>', ''],
  ])('stand %s', (_, before, after) => {
    expect(element(before + body + after)).toBe(body)
    expect(elementHash(bytes(before + body + after))).toBe(createHash('sha256').update(body).digest('hex'))
  })

  it.each(['<a/>', '<a b="/>"/>', '<a><a/></a>', "<a b='>'></a>", '<a><![CDATA[</a>]]></a>', '<a><?x </a>?></a>'])(
    'are all of %s',
    (text) => {
      expect(element(`\n${text}\n`)).toBe(text)
    },
  )

  it('are found in UTF-16, in bytes', () => {
    for (const big of [false, true]) {
      const before = '\ufeff<?xml version="1.0" encoding="UTF-16"?><!-- é -->'
      const document = utf16(`${before}${body}\n`, big)
      expect(voeventElement(document)).toEqual({ start: before.length * 2, end: (before + body).length * 2 })
      expect(elementHash(document)).toBe(createHash('sha256').update(utf16(body, big)).digest('hex'))
    }
  })

  it('are found in ISO-8859-1', () => {
    const text = `<?xml version="1.0" encoding="ISO-8859-1"?>${body}`
    expect(voeventElement(Buffer.from(text, 'latin1'))).toEqual({ start: 43, end: text.length })
  })

  it('tell packets apart by one blank, and not by what is around', () => {
    const one = elementHash(bytes(body))
    expect(elementHash(bytes(`<!-- other -->${body}`))).toBe(one)
    expect(elementHash(bytes(body.replace('<W', ' <W')))).not.toBe(one)
  })

  it.each(['', 'no markup', '<a>', '<a', '<a b="', '<!-- x', '<?xml', '<![CDATA[', '</a>', '<!DOCTYPE a><a/>'])(
    'are not found in %j',
    (text) => {
      expect(() => voeventElement(bytes(text))).toThrow(VOEventError)
    },
  )

  it('are found or refused in any bytes', () => {
    const random = seeded(7)
    const original = bytes(voeventText20(fullEvent))
    for (let i = 0; i < 2000; i++) {
      const mutant = mutateBytes(original, random)
      try {
        const { start, end } = voeventElement(mutant)
        expect(start >= 0 && end > start && end <= mutant.length).toBe(true)
        expect(mutant[end - 1]).toBe(0x3e)
      } catch (error) {
        expect(error).toBeInstanceOf(VOEventError)
      }
      expect(() => peekVOEvent(mutant)).not.toThrow()
    }
  })
})

describe('a first look', () => {
  const found = { ivorn: 'ivo://a.b/c#1', role: 'test', version: '2.0' }
  const tag = 'VOEvent xmlns:v=\'urn:x\' version = "2.0" ivorn=\'ivo://a.b/c#1\'\n role="test"'

  it.each([
    ['a whole document', `<?xml version="1.0"?><v:${tag}></v:VOEvent>`],
    ['an open element', `<v:${tag}><What>`],
    ['mismatched tags', `<v:${tag}><a></b>`],
    ['prose before it', `1 < 2 & so on\n<v:${tag}/>`],
    ['a DOCTYPE', `<!DOCTYPE x [<!ENTITY y "z>">]><v:${tag}>&y;</v:VOEvent>`],
    ['a comment', `<!-- <v:VOEvent ivorn="no"> --><v:${tag}/>`],
    ['a tag cut off', `<v:${tag}`],
  ])('sees %s', (_, text) => {
    expect(peekVOEvent(bytes(text))).toEqual({ ...found, namespace: 'urn:x' })
    expect(peekVOEvent(utf16(`\ufeff${text}`))).toEqual({ ...found, namespace: 'urn:x' })
  })

  it('gives what is there', () => {
    expect(peekVOEvent(bytes('<VOEvent/>'))).toEqual({})
    expect(peekVOEvent(bytes('<VOEvent xmlns="urn:y" ivorn=" ivo://x?a&amp;b "/>'))).toEqual({
      ivorn: 'ivo://x?a&b',
      namespace: 'urn:y',
    })
    expect(peekVOEvent(bytes('<VOEvent xivorn="no" title="ivorn=&apos;x&apos;"/>'))).toEqual({})
  })

  it.each([
    '',
    'This is not parsable',
    '<xml/>',
    '<Transport role="iamalive"/>',
    '<a><VOEvent ivorn="x"/></a>',
    '<!-- x',
  ])('sees no VOEvent in %j', (text) => {
    expect(peekVOEvent(bytes(text))).toBeUndefined()
  })
})
