/** Runs the benchmarks of `bench/`, all or those named: `npm run bench -- kafka-to-event`. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../bench/', import.meta.url))
const named = process.argv.slice(2)
const all = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -3))
const unknown = named.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there are ${all.join(', ')}`)
  process.exit(2)
}
console.log(`${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`)
for (const name of named.length > 0 ? named : all) {
  console.log(`\n== ${name}`)
  const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', `${folder}${name}.ts`], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
