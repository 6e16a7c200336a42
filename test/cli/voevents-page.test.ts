/** The commands of docs/voevents.md print what stands there. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { scratch } from './run-cli.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, 'docs/voevents.md'), 'utf8')
const blocks = [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)

/** What a shell prints, standard error with it, where it is the reader's. */
function shell(command: string, cwd: string): string {
  const fountain = `fountain() { "${process.execPath}" "${join(root, 'src/cli/main.ts')}" "$@"; }`
  const script = `${fountain}\nexec 2>&1\n${command}\ntrue`
  return execFileSync('bash', ['--norc', '-c', script], { cwd, encoding: 'utf8', env: { PATH: process.env.PATH } })
}

describe.skipIf(process.platform === 'win32')('docs/voevents.md', () => {
  it('prints what stands there, one block after the other', () => {
    const cwd = scratch()
    copyFileSync(join(root, 'docs/voevent-3/example.json'), join(cwd, 'event.json'))
    expect(blocks.length).toBeGreaterThan(4)
    for (const block of blocks) {
      const commands = block.split('\n').filter((line) => line.startsWith('$ '))
      expect(commands.map((line) => `${line}\n${shell(line.slice(2), cwd)}`).join('')).toBe(block)
    }
  }, 60_000)
})
