import { ParseOption, XmlCData, XmlDocument, XmlElement as XmlElement2, XmlText } from 'libxml2-wasm'
import { describe, expect, it } from 'vitest'
import { VOEventError } from '../../../vo/voevent-error.ts'
import { decodeText, encodingOf } from '../../../vo/xml/encoding.ts'
import { normalizeLineEnds, parseXml, type XmlElement } from '../../../vo/xml/parse-xml.ts'
import { voeventText20 } from '../../../vo/xml/voevent-2.0.ts'
import { mutateText, seeded } from '../mutate.ts'
import { fullEvent } from '../packet.ts'

/** From bytes, as documents come: what they declare as their encoding counts too. */
const parse = (text: string) => {
  const bytes = Buffer.from(text)
  return parseXml(normalizeLineEnds(decodeText(bytes, encodingOf(bytes))))
}

/** What both trees can be asked for. */
interface Tree {
  readonly local: string
  readonly namespace: string
  readonly attributes: readonly string[]
  readonly text: string
  readonly children: readonly Tree[]
}

const written = (namespace: string | undefined, local: string, value: string) => `{${namespace ?? ''}}${local}=${value}`
/** White space around children says nothing. */
const ownText = (text: string, children: readonly unknown[]) =>
  children.length > 0 && /^[ \t\n\r]*$/.test(text) ? '' : text

function ours({ local, namespace = '', attributes, children, text }: XmlElement): Tree {
  return {
    local,
    namespace,
    attributes: attributes.map((each) => written(each.namespace, each.local, each.value)),
    text: ownText(text, children),
    children: children.map(ours),
  }
}

/** The judge: the tree of libxml2. */
function theirs(element: XmlElement2): Tree {
  const children: Tree[] = []
  let text = ''
  for (let node = element.firstChild; node !== null; node = node.next) {
    if (node instanceof XmlElement2) children.push(theirs(node))
    else if (node instanceof XmlText || node instanceof XmlCData) text += node.content
  }
  const attributes = element.attrs.map((each) => written(each.namespaceUri, each.name, each.value))
  return { local: element.name, namespace: element.namespaceUri, attributes, text: ownText(text, children), children }
}

function libxml2Tree(text: string): Tree {
  const option = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE
  const document = XmlDocument.fromBuffer(Buffer.from(text), { option })
  try {
    return theirs(document.root)
  } finally {
    document.dispose()
  }
}

describe('the tree', () => {
  it.each([
    '<a>1<!-- x -->2<b>inner</b>&lt;<![CDATA[&lt;]]>&#13;\r\n3</a>',
    '<a> <b/> x <c/> <d> </d>\n</a>',
    '<a><![CDATA[ ]]><b/></a>',
    '<a>&#32;<b/></a>',
    '<x:a xmlns:x="urn:1" xmlns="urn:2" y="0" x:y="1"><b xmlns=""><x:c x:d="&#10;\n"/></b><é:f xmlns:é="urn:3" é:g=""/></x:a>',
    '<aé x·="1" b-.9="😀">漢<b>\u{10ffff}</b>\ufffd</aé>',
    '<é/>',
    '<a _="1" -b="2"/>'.replace('-b', 'b-'),
  ])('of %j is that of libxml2', (text) => {
    const tree = libxml2Tree(text)
    expect(ours(parse(text))).toEqual(tree)
  })

  it('of each mutant that is taken is that of libxml2', () => {
    const random = seeded(20_261_121)
    const original = voeventText20(fullEvent)
    let taken = 0
    for (let i = 0; i < 4000; i++) {
      const text = mutateText(original, random)
      let root: XmlElement
      try {
        root = parse(text)
      } catch (error) {
        if (error instanceof VOEventError) continue
        throw error
      }
      taken++
      expect(ours(root)).toEqual(libxml2Tree(text))
    }
    expect(taken).toBeGreaterThan(300)
  })
})

describe('what is kept between documents', () => {
  const refused = (text: string) => {
    try {
      parse(text)
      return undefined
    } catch (error) {
      return error instanceof VOEventError ? error.code : String(error)
    }
  }

  it('does not let a document go on into the one before', () => {
    const whole = `<a b="1"><c>text</c><!-- d --><?e f?></a>`
    const tree = ours(parse(whole))
    for (let end = 0; end < whole.length; end++) {
      parse(whole)
      expect(refused(whole.slice(0, end))).toBe('XML_NOT_WELL_FORMED')
    }
    expect(ours(parse(whole))).toEqual(tree)
  })

  it('reads documents longer than what is kept, and short ones after them', () => {
    for (const length of [65_500, 65_535, 65_536, 65_537, 300_000]) {
      const text = `<a>${'x'.repeat(length - 7)}</a>`
      expect(text.length).toBe(length)
      expect(parse(text).text.length).toBe(length - 7)
      expect(refused(text.slice(0, -1))).toBe('XML_NOT_WELL_FORMED')
      expect(parse('<a>y</a>').text).toBe('y')
    }
  })

  it('takes no name for another, however many there are', () => {
    const names = Array.from({ length: 30_000 }, (_, i) => `n${i.toString(36)}${'x'.repeat(i % 60)}`)
    for (let from = 0; from < names.length; from += 10_000) {
      const some = names.slice(from, from + 10_000)
      const root = parse(`<r>${some.map((name) => `<${name} p.${name}="1"/>`).join('')}</r>`)
      expect(root.children.map((each) => each.local)).toEqual(some)
      expect(root.children.map((each) => each.attributes[0]?.name)).toEqual(some.map((name) => `p.${name}`))
    }
  })
})

it.each(['\u0000', '\u0001', '\u001f', '\ud800', '\udc00', '\ud800x', '\udc00\ud800', '\ufffe', '\uffff'])(
  'refuses %j wherever it stands, and says where',
  (char) => {
    const places = ['<a>\n@</a>', '<a\nb="@"/>', '<a>\n<!--@--></a>', '<a>\n<![CDATA[@]]></a>', '<a>\n<?b @?></a>']
    for (const place of [...places, '<a>\n1@2&lt;</a>', '<a/>\n<!--@-->', '<a/>\n@']) {
      let error: unknown
      try {
        parseXml(place.replace('@', char))
      } catch (thrown) {
        error = thrown
      }
      expect(error).toBeInstanceOf(VOEventError)
      expect(error).toMatchObject({ code: 'XML_NOT_WELL_FORMED', line: 2 })
    }
  },
)
