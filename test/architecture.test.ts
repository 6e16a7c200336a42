/**
 * The walls of the house (docs/design.md §2): who may import whom, and which room may use which package.
 * Static and dynamic imports alike, types apart from values.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const sharedFiles = [
  'src/flow.ts',
  'src/errors.ts',
  'src/service-errors.ts',
  'src/config.ts',
  'src/config-parts.ts',
  'src/html.ts',
  'src/system-clock.ts',
]

/** A room: the files it may take values from, and its packages. Own files are always allowed. */
interface Room {
  readonly name: string
  readonly owns: (file: string) => boolean
  readonly values: readonly string[]
  /** Other verbs of the pipeline may be imported as types. */
  readonly types: readonly string[]
  readonly packages: readonly string[]
  /** Node built-ins that are not for this room. */
  readonly forbiddenBuiltins?: readonly string[]
}

const verb = (name: string, packages: readonly string[] = []): Room => ({
  name: `src/${name}`,
  owns: (file) => file.startsWith(`src/${name}/`),
  values: ['vo/', 'bridges/contract.ts', ...sharedFiles],
  types: ['src/', 'bridges/draft.ts'],
  packages,
})

const network = ['node:net', 'node:http', 'node:https', 'node:tls', 'node:dgram', 'node:http2']

/** Each way out has its own client. */
const bridgePackages: Readonly<Record<string, readonly string[]>> = {
  email: ['nodemailer', 'postal-mime'],
  'kafka-producer': ['kafkajs', 'snappy', 'lz4-napi'],
  gcn: ['@nasa-gcn/schema', 'ajv'],
  tns: ['yauzl', 'csv-parse'],
  stream: ['ws'],
}
/** Folders of what several bridges use, that are none themselves. */
const sharedFolders: Readonly<Record<string, readonly string[]>> = {
  kafka: ['kafka-producer'],
  gcn: ['kafka-producer'],
  atel: ['report-text'],
  'gcn-circular': ['report-text'],
}

const bridgeFiles = [
  'contract',
  'draft',
  'http',
  'public-address',
  'delivery-key',
  'words',
  'summary',
  'report',
  'report-fitness',
  'hide-secrets',
  'json-text',
  'own-address',
  'post-text',
  'post-template',
  'post-links',
  'post-draft',
  'post-audience',
  'post-config',
  'event-json',
].map((name) => `bridges/${name}.ts`)

const rooms: readonly Room[] = [
  {
    name: 'vo',
    owns: (file) => file.startsWith('vo/'),
    values: [],
    types: [],
    packages: ['fast-xml-parser', 'libxml2-wasm'],
    forbiddenBuiltins: [...network, 'node:child_process', 'node:worker_threads'],
  },
  {
    name: 'bridges (contract)',
    owns: (file) => /^bridges\/[^/]+\.ts$/.test(file),
    values: ['vo/'],
    types: [],
    packages: ['zod', 'undici'],
  },
  ...folders('bridges').map(
    (name): Room => ({
      name: `bridges/${name}`,
      owns: (file) => file.startsWith(`bridges/${name}/`),
      // The files beside the folders: the contract, the HTTP client, words, what an event says.
      values: ['vo/', ...bridgeFiles, ...(sharedFolders[name] ?? []).map((folder) => `bridges/${folder}/`)],
      types: [],
      packages: ['zod', ...(bridgePackages[name] ?? [])],
    }),
  ),
  verb('ingest', ['kafkajs', 'snappy', 'lz4-napi', 'yaml']),
  verb('decode', ['avsc', 'yaml']),
  verb('filter', ['chevrotain']),
  verb('map', ['yaml', 'zod']),
  verb('record', ['@aws-sdk/client-s3', '@aws-sdk/lib-storage']),
  verb('deliver'),
  verb('pictures', ['@napi-rs/canvas', '@resvg/resvg-js']),
  verb('serve', ['fastify', 'prom-client', 'zod', 'fastify-type-provider-zod', '@fastify/swagger']),
  {
    ...verb('pool', ['libxml2-wasm']),
    values: ['vo/', 'bridges/contract.ts', 'src/pictures/', ...sharedFiles],
  },
  verb('demo', ['smtp-server', 'postal-mime', 'fastify']),
  verb('tasks'),
  {
    name: 'src (shared)',
    owns: (file) => sharedFiles.includes(file),
    values: ['vo/', ...sharedFiles],
    types: ['bridges/contract.ts', 'bridges/draft.ts'],
    packages: ['zod', 'yaml'],
  },
  {
    name: 'src/main.ts and src/cli',
    owns: (file) => file === 'src/main.ts' || file.startsWith('src/wiring/') || file.startsWith('src/cli/'),
    values: ['src/', 'vo/', 'bridges/'],
    types: [],
    packages: ['commander', 'pino', 'prom-client', 'kafkajs', 'zod', 'yaml', 'diff'],
  },
]

interface Import {
  readonly from: string
  readonly target: string
  readonly typeOnly: boolean
}

