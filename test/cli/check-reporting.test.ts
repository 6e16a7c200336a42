/** What `fountain check` says of bridges that report: whether their credentials work, and who reads what goes out. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { type RunningStandIn, standIns } from '../../scripts/stand-in-list.ts'
import { fountain, scratch } from './run-cli.ts'

let running: readonly RunningStandIn[]
beforeAll(async () => {
  running = await Promise.all(standIns.map((start) => start()))
})
afterAll(() => Promise.all(running.map((each) => each.stop())))

const byHand = { authors: 'A. Author (Institute)', contact: 'a@example.org' }
/** The findings by what they are about. */
async function check(bridges: Readonly<Record<string, object>>, more: object = {}) {
  const folder = scratch()
  const config = join(folder, 'fountain.yaml')
  writeFileSync(config, stringify({ authority: 'my.observatory', bridges, ...more }))
  const { code, stdout } = await fountain(['check', '-c', config, '--json'])
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { what: string; ok: boolean; text: string })
  expect(existsSync(join(folder, 'data', 'bridges')), 'nothing is written').toBe(false)
  return {
    code,
    stdout,
    advice: lines.filter(({ what }) => what === 'advice').map(({ text }) => text),
    of: (name: string) => lines.find(({ what }) => what === `bridges.${name}`),
  }
}
const arrived = () => running.flatMap(({ arrived }) => arrived())
/** The keys that are secrets, and what is wrong with them: they are another's. */
const wrong: Readonly<Record<string, (config: never) => object>> = {
  tns: (config: { bot: object }) => ({ ...config, bot: { ...config.bot, apiKey: 'key-of-somebody-else' } }),
  gcn: (config: object) => ({ ...config, clientSecret: 'key-of-somebody-else' }),
  hermes: (config: object) => ({ ...config, token: 'key-of-somebody-else' }),
  mastodon: (config: object) => ({ ...config, token: 'key-of-somebody-else' }),
  bluesky: (config: object) => ({ ...config, appPassword: 'abcd-abcd-abcd-abcd' }),
  x: (config: object) => ({ ...config, accessTokenSecret: 'key-of-somebody-else' }),
  slack: (config: object) => ({ ...config, token: 'xoxb-key-of-somebody-else' }),
}

describe('fountain check', () => {
  it('finds the credentials of every service good, says who reads there, and sends nothing', async () => {
    const bridges = Object.fromEntries(running.map(({ name, config }) => [name, config]))
    const { code, stdout, of } = await check({ ...bridges, atel: byHand, 'gcn-circular': byHand })
    for (const { name } of running) expect(of(name), stdout).toMatchObject({ ok: true })
    for (const name of ['tns', 'gcn', 'hermes', 'mastodon', 'bluesky', 'x'])
      expect(of(name)?.text, name).toMatch(/; sandbox$/)
    expect(of('atel')).toMatchObject({ ok: true })
    expect(of('gcn-circular')).toMatchObject({ ok: true, text: expect.stringMatching(/sandbox$/) })
    expect(code).toBe(0)
    expect(arrived()).toEqual([])
  })

  it('finds those of somebody else wrong, one by one, and shows none of them', async () => {
    const bridges = Object.fromEntries(
      running.map(({ name, config }) => [name, wrong[name]?.(config as never) ?? config]),
    )
    const { code, stdout, of } = await check(bridges)
    for (const { name } of running) expect(of(name), `${name}: ${stdout}`).toMatchObject({ ok: false })
    expect(code).toBe(3)
    expect(stdout).not.toContain('key-of-somebody-else')
    expect(stdout).not.toContain('abcd-abcd-abcd-abcd')
    expect(arrived()).toEqual([])
  })

  it('says of services that are gone that they are, and what to look at', async () => {
    const gone = await Promise.all(standIns.map((start) => start()))
    await Promise.all(gone.map((each) => each.stop()))
    const { code, stdout, of } = await check(Object.fromEntries(gone.map(({ name, config }) => [name, config])))
    for (const { name } of gone) {
      expect(of(name), `${name}: ${stdout}`).toMatchObject({ ok: false, text: expect.stringContaining('127.0.0.1') })
    }
    expect(code).toBe(3)
    for (const secret of ['stand-in-key-of-the-bot', 'stand-in-client-secret', 'stand-in-consumer-secret'])
      expect(stdout).not.toContain(secret)
  })

  it('says what is allowed and likely not meant', async () => {
    const tns = running.find(({ name }) => name === 'tns')?.config as object
    const { advice } = await check(
      { tns, circulars: { kind: 'gcn-circular', ...byHand, site: 'gcn' } },
      {
        archive: { keep: 'none' },
        subscriptions: [{ name: 'rehearsal', filter: 'mag < 17', to: 'circulars', test: true }],
      },
    )
    expect(advice.join('\n')).toMatch(/bridges\.tns reports what the alert's packet holds, and archive\.keep is 'none'/)
    expect(advice.join('\n')).toMatch(/'rehearsal' to circulars says `test: true`: circulars is public/)
  })
})
