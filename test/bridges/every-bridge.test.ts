import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const kinds = readdirSync(join(root, 'bridges'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(root, 'bridges', entry.name, 'index.ts')))
  .map((entry) => entry.name)
const tests = ['test/bridges', 'test/kafka']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => readFileSync(path, 'utf8'))

describe('every way out', () => {
  it.each(kinds)('%s: is what its folder says, has a README, and a bridge runs the suite', async (kind) => {
    const path = join(root, 'bridges', kind)
    const { bridge, feed } = await import(/* @vite-ignore */ pathToFileURL(join(path, 'index.ts')).href)
    expect((bridge ?? feed).kind).toBe(kind)
    expect(existsSync(join(path, 'README.md'))).toBe(true)
    if (bridge === undefined) return
    // A bridge whose messages people hand in has no other side to misbehave.
    const suite = bridge.byHand ? /^ *testHandInBridge\(/m : /^ *testBridge\(/m
    const own = tests.filter((text) => text.includes(`/bridges/${kind}/index.ts'`) && suite.test(text))
    expect(own).not.toEqual([])
    for (const text of own) expect(text).not.toMatch(/\b(it|describe|test)\.(skip|todo|only)|skipIf|runIf/)
  })
})
