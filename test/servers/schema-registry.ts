/**
 * A schema registry on loopback that answers as Rubin's does: Confluent's paths, bodies and error codes, and a version
 * number that is the id.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type RegistryMood = 'well' | 'fails' | 'hangs' | 'garbage'

export interface SchemaRegistry {
  readonly url: string
  /** Schemas by id; may be changed at any time. */
  readonly schemas: Map<number, string>
  /** Every path asked, in order. */
  readonly asked: readonly string[]
  /** `fails` answers 500, `hangs` never answers, `garbage` answers what is no JSON. */
  mood: RegistryMood
  /** Only the subject's versions are served, not `/schemas/ids`. */
  versionsOnly: boolean
  stop(): Promise<void>
}

const errors = {
  subject: [404, 40401, 'Subject not found.'],
  version: [404, 40402, 'Version not found.'],
  schema: [404, 40403, 'Schema not found'],
  internal: [500, 50001, 'Error in the backend data store'],
} as const

export async function startSchemaRegistry(schemas: ReadonlyMap<number, string>): Promise<SchemaRegistry> {
  const asked: string[] = []
  const send = (response: ServerResponse, status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
    response.end(JSON.stringify(body))
  }
  const fail = (response: ServerResponse, kind: keyof typeof errors) => {
    const [status, error_code, message] = errors[kind]
    send(response, status, { error_code, message })
  }
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    if (registry.mood === 'hangs') return
    if (registry.mood === 'fails') return fail(response, 'internal')
    if (registry.mood === 'garbage') return void response.writeHead(200).end('<html>busy</html>')
    if (path === '/subjects') return send(response, 200, ['alert-packet'])
    const byId = /^\/schemas\/ids\/(\d+)$/.exec(path)
    if (byId) {
      const schema = registry.versionsOnly ? undefined : registry.schemas.get(Number(byId[1]))
      return schema === undefined ? fail(response, 'schema') : send(response, 200, { schema })
    }
    const byVersion = /^\/subjects\/([^/]+)\/versions\/(\d+)$/.exec(path)
    if (byVersion?.[1] !== 'alert-packet') return fail(response, 'subject')
    const id = Number(byVersion[2])
    const schema = registry.schemas.get(id)
    if (schema === undefined) return fail(response, 'version')
    return send(response, 200, { subject: 'alert-packet', version: id, id, schema })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const registry: SchemaRegistry = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    schemas: new Map(schemas),
    asked,
    mood: 'well',
    versionsOnly: false,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
  return registry
}
