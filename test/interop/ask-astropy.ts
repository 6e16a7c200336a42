/** Puts questions to a script of the Python peers, one JSON a line, and takes as many answers. */
import { spawnSync } from 'node:child_process'
import { expect } from 'vitest'

/** `script`: its name in this folder. */
export function askAstropy<T>(python: string, script: string, tasks: readonly unknown[]): T[] {
  const path = new URL(script, import.meta.url).pathname
  const input = tasks.map((task) => JSON.stringify(task)).join('\n')
  const { status, stdout, stderr } = spawnSync(python, [path], { input, encoding: 'utf8', maxBuffer: 2 ** 28 })
  expect(status, stderr).toBe(0)
  const answers = stdout.trim().split('\n')
  expect(answers).toHaveLength(tasks.length)
  return answers.map((line) => JSON.parse(line) as T)
}
