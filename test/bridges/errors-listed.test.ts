/** `README.md` here names a test for each fault of a service: those tests are there. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)
const rows = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  .split('\n')
  .map((line) => /^\| (.+) \| `(test\/[\w./-]+)` \| (.+) \|$/.exec(line))
  .filter((row) => row !== null)

it('reads the list', () => expect(rows.length).toBeGreaterThan(100))

it.each(rows.map(([, what, file, title]) => [what!, file!, title!] as const))('%s', (_, file, title) => {
  const path = new URL(file, root)
  expect(existsSync(path), file).toBe(true)
  expect(readFileSync(path, 'utf8')).toContain(title)
})
