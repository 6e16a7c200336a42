/** A person's text is read in no time, whatever it is made of: nothing else happens in the gateway meanwhile. */
import { describe, expect, it } from 'vitest'
import { bridge as atel } from '../../bridges/atel/index.ts'
import { bridge as bluesky } from '../../bridges/bluesky/index.ts'
import { type Bridge, Refusal } from '../../bridges/contract.ts'
import { bridge as gcn } from '../../bridges/gcn/index.ts'
import { bridge as circular } from '../../bridges/gcn-circular/index.ts'
import { bridge as hermes } from '../../bridges/hermes/index.ts'
import { bridge as mastodon } from '../../bridges/mastodon/index.ts'
import { bridge as x } from '../../bridges/x/index.ts'
import { testHost } from './contract.ts'
import { reportItem } from './report-item.ts'

const secret = 'abcdefgh12345678'
const signed = { authors: 'A. Person (Institute)', contact: 'a.person@example.org' }
const kinds: readonly (readonly [Bridge, object])[] = [
  [x, { consumerKey: secret, consumerSecret: secret, accessToken: secret, accessTokenSecret: secret }],
  [mastodon, { instance: 'https://m.example.org', token: secret }],
  [bluesky, { identifier: 'a.example.org', appPassword: secret }],
  [atel, signed],
  [circular, signed],
]
const units = [
  ...['e\u0301\u0301', '+\u0301', '\u0301', 'a.', 'a', '.', '@', '@a', '#', '#_', '_', '-', '1', '1:', '10.1 deg '],
  ...[' ', '\n', '\t', '  \n', 'http://', 'https://a.b/', '(', ')', '()', '(a) ', 'a (a), ', 'AT 2026a', 'ivo://a/'],
  ...[
    '<',
    '<a',
    '&',
    '{',
    '[',
    '20 ',
    '12.5 +/- ',
    'mag ',
    '2026-01-01 ',
    'ATel #',
    'a@a.',
    'Alt (cutouts): ',
    '$',
    'www.',
  ],
]
const most = 49_000

it.each([
  [hermes, { token: secret, submitter: 'us' }],
  [gcn, { clientId: 'c', clientSecret: secret, topic: 'gcn.notices.fountain.alert', mission: 'Fountain' }],
] as const)('JSON that is nested deep is refused', async (bridge: Bridge, config) => {
  const { drafting, render } = await bridge.open(bridge.config.parse(config), testHost())
  const { body } = render([reportItem()], bridge.address.parse(undefined))
  for (const depth of [40, 2_000, 100_000]) {
    const deep = `${'['.repeat(depth)}${'1,'.repeat(100_000)}1${']'.repeat(depth)}`
    const text = drafting!.text(body).replace('{', `{"more":${deep},`)
    expect(() => drafting!.parse(text, body)).toThrow(/brackets in brackets/)
  }
})

describe.each(kinds.map(([bridge, config]) => [bridge.kind, bridge, config] as const))('%s', (_, bridge, config) => {
  it('reads and checks long texts at once, and refuses longer ones', { timeout: 120_000 }, async () => {
    const channel = await bridge.open(bridge.config.parse(config), testHost())
    const { drafting } = channel
    const { body } = channel.render([reportItem()], bridge.address.parse(undefined))
    const original = drafting!.text(body)
    for (const unit of units) {
      const long = unit.repeat((most - original.length) / unit.length)
      for (const text of [`${original}${long}`, `${original}${long}!`, original.replace('\n\n', `\n\n${long}!\n\n`)]) {
        const from = performance.now()
        drafting!.lint(drafting!.parse(text, body), bridge.address.parse(undefined))
        // A quadratic one takes many seconds; a slow machine some hundred milliseconds.
        expect([unit, performance.now() - from > 2_000]).toEqual([unit, false])
      }
    }
    expect(() => drafting!.parse(`${original}${'a '.repeat(30_000)}`, body)).toThrow(Refusal)
  })
})
