/** The status page in a real Chromium: it lays out, its script runs under the policy, and it follows the gateway. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { nowMs, report, startTestGateway } from '../serve/gateway.ts'
import { chromiumPath, describeTier } from '../tiers.ts'

const run = promisify(execFile)

async function chromium(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const profile = mkdtempSync(join(tmpdir(), 'fountain-chromium-'))
  onTestFinished(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }))
  const quiet = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
  const alone = [
    '--disable-component-update',
    '--disable-sync',
    '--disable-dev-shm-usage',
    `--user-data-dir=${profile}`,
  ]
  return run(chromiumPath ?? 'chromium', [...quiet, ...alone, '--enable-logging=stderr', ...args], {
    timeout: 90_000,
    maxBuffer: 1 << 24,
  })
}
/** What the console said of faults and refusals of the policy. */
const complaints = (stderr: string) =>
  stderr.split('\n').filter((line) => /CONSOLE|Content Security Policy|Uncaught|Refused to/.test(line))

describeTier('browser', 'the status page in Chromium', () => {
  it('becomes live, shows what changed meanwhile, and breaks no rule of its policy', async () => {
    let asked = 0
    let time = nowMs
    const { server } = await startTestGateway({
      // The browser's time runs ahead of ours: each look is a second after the last.
      clock: { now: () => (time += 1_000) },
      status: async () => ({ ...report, authority: `look-${++asked}.example` }),
    })
    const { stdout, stderr } = await chromium('--virtual-time-budget=9000', '--dump-dom', server.url)
    expect(complaints(stderr)).toEqual([])
    expect(asked).toBeGreaterThan(1)
    expect(stdout).toMatch(/<p id="live" class="live on" role="status">live<\/p>/)
    expect(Number(/<title>Fountain at look-(\d+)/.exec(stdout)?.[1])).toBeGreaterThan(1)
    expect(Number(/ivo:\/\/look-(\d+)\.example/.exec(stdout)?.[1])).toBeGreaterThan(1)
  })

  it.each([
    ['wide', '1200,1500'],
    ['phone', '500,2400'],
  ])('draws itself: %s', async (name, size) => {
    const { server } = await startTestGateway()
    const folder = process.env.FOUNTAIN_SHOTS ?? mkdtempSync(join(tmpdir(), 'fountain-shot-'))
    if (process.env.FOUNTAIN_SHOTS === undefined) onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const picture = join(folder, `status-${name}.png`)
    const { stderr } = await chromium(
      `--window-size=${size}`,
      `--screenshot=${picture}`,
      '--hide-scrollbars',
      server.url,
    )
    expect(complaints(stderr)).toEqual([])
    // A blank page of this size compresses to far less.
    expect(statSync(picture).size).toBeGreaterThan(30_000)
  })
})
