/**
 * Packs `vo/` alone as an npm package, built in a temporary directory: `npm run pack-vo -- [-o DIR]`.
 *
 * Node strips no types below node_modules, so the package holds JavaScript and declarations. Folders keep their places
 * (`vo/`, `xsd/`, `schemas/`): what the code reads beside itself is found there as it is here.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parseSync } from 'oxc-parser'

const root = fileURLToPath(new URL('..', import.meta.url))
export const packageName = '@fountain/voevent'
/** Data that the code reads at run time, or that other languages read the same events by. */
const dataFolders = ['xsd', 'schemas/voevent-3']

interface Project {
  readonly version: string
  readonly license: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** Builds the package and writes `fountain-voevent-<version>.tgz` into the directory; gives the file's path. */
export function packVo(into: string): string {
  const build = mkdtempSync(join(tmpdir(), 'fountain-pack-vo-'))
  try {
    compile(build)
    for (const folder of dataFolders) {
      if (existsSync(join(root, folder))) cpSync(join(root, folder), join(build, folder), { recursive: true })
    }
    cpSync(join(root, 'vo', 'README.md'), join(build, 'README.md'))
    cpSync(join(root, 'LICENSE'), join(build, 'LICENSE'))
    writeFileSync(join(build, 'package.json'), `${JSON.stringify(manifest(build), undefined, 2)}\n`)
    mkdirSync(into, { recursive: true })
    // Its last line is the file's name: whatever else npm says comes before.
    const said = npm(['pack', '--pack-destination', resolve(into)], build)
    return join(resolve(into), said.trim().split('\n').at(-1) as string)
  } finally {
    rmSync(build, { recursive: true, force: true })
  }
}

/** Runs npm in a directory; gives what it wrote. Throws with what it complained of. */
export function npm(args: readonly string[], cwd: string): string {
  try {
    const windows = process.platform === 'win32'
    // A silent npm that runs us would have this one be silent about its errors.
    const env = { ...process.env, npm_config_loglevel: 'error' }
    return execFileSync(windows ? 'npm.cmd' : 'npm', args, {
      cwd,
      env,
      encoding: 'utf8',
      stdio: 'pipe',
      shell: windows,
    })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    const said = `${stderr ?? ''}${stdout ?? ''}`.trim() || String(error)
    throw new Error(`npm ${args[0]} failed: ${said}`)
  }
}

function compile(build: string): void {
  const options = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      rootDir: root,
      outDir: build,
      typeRoots: [join(root, 'node_modules', '@types')],
    },
    include: [join(root, 'vo')],
  }
  const config = join(build, 'tsconfig.json')
  writeFileSync(config, JSON.stringify(options))
  try {
    execFileSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
  } catch (error) {
    throw new Error(`vo/ does not compile:\n${(error as { stdout?: string }).stdout?.trim() || String(error)}`)
  }
  rmSync(config)
  // The compiler rewrites the imports of what runs, not of declarations, and readers of those differ in what they take.
  for (const file of globSync('vo/**/*.d.ts', { cwd: build })) {
    const path = join(build, file)
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replaceAll(/(\bfrom |\bimport\()('\.{1,2}\/[^']*)\.ts'/g, "$1$2.js'"),
    )
  }
}

function manifest(build: string): object {
  const project = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Project
  return {
    name: packageName,
    version: project.version,
    description: 'VOEvents: read, write, validate and convert them, name them by IVOIDs, and speak VTP',
    keywords: ['astronomy', 'voevent', 'vtp', 'ivoa', 'ivoid', 'virtual-observatory'],
    license: project.license,
    type: 'module',
    // node:zlib has Zstandard since then, and an import of what it has not stops the whole package.
    engines: { node: '>=22.15' },
    sideEffects: false,
    exports: {
      '.': { types: './vo/index.d.ts', default: './vo/index.js' },
      './xsd/*': './xsd/*',
      './schemas/*': './schemas/*',
      './package.json': './package.json',
    },
    files: ['vo', ...dataFolders],
    dependencies: dependencies(build, { ...project.devDependencies, ...project.dependencies }),
  }
}

/** The packages that the compiled files import, each at the version that this project pins. */
function dependencies(build: string, pinned: Readonly<Record<string, string>>): Record<string, string> {
  const names = new Set(globSync('vo/**/*.{js,d.ts}', { cwd: build }).flatMap((file) => packagesIn(join(build, file))))
  return Object.fromEntries(
    [...names].sort().map((name) => {
      const version = pinned[name]
      if (version === undefined) throw new Error(`vo/ imports ${name}, which package.json does not name`)
      return [name, version]
    }),
  )
}

function packagesIn(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const { staticImports, staticExports, dynamicImports } = parseSync(file, text).module
  const written = dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start, end))
  return [
    ...staticImports.map((found) => found.moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
    ...written.filter((each) => /^['"`]/.test(each)).map((each) => each.slice(1, -1)),
  ]
    .filter((name) => !name.startsWith('.') && !name.startsWith('node:') && !builtinModules.includes(name))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { out: { type: 'string', short: 'o' } } })
  try {
    console.log(packVo(values.out ?? mkdtempSync(join(tmpdir(), 'fountain-voevent-'))))
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
