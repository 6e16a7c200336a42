// Runs a script on Node 24, whatever Node called it: the binary comes with `npm ci` as an optional dependency.
// Plain JavaScript that Node 18 can read. (npm 10 drops the shared `.bin/node` link when it discards the other
// platforms' packages, so this looks the binary up by its package and never relies on that link.)
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const WANTED_MAJOR = 24
const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The Node binary to use: this one where it is new enough, else the one that npm installed. */
export function findNode() {
  const exe = process.platform === 'win32' ? 'node.exe' : 'node'
  for (const prefix of ['node', 'node-bin']) {
    const path = join(
      root,
      'node_modules',
      `${prefix}-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
      'bin',
      exe,
    )
    if (existsSync(path)) return path
  }
  return Number.parseInt(process.versions.node, 10) >= WANTED_MAJOR ? process.execPath : undefined
}

const node = findNode()
const args = process.argv.slice(2)
if (node === undefined) {
  console.error(
    `fountain needs Node ${WANTED_MAJOR}; this is ${process.version} and npm has no Node for ${process.platform}-${process.arch}: install Node ${WANTED_MAJOR} or newer, then run the same command again.`,
  )
  process.exit(3)
}
const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...args], {
  stdio: 'inherit',
  env: { ...process.env, PATH: dirname(node) + delimiter + (process.env.PATH ?? '') },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 128
})
