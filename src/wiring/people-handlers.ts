/**
 * What commands may do with users, groups, tokens, subscriptions and addresses: through `data/control.sock` of the running gateway, or
 * on the data directory itself while none runs.
 */
import { z } from 'zod'
import { FountainError } from '../errors.ts'
import type { ControlHandler } from '../record/control.ts'
import type { People } from '../record/people-port.ts'
import type { Store } from '../record/port.ts'
import { scopes } from '../serve/tokens.ts'
import { checked } from './checked.ts'

const name = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, hyphens or underscores')
/** `operator` owns what stands in the configuration, `private/` begins its filters, `admin` comes with the first token. */
const reserved = ['operator', 'private', 'admin']

const addUser = z.strictObject({
  name,
  role: z.enum(['admin', 'user']),
  email: z.email().max(254).nullable(),
})
const user = z.strictObject({ name })
const member = z.strictObject({ group: name, user: name })
const ofUser = z.strictObject({ user: name.optional() })
const addToken = z.strictObject({
  user: name,
  name: z.string().min(1).max(100),
  /** SHA-256, hexadecimal: the token itself stays with whoever made it. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(scopes)).min(1),
  expiresMs: z.int().nullable(),
})
const numbered = z.strictObject({ id: z.int().min(1) })
const addressList = z.strictObject({ suppressed: z.boolean().optional(), limit: z.int().min(1).max(100_000) })
const address = z.strictObject({ bridge: z.string().min(1), address: z.unknown() })
const subscription = z.strictObject({ name: z.string().min(1).max(200) })
const suppress = address.extend({ reason: z.string().min(1).max(500) })

export interface PeopleGateway {
  readonly store: People &
    Pick<Store, 'addresses' | 'releaseAddress' | 'suppressAddress' | 'subscriptionStates' | 'setSubscriptionState'>
  now(): number
  /** Whose subscriptions hold may have changed. */
  changed(): Promise<void>
}

/** Handlers by command; arguments that do not fit are USAGE. */
export function peopleHandlers({ store, now, changed }: PeopleGateway): Record<string, ControlHandler> {
  const disable = (disabled: boolean) =>
    checked(user, async ({ name }) => {
      await store.setUserDisabled(name, disabled)
      await changed()
    })
  const put = (state: 'active' | 'paused') =>
    checked(subscription, async ({ name }) => {
      const by = { by: 'operator', nowMs: now(), revive: state === 'active' }
      if (await store.setSubscriptionState(name, state, by)) return
      throw new FountainError('NOT_FOUND', `There is no subscription '${name}'.`)
    })
  return {
    'subscriptions.list': () => store.subscriptionStates(),
    'subscriptions.pause': put('paused'),
    'subscriptions.resume': put('active'),
    'user.add': checked(addUser, async (given) => {
      if (reserved.includes(given.name)) throw new FountainError('NAME_TAKEN', `'${given.name}' is the gateway's own.`)
      await store.addUser(given)
    }),
    'user.list': () => store.users(),
    'user.disable': disable(true),
    'user.enable': disable(false),
    'user.token': checked(addToken, async ({ hash, ...token }) => ({
      id: await store.addToken({ ...token, hash: Buffer.from(hash, 'hex') }),
    })),
    'user.tokens': checked(ofUser, ({ user }) => store.tokens(user)),
    'user.revoke': checked(numbered, ({ id }) => store.revokeToken(id)),
    'group.add': checked(user, ({ name }) => store.addGroup(name)),
    'group.join': checked(member, ({ group, user }) => store.joinGroup(group, user)),
    'group.leave': checked(member, async ({ group, user }) => {
      await store.leaveGroup(group, user)
      // They may have been subscribed to a filter of the group.
      await changed()
    }),
    'group.list': () => store.groups(),
    'addresses.list': checked(addressList, ({ suppressed, limit }) =>
      store.addresses({ limit, ...(suppressed === undefined ? {} : { suppressed }) }),
    ),
    'addresses.release': checked(address, async ({ bridge, address }) => {
      if (await store.releaseAddress(bridge, address)) return
      throw new FountainError('NOT_FOUND', `${bridge}: ${JSON.stringify(address)} is not suppressed.`)
    }),
    'addresses.suppress': checked(suppress, async ({ bridge, address, reason }) => ({
      dropped: await store.suppressAddress(bridge, address, reason, now()),
    })),
  }
}
