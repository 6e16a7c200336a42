import { ParseOption, XmlDocument } from 'libxml2-wasm'
import { describe, expect, it } from 'vitest'
import { VOEventError } from '../../../vo/voevent-error.ts'
import { decodeText, encodingOf } from '../../../vo/xml/encoding.ts'
import { lineAt, normalizeLineEnds, parseXml, type XmlElement } from '../../../vo/xml/parse-xml.ts'
import { voeventText20 } from '../../../vo/xml/voevent-2.0.ts'
import { mutateText, seeded } from '../mutate.ts'
import { fullEvent } from '../packet.ts'

/** From bytes, as documents come: what they declare as their encoding counts too. */
const parse = (text: string): XmlElement => {
  const bytes = new TextEncoder().encode(text)
  return parseXml(normalizeLineEnds(decodeText(bytes, encodingOf(bytes))))
}
const refusal = (text: string): VOEventError | undefined => {
  try {
    parse(text)
    return undefined
  } catch (error) {
    if (error instanceof VOEventError) return error
    throw error
  }
}
/** The judge: libxml2, without fetching anything. */
const libxml2Refuses = (text: string): boolean => {
  try {
    XmlDocument.fromBuffer(Buffer.from(text), {
      option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE,
    }).dispose()
    return false
  } catch {
    return true
  }
}

describe('what is well-formed', () => {
  it.each([
    '<a/>',
    '<?xml version="1.0"?><a/>',
    "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<a/>",
    '<!-- c --><?pi x?><a/><!-- d -->\n',
    '<a><![CDATA[<b>&amp;]] >]]></a>',
    '<a b="&quot;&#10;&#x1F600;&lt;"/>',
    '<a b=\'"\' c="\'" />',
    '<x:a xmlns:x="urn:x" x:b="1" b="2"/>',
    '<a xmlns="urn:x"><b xmlns=""/></a>',
    '<a xml:lang="en"/>',
    '<é-1.x/>',
    '<a\n\tb\n=\n"1"></a\n>',
    '<__proto__ constructor="1"/>',
    '<a>]]</a>',
  ])('takes %j, as libxml2 does', (text) => {
    expect(refusal(text)).toBeUndefined()
    expect(libxml2Refuses(text)).toBe(false)
  })

  it.each([
    '',
    'x',
    '<a>',
    '<a></b>',
    '</a>',
    '< a/>',
    '<1/>',
    '<a b/>',
    '<a b=1/>',
    '<a b="1"c="2"/>',
    '<a b="1" b="2"/>',
    '<a b="<"/>',
    '<a b="1/>',
    '<a xmlns:x="u" xmlns:y="u" x:b="1" y:b="2"/>',
    '<a>&</a>',
    '<a>&foo;</a>',
    '<a>&constructor;</a>',
    '<a>&#0;</a>',
    '<a>&#xD800;</a>',
    '<a>&#x110000;</a>',
    '<a>&#12</a>',
    '<a>]]></a>',
    '<a>\u0001</a>',
    '<a>\ufffe</a>',
    '<a><!-- -- --></a>',
    '<a><!-- --->',
    '<a><?xml x?></a>',
    '<a><?x</a>',
    '<a><![CDATA[</a>',
    '<a/><b/>',
    '<a/>x',
    'x<a/>',
    ' <?xml version="1.0"?><a/>',
    '<?xml version="2.0"?><a/>',
    '<?xml encoding="UTF-8"?><a/>',
    '<x:a/>',
    '<a x:b="1"/>',
    '<a xmlns:x=""/>',
    '<a xmlns:xmlns="u"/>',
    '<a xmlns:x="http://www.w3.org/XML/1998/namespace"/>',
    '<a xmlns:x="a b"/>',
    '<a:b:c xmlns:a="u"/>',
    '<a>\u0085<</a>',
    '<![CDATA[x]]><a/>',
  ])('refuses %j, as libxml2 does', (text) => {
    expect(refusal(text)?.code).toBe('XML_NOT_WELL_FORMED')
    expect(libxml2Refuses(text)).toBe(true)
  })

  it('judges 4,000 mutants of a packet as libxml2 does', () => {
    const random = seeded(20_260_131)
    const original = voeventText20(fullEvent)
    let refused = 0
    for (let i = 0; i < 4000; i++) {
      const text = mutateText(original, random)
      const own = refusal(text)
      if (own?.code === 'XML_DOCTYPE') continue
      if (own) refused++
      if ((own !== undefined) !== libxml2Refuses(text)) expect.fail(`${own?.message ?? 'taken'}: ${text}`)
    }
    // A test of mutants that are all refused, or all taken, would show nothing.
    expect(refused).toBeGreaterThan(1000)
    expect(refused).toBeLessThan(3900)
  })
})

describe('bounds', () => {
  it('refuses a DOCTYPE wherever it would be read', () => {
    const bomb = `<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx">${'<!ENTITY y "&x;&x;">'.repeat(50)}]><a>&y;</a>`
    expect(refusal(bomb)?.code).toBe('XML_DOCTYPE')
    expect(refusal('<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')?.code).toBe('XML_DOCTYPE')
  })

  it('takes 32 levels, 20,000 elements and 64 attributes, and no more', () => {
    const deep = (n: number) => '<a>'.repeat(n) + '</a>'.repeat(n)
    expect(refusal(deep(32))).toBeUndefined()
    expect(refusal(deep(33))?.code).toBe('XML_TOO_DEEP')
    const many = (n: number) => `<a>${'<b/>'.repeat(n - 1)}</a>`
    expect(refusal(many(20_000))).toBeUndefined()
    expect(refusal(many(20_001))?.code).toBe('XML_TOO_MANY')
    const wide = (n: number) => `<a ${Array.from({ length: n }, (_, i) => `b${i}="1"`).join(' ')}/>`
    expect(refusal(wide(64))).toBeUndefined()
    expect(refusal(wide(65))?.code).toBe('XML_TOO_MANY')
  })
})

describe('what is read', () => {
  it('puts text, CDATA and references together and leaves comments out', () => {
    const root = parse('<a>1<!-- x -->2<b>inner</b>&lt;<![CDATA[&lt;]]>&#13;\r\n3</a>')
    expect(root.text).toBe('12<&lt;\r\n3')
    expect(root.children[0]?.text).toBe('inner')
  })

  it('normalizes white space in attributes, but not what references say', () => {
    expect(parse('<a b="1\n2\t3&#10;4\r\n5"/>').attributes[0]?.value).toBe('1 2 3\n4 5')
  })

  it('resolves namespaces by scope', () => {
    const root = parse('<x:a xmlns:x="urn:1" xmlns="urn:2" y="0"><b xmlns:x="urn:3"><x:c x:d="1"/></b><x:e/></x:a>')
    const [b, e] = root.children
    expect([root.namespace, b?.namespace, b?.children[0]?.namespace, e?.namespace]).toEqual([
      'urn:1',
      'urn:2',
      'urn:3',
      'urn:1',
    ])
    expect(b?.children[0]?.attributes[0]).toEqual({ name: 'x:d', local: 'd', namespace: 'urn:3', value: '1' })
    expect(root.attributes).toEqual([{ name: 'y', local: 'y', value: '0' }])
  })

  it('names the line of a fault and of an element', () => {
    expect(refusal('<a>\n\n<b>\n</a>')?.line).toBe(4)
    const text = '<a>\n<b/>\n\n<c\n/></a>'
    expect(parse(text).children.map((each) => lineAt(text, each.at))).toEqual([2, 4])
  })
})
