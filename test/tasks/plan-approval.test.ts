/** Who must say yes before a message goes out: what the configuration says, and what a bridge lets it say. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Bridge } from '../../bridges/contract.ts'
import { parseConfig } from '../../src/config.ts'
import type { Kinds } from '../../src/wiring/kinds.ts'
import { planOf } from '../../src/wiring/plan-of.ts'

const open = () => Promise.reject(new Error('nobody opens it here'))
const config = z.strictObject({ live: z.boolean().default(false) })
const made = (kind: string, more: Partial<Bridge>): Bridge =>
  ({
    kind,
    config,
    address: z.unknown(),
    accepts: 'event',
    pictures: [],
    maxInFlight: 1,
    open,
    ...more,
  }) as Bridge
const live = (settings: unknown) => ((settings as { live: boolean }).live ? 'public' : 'nobody')
const bridges = new Map(
  [
    made('plain', { tellsOfDrafts: true }),
    made('digest', { accepts: 'digest' }),
    made('registry', { approval: 'default', oncePerObject: true, audience: () => 'sandbox' }),
    made('posts', { approval: 'default', audience: live }),
    made('telegram', { approval: 'always', byHand: true, audience: () => 'public' }),
  ].map((bridge) => [bridge.kind, bridge]),
)
const kinds: Kinds = {
  bridges,
  feeds: new Map(),
  schemas: Object.fromEntries([...bridges].map(([kind]) => [kind, config])),
}
const plan = (subscription: string) =>
  planOf(
    parseConfig(
      `authority: my.observatory
bridges: { plain: {}, digest: {}, registry: {}, telegram: {}, mute: { kind: posts }, loud: { kind: posts, live: true } }
subscriptions: [{ name: one, filter: mag < 1, ${subscription} }]`,
      kinds.schemas,
      {},
    ).config,
    '.',
    kinds,
  ).store
const cadence = (subscription: string) => plan(subscription).filters[0]?.subscriptions[0]?.cadence.kind

describe('a person’s yes', () => {
  it.each([
    ['to: plain', 'instant'],
    ['to: plain, approve: auto', 'instant'],
    ['to: plain, approve: by-hand', 'draft'],
    ['to: plain, cadence: draft', 'draft'],
    ['to: digest, cadence: hourly', 'hourly'],
    ['to: digest, cadence: hourly, approve: by-hand', 'draft'],
    ['to: registry', 'draft'],
    ['to: registry, approve: by-hand', 'draft'],
    ['to: registry, approve: auto', 'instant'],
    ['to: telegram', 'draft'],
    ['to: telegram, approve: by-hand', 'draft'],
    ['to: loud', 'draft'],
    ['to: loud, approve: auto', 'instant'],
    // Nothing goes out of it whoever says yes.
    ['to: mute', 'draft'],
    ['to: mute, approve: auto', 'draft'],
  ])('{ %s } is %s', (subscription, kind) => {
    expect(cadence(subscription)).toBe(kind)
  })

  it('cannot be left out where what is sent stays for ever, and why is said', () => {
    expect(() => plan('to: telegram, approve: auto')).toThrow(
      /subscription one: `approve: auto` cannot be: what telegram sends is published under a person's name/,
    )
    expect(() => plan('to: plain, approve: auto, cadence: draft')).toThrow(/contradict/)
    expect(() => plan('to: plain, cadence: hourly, approve: by-hand')).toThrow(/sends each event by itself/)
  })

  it('is asked for at the approver’s address, which its bridge has checked', () => {
    expect(plan('to: telegram, approver: { to: plain, address: me }').filters[0]?.subscriptions[0]).toMatchObject({
      bridge: 'telegram',
      approver: { bridge: 'plain', address: 'me' },
    })
    expect(plan('to: telegram').filters[0]?.subscriptions[0]).not.toHaveProperty('approver')
    expect(() => plan('to: telegram, approver: { to: digest, address: me }')).toThrow(
      'subscription one: approver: digest cannot tell a person of a draft; a bridge of kind email can',
    )
    expect(() => plan('to: telegram, approver: { to: plian, address: me }')).toThrow(
      /subscriptions\.0\.approver\.to: no instance 'plian' under bridges: did you mean 'plain'\?/,
    )
  })

  it('changes nothing where nothing goes out: the store knows which bridges, and why', () => {
    expect(plan('to: mute').bridges).toEqual([
      { name: 'plain', confirms: false, digests: false, expireAfterMs: 259_200_000 },
      { name: 'digest', confirms: false, digests: true, expireAfterMs: 259_200_000 },
      {
        name: 'registry',
        confirms: false,
        digests: false,
        oncePerObject: true,
        rehearses: true,
        expireAfterMs: 259_200_000,
      },
      { name: 'telegram', confirms: false, digests: false, byHand: true, expireAfterMs: 259_200_000 },
      {
        name: 'mute',
        confirms: false,
        digests: false,
        silent: 'live: true is missing for bridge mute',
        expireAfterMs: 259_200_000,
      },
      { name: 'loud', confirms: false, digests: false, expireAfterMs: 259_200_000 },
    ])
  })
})
