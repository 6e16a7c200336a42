/** Reading events whose ParamSets are known by their text: the same events, and the same refusals. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { ParamDefinition, VOEvent } from '../../../vo/model/voevent.ts'
import { readJson3 } from '../../../vo/voevent-3/json-read.ts'
import { writeJson3 } from '../../../vo/voevent-3/json-write.ts'
import { knownHead } from '../../../vo/voevent-3/known-head.ts'

const definition = (name: string): ParamDefinition => ({
  name,
  dataType: 'int',
  description: 'a "quoted" ] } \\ word',
  references: [{ uri: 'https://example.org/' }],
})
const group = (name: string, value: number) => ({ name, params: [{ definition: definition(name), value }] })
const event = (value: number, names = ['a', 'b']): VOEvent => ({
  ivoid: `ivo://example.org/stream#${value}`,
  role: 'test',
  what: {
    params: [],
    groups: names.map((name) => group(name, value)),
    tables: [],
    descriptions: [],
    references: [],
  },
})
const text = writeJson3(event(1))
const code = (json: string, options = {}): string | undefined => {
  try {
    readJson3(json, options)
  } catch (error) {
    return (error as { code: string }).code
  }
  return undefined
}

beforeEach(() => {
  readJson3(text)
})

it('knows the sets of an event that was read, and gives the same ones', () => {
  const { sets, rest } = knownHead(writeJson3(event(2)))!
  expect(sets.map(({ params }) => params[0]!.name)).toEqual(['a', 'b'])
  expect(JSON.parse(rest)).not.toHaveProperty('paramSets')
  const again = readJson3(writeJson3(event(2)))
  expect(again).toEqual(event(2))
  expect(again.what!.groups[0]!.params[0]!.definition).toBe(readJson3(text).what!.groups[0]!.params[0]!.definition)
})

it('takes every layout, with white space and keys in another order', () => {
  const { $schema, paramSets, ...rest } = JSON.parse(text) as {
    paramSets: { id: string; params: unknown[] }[]
  } & Record<string, unknown>
  const turned = paramSets.map(({ id, params }) => ({ params, id }))
  for (const layout of [
    JSON.stringify({ $schema, paramSets: turned, ...rest }, null, 2),
    JSON.stringify({ paramSets, $schema, ...rest }, null, '\t'),
  ]) {
    expect(knownHead(layout)).toBeUndefined()
    expect(readJson3(layout)).toEqual(event(1))
    expect(knownHead(layout)?.sets).toHaveLength(2)
    expect(readJson3(layout)).toEqual(event(1))
  }
})

describe('is not deceived', () => {
  it('by other content behind a known beginning', () => {
    const changed = text.replace('"dataType":"int"', '"dataType":"float"')
    expect(knownHead(changed)).toBeUndefined()
    expect(code(changed)).toBe('VOE3_PARAM_SET_HASH')
  })

  it('by sets that stand twice, or come again behind the others', () => {
    const { paramSets } = JSON.parse(text) as { paramSets: unknown }
    const again = text.replace(/}$/, `,"paramSets":${JSON.stringify(paramSets)}}`)
    expect(knownHead(again)).toBeDefined()
    expect(code(again)).toBe('JSON_REPEATED')
    const last = again.lastIndexOf('"paramSets"')
    expect(code(`${again.slice(0, last)}"\\u0070${again.slice(last + 2)}`)).toBe('JSON_REPEATED')
    expect(code(again, { mode: 'lenient' })).toBeUndefined()
  })

  it('by what is not JSON, and tells the place in the whole text', () => {
    const lines = JSON.stringify(JSON.parse(text), null, 1)
    readJson3(lines)
    expect(knownHead(lines)).toBeDefined()
    const wrong = lines.replace('"test"', '"tset"')
    expect(code(wrong)).toBe('JSON_VALUE')
    const open = lines.replace('"role": "test"', '"role": "test" "test"')
    const line = open.slice(0, open.indexOf('"role"')).split('\n').length
    expect(() => readJson3(open)).toThrow(expect.objectContaining({ code: 'JSON_SYNTAX', line }))
    expect(code(text.replace('],"ivoid"', '] "ivoid"'))).toBe('JSON_SYNTAX')
    expect(code(text.replace('],"ivoid"', ',],"ivoid"'))).toBe('JSON_SYNTAX')
    expect(code(text.replace('}]}]},{"id"', '}]}]} {"id"'))).toBe('JSON_SYNTAX')
  })
})

it('counts the definitions of known sets among the items', () => {
  const filled = (items: number) =>
    text.replace(/}$/, `,"citations":{"events":[${'{"ivoid":""},'.repeat(items - 1)}{"ivoid":""}]}}`)
  // Two sets of a definition with a link each, two Groups of a value each.
  const mostBeside = 250_000 - 2 * (1 + 1 + 1) - 2 * (1 + 1)
  expect(knownHead(filled(mostBeside))).toBeDefined()
  expect(code(filled(mostBeside))).toBeUndefined()
  expect(code(filled(mostBeside + 1))).toBe('JSON_COUNT')
})

it('forgets the oldest of many', () => {
  for (let i = 0; i < 40; i++) readJson3(writeJson3(event(i, [`many${i}`])))
  expect(knownHead(text)).toBeUndefined()
  expect(knownHead(writeJson3(event(1, ['many39'])))).toBeDefined()
})
