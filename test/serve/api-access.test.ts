/** Who may do what: every route of the API, as its own document lists them, asked by everybody who should not. */
import { describe, expect, it } from 'vitest'
import type { OpenedStore } from '../../src/record/open-store.ts'
import { openApiDocument } from '../../src/serve/api/api.ts'
import { scopes } from '../../src/serve/tokens.ts'
import { sifted } from '../record/fixtures.ts'
import { type PeopleGateway, startPeopleGateway } from './people-gateway.ts'

interface Operation {
  readonly security: readonly object[]
  readonly description: string
}
const document = (await openApiDocument()) as { paths: Record<string, Record<string, Operation>> }
const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
)
const changing = routes.filter(({ method }) => method !== 'GET')
const reading = routes.filter(({ method }) => method === 'GET')
/** What a route takes, whatever it is: enough to be let in by its schema. */
const bodies: Record<string, object> = {
  'POST /api/v1/filters': { name: 'taken', text: 'mag < 10' },
  'POST /api/v1/filters/check': { text: 'mag < 10' },
  'PATCH /api/v1/filters/{id}': { text: 'mag < 9' },
  'POST /api/v1/subscriptions': { name: 'taken', stream: 'young', to: 'box', address: { shelf: 9 } },
  'PUT /api/v1/subscriptions/{id}': { stream: 'young', to: 'box', address: { shelf: 9 } },
  'POST /api/v1/deliveries/retry': { ids: [1, 2, 3], again: true },
  'POST /api/v1/deliveries/drop': { ids: [1, 2, 3], reason: 'because' },
  'POST /api/v1/deliveries/sent': { ids: [1, 2, 3] },
  'POST /api/v1/drafts/approve': { ids: [1, 2, 3] },
  'PUT /api/v1/drafts/{id}/text': { text: 'other' },
  'POST /api/v1/drafts/sent': { id: 1, receipt: '17123' },
  'POST /api/v1/drafts/discard': { ids: [1, 2, 3], reason: 'because' },
  'POST /api/v1/addresses/release': { bridge: 'letter', address: 'x@example.org' },
}
const bodyOf = (method: string, path: string) => bodies[`${method} ${path}`]

/** Everything that people made, as the store has it. */
async function everything(store: OpenedStore): Promise<unknown> {
  const filters = await store.userFilters(null, { limit: 1_000 })
  return {
    filters,
    versions: await Promise.all(filters.map(({ id }) => store.userFilterVersions(id))),
    subscriptions: await store.userSubscriptions(null, { limit: 1_000 }),
    states: await store.subscriptionStates(),
    deliveries: await store.deliveries({ limit: 1_000 }),
    addresses: await store.addresses({ limit: 1_000 }),
  }
}

/** Ada's filters and subscriptions, one held and two queued deliveries; all of it carries her mark. */
async function adasWorld(gateway: PeopleGateway, group: string | null = null) {
  const { call, store, plan, user } = gateway
  const ada = await user('ada', group === null ? {} : { groups: [group] })
  const filter = await call('POST', '/api/v1/filters', ada, { name: 'adasmark-f', text: 'mag < 18.12345', group })
  const subscribe = (name: string, more: object) =>
    call('POST', '/api/v1/subscriptions', ada, { name, to: 'box', address: { shelf: 4711 }, group, ...more })
  await subscribe('adasmark-draft', { filter: filter.body.id, cadence: 'draft' })
  await subscribe('adasmark-now', { filter: filter.body.id })
  await subscribe('adasmark-stream', { stream: 'young' })
  await call('POST', '/api/v1/subscriptions', ada, {
    name: 'adasmark-letter',
    stream: 'young',
    to: 'letter',
    address: 'adasmark@example.org',
  })
  const keys = plan.alertFilters('lsst').map(({ key }) => key)
  await store.apply(
    sifted([{ offset: 0, alertId: '1' }], { filters: keys.filter(({ name }) => name.startsWith('ada/')) }),
  )
  await store.apply(sifted([{ offset: 1, alertId: '2' }], { filters: keys.filter(({ name }) => name === 'young') }))
  const deliveries = await store.deliveries({ limit: 100 })
  expect(deliveries.map(({ state }) => state).sort()).toEqual(['held', 'queued', 'queued', 'queued'])
  return { ada, ids: [...Array(9).keys()] }
}
const marks = /adasmark|18\.12345|4711/

