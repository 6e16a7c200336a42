import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OpenedStore, openStore } from '../../src/record/open-store.ts'
import type { NewToken } from '../../src/record/people-port.ts'
import { newDataDir, removeDataDir, silent, t0 } from './fixtures.ts'

let dataDir: string
let store: OpenedStore
let nowMs: number
beforeEach(async () => {
  dataDir = newDataDir()
  nowMs = t0
  store = await openStore(dataDir, { log: silent, clock: { now: () => nowMs } })
})
afterEach(async () => {
  await store.close()
  removeDataDir(dataDir)
})

const addUser = (name: string, role: 'admin' | 'user' = 'user') => store.addUser({ name, role, email: null })
const token = (user: string, more: Partial<NewToken> = {}): NewToken => ({
  user,
  name: 'laptop',
  hash: randomBytes(32),
  scopes: ['read', 'filters'],
  expiresMs: null,
  ...more,
})

describe('users and groups', () => {
  it('have names that are given once', async () => {
    await addUser('ada')
    await expect(addUser('ada')).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    await store.addGroup('supernovae')
    await expect(store.addGroup('supernovae')).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    await expect(store.joinGroup('supernovae', 'bob')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(store.joinGroup('novae', 'ada')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(store.leaveGroup('supernovae', 'ada')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await store.joinGroup('supernovae', 'ada')
    await store.joinGroup('supernovae', 'ada')
    expect(await store.groups()).toEqual([{ name: 'supernovae', members: ['ada'] }])
    expect(await store.users()).toEqual([
      { name: 'ada', email: null, role: 'user', groups: ['supernovae'], createdMs: t0, disabledMs: null },
    ])
    await store.leaveGroup('supernovae', 'ada')
    expect(await store.groups()).toEqual([{ name: 'supernovae', members: [] }])
  })
})

describe('a token', () => {
  it('stands for its user as long as it holds', async () => {
    await addUser('ada')
    const given = token('ada', { expiresMs: t0 + 1_000 })
    const id = await store.addToken(given)
    const found = await store.tokenByHash(given.hash, t0)
    expect(found).toMatchObject({ tokenId: id, user: 'ada', role: 'user', scopes: ['read', 'filters'], groups: [] })
    expect(await store.tokenByHash(given.hash, t0 + 999)).not.toBeNull()
    expect(await store.tokenByHash(given.hash, t0 + 1_000)).toBeNull()
    expect(await store.tokenByHash(randomBytes(32), t0)).toBeNull()
    await store.setUserDisabled('ada', true)
    expect(await store.tokenByHash(given.hash, t0)).toBeNull()
    await store.setUserDisabled('ada', false)
    expect(await store.tokenByHash(given.hash, t0)).not.toBeNull()
    await store.revokeToken(id)
    expect(await store.tokenByHash(given.hash, t0)).toBeNull()
    await expect(store.revokeToken(77)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await store.tokens('ada')).toMatchObject([{ id, user: 'ada', revokedMs: t0, expiresMs: t0 + 1_000 }])
    await expect(store.tokens('bob')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('is an admin’s only where its user is one', async () => {
    await addUser('ada')
    await addUser('root', 'admin')
    await expect(store.addToken(token('ada', { scopes: ['admin'] }))).rejects.toMatchObject({ code: 'USAGE' })
    const given = token('root', { scopes: ['admin'] })
    await store.addToken(given)
    expect(await store.tokenByHash(given.hash, t0)).toMatchObject({ role: 'admin', scopes: ['admin'] })
  })

  it('notes its last use once a minute', async () => {
    await addUser('ada')
    const id = await store.addToken(token('ada'))
    for (const afterMs of [0, 59_999, 60_000, 90_000]) await store.tokenUsed(id, t0 + afterMs)
    expect(await store.tokens()).toMatchObject([{ usedMs: t0 + 60_000 }])
  })

  it('of the file in the data directory is one of the user admin, and one alone holds', async () => {
    const [first, second] = [randomBytes(32), randomBytes(32)]
    await store.adoptAdminToken(first)
    await store.adoptAdminToken(first)
    expect(await store.tokenByHash(first, t0)).toMatchObject({ user: 'admin', role: 'admin' })
    const other = token('admin', { scopes: ['admin'] })
    await store.addToken(other)
    await store.adoptAdminToken(second)
    expect(await store.tokenByHash(first, t0)).toBeNull()
    expect(await store.tokenByHash(second, t0)).toMatchObject({ user: 'admin' })
    expect(await store.tokenByHash(other.hash, t0)).toMatchObject({ user: 'admin' })
    const [, , { id }] = (await store.tokens()) as [unknown, unknown, { id: number }]
    await store.revokeToken(id)
    await store.adoptAdminToken(second)
    expect(await store.tokenByHash(second, t0)).toBeNull()
  })

  it('is listed without its hash', async () => {
    await addUser('ada')
    await store.addToken(token('ada'))
    expect(Object.keys((await store.tokens())[0] ?? {})).not.toContain('hash')
  })
})

describe('a filter that somebody made', () => {
  const make = (owner: string, name: string, more: { group?: string; public?: boolean } = {}) =>
    store.makeFilter({ owner, name, group: more.group ?? null, public: more.public ?? false, text: 'mag < 18' })
  const page = { limit: 100 }

  it('is seen by its owner, their group, and all where it is public; ended ones by its owner and group alone', async () => {
    for (const name of ['ada', 'bob', 'eve']) await addUser(name)
    await store.addGroup('sn')
    for (const name of ['ada', 'bob']) await store.joinGroup('sn', name)
    const own = await make('ada', 'own')
    const shared = await make('ada', 'shared', { group: 'sn' })
    const open = await make('ada', 'open', { public: true })
    const seenBy = async (user: string | null) =>
      (await store.userFilters(user === null ? null : { user }, page)).map(({ id }) => id)
    expect(await seenBy('ada')).toEqual([open, shared, own])
    expect(await seenBy('bob')).toEqual([open, shared])
    expect(await seenBy('eve')).toEqual([open])
    expect(await seenBy('')).toEqual([open])
    expect(await seenBy(null)).toEqual([open, shared, own])
    expect(await store.userFilter(shared, { user: 'eve' })).toBeNull()
    expect(await store.userFilter(shared, { user: 'bob' })).toMatchObject({ name: 'ada/shared', group: 'sn' })
    await store.endFilter(open)
    expect(await seenBy('eve')).toEqual([])
    expect(await seenBy('ada')).toContain(open)
    await store.leaveGroup('sn', 'bob')
    expect(await seenBy('bob')).toEqual([])
    expect((await store.userFilters(null, { limit: 1, beforeId: open })).map(({ id }) => id)).toEqual([shared])
  })

  it('keeps every text it ever had, and its name for ever', async () => {
    await addUser('ada')
    const id = await make('ada', 'bright')
    nowMs = t0 + 1_000
    await store.changeFilter(id, { text: 'mag < 17' })
    await store.changeFilter(id, { text: 'mag < 17', public: true })
    expect(await store.userFilter(id, null)).toMatchObject({ text: 'mag < 17', versions: 2, public: true })
    expect(await store.userFilterVersions(id)).toMatchObject([
      { text: 'mag < 17', createdMs: t0 + 1_000 },
      { text: 'mag < 18', createdMs: t0 },
    ])
    await store.endFilter(id)
    await expect(make('ada', 'bright')).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    await expect(store.changeFilter(id, { text: 'mag < 16' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await addUser('bob')
    expect(await make('bob', 'bright')).toBeGreaterThan(id)
  })
})

describe('a subscription that somebody made', () => {
  const make = (owner: string, name: string, definition: object, group: string | null = null) =>
    store.makeSubscription({ owner, name, group, definition })

  it('is in force until it ends or its owner is disabled', async () => {
    await addUser('ada')
    const id = await make('ada', 'mail', { stream: 's', to: 'email', address: 'ada@example.org' })
    const names = async () => (await store.inForce()).subscriptions.map(({ name }) => name)
    expect(await names()).toEqual(['ada/mail'])
    await store.setUserDisabled('ada', true)
    expect(await names()).toEqual([])
    await store.setUserDisabled('ada', false)
    await store.endSubscription(id)
    expect(await names()).toEqual([])
    await expect(store.changeSubscription(id, { definition: {} })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(make('ada', 'mail', {})).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    expect(await store.userSubscription(id, { user: 'ada' })).toMatchObject({ endedMs: t0 })
    expect(await store.userSubscription(id, { user: 'bob' })).toBeNull()
  })

  it('is one of a hundred at most, as filters are; ended ones do not count', async () => {
    for (const name of ['ada', 'bob']) await addUser(name)
    const filter = (owner: string, name: string) =>
      store.makeFilter({ owner, name, group: null, public: false, text: 'mag < 18' })
    const made = await Promise.all(
      Array.from({ length: 100 }, (_, i) => Promise.all([make('ada', `s${i}`, {}), filter('ada', `f${i}`)])),
    )
    await expect(make('ada', 'more', {})).rejects.toMatchObject({ code: 'TOO_MANY' })
    await expect(filter('ada', 'more')).rejects.toMatchObject({ code: 'TOO_MANY' })
    await filter('bob', 'his')
    const [[subscription, first] = [0, 0]] = made
    await store.endSubscription(subscription)
    await store.endFilter(first)
    expect(await make('ada', 'more', {})).toBeGreaterThan(0)
    expect(await filter('ada', 'more')).toBeGreaterThan(0)
  })

  it('says whether its owner may still read its filter', async () => {
    for (const name of ['ada', 'bob']) await addUser(name)
    const filter = await store.makeFilter({ owner: 'ada', name: 'f', group: null, public: true, text: 'mag < 18' })
    const id = await make('bob', 'mail', { filter, to: 'email', address: 'bob@example.org' })
    const readable = async () => (await store.userSubscription(id, null))?.filterReadable
    expect(await readable()).toBe(true)
    await store.changeFilter(filter, { public: false })
    expect(await readable()).toBe(false)
    await store.changeFilter(filter, { public: true })
    expect(await readable()).toBe(true)
    await store.endFilter(filter)
    expect(await readable()).toBe(false)
    const own = await make('ada', 'mail', { filter, to: 'email', address: 'ada@example.org' })
    expect((await store.userSubscription(own, null))?.filterReadable).toBe(false)
    const stream = await make('ada', 'stream', { stream: 's', to: 'email', address: 'ada@example.org' })
    expect((await store.userSubscription(stream, null))?.filterReadable).toBeNull()
  })

  it('names what is a viewer’s for the ledger', async () => {
    for (const name of ['ada', 'bob']) await addUser(name)
    await store.addGroup('sn')
    await store.joinGroup('sn', 'bob')
    await make('ada', 'own', { stream: 's', to: 'email' })
    await make('ada', 'shared', { stream: 's', to: 'email' }, 'sn')
    await store.makeFilter({ owner: 'bob', name: 'f', group: null, public: true, text: 'mag < 18' })
    expect(await store.ownNames({ user: 'ada' })).toEqual({ subscriptions: ['ada/own', 'ada/shared'], filters: [] })
    expect(await store.ownNames({ user: 'bob' })).toEqual({ subscriptions: ['ada/shared'], filters: ['bob/f'] })
  })
})
