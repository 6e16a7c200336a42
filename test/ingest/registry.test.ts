import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import avro from 'avsc'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FountainError } from '../../src/errors.ts'
import { openRegistry } from '../../src/ingest/registry.ts'
import { lsstSchemas } from '../servers/lsst-schemas.ts'
import { type SchemaRegistry, startSchemaRegistry } from '../servers/schema-registry.ts'
import { describeTier, referenceDir } from '../tiers.ts'
import { testLog } from './host.ts'

const schema = '{"type":"record","name":"lsst.v11_1.alert","fields":[{"name":"diaSourceId","type":"long"}]}'
let server: SchemaRegistry
let cacheDir: string
let nowMs: number
beforeEach(async () => {
  server = await startSchemaRegistry(new Map([[1101, schema]]))
  cacheDir = mkdtempSync(join(tmpdir(), 'fountain-registry-'))
  nowMs = 0
})
afterEach(async () => {
  await server.stop()
  rmSync(cacheDir, { recursive: true })
})

const clock = { monotonic: () => nowMs }
const open = (url = server.url) => openRegistry({ url, cacheDir, clock, log: testLog(), timeLimitMs: 300 })
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof FountainError ? error.code : error),
  )
const cached = () => readdirSync(cacheDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())

describe('a schema', () => {
  it('is asked for once, however many packets wait for it', async () => {
    const registry = open()
    const found = await Promise.all([registry.schemaById(1101), registry.schemaById(1101), registry.schemaById(1101)])
    expect(found).toEqual([schema, schema, schema])
    expect(await registry.schemaById(1101)).toBe(schema)
    expect(server.asked).toEqual(['/schemas/ids/1101'])
  })
  it('stays on disk: another start needs no registry', async () => {
    await open().schemaById(1101)
    await server.stop()
    expect(await open().schemaById(1101)).toBe(schema)
    server = await startSchemaRegistry(new Map())
  })
  it('is asked for anew when the file was damaged', async () => {
    await open().schemaById(1101)
    const [file] = cached()
    writeFileSync(join(file!.parentPath, file!.name), schema.slice(0, 20))
    expect(await open().schemaById(1101)).toBe(schema)
    expect(readFileSync(join(file!.parentPath, file!.name), 'utf8')).toBe(schema)
    expect(cached()).toHaveLength(1)
  })
  it('of one registry is not taken for another’s', async () => {
    const other = await startSchemaRegistry(new Map([[1101, '"long"']]))
    await open().schemaById(1101)
    expect(await open(other.url).schemaById(1101)).toBe('"long"')
    await other.stop()
  })
  it('is found by the subject’s version where ids are not served', async () => {
    server.versionsOnly = true
    expect(await open().schemaById(1101)).toBe(schema)
    expect(server.asked).toEqual(['/schemas/ids/1101', '/subjects/alert-packet/versions/1101'])
  })
})

describe('an unknown id', () => {
  it('is an error of its own, remembered for a minute, and known once it is there', async () => {
    const registry = open()
    expect(await code(registry.schemaById(1200))).toBe('REGISTRY_UNKNOWN_ID')
    const asked = server.asked.length
    expect(await code(registry.schemaById(1200))).toBe('REGISTRY_UNKNOWN_ID')
    expect(server.asked.length).toBe(asked)
    expect(await registry.schemaById(1101)).toBe(schema)
    server.schemas.set(1200, '"int"')
    nowMs += 61_000
    expect(await registry.schemaById(1200)).toBe('"int"')
  })
  it('is not answered by the schema of another id', async () => {
    const registry = openRegistry({
      url: server.url,
      cacheDir,
      clock,
      log: testLog(),
      fetch: async (input) =>
        String(input).includes('/subjects/')
          ? Response.json({ subject: 'alert-packet', version: 3, id: 77, schema })
          : Response.json({ error_code: 40403, message: 'Schema not found' }, { status: 404 }),
    })
    expect(await code(registry.schemaById(3))).toBe('REGISTRY_UNKNOWN_ID')
  })
})

describe('a registry that is ill', () => {
  it.each(['fails', 'hangs', 'garbage'] as const)(
    '(%s) is unreachable, not ignorant, and asked again later',
    async (mood) => {
      const registry = open()
      server.mood = mood
      expect(await code(registry.schemaById(1101))).toBe('REGISTRY_UNREACHABLE')
      const asked = server.asked.length
      expect(await code(registry.schemaById(1100))).toBe('REGISTRY_UNREACHABLE')
      expect(server.asked.length, 'one request finds the outage').toBe(asked)
      server.mood = 'well'
      nowMs += 6_000
      expect(await registry.schemaById(1101)).toBe(schema)
    },
  )
  it('that is not there is named, without the password', async () => {
    await server.stop()
    const registry = open(server.url.replace('http://', 'http://me:hidden@'))
    const error = await registry.schemaById(1101).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE' })
    expect((error as Error).message).toContain('ECONNREFUSED')
    expect((error as Error).message).not.toContain('hidden')
    server = await startSchemaRegistry(new Map())
  })
})

describe('check', () => {
  it('passes when the registry answers and names it when not', async () => {
    await open().check(AbortSignal.timeout(5_000))
    server.mood = 'fails'
    expect(await code(open().check(AbortSignal.timeout(5_000)))).toBe('REGISTRY_UNREACHABLE')
  })
})

it('sends a name and password of the URL as HTTP Basic', async () => {
  let seen: string | undefined
  const registry = openRegistry({
    url: 'http://me:p%40ss@registry.example/base/',
    cacheDir,
    clock,
    log: testLog(),
    fetch: async (input, init) => {
      seen = `${String(input)} ${new Headers(init?.headers).get('authorization')}`
      return Response.json({ schema })
    },
  })
  await registry.schemaById(1101)
  expect(seen).toBe(`http://registry.example/base/schemas/ids/1101 Basic ${Buffer.from('me:p@ss').toString('base64')}`)
})

describeTier('samples', 'Rubin’s schemas from the stand-in', () => {
  it('are whole: avsc takes each as it comes', async () => {
    const schemas = lsstSchemas(join(referenceDir!, 'avro', 'lsst'))
    expect([...schemas.keys()].sort((a, b) => a - b)).toEqual([700, 701, 702, 703, 704, 800, 900, 1000, 1100, 1101])
    for (const [id, text] of schemas) server.schemas.set(id, text)
    const registry = open()
    for (const id of schemas.keys()) {
      const type = avro.Type.forSchema(JSON.parse(await registry.schemaById(id)) as avro.Schema)
      expect((type as avro.types.RecordType).name).toBe(`lsst.v${Math.floor(id / 100)}_${id % 100}.alert`)
    }
  })
})
