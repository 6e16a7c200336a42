/** The commands about people by name, for `commands.ts`, and their part of the door. */
import type { ArgumentsOf, ReadingRoom, ResultOf } from './commands.ts'
import {
  addGroup,
  addToken,
  addUser,
  adoptAdminToken,
  groups,
  joinGroup,
  leaveGroup,
  revokeToken,
  setUserDisabled,
  tokenByHash,
  tokens,
  tokenUsed,
  users,
} from './people.ts'
import type { Page, People, Viewer } from './people-port.ts'
import { changeFilter, endFilter, makeFilter, userFilter, userFilters, userFilterVersions } from './user-filters.ts'
import {
  changeSubscription,
  endSubscription,
  inForce,
  makeSubscription,
  ownNames,
  userSubscription,
  userSubscriptions,
  visibleDeliveries,
} from './user-subscriptions.ts'

export const peopleWrites = {
  addUser,
  setUserDisabled,
  addGroup,
  joinGroup,
  leaveGroup,
  addToken,
  revokeToken,
  tokenUsed,
  adoptAdminToken,
  makeFilter,
  changeFilter,
  endFilter,
  makeSubscription,
  changeSubscription,
  endSubscription,
} as const

export const peopleReads = {
  users: ({ sql }: ReadingRoom) => users(sql),
  groups: ({ sql }: ReadingRoom) => groups(sql),
  tokens: ({ sql }: ReadingRoom, user: string | null) => tokens(sql, user),
  tokenByHash: ({ sql }: ReadingRoom, hash: Uint8Array, nowMs: number) => tokenByHash(sql, hash, nowMs),
  userFilters: ({ sql }: ReadingRoom, viewer: Viewer, page: Page) => userFilters(sql, viewer, page),
  userFilter: ({ sql }: ReadingRoom, id: number, viewer: Viewer) => userFilter(sql, id, viewer),
  userFilterVersions: ({ sql }: ReadingRoom, id: number) => userFilterVersions(sql, id),
  userSubscriptions: ({ sql }: ReadingRoom, viewer: Viewer, page: Page) => userSubscriptions(sql, viewer, page),
  userSubscription: ({ sql }: ReadingRoom, id: number, viewer: Viewer) => userSubscription(sql, id, viewer),
  inForce: ({ sql }: ReadingRoom) => inForce(sql),
  visibleDeliveries: ({ sql }: ReadingRoom, ids: readonly number[], viewer: Viewer) =>
    visibleDeliveries(sql, ids, viewer),
  ownNames: ({ sql }: ReadingRoom, viewer: Viewer) => ownNames(sql, viewer),
} as const

type Writes = typeof peopleWrites
type Reads = typeof peopleReads
type Write = <K extends keyof Writes>(name: K, ...args: ArgumentsOf<Writes, K>) => Promise<ResultOf<Writes, K>>
type Read = <K extends keyof Reads>(name: K, ...args: ArgumentsOf<Reads, K>) => Promise<ResultOf<Reads, K>>

export function peopleDoor(write: Write, read: Read, now: () => number): People {
  return {
    addUser: (user) => write('addUser', user, now()),
    setUserDisabled: (name, disabled) => write('setUserDisabled', name, disabled, now()),
    users: () => read('users'),
    addGroup: (name) => write('addGroup', name, now()),
    joinGroup: (group, user) => write('joinGroup', group, user),
    leaveGroup: (group, user) => write('leaveGroup', group, user),
    groups: () => read('groups'),
    addToken: (token) => write('addToken', token, now()),
    revokeToken: (id) => write('revokeToken', id, now()),
    tokens: (user) => read('tokens', user ?? null),
    tokenByHash: (hash, nowMs) => read('tokenByHash', hash, nowMs),
    tokenUsed: (id, nowMs) => write('tokenUsed', id, nowMs),
    adoptAdminToken: (hash) => write('adoptAdminToken', hash, now()),
    makeFilter: (filter) => write('makeFilter', filter, now()),
    changeFilter: (id, change) => write('changeFilter', id, change, now()),
    endFilter: (id) => write('endFilter', id, now()),
    userFilters: (viewer, page) => read('userFilters', viewer, page),
    userFilter: (id, viewer) => read('userFilter', id, viewer),
    userFilterVersions: (id) => read('userFilterVersions', id),
    makeSubscription: (subscription) => write('makeSubscription', subscription, now()),
    changeSubscription: (id, change) => write('changeSubscription', id, change),
    endSubscription: (id) => write('endSubscription', id, now()),
    userSubscriptions: (viewer, page) => read('userSubscriptions', viewer, page),
    userSubscription: (id, viewer) => read('userSubscription', id, viewer),
    inForce: () => read('inForce'),
    visibleDeliveries: (ids, viewer) => read('visibleDeliveries', ids, viewer),
    ownNames: (viewer) => read('ownNames', viewer),
  }
}
