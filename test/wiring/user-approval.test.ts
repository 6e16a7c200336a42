/** What a user may say of approvals by the API, on bridges that report. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Bridge } from '../../bridges/contract.ts'
import { parseConfig } from '../../src/config.ts'
import { FountainError } from '../../src/errors.ts'
import type { UserSubscription } from '../../src/record/people-port.ts'
import type { Plan } from '../../src/record/plan-port.ts'
import { definition } from '../../src/serve/api/schemas.ts'
import type { Kinds } from '../../src/wiring/kinds.ts'
import { livePlan } from '../../src/wiring/live-plan.ts'
import { silent } from '../record/fixtures.ts'

const settings = z.strictObject({ live: z.boolean().default(false) })
const made = (kind: string, more: Partial<Bridge>): Bridge => ({
  kind,
  config: settings,
  address: z.unknown(),
  accepts: 'event',
  pictures: [],
  maxInFlight: 1,
  open: () => Promise.reject(new Error('nobody opens it here')),
  ...more,
})
const bridges = [
  made('plain', {}),
  made('letter', { address: z.email(), tellsOfDrafts: true }),
  made('registry', { approval: 'default', audience: () => 'sandbox' }),
  made('telegram', { approval: 'always', byHand: true }),
]
const kinds: Kinds = {
  bridges: new Map(bridges.map((bridge) => [bridge.kind, bridge])),
  feeds: new Map(),
  schemas: Object.fromEntries(bridges.map(({ kind }) => [kind, settings])),
}
const { config } = parseConfig(
  `authority: example.org
streams: { young: { filter: "mag < 18", title: Young } }
bridges: { plain: { users: true }, letter: { users: true }, registry: { users: true }, telegram: { users: true } }`,
  kinds.schemas,
  {},
)
async function planned(...rows: Partial<UserSubscription>[]) {
  const plans: Plan[] = []
  const store = {
    configure: async (plan: Plan) => void plans.push(plan),
    inForce: async () => ({ filters: [], subscriptions: rows as UserSubscription[] }),
  }
  const plan = await livePlan({ config, base: '.', kinds, store, log: silent })
  return { plan, inStore: () => plans.at(-1)?.filters[0]?.subscriptions }
}
const ways = (more: object) => definition.parse({ stream: 'young', to: 'x', ...more })

describe('a subscription by the API', () => {
  it.each([
    ['plain', 'user', { approve: 'auto' }, undefined],
    ['registry', 'user', {}, undefined],
    ['registry', 'user', { approve: 'by-hand' }, undefined],
    ['registry', 'user', { approve: 'auto' }, 'APPROVAL_NEEDED'],
    ['registry', 'admin', { approve: 'auto' }, undefined],
    ['registry', 'admin', { approve: 'auto', cadence: 'draft' }, 'APPROVAL_NEEDED'],
    ['telegram', 'admin', { approve: 'auto' }, 'APPROVAL_NEEDED'],
    ['telegram', 'user', {}, undefined],
    ['telegram', 'user', { approver: { to: 'letter', address: 'a@b.c' } }, 'APPROVER_CLOSED'],
    ['telegram', 'admin', { approver: { to: 'letter', address: 'a@example.org' } }, undefined],
    ['telegram', 'admin', { approver: { to: 'letter', address: 'nobody' } }, 'ADDRESS_INVALID'],
    ['telegram', 'admin', { approver: { to: 'plain', address: 'me' } }, 'ADDRESS_INVALID'],
    ['telegram', 'admin', { approver: { to: 'lettre', address: 'a@b.c' } }, 'ADDRESS_INVALID'],
  ] as const)('to %s by a %s with %j: %s', async (to, role, more, code) => {
    const { plan } = await planned()
    const check = () => plan.checkTarget(to, 'there', role, ways(more))
    if (code === undefined) expect(check()).toMatchObject({ confirms: false })
    else {
      expect(check).toThrow(FountainError)
      expect(check).toThrow(expect.objectContaining({ code }))
    }
  })

  it('is planned by the same rules, whatever stands in the store', async () => {
    const row = (name: string, more: object): Partial<UserSubscription> => ({
      name,
      owner: 'ada',
      definition: ways(more),
    })
    const { inStore } = await planned(
      row('ada/reports', { to: 'registry', address: 'x' }),
      row('ada/by-itself', { to: 'registry', address: 'x', approve: 'auto' }),
      row('ada/telegrams', { to: 'telegram', address: 'x' }),
      row('ada/wrong', { to: 'telegram', address: 'x', approve: 'auto' }),
    )
    expect(inStore()?.map(({ name, cadence }) => [name, cadence.kind])).toEqual([
      ['ada/reports', 'draft'],
      ['ada/by-itself', 'instant'],
      ['ada/telegrams', 'draft'],
    ])
  })
})