describe('the walls of the house', () => {
  const files = ['src', 'vo', 'bridges']
    .flatMap((folder) => sources(join(root, folder)))
    .map((path) => relative(root, path))

  it('knows the room of every file', () => {
    expect(files.filter((file) => rooms.every((room) => !room.owns(file)))).toEqual([])
  })

  it.each(rooms.map((room) => [room.name, room] as const))('%s keeps its walls', (_, room) => {
    const faults = files.filter(room.owns).flatMap((file) => importsOf(file).flatMap((found) => fault(room, found)))
    expect(faults).toEqual([])
  })

  it('vo reads no clock and no environment', () => {
    const faults = files
      .filter((file) => file.startsWith('vo/'))
      .filter((file) =>
        /\bprocess\.env\b|\bDate\.now\(|new Date\(\)|\bperformance\.now\(/.test(readFileSync(join(root, file), 'utf8')),
      )
    expect(faults).toEqual([])
  })

  it('bridges read no environment and (but for feeds) wait for nothing', () => {
    const feeds = ['vtp', 'stream']
    const faults = files
      .filter((file) => file.startsWith('bridges/'))
      .filter((file) => {
        const text = readFileSync(join(root, file), 'utf8')
        const isFeed = feeds.some((feed) => file.startsWith(`bridges/${feed}/`))
        return (
          /\bprocess\.env\b/.test(text) ||
          (!isFeed && /\bsetTimeout\(|\bsetInterval\(|clock\.sleep\(/.test(text) && file !== 'bridges/contract.ts')
        )
      })
    expect(faults).toEqual([])
  })

  it('data folders hold no code', () => {
    const faults = ['xsd', 'schemas', 'filters']
      .flatMap((folder) => allFiles(join(root, folder)))
      .filter((path) => /\.[cm]?[jt]sx?$/.test(path))
    expect(faults).toEqual([])
  })

  it('files are kebab-case, at most 400 lines, and none is called utils, helpers, common or manager', () => {
    const checked = [
      ...files,
      ...['test', 'scripts', 'bench']
        .flatMap((folder) => sources(join(root, folder)))
        .map((path) => relative(root, path)),
    ]
    const faults = checked.filter((file) => {
      const name = file.split('/').at(-1) ?? ''
      const text = readFileSync(join(root, file), 'utf8')
      // What is generated is read where it is generated from.
      const long = !text.startsWith('// Generated by') && text.split('\n').length > 401
      return !/^[a-z0-9][a-z0-9.-]*\.m?ts$/.test(name) || /^(utils?|helpers?|common|manager)\./.test(name) || long
    })
    expect(faults).toEqual([])
  })

  it('sees what it must see: a forbidden import is a fault', () => {
    const vo = rooms.find((room) => room.name === 'vo') as Room
    expect(fault(vo, { from: 'vo/x.ts', target: 'node:net', typeOnly: false })).toHaveLength(1)
    expect(fault(vo, { from: 'vo/x.ts', target: 'src/flow.ts', typeOnly: true })).toHaveLength(1)
    expect(fault(verb('filter'), { from: 'src/filter/x.ts', target: 'src/map/y.ts', typeOnly: false })).toHaveLength(1)
    expect(fault(verb('filter'), { from: 'src/filter/x.ts', target: 'src/map/y.ts', typeOnly: true })).toEqual([])
    expect(importsIn('a.ts', 'const x = await import("kafkajs")').map((found) => found.target)).toEqual(['kafkajs'])
    expect(importsIn('a.ts', 'export { a } from "zod"').map((found) => found.target)).toEqual(['zod'])
  })
})

function fault(room: Room, { from, target, typeOnly }: Import): string[] {
  const text = `${from} imports ${target}${typeOnly ? ' (type)' : ''}`
  if (target.startsWith('node:')) return room.forbiddenBuiltins?.includes(target) ? [text] : []
  if (/^(src|vo|bridges|scripts|test)\//.test(target)) {
    const allowed =
      room.owns(target) ||
      room.values.some((prefix) => target.startsWith(prefix)) ||
      (typeOnly && room.types.some((prefix) => target.startsWith(prefix)))
    return allowed ? [] : [text]
  }
  const bare = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] ?? target)
  return room.packages.includes(bare) || (typeOnly && bare === 'zod') ? [] : [text]
}

function importsOf(file: string): readonly Import[] {
  return importsIn(file, readFileSync(join(root, file), 'utf8'))
}

function importsIn(file: string, text: string): readonly Import[] {
  const { module, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
  const found = (specifier: string, typeOnly: boolean): Import => ({
    from: file,
    target: specifier.startsWith('.')
      ? relative(root, join(root, dirname(file), specifier))
      : builtinModules.includes(specifier)
        ? `node:${specifier}`
        : specifier,
    typeOnly,
  })
  return [
    ...module.staticImports.map((item) =>
      found(item.moduleRequest.value, item.entries.length > 0 && item.entries.every((entry) => entry.isType)),
    ),
    ...module.staticExports.flatMap((item) =>
      item.entries.flatMap((entry) => (entry.moduleRequest ? [found(entry.moduleRequest.value, entry.isType)] : [])),
    ),
    ...module.dynamicImports.flatMap((item) => {
      const written = text.slice(item.moduleRequest.start, item.moduleRequest.end)
      return /^['"`]/.test(written) ? [found(written.slice(1, -1), false)] : []
    }),
  ]
}

function folders(of: string): string[] {
  return readdirSync(join(root, of), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
}

function sources(folder: string): string[] {
  return allFiles(folder).filter((path) => /\.m?ts$/.test(path))
}

function allFiles(folder: string): string[] {
  try {
    statSync(folder)
  } catch {
    return []
  }
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? allFiles(join(folder, entry.name)) : [join(folder, entry.name)],
  )
}
