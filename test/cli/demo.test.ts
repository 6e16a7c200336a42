import { describe, expect, it } from 'vitest'
import { fountain, scratch, startFountain } from './run-cli.ts'

/** `12 visits, 480 alerts, …` as numbers, line by line. */
const counts = (stdout: string): number[][] =>
  [
    ...stdout.matchAll(
      /^([\d,]+) visits?, ([\d,]+) alerts, ([\d,]+) VOEvents? published, (\d+) subscribers, ([\d,]+) mails?$/gm,
    ),
  ].map(([, ...numbers]) => numbers.map((text) => Number(text.replaceAll(',', ''))))
/** What it prints, without what differs from run to run. */
const shape = (stdout: string): string =>
  stdout
    .replace(/([\d,]+ visits?,.*\n)+/, 'COUNTS\n')
    .replace(/fountain_\S+/, 'TOKEN')
    .replace(/127\.0\.0\.1:\d+/g, 'PLACE')

describe('fountain demo', () => {
  it('runs beside another one on other ports, shows numbers moving, and ends by itself', async () => {
    const first = startFountain(['demo', '--factor', '200', '--data', scratch()])
    const [, page] = await first.says(/the page +(\S+)/)
    const second = await fountain(['demo', '--factor', '200', '--for', '5', '--data', scratch()])
    expect(second.stderr).toBe('')
    expect(second.code).toBe(0)
    const [early, late] = [counts(second.stdout)[0], counts(second.stdout).at(-1)]
    const [visits = 0, alerts = 0, events = 0, , mails = 0] = late ?? []
    expect([visits > (early?.[0] ?? 0), alerts > 40, events > 0, mails > 0]).toEqual([true, true, true, true])

    // The first took what ports it could; none of them is the second's.
    const taken = new Set(first.stdout().match(/127\.0\.0\.1:\d+/g))
    expect([...new Set(second.stdout.match(/127\.0\.0\.1:\d+/g))].filter((place) => taken.has(place))).toEqual([])
    expect((await fetch(`${page}/mail`)).status).toBe(200)
    const { code, stdout, stderr } = await first.interrupt()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(shape(stdout)).toBe(shape(second.stdout))
  })
})