describe('every changing route', () => {
  it('says which scope it needs', () => {
    expect(changing.length).toBeGreaterThan(12)
    for (const { operation } of changing) {
      expect(operation.security).toEqual([{ token: [] }])
      expect(operation.description).toMatch(/^Scope: `[a-z]+`\.$/)
    }
  })

  it('is closed without a token, and with one that is wrong, expired, revoked, or of a disabled user', async () => {
    const gateway = await startPeopleGateway()
    const { call, store, token, user, clock } = gateway
    await adasWorld(gateway)
    const expired = await token('ada', scopes.slice(0, -1), clock.nowMs)
    const revoked = await token('ada', scopes.slice(0, -1))
    await store.revokeToken(revoked.id)
    const disabled = await user('bob')
    await store.setUserDisabled('bob', true)
    const before = await everything(store)
    for (const bearer of [undefined, 'fountain_wrong', expired.token, revoked.token, disabled]) {
      for (const { method, path } of [...changing, { method: 'GET', path: '/api/v1/me' }]) {
        const reply = await call(method, path.replace('{id}', '1'), bearer, bodyOf(method, path))
        expect([method, path, reply.status, reply.body.code]).toEqual([method, path, 401, 'TOKEN_WRONG'])
      }
    }
    expect(await everything(store)).toEqual(before)
  })

  it('is closed to a token that has every scope but the one it needs', async () => {
    const gateway = await startPeopleGateway()
    const { call, store, token } = gateway
    await adasWorld(gateway)
    const before = await everything(store)
    for (const { method, path, operation } of [...changing, ...reading]) {
      const needs = /`([a-z]+)`/.exec(operation.description)?.[1]
      if (needs === undefined) continue
      const others = await token(
        'ada',
        scopes.filter((scope) => scope !== needs && scope !== 'admin'),
      )
      const reply = await call(method, path.replace('{id}', '1'), others.token, bodyOf(method, path))
      expect([method, path, reply.status, reply.body.code]).toEqual([method, path, 403, 'TOKEN_SCOPE'])
      expect(reply.body.message).toContain(needs)
    }
    expect(await everything(store)).toEqual(before)
  })
})

describe('what is somebody’s', () => {
  it('is shown to nobody else by any route, and changed by nobody else', async () => {
    const gateway = await startPeopleGateway()
    const { call, store, user } = gateway
    const { ids } = await adasWorld(gateway)
    const eve = await user('eve', { groups: ['others'] })
    const before = await everything(store)
    for (const bearer of [eve, undefined]) {
      for (const { path } of reading) {
        for (const id of path.includes('{id}') ? ids : [0]) {
          const { body } = await call('GET', path.replace('{id}', String(id)), bearer)
          expect(JSON.stringify(body), path).not.toMatch(marks)
        }
      }
      for (const query of ['subscription=ada%2Fadasmark-now', 'bridge=box', 'state=held', 'limit=1000']) {
        const { body } = await call('GET', `/api/v1/deliveries?${query}`, bearer)
        expect(JSON.stringify(body)).not.toMatch(marks)
      }
    }
    for (const { method, path } of changing) {
      if (path.endsWith('/filters') || path.endsWith('/check') || path.endsWith('/subscriptions')) continue
      for (const id of path.includes('{id}') ? ids : [0]) {
        const { status, body } = await call(method, path.replace('{id}', String(id)), eve, bodyOf(method, path))
        expect(JSON.stringify(body)).not.toMatch(marks)
        // Of several deliveries each is refused by itself.
        if (status === 200) {
          expect(body).toMatchObject({ done: [], refused: [{ code: 'NOT_FOUND' }, {}, {}] })
        } else expect([method, path, status]).toEqual([method, path, status === 403 || status === 400 ? status : 404])
      }
    }
    expect(await everything(store)).toEqual(before)
  })

  it('is hidden from the status page’s ledger', async () => {
    const gateway = await startPeopleGateway()
    await adasWorld(gateway)
    const { store } = gateway
    const ledger = await store.ledger('totals')
    expect(JSON.stringify(ledger)).toMatch(marks)
    const { report } = await import('./gateway.ts')
    const shown = await startPeopleGateway({ status: async () => ({ ...report, ledger }) })
    for (const path of ['/', '/status.json']) {
      expect(JSON.stringify((await shown.call('GET', path)).body)).not.toMatch(marks)
    }
    const { subscriptions } = (await shown.call('GET', '/status.json')).body.ledger
    expect(subscriptions).toMatchObject([{ subscription: '(of users)', deliveries: 4 }])
  })

  it('is their group’s where it was shared: read, changed, approved', async () => {
    const gateway = await startPeopleGateway()
    const { call, store, user } = gateway
    await adasWorld(gateway, 'sn')
    const mate = await user('mate', { groups: ['sn'] })
    const names = (body: { name: string }[]) => body.map(({ name }) => name)
    expect(names((await call('GET', '/api/v1/filters', mate)).body)).toEqual(['ada/adasmark-f'])
    expect(names((await call('GET', '/api/v1/subscriptions', mate)).body)).toHaveLength(3)
    const drafts = (await call('GET', '/api/v1/drafts', mate)).body
    expect(drafts).toMatchObject([{ subscription: 'ada/adasmark-draft', state: 'held' }])
    expect((await call('GET', `/api/v1/drafts/${drafts[0].id}`, mate)).status).toBe(200)
    expect((await call('GET', '/api/v1/deliveries', mate)).body).toHaveLength(3)
    await store.keepMessage(drafts[0].id, { body: Buffer.from('hello'), key: 'k', repeat: 'safe' })
    const approved = await call('POST', '/api/v1/drafts/approve', mate, { ids: [drafts[0].id] })
    expect(approved.body).toMatchObject({ done: [drafts[0].id], refused: [] })
    expect(await store.delivery(drafts[0].id)).toMatchObject({ state: 'queued', approvedBy: 'mate' })
    const filter = (await call('GET', '/api/v1/filters', mate)).body[0]
    expect((await call('PATCH', `/api/v1/filters/${filter.id}`, mate, { text: 'mag < 9' })).status).toBe(200)
    const ledger = (await call('GET', '/api/v1/ledger', mate)).body
    expect(ledger.subscriptions.map(({ subscription }: { subscription: string }) => subscription)).toEqual([
      'ada/adasmark-draft',
      'ada/adasmark-now',
      'ada/adasmark-stream',
    ])
    await store.leaveGroup('sn', 'mate')
    expect((await call('GET', '/api/v1/deliveries', mate)).body).toEqual([])
  })

  it('is an admin’s to see and to change', async () => {
    const gateway = await startPeopleGateway()
    const { call, user } = gateway
    await adasWorld(gateway)
    const root = await user('root', { admin: true })
    expect((await call('GET', '/api/v1/deliveries', root)).body).toHaveLength(4)
    expect((await call('GET', '/api/v1/subscriptions', root)).body).toHaveLength(4)
    const [draft] = (await call('GET', '/api/v1/drafts', root)).body
    const discarded = await call('POST', '/api/v1/drafts/discard', root, { ids: [draft.id], reason: 'a bogus' })
    expect(discarded.body.done).toEqual([draft.id])
    expect((await call('GET', `/api/v1/deliveries/${draft.id}`, root)).body.state).toBe('dropped')
    expect((await call('GET', '/api/v1/drafts', root)).body).toEqual([])
  })

  it('can be read but not changed by others where it is public', async () => {
    const { call, user } = await startPeopleGateway()
    const [ada, eve] = [await user('ada'), await user('eve')]
    const { id } = (await call('POST', '/api/v1/filters', ada, { name: 'f', text: 'mag < 18', public: true })).body
    expect((await call('GET', `/api/v1/filters/${id}`, eve)).status).toBe(200)
    expect(await call('PATCH', `/api/v1/filters/${id}`, eve, { text: 'mag < 1' })).toMatchObject({
      status: 403,
      body: { code: 'NOT_YOURS' },
    })
    expect(await call('DELETE', `/api/v1/filters/${id}`, eve)).toMatchObject({ status: 403 })
    const subscription = { name: 's', filter: id, to: 'box', address: { shelf: 1 } }
    expect((await call('POST', '/api/v1/subscriptions', eve, subscription)).status).toBe(201)
  })
})

