/**
 * The unified schemas of GCN (@nasa-gcn/schema, or a released copy beside it): read from disk, never fetched. Their
 * `$id`s hold the release, and notices name it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

export interface NoticeSchema {
  /** `https://gcn.nasa.gov/schema/v7.2.3/gcn/notices/…`: what notices name as their `$schema`. */
  readonly id: string
  /** What is wrong by the schema, as `/ra must be number`; empty where nothing is. */
  faults(notice: unknown): readonly string[]
  /** Does the schema know this property of the notice? Its open ends (`additionalProperties`) know every name. */
  knows(...path: readonly string[]): boolean
}

interface Schema {
  readonly $id?: string
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, Schema | boolean>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema | boolean
  readonly allOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

/** A schema and the `$id` that its references start from. */
interface Place {
  readonly schema: Schema
  readonly base: string
}

const released = /^https:\/\/gcn\.nasa\.gov\/schema\/v\d+\.\d+\.\d+\//

/** Throws Error with what to do about it, where there is no such schema or it is of no release. */
export function readNoticeSchema(path: string, folder: string = shippedFolder()): NoticeSchema {
  const all = readAll(folder)
  const schema = all.get(path)
  if (schema === undefined) {
    const known = [...all.keys()].filter((name) => name.startsWith('gcn/notices/') && !name.includes('/core/'))
    throw new Error(`no schema ${path} in ${folder}: name one of ${known.join(', ')}, or a newer copy as schemaFolder`)
  }
  const id = schema.$id ?? ''
  if (!released.test(id) || !id.endsWith(`/${path}`)) {
    throw new Error(`the schema ${path} in ${folder} is of no release ($id ${id || 'missing'}): take a released copy`)
  }
  const byId = new Map([...all.values()].map((one) => [one.$id ?? '', one]))
  const top: Place = { schema, base: id }
  const known = new Map<string, boolean>()
  let validate: ValidateFunction | undefined
  const compiled = (): ValidateFunction => {
    // Formats are checked by what we know of them ourselves: most fields of time here have none.
    const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false })
    for (const [key, one] of byId) if (key !== '') ajv.addSchema(one)
    return ajv.getSchema(id) as ValidateFunction
  }
  return {
    id,
    faults(notice) {
      validate ??= compiled()
      if (validate(notice)) return []
      return (validate.errors ?? []).map(({ instancePath, message, params }) => {
        const name = (params as { unevaluatedProperty?: string }).unevaluatedProperty
        return `${instancePath === '' ? 'The notice' : instancePath} ${message}${name === undefined ? '' : ` (${name})`}.`
      })
    },
    knows(...names) {
      const path = JSON.stringify(names)
      const before = known.get(path)
      if (before !== undefined) return before
      const places = names.reduce<Place[]>((at, name) => at.flatMap((place) => below(place, name, byId)), [top])
      // Drafts may bring any names.
      if (known.size > 2_000) known.clear()
      known.set(path, places.length > 0)
      return places.length > 0
    },
  }
}

/** Where a property, or the items of a list, is described. */
function below(place: Place, name: string, byId: ReadonlyMap<string, Schema>): Place[] {
  return partsOf(place, byId).flatMap(({ schema, base }) => {
    const { properties, items, additionalProperties } = schema
    const own = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
    const found = name === '[]' ? items : (own ?? additionalProperties)
    if (found === undefined || found === false) return []
    return [{ schema: found === true ? {} : found, base }]
  })
}

/** A schema with all that it refers to and is put together of. */
function partsOf({ schema, base }: Place, byId: ReadonlyMap<string, Schema>): Place[] {
  const { $ref, allOf = [], anyOf = [], oneOf = [] } = schema
  const more = [...allOf, ...anyOf, ...oneOf].map((part) => ({ schema: part, base }))
  const target = $ref === undefined ? undefined : resolved($ref, base, byId)
  return [
    { schema, base },
    ...[...more, ...(target === undefined ? [] : [target])].flatMap((part) => partsOf(part, byId)),
  ]
}

function resolved($ref: string, base: string, byId: ReadonlyMap<string, Schema>): Place | undefined {
  const url = new URL($ref, base)
  const pointer = url.hash.slice(1)
  url.hash = ''
  const steps = pointer.split('/').filter((step) => step !== '')
  const found = steps.reduce<unknown>(
    (at, step) => (at as Record<string, unknown> | undefined)?.[step],
    byId.get(url.href),
  )
  return found === undefined ? undefined : { schema: found as Schema, base: url.href }
}

function shippedFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('@nasa-gcn/schema/package.json'))
}

function readAll(folder: string): Map<string, Schema> {
  let names: string[]
  try {
    names = readdirSync(join(folder, 'gcn'), { recursive: true, encoding: 'utf8' })
  } catch {
    throw new Error(`${folder} holds no GCN schemas: it needs the folder gcn/notices of a release`)
  }
  return new Map(
    names
      .map((name) => `gcn/${name.replaceAll('\\', '/')}`)
      .filter((name) => name.endsWith('.schema.json'))
      .map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as Schema]),
  )
}
