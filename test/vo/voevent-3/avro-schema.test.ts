import { createHash } from 'node:crypto'
import avro from 'avsc'
import { describe, expect, it } from 'vitest'
import { classes, enumerations } from '../../../vo/model/definition.ts'
import { crc64Avro, parsingCanonicalForm } from '../../../vo/voevent-3/avro-canonical.ts'
import { avro3CanonicalForm, avro3Fingerprint, avro3SchemaText } from '../../../vo/voevent-3/avro-schema.ts'
import { publishedSchema } from './avro-oracle.ts'

const coded = (code: string) => expect.objectContaining({ name: 'VOEventError', code })

describe('the Avro schema of the draft', () => {
  it('says the same with and without words for people, and avsc agrees on its canonical form', () => {
    expect(parsingCanonicalForm(publishedSchema)).toBe(avro3CanonicalForm)
    const md5 = createHash('md5').update(avro3CanonicalForm).digest('hex')
    expect(avro.Type.forSchema(publishedSchema).fingerprint().toString('hex')).toBe(md5)
    expect(avro.Type.forSchema(JSON.parse(avro3SchemaText)).fingerprint().toString('hex')).toBe(md5)
    expect(crc64Avro(avro3CanonicalForm)).toEqual(avro3Fingerprint)
  })

  it('has every class and list of words of the model that the wire has, with its words, units and UCDs', () => {
    const records = new Map<
      string,
      { doc: string; fields: { name: string; doc: string; unit?: string; ucd?: string }[] }
    >()
    const collect = (type: unknown): void => {
      if (Array.isArray(type)) type.forEach(collect)
      else if (type !== null && typeof type === 'object') {
        const named = type as { type: unknown; name?: string; fields?: { type: unknown }[]; items?: unknown }
        if (named.name !== undefined) records.set(named.name, named as never)
        for (const { type: inner } of named.fields ?? []) collect(inner)
        collect(named.items)
        if (typeof named.type === 'object') collect(named.type)
      }
    }
    collect(publishedSchema)
    const model = [...Object.keys(classes).filter((name) => name !== 'Param'), ...Object.keys(enumerations)]
    const own = ['ParamSet', 'ParamSetId', 'ParamList', 'ParamReferences']
    expect([...records.keys()].sort()).toEqual([...model, ...own].sort())
    const radius = records.get('Region')!.fields.find(({ name }) => name === 'areaDeg2')!
    expect(radius).toMatchObject({ doc: 'Its area.', unit: 'deg**2', ucd: 'phys.angArea' })
    for (const [name, { says, fields }] of Object.entries(classes).filter(([name]) => name !== 'Param')) {
      expect(records.get(name)!.doc).toBe(says)
      const names = records.get(name)!.fields.map((field) => field.name)
      expect(names).toEqual([...(name === 'VOEvent' ? ['paramSets'] : []), ...Object.keys(fields)])
    }
  })
})

describe('the parsing canonical form', () => {
  it.each([
    ['null', '"null"', 0x63dd24e7cc258f8an],
    [{ type: 'int' }, '"int"', 0x7275d51a3f395c8fn],
  ])('of %j has the fingerprint of the specification’s tests', (schema, form, fingerprint) => {
    expect(parsingCanonicalForm(schema)).toBe(form)
    expect(Buffer.from(crc64Avro(form)).readBigUInt64LE()).toBe(fingerprint)
  })

  it.each([
    [
      { type: 'record', namespace: 'x.y', name: 'a.b.R', doc: 'd', aliases: ['S'], fields: [{ type: 'R', name: 'r' }] },
      '{"name":"a.b.R","type":"record","fields":[{"name":"r","type":"a.b.R"}]}',
    ],
    [
      {
        name: 'R',
        namespace: 'n',
        type: 'record',
        fields: [
          { name: 'e', default: 'A', type: { type: 'enum', name: 'E', symbols: ['A', 'B'], default: 'A' } },
          { name: 'f', type: { size: 16, type: 'fixed', name: 'F', namespace: 'm' } },
          { name: 'u', type: ['null', 'E', 'm.F', { type: 'map', values: { type: 'long', logicalType: 'x' } }] },
          { name: 'l', type: { items: 'R', type: 'array' } },
        ],
      },
      '{"name":"n.R","type":"record","fields":[{"name":"e","type":{"name":"n.E","type":"enum","symbols":["A","B"]}},{"name":"f","type":{"name":"m.F","type":"fixed","size":16}},{"name":"u","type":["null","n.E","m.F",{"type":"map","values":"long"}]},{"name":"l","type":{"type":"array","items":"n.R"}}]}',
    ],
  ])('of %j', (schema, form) => {
    expect(parsingCanonicalForm(schema)).toBe(form)
  })

  it.each([
    [null],
    [5],
    [{}],
    [{ type: 'record' }],
    [{ type: 'record', name: 'R' }],
    [{ type: 'record', name: 'R', fields: [null] }],
    [{ type: 'enum', name: 'E', symbols: [1] }],
    [{ type: 'array' }],
    [{ type: 'record', name: 'R', namespace: 3, fields: [] }],
  ])('is refused for %j', (schema) => {
    expect(() => parsingCanonicalForm(schema)).toThrow(coded('AVRO_SCHEMA'))
  })

  it('is refused for what is too deep', () => {
    let schema: unknown = 'int'
    for (let depth = 0; depth < 100_000; depth++) schema = depth % 2 === 0 ? { type: 'array', items: schema } : [schema]
    expect(() => parsingCanonicalForm(schema)).toThrow(coded('AVRO_SCHEMA'))
  })
})
