/** `docs/reference/api.md`: the OpenAPI document as tables. */
import { openApiDocument } from '../../src/serve/api/api.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}
interface Operation {
  readonly summary: string
  readonly description: string
  readonly tags: readonly string[]
  readonly parameters?: readonly {
    name: string
    in: string
    required?: boolean
    schema: Schema
    description?: string
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: Schema }>> }>>
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

export async function apiPage(): Promise<string> {
  const { paths } = (await openApiDocument()) as { paths: Record<string, Record<string, Operation>> }
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))]
  const parts = tags.map((tag) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(tag))
    return `## ${tag}\n\n${own.map(({ path, method, operation }) => operationText(path, method, operation)).join('\n')}`
  })
  return `# The API\n\nUnder \`/api/v1\`, in JSON. [docs/people.md](../people.md) is the way in; \`GET /api/v1/openapi.json\` gives the same as OpenAPI 3.1. An error is \`{code, message, fix}\`, its code one of [these](errors.md). Lists come newest first: \`beforeId\` is the last id of the page before.\n\n${parts.join('\n')}`
}

function operationText(path: string, method: string, operation: Operation): string {
  const query = (operation.parameters ?? []).filter((one) => one.in === 'query')
  const body = operation.requestBody?.content['application/json']?.schema
  const answer = Object.entries(operation.responses).find(([status]) => /^2\d\d$/.test(status))
  const schema = answer?.[1].content?.['application/json']?.schema
  return [
    `### ${method} ${path}\n\n${operation.summary}. ${operation.description}\n`,
    ...(query.length === 0
      ? []
      : [
          table(
            'query',
            query.map((one) => ({
              name: one.name,
              schema: { description: one.description ?? '', ...one.schema },
              required: one.required === true,
            })),
          ),
        ]),
    ...(body === undefined ? [] : [table('body', members(body))]),
    ...(schema === undefined || answer === undefined
      ? []
      : [`Answers ${answer[0]}: ${schema.type === 'array' ? 'a list of ' : ''}${names(schema.items ?? schema)}.\n`]),
  ].join('\n')
}

interface Member {
  readonly name: string
  readonly schema: Schema
  readonly required: boolean
}

const members = (schema: Schema): Member[] =>
  Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    schema: property,
    required: schema.required?.includes(name) === true && property.default === undefined,
  }))

const names = (schema: Schema): string =>
  Object.keys(schema.properties ?? {})
    .map((name) => `\`${name}\``)
    .join(', ')

function table(head: string, rows: readonly Member[]): string {
  const lines = rows.map(
    ({ name, schema, required }) =>
      `| \`${name}\` | ${cell(typeText(schema))} | ${required ? '**required**' : fallback(schema)} | ${cell(schema.description ?? '')} |`,
  )
  return `| ${head} | type | default | |\n|---|---|---|---|\n${lines.join('\n')}\n`
}

const fallback = ({ default: value }: Schema): string =>
  value === undefined || (typeof value === 'object' && value !== null) ? '' : `\`${JSON.stringify(value)}\``

function typeText(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ')
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(' or ')
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'values' : typeText(schema.items)}`
  if (schema.type === 'object' && schema.properties !== undefined) {
    return `{${members(schema)
      .map(({ name, schema: property }) => `${name}: ${typeText(property)}`)
      .join(', ')}}`
  }
  return schema.type === 'string' ? 'text' : String(schema.type ?? 'any')
}
