import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Group, Param, ParamDefinition, Reference, Table, Value, What } from '../../../vo/model/voevent.ts'
import { encodeText } from '../../../vo/xml/encoding.ts'
import { what } from '../../../vo/xml/write-what.ts'
import { arbitraryEvent } from '../arbitrary-event.ts'

/** The judge: What written node by node, character by character, with nothing kept from one packet to the next. */
interface Node {
  readonly name: string
  readonly attributes: readonly (readonly [string, string | undefined])[]
  readonly children?: readonly Node[]
  readonly text?: string
}

const escaped = (text: string, more: string) =>
  [...text]
    .map((char) => {
      if (more.includes(char) || '&<>\r'.includes(char)) {
        const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
        return named[char] ?? `&#${char.charCodeAt(0)};`
      }
      return /[\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(char) ? char : '\ufffd'
    })
    .join('')

function plain({ name, attributes, children = [], text }: Node, indent: string): string {
  const said = attributes.flatMap(([key, value]) => (value === undefined ? [] : `${key}="${escaped(value, '"\t\n')}"`))
  const tag = [name, ...said].join(' ')
  if (text !== undefined) return `${indent}<${tag}>${escaped(text, '')}</${name}>\n`
  // A Group has an end tag even where it is empty.
  if (children.length === 0 && name !== 'Group') return `${indent}<${tag}/>\n`
  return `${indent}<${tag}>\n${children.map((each) => plain(each, `${indent}  `)).join('')}${indent}</${name}>\n`
}

function textOf(value: Value): string | undefined {
  if (value === null || Number.isNaN(value)) return undefined
  if (value === Number.POSITIVE_INFINITY) return 'INF'
  if (value === Number.NEGATIVE_INFINITY) return '-INF'
  return Object.is(value, -0) ? '-0' : value.toString()
}

const descriptionNodes = (texts: readonly (string | undefined)[] = []): Node[] =>
  texts.flatMap((text) => (text === undefined || text === '' ? [] : { name: 'Description', attributes: [], text }))
const noteNodes = (part: { descriptions?: readonly string[]; references?: readonly Reference[] }): Node[] => [
  ...descriptionNodes(part.descriptions),
  ...(part.references ?? []).map((each) => ({
    name: 'Reference',
    attributes: (['uri', 'type', 'mimetype', 'meaning'] as const).map((key) => [key, each[key]] as const),
  })),
]
const meaning = (definition: ParamDefinition) => [
  ['name', definition.name === '' ? undefined : definition.name] as const,
  ...(['ucd', 'unit', 'dataType', 'utype'] as const).map((key) => [key, definition[key]] as const),
]
const paramNode = ({ definition, value, references = [] }: Param): Node => ({
  name: 'Param',
  attributes: [...meaning(definition), ['value', textOf(value)]],
  children: [...descriptionNodes([definition.description]), ...noteNodes({ references })],
})
const named = (part: Group | Table) => [['name', part.name] as const, ['type', part.type] as const]
const groupNode = (group: Group): Node => ({
  name: 'Group',
  attributes: named(group),
  children: [...group.params.map(paramNode), ...noteNodes(group)],
})

function tableText(table: Table): string {
  const field = (definition: ParamDefinition) =>
    plain(
      { name: 'Field', attributes: meaning(definition), children: descriptionNodes([definition.description]) },
      '      ',
    )
  const cell = (value: Value) => (textOf(value) ? `<TD>${escaped(textOf(value)!, '')}</TD>` : '<TD/>')
  const row = (cells: readonly Value[]) => `        <TR>${cells.map(cell).join('')}</TR>\n`
  const start = plain({ name: 'Table', attributes: named(table) }, '    ').replace('/>\n', '>\n')
  const notes = noteNodes(table).map((each) => plain(each, '      '))
  const params = (table.params ?? []).map((each) => plain(paramNode(each), '      '))
  const rows = table.rows.filter((cells) => cells.length > 0)
  const data = rows.length === 0 ? [] : ['      <Data>\n', ...rows.map(row), '      </Data>\n']
  return [start, ...notes, ...params, ...table.fields.map(field), ...data, '    </Table>\n'].join('')
}

const plainWhat = (part: What) =>
  [
    '  <What>\n',
    ...[...part.params.map(paramNode), ...part.groups.map(groupNode)].map((each) => plain(each, '    ')),
    ...part.tables.map(tableText),
    ...noteNodes(part).map((each) => plain(each, '    ')),
    '  </What>\n',
  ].join('')

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.double(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom<Value>(0, -0, Number.NaN, 1e21, 5e-324, null, true, false, '', 'a"b', '\ud800', '😀\r'),
  fc.bigInt(),
  fc.string({ unit: 'binary' }),
)

it('writes What as a plain writer does, whatever was written before with the same definitions', () => {
  const parts = arbitraryEvent.map((event) => event.what).filter((part) => part !== undefined)
  let params = 0
  fc.assert(
    fc.property(parts, fc.array(value, { minLength: 7, maxLength: 7 }), (part, values) => {
      let turn = 0
      const other = (each: Param): Param => ({ ...each, value: values[turn++ % values.length]! })
      const changed: What = {
        ...part,
        params: part.params.map(other),
        groups: part.groups.map((group) => ({ ...group, params: group.params.map(other) })),
        tables: part.tables.map((table) => (table.params ? { ...table, params: table.params.map(other) } : table)),
      }
      // A Param of What may stand in a Group of the next packet: the indent is another, the definition the same.
      const moved: What = { ...part, params: [], groups: [{ params: changed.params }], tables: [] }
      const turned: What = { ...changed, params: changed.params.toReversed() }
      for (const each of [part, changed, moved, turned, part, moved, moved]) expect(what(each)).toBe(plainWhat(each))
      params += turn
    }),
    { numRuns: 500 },
  )
  expect(params).toBeGreaterThan(500)
})

it('encodes as TextEncoder does, short or long', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'binary-ascii' }),
    fc.tuple(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 90_000 })).map(([one, n]) => one.padEnd(n, one)),
  )
  fc.assert(
    fc.property(text, (each) => {
      const bytes = encodeText(each)
      expect(bytes.byteLength).toBe(bytes.buffer.byteLength)
      expect(Buffer.from(bytes).equals(new TextEncoder().encode(each))).toBe(true)
    }),
  )
  const long = '漢'.repeat(65_536)
  expect(encodeText(long)).toEqual(new TextEncoder().encode(long))
  expect(encodeText(`${long}.`)).toEqual(new TextEncoder().encode(`${long}.`))
})
