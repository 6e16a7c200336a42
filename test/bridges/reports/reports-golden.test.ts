/**
 * Twenty real alerts through every bridge, held by files that an astronomer reads: test/golden/reports/SAMPLE/BRIDGE.txt.
 * A refusal stands there with its reasons. `UPDATE_GOLDEN=1` writes them.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bridge, Channel, Host } from '../../../bridges/contract.ts'
import { describeTier } from '../../tiers.ts'
import { testHost } from '../contract.ts'
import { cases, type Survey } from './bridge-cases.ts'
import { itemOf, samples } from './samples.ts'
import { shownRendering } from './shown.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const golden = join(root, 'test/golden/reports')
const updating = process.env.UPDATE_GOLDEN === '1'
const entryOf = (kind: string): string => join(root, 'bridges', kind, 'index.ts')

/** The clock stands where an alert has just come. */
let nowMs = 0
function host(): Host {
  const plain = testHost()
  return { ...plain, clock: { ...plain.clock, now: () => nowMs } }
}

/** A feed has no `bridge`. */
const kinds = readdirSync(join(root, 'bridges'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(entryOf(entry.name)))
  .map(({ name }) => name)
  .filter((name) => /^export const bridge\b/m.test(readFileSync(entryOf(name), 'utf8')))

it('every bridge is here, and nothing else', () => {
  expect(kinds.sort()).toEqual(Object.keys(cases).sort())
  expect(samples).toHaveLength(20)
})

describeTier('samples', 'reports of real alerts', () => {
  describe.each(Object.entries(cases))('by %s', (kind, given) => {
    let bridge: Bridge
    let to: unknown
    const channels = new Map<Survey, Promise<Channel>>()
    const stops: (() => Promise<void>)[] = []
    beforeAll(async () => {
      bridge = (await import(/* @vite-ignore */ pathToFileURL(entryOf(kind)).href)).bridge
      to = bridge.address.parse(given.to)
    })
    afterAll(async () => {
      for (const stop of stops.reverse()) await stop()
    })

    async function open(survey: Survey): Promise<Channel> {
      const started = await given.start?.(survey)
      if (started !== undefined) stops.push(started.stop)
      const channel = await bridge.open(bridge.config.parse(started?.config ?? given.config), host())
      stops.push(() => channel.close())
      if (bridge.checksFirst === true) await channel.check(AbortSignal.timeout(20_000))
      return channel
    }

    it.each(samples)('$name', async (sample) => {
      const survey = sample.file.startsWith('ztf') ? 'ztf' : 'lsst'
      if (!channels.has(survey)) channels.set(survey, open(survey))
      const channel = await channels.get(survey)!
      const item = itemOf(sample, bridge)
      nowMs = Date.parse(`${item.event.who!.date}Z`)
      const text = `# ${sample.said}\n${shownRendering(channel, item, to)}`
      const path = join(golden, sample.name, `${kind}.txt`)
      if (updating) {
        mkdirSync(join(golden, sample.name), { recursive: true })
        writeFileSync(path, text)
      }
      expect(text).toBe(readFileSync(path, 'utf8'))
      expect(Buffer.byteLength(text)).toBeLessThan(14_000)
    })
  })

  it('holds no file of a bridge or sample that is gone', () => {
    for (const name of readdirSync(golden)) {
      for (const file of readdirSync(join(golden, name))) {
        const isKnown = samples.some((one) => one.name === name) && cases[file.replace(/\.txt$/, '')] !== undefined
        if (!isKnown && updating) rmSync(join(golden, name, file))
        else expect(isKnown, `${name}/${file}`).toBe(true)
      }
    }
  })
})
