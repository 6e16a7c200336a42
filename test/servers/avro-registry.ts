/** A schema registry on loopback that takes schemas as Confluent's does: by subject, the same text always the same id. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface AvroRegistry {
  /** `127.0.0.1:8081`. */
  readonly host: string
  readonly asked: readonly { path: string; authorization: string | undefined; schema: string | undefined }[]
  /** What it answers instead of 200. */
  status: number
  /** It takes requests and says nothing. */
  hang: boolean
  stop(): void
}

export async function startAvroRegistry(): Promise<AvroRegistry> {
  const asked: { path: string; authorization: string | undefined; schema: string | undefined }[] = []
  const subjects = new Map<string, number>()
  const schemas = new Map<number, string>()
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (data) => {
      body += data
    })
    request.on('end', () => {
      const path = `${request.method} ${request.url}`
      const { schema } = (body === '' ? {} : JSON.parse(body)) as { schema?: string }
      asked.push({ path, authorization: request.headers.authorization, schema })
      if (registry.hang) return
      response.writeHead(registry.status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
      response.end(JSON.stringify(registry.status === 200 ? answer(path, schema) : refusal(registry.status)))
    })
  })
  function answer(path: string, schema: string | undefined): unknown {
    const subject = /^POST \/subjects\/([^/]+)/.exec(path)?.[1]
    if (subject !== undefined && schema !== undefined) {
      const id = subjects.get(subject) ?? 41 + subjects.size
      subjects.set(subject, id)
      schemas.set(id, schema)
      return { id }
    }
    const asks = /^GET \/schemas\/ids\/(\d+)$/.exec(path)?.[1]
    return asks === undefined ? [...subjects.keys()] : { schema: schemas.get(Number(asks)) }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const registry: AvroRegistry = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    status: 200,
    hang: false,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
  return registry
}

const refusal = (status: number) => ({ error_code: status * 100 + 1, message: 'Incompatible with an earlier one' })
