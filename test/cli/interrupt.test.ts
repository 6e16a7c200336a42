/** Ctrl-C as a terminal gives it: to the launchers and the command at once, so that the command hears it twice. */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { until } from '../gateway-process.ts'
import { scratch } from './run-cli.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

it('ends the demo in good order, and its temporary directory with it', async () => {
  const temporary = scratch()
  const child = spawn(process.execPath, ['scripts/node24.mjs', 'src/cli/main.ts', 'demo', '--factor', '200'], {
    cwd: root,
    detached: true,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const group = -(child.pid as number)
  onTestFinished(async () => {
    if (child.exitCode === null) process.kill(group, 'SIGKILL')
    await ended
  })
  await until('numbers are shown', () => /visits?, /.test(stdout))
  expect(readdirSync(temporary)).toHaveLength(1)
  process.kill(group, 'SIGINT')
  expect(await ended).toBe(0)
  expect(stdout).toMatch(/stopping …\n$/)
  expect(readdirSync(temporary)).toEqual([])
})
