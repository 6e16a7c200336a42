/** The form of a mapping file, `schemas/mappings/<survey>.yaml`; docs/mapping.md is written from it. */
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { FountainError } from '../errors.ts'
import { converterNames } from './converters.ts'

const path = z.string().regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/, 'must be a path of names with dots')
const alternatives = z.union([path, z.array(path).min(1)])

const name = z.string().regex(/^[A-Za-z_]\w*$/, 'must be a name')
const target = z
  .string()
  .regex(
    /^(alert|trigger|history|forced|whereWhen|position|movingObject(\.orbit)?|classification\.[A-Za-z_]\w*|what(\.[A-Za-z_]\w*)?)\.[A-Za-z_]\w*$/,
    'must be one of the places that docs/mapping.md lists: alert.<column>, what.<name>, what.<group>.<name>, …',
  )

const quantity = z
  .strictObject({
    to: z.union([target, z.array(target).min(1)]).describe('where it goes: columns of `alert`, Params of What'),
    from: z
      .union([alternatives, z.record(name, alternatives)])
      .describe(
        'path in the schema; of a list the first that has a value; with names for a converter of several inputs',
      ),
    type: z
      .enum(['float', 'double', 'int', 'text', 'boolean'])
      .default('float')
      .describe('`float` is written with the digits of single precision; a boolean as 1 or 0'),
    unit: z.string().min(1).optional().describe('VOUnits'),
    ucd: z.string().min(1).optional().describe('UCD1+'),
    utype: z.string().min(1).optional(),
    convert: z.enum(converterNames).optional(),
    absent: z
      .array(z.union([z.number(), z.string()]))
      .default([])
      .describe('values that stand for nothing'),
    detail: z.literal('full').optional().describe('read for events with full detail alone'),
    prefix: z.string().min(1).optional().describe('set before the value, which makes a name'),
    describe: z.string().min(1),
  })
  .describe('one quantity')

const mappingFile = z.strictObject({
  survey: z.string().regex(/^[a-z][a-z0-9]*$/),
  title: z.string().min(1),
  schemaName: z.string().min(1).describe('pattern of the names of its schemas; its groups are major and minor version'),
  oldest: z
    .string()
    .regex(/^\d+\.\d+$/)
    .optional()
    .describe('oldest version of the schema'),
  observatory: z.strictObject({
    id: z.string().min(1),
    longitudeDeg: z.number().min(-180).max(360),
    latitudeDeg: z.number().min(-90).max(90),
    heightM: z.number(),
  }),
  how: z.array(z.string().min(1)).default([]),
  references: z.array(z.url()).default([]),
  positionError: z.strictObject({
    floorArcsec: z.number().min(0),
    assumedArcsec: z.number().positive(),
  }),
  exposureS: z.number().min(0).default(0).describe('where an alert gives none'),
  movingWithinArcsec: z.number().min(0).default(0),
  testWhen: z.array(path).default([]).describe('fields of which any true makes the event a test'),
  history: path.optional().describe('the array of earlier detections'),
  forced: path.optional().describe('the array of forced photometry'),
  lightCurve: z
    .strictObject({
      name: z.string().min(1),
      describe: z.string().min(1),
      timeScale: z.enum(['TAI', 'UTC', 'TT', 'TDB']),
      filters: z.record(z.string().min(1), z.string().min(1)).describe('SVO identifiers of the bands'),
    })
    .optional(),
  classifications: z
    .record(
      name,
      z.strictObject({ classifier: z.string().min(1), class: z.string().min(1), scheme: z.string().min(1).optional() }),
    )
    .default({}),
  attachments: z
    .array(
      z.strictObject({
        name,
        from: path,
        mediaType: z.string().regex(/^[a-z]+\/[a-z0-9.+-]+$/, 'must be a media type'),
        describe: z.string().min(1),
      }),
    )
    .default([]),
  groups: z.record(name, z.string().min(1)).default({}),
  quantities: z.array(quantity).min(1),
})

export type MappingFile = z.output<typeof mappingFile>
export type Quantity = MappingFile['quantities'][number]

/** Reads a mapping. Throws MAPPING_INVALID with every fault and its line. */
export function parseMappingFile(text: string, file: string): MappingFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const syntax = document.errors[0]
  if (syntax !== undefined) throw new FountainError('MAPPING_INVALID', `${file}: ${syntax.message}`)
  const lineOf = (keys: readonly PropertyKey[]): number => {
    for (let length = keys.length; length > 0; length--) {
      const node = document.getIn(keys.slice(0, length), true) as { range?: [number, number, number] } | undefined
      if (node?.range !== undefined) return lines.linePos(node.range[0]).line
    }
    return 1
  }
  const value: unknown = document.toJS() ?? {}
  const expanded = expand(value)
  const result = mappingFile.safeParse(expanded.value)
  if (result.success) return result.data
  const faults = result.error.issues.map((issue) => {
    const keys = issue.path.map((key, depth) =>
      depth === 1 && issue.path[0] === 'quantities' ? (expanded.written[key as number] ?? key) : key,
    )
    const what = issue.code === 'unrecognized_keys' ? `unknown key ${issue.keys.join(', ')}` : issue.message
    return `  line ${lineOf(keys)}, ${keys.join('.')}: ${what}`
  })
  throw new FountainError('MAPPING_INVALID', `${file}:\n${faults.join('\n')}`)
}

/** Rows with `each: {b: [u, g]}` become one row a value, `{b}` replaced in every text; `written` tells where each stood. */
function expand(value: unknown): { value: unknown; written: number[] } {
  const written: number[] = []
  if (!isMap(value) || !Array.isArray(value.quantities)) return { value, written }
  const quantities = value.quantities.flatMap((row: unknown, index) => {
    const rows = isMap(row) && isMap(row.each) ? eachOf(row, row.each) : [row]
    written.push(...rows.map(() => index))
    return rows
  })
  return { value: { ...value, quantities }, written }
}

function eachOf(row: Record<string, unknown>, each: Record<string, unknown>): unknown[] {
  const [entry, ...more] = Object.entries(each)
  const { each: _, ...rest } = row
  if (entry === undefined || more.length > 0 || !Array.isArray(entry[1])) return [row]
  const [variable, values] = entry as [string, unknown[]]
  return values.map((value) => replaced(rest, `{${variable}}`, String(value)))
}

function replaced(value: unknown, variable: string, by: string): unknown {
  if (typeof value === 'string') return value.replaceAll(variable, by)
  if (Array.isArray(value)) return value.map((item) => replaced(item, variable, by))
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, replaced(v, variable, by)]))
  return value
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
