/** A real Chromium without a window, with a profile of its own that is gone afterwards. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished } from 'vitest'
import { chromiumPath } from '../tiers.ts'

const run = promisify(execFile)

function freshFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `fountain-${name}-`))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** Runs it; what the page's console said of faults and of refusals by the policy must be nothing. */
export async function chromium(...args: string[]): Promise<string> {
  const quiet = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
  const alone = ['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage']
  const profile = `--user-data-dir=${freshFolder('chromium')}`
  const options = { timeout: 90_000, maxBuffer: 1 << 24 }
  const all = [...quiet, ...alone, profile, '--enable-logging=stderr', ...args]
  const { stdout, stderr } = await run(chromiumPath ?? 'chromium', all, options)
  expect(stderr.split('\n').filter((line) => /CONSOLE|Content Security Policy|Uncaught|Refused to/.test(line))).toEqual(
    [],
  )
  return stdout
}

/** Draws a page; FOUNTAIN_SHOTS names a folder to keep the pictures in. Gives the picture's size in bytes. */
export async function screenshot(name: string, url: string, size: string): Promise<number> {
  const picture = join(process.env.FOUNTAIN_SHOTS ?? freshFolder('shots'), `${name}.png`)
  await chromium(`--window-size=${size}`, `--screenshot=${picture}`, '--hide-scrollbars', url)
  return statSync(picture).size
}
