/** The surveys' own schema files, joined to one schema: for comparison in tests. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

type Json = Readonly<Record<string, unknown>>

/** Every named type is put where it is first referred to, as a registry gives it. */
export function referenceSchema(directory: string, top: string): Json {
  const files = readdirSync(directory).filter((file) => file.endsWith('.avsc'))
  const named = new Map<string, Json>()
  for (const file of files) {
    const json = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Json
    named.set(`${String(json.namespace)}.${String(json.name)}`, json)
  }
  const used = new Set<string>()
  const inline = (type: unknown): unknown => {
    if (typeof type === 'string') {
      const found = named.get(type)
      if (found === undefined || used.has(type)) return type
      used.add(type)
      return inline(found)
    }
    if (Array.isArray(type)) return type.map(inline)
    const json = { ...(type as Json) }
    if (json.type === 'record') {
      json.fields = (json.fields as Json[]).map((field) => ({ ...field, type: inline(field.type) }))
    } else if (json.type === 'array') json.items = inline(json.items)
    else if (typeof json.type === 'object') json.type = inline(json.type)
    return json
  }
  return inline(top) as Json
}
