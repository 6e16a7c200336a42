/** `vo/` as a package of its own: packed, installed into a scratch project, used by JavaScript and by TypeScript. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { npm, packageName, packVo } from '../../scripts/pack-vo.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'fountain-pack-'))
const scratch = join(work, 'scratch')
const installed = join(scratch, 'node_modules', packageName)
/** npm says one of these when there is neither a registry nor a cache that has the packages. */
const unreachable = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/
let before: readonly string[]
let after: readonly string[]
let tarball: string
let missing: string | undefined

const filesOf = (folder: string) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))

/** What lies where a build might write. */
const lyingAbout = () => [...readdirSync(root), ...filesOf(join(root, 'vo')), ...filesOf(join(root, 'scripts'))].sort()

beforeAll(() => {
  before = lyingAbout()
  tarball = packVo(work)
  after = lyingAbout()
  mkdirSync(scratch)
  writeFileSync(join(scratch, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  try {
    npm(
      [
        'install',
        tarball,
        '--prefer-offline',
        '--no-audit',
        '--no-fund',
        '--fetch-retries=1',
        '--fetch-retry-mintimeout=100',
      ],
      scratch,
    )
  } catch (error) {
    const text = String(error)
    if (process.env.CI === 'true' || !unreachable.test(text)) throw error
    missing = `npm reaches no registry and has no cache of the packages: ${text.slice(0, 300)}`
    console.warn(`SKIPPED: ${missing}`)
  }
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

/** Writes a program into the scratch project and runs it by plain Node; gives what it printed. */
function run(name: string, text: string): string {
  writeFileSync(join(scratch, name), text)
  return execFileSync(process.execPath, [name], { cwd: scratch, encoding: 'utf8', env: { PATH: process.env.PATH } })
}

/** What the compiler says of a program in the scratch project; empty when it has nothing to say. */
function typeFaults(name: string, text: string, skipLibCheck: boolean): string {
  writeFileSync(join(scratch, name), text)
  const config = join(scratch, 'tsconfig.json')
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    // So that a type that has no name outside of the package is a fault.
    declaration: true,
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'dom'],
    types: [],
    skipLibCheck,
  }
  writeFileSync(config, JSON.stringify({ compilerOptions, files: [name] }))
  try {
    return execFileSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config], {
      cwd: scratch,
      encoding: 'utf8',
    })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

it('packing leaves nothing in the checkout', () => {
  expect(after).toEqual(before)
})

describe('the package', () => {
  beforeEach((test) => test.skip(missing !== undefined, missing))

  it('holds the compiled kernel, its schemas, a README and the licence, and nothing else', () => {
    const files = filesOf(installed)
    const sources = filesOf(join(root, 'vo')).filter((file) => file.endsWith('.ts'))
    const folders = ['xsd', 'schemas/voevent-3'].filter((folder) => existsSync(join(root, folder)))
    const data = folders.flatMap((folder) => filesOf(join(root, folder)).map((file) => `${folder}/${file}`))
    const compiled = sources.flatMap((file) => ['.js', '.d.ts'].map((end) => `vo/${file.slice(0, -3)}${end}`))
    expect(files.sort()).toEqual([...compiled, ...data, 'LICENSE', 'README.md', 'package.json'].sort())
    expect(data).toContain('xsd/VOEvent-v2.0.xsd')
    expect(readFileSync(join(installed, 'LICENSE'))).toEqual(readFileSync(join(root, 'LICENSE')))
  })

  it('says what it is and needs', () => {
    const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, string>>
    const manifest = read(join(installed, 'package.json'))
    const project = read(join(root, 'package.json'))
    expect(manifest).toMatchObject({
      name: '@fountain/voevent',
      version: project.version,
      license: project.license,
      type: 'module',
      engines: { node: '>=22.15' },
    })
    expect(manifest.dependencies).toEqual({
      'fast-xml-parser': project.dependencies?.['fast-xml-parser'],
      'libxml2-wasm': project.dependencies?.['libxml2-wasm'],
    })
    expect(Object.keys(manifest).filter((key) => /[dD]ependencies|scripts/.test(key))).toEqual(['dependencies'])
  })

  it('gives its files to tools, and keeps its inside to itself', () => {
    const { resolve } = createRequire(join(scratch, 'index.js'))
    expect(existsSync(resolve(`${packageName}/xsd/VOEvent-v2.0.xsd`))).toBe(true)
    expect(() => resolve(`${packageName}/vo/ivoid.js`)).toThrow(/not defined by "exports"/)
  })

  it('holds what its code reads beside itself', () => {
    const beside = filesOf(installed)
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) =>
        [...readFileSync(join(installed, file), 'utf8').matchAll(/new URL\(['"`](\.[^'"`$]*)/g)].map(([, path = '']) =>
          join(installed, file, '..', path),
        ),
      )
    expect(beside.length).toBeGreaterThan(0)
    expect(beside.filter((path) => !existsSync(path))).toEqual([])
  })

  it('writes, reads, validates, mints and frames in a plain module', () => {
    const printed = run(
      'use.mjs',
      `import { eventIvoid, FrameDecoder, frame, openValidator, readVOEvent, writeVOEvent20 } from '${packageName}'
const ivoid = eventIvoid({ authority: 'scratch.test', path: 'stream', local: '9007199254740993' })
const param = { definition: { name: 'id', dataType: 'int' }, value: 9007199254740993n }
const what = { params: [param], groups: [], tables: [], descriptions: ['a < b & "c"'], references: [] }
const bytes = writeVOEvent20({ ivoid, role: 'test', what })
const { event, version, oddities } = readVOEvent(bytes, { mode: 'strict' })
const validator = await openValidator()
const { valid } = validator.validate(bytes)
const as21 = validator.validate(bytes, { version: '2.1' })
const invalid = validator.validate(new TextEncoder().encode('<VOEvent/>'))
const { payloads } = new FrameDecoder().push(frame(bytes))
console.log(JSON.stringify({
  ivoid: event.ivoid, value: event.what.params[0].value, text: event.what.descriptions[0], version, oddities,
  valid, as21: as21.valid, invalid: invalid.valid, framed: Buffer.compare(payloads[0], bytes),
}))`,
    )
    expect(JSON.parse(printed)).toEqual({
      ivoid: 'ivo://scratch.test/stream#9007199254740993',
      value: '9007199254740993',
      text: 'a < b & "c"',
      version: '2.0',
      oddities: [],
      valid: true,
      as21: false,
      invalid: false,
      framed: 0,
    })
  })

  it('is typed: a strict program checks against it, and a wrong one is refused', () => {
    const right = `import { readVOEvent, type VOEvent, writeVOEvent20, openValidator, type Validation } from '${packageName}'
const event: VOEvent = { ivoid: 'ivo://scratch.test/stream#1', role: 'test' }
const bytes: Uint8Array = writeVOEvent20(event)
export const name: string | undefined = readVOEvent(bytes, { mode: 'lenient' }).event.what?.params[0]?.definition.name
export const verdict: Promise<Validation> = openValidator().then((validator) => validator.validate(bytes))
`
    expect(typeFaults('right.ts', right, false)).toBe('')
    const wrong = typeFaults('wrong.ts', right.replace("role: 'test'", "role: 'rumour'"), false)
    expect(wrong).toMatch(/^wrong\.ts\(2,\d+\): error TS2322: .*rumour/)
    // (an unresolved import would make everything any)
    expect(wrong.split('\n').filter((line) => line.includes('error TS'))).toHaveLength(1)
  })

  it('names every type that its functions and classes take and give', () => {
    const program = run(
      'names.mjs',
      `import * as vo from '${packageName}'
console.log("import * as vo from '${packageName}'")
for (const [name, it] of Object.entries(vo)) {
  if (typeof it !== 'function') continue
  const isClass = String(it).startsWith('class')
  const taken = (isClass ? 'ConstructorParameters' : 'Parameters') + '<typeof vo.' + name + '>'
  console.log('export const ' + name + 'Takes = (given: ' + taken + ') => [...given]')
  if (!isClass) console.log('export const ' + name + 'Gives = (...given: ' + taken + ') => vo.' + name + '(...given)')
  for (const member of isClass ? Object.getOwnPropertyNames(it.prototype) : []) {
    if (member !== 'constructor') console.log('export const ' + name + '_' + member + ' = (one: vo.' + name + ') => one.' + member)
  }
}`,
    )
    expect(program).toContain('readVOEventGives')
    expect(program).toContain('Subscriber_receive')
    expect(typeFaults('names.ts', program, true)).toBe('')
  })
})

describe('the README', () => {
  const text = readFileSync(join(root, 'vo', 'README.md'), 'utf8')
  const examples = [...text.matchAll(/^```ts\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```\n/gm)].map(
    ([, program = '', output = ''], index) => ({ name: `example-${index + 1}.ts`, program, output }),
  )

  it('has a program and its output in every example', () => {
    expect(examples).toHaveLength(text.match(/^```ts$/gm)?.length ?? 0)
    expect(examples.length).toBeGreaterThan(5)
  })

  it.for(examples)('$name prints what stands there, and is well typed', ({ name, program, output }) => {
    expect(run(name, program)).toBe(output)
    expect(typeFaults(name, program, true)).toBe('')
  })
})