describe('how often one may ask', () => {
  const fast = { perSecond: 1e6, burst: 1e6 }

  it('is counted for each token, and for each address without one', async () => {
    const rates = { token: { perSecond: 0.01, burst: 3 }, anonymous: { perSecond: 0.01, burst: 2 }, failures: fast }
    const { url, user } = await startPeopleGateway({ rates })
    const [ada, bob] = [await user('ada'), await user('bob')]
    const ask = async (bearer?: string) => {
      const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }
      const reply = await fetch(`${url}/api/v1/streams`, { headers })
      return { status: reply.status, wait: reply.headers.get('retry-after'), body: await reply.json() }
    }
    for (let i = 0; i < 3; i++) expect((await ask(ada)).status).toBe(200)
    expect(await ask(ada)).toMatchObject({
      status: 429,
      body: { code: 'TOO_OFTEN' },
      wait: expect.stringMatching(/^\d+$/),
    })
    expect((await ask(bob)).status).toBe(200)
    for (let i = 0; i < 2; i++) expect((await ask()).status).toBe(200)
    expect((await ask()).status).toBe(429)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  it('is slowed for who tries tokens, not for who has one', async () => {
    const rates = { token: fast, anonymous: fast, failures: { perSecond: 0.01, burst: 3 } }
    const { call, user, url } = await startPeopleGateway({ rates })
    const ada = await user('ada')
    for (let i = 0; i < 3; i++) expect((await call('GET', '/api/v1/me', 'fountain_guess')).status).toBe(401)
    expect(await call('GET', '/api/v1/me', 'fountain_guess')).toMatchObject({
      status: 429,
      body: { code: 'TOO_OFTEN' },
    })
    expect((await call('GET', '/api/v1/me', ada)).status).toBe(200)
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^fountain_token_failures_total 4$/m)
  })
})

it('notes when a token was used', async () => {
  const { call, user, store, clock } = await startPeopleGateway()
  const ada = await user('ada')
  await call('GET', '/api/v1/me', ada)
  expect((await store.tokens('ada'))[0]?.usedMs).toBe(clock.nowMs)
})
