/** `npm run stand-ins`, as a newcomer calls it: what it prints is a configuration that holds. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { fountain, scratch } from './cli/run-cli.ts'
import { until } from './gateway-process.ts'

const script = fileURLToPath(new URL('../scripts/stand-ins.ts', import.meta.url))

it('prints a whole configuration, which check finds right to the last credential', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (bytes) => (said += bytes))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  onTestFinished(() => void child.kill('SIGKILL'))
  await until('the stand-ins run', () => said.includes('Ctrl-C stops them'), 30_000)

  const path = join(scratch(), 'fountain.yaml')
  writeFileSync(path, said.slice(said.indexOf('\nauthority:'), said.indexOf('\nWhat comes')))
  const { code, stdout, stderr } = await fountain(['check', '-c', path])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const bridges = [...stdout.matchAll(/^ok {3}bridges\.([\w-]+): /gm)].map(([, name]) => name)
  expect(bridges).toEqual(['tns', 'gcn', 'hermes', 'mastodon', 'bluesky', 'x', 'slack', 'atel', 'gcn-circular'])

  child.kill('SIGINT')
  expect(await ended).toBe(0)
})
