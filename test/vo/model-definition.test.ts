import { describe, expect, it } from 'vitest'
import { alignments } from '../../scripts/generate/model-tables.ts'
import { bundledSchemaNamed } from '../../src/decode/schemas.ts'
import { classes, enumerations, fieldType, scalarTypes } from '../../vo/model/definition.ts'

const fields = Object.entries(classes).flatMap(([name, { fields }]) =>
  Object.entries(fields).map(([field, definition]) => ({ path: `${name}.${field}`, name, field, definition })),
)

describe('the definition of the model', () => {
  it('has a type, words and a known place for every field', () => {
    for (const { path, definition } of fields) {
      expect(() => fieldType(definition), path).not.toThrow()
      expect(definition.says, path).toMatch(/^[A-Z0-9].*\.$/)
    }
    expect(() => fieldType({ type: 'Nothing?', says: '' })).toThrow("'Nothing' is neither")
    expect(() => fieldType({ type: 'text+', says: '' })).toThrow('no type of a field')
  })

  it('uses every class and every closed list, and each name once', () => {
    const used = new Set(fields.map(({ definition }) => fieldType(definition).base))
    expect(Object.keys(classes).filter((name) => name !== 'VOEvent' && !used.has(name))).toEqual([])
    expect(Object.keys(enumerations).filter((name) => !used.has(name))).toEqual([])
    const names = [...Object.keys(classes), ...Object.keys(enumerations), ...scalarTypes]
    expect(new Set(names).size).toBe(names.length)
  })

  it('takes types apart', () => {
    const often = (type: string) => {
      const { base, kind, cardinality, always, nested } = fieldType({ type, says: '' })
      return [base, kind, cardinality, always, nested]
    }
    expect(often('text')).toEqual(['text', 'scalar', '1', false, false])
    expect(often('Role?')).toEqual(['Role', 'enumeration', '0..1', false, false])
    expect(often('Param*')).toEqual(['Param', 'class', '0..*', true, false])
    expect(often('Param*?')).toEqual(['Param', 'class', '0..*', false, false])
    expect(often('value**')).toEqual(['value', 'scalar', '0..*', true, true])
  })
})

describe('the alignment with the surveys', () => {
  it('names only what the model has', () => {
    const known = new Set(fields.map(({ path }) => path))
    expect(alignments().filter(({ model }) => !known.has(model))).toEqual([])
  })

  it.each([
    ['lsst', 'lsst.v11_1.alert'],
    ['ztf', 'ztf.alert'],
  ] as const)('names only what the newest schema of %s has', (survey, schema) => {
    const known = pathsOf(bundledSchemaNamed(schema)!.json as Schema)
    const unknown = alignments().flatMap((each) => (each[survey] ?? []).filter((path) => !known.has(path)))
    expect(unknown).toEqual([])
    expect(known.size).toBeGreaterThan(100)
  })
})

type Schema = string | readonly Schema[] | Readonly<Record<string, unknown>>

/** Every path of an Avro schema, arrays as `name[]`. */
function pathsOf(schema: Schema): Set<string> {
  const paths = new Set<string>()
  const named = new Map<string, Schema>()
  const walk = (type: Schema, path: string, above: readonly string[]): void => {
    if (typeof type === 'string') {
      const known = named.get(type.split('.').at(-1)!)
      if (known) walk(known, path, above)
      return
    }
    if (Array.isArray(type)) {
      for (const branch of type as readonly Schema[]) walk(branch, path, above)
      return
    }
    const record = type as { type: Schema; name?: string; fields?: { name: string; type: Schema }[]; items?: Schema }
    if (record.type === 'array') walk(record.items!, `${path}[]`, above)
    else if (record.type === 'record') {
      named.set(record.name!.split('.').at(-1)!, type)
      if (above.includes(record.name!)) return
      for (const field of record.fields!) {
        const at = path === '' ? field.name : `${path}.${field.name}`
        paths.add(at)
        walk(field.type, at, [...above, record.name!])
      }
    } else if (typeof record.type === 'object') walk(record.type, path, above)
  }
  walk(schema, '', [])
  return paths
}
