import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../src/serve/api/api.ts'
import { startPeopleGateway } from './people-gateway.ts'

const api = '/api/v1'
const unknown = { status: 404, body: { code: 'NOT_FOUND' } }

describe('the OpenAPI document', () => {
  it('is valid, and the same as the running gateway gives', async () => {
    const gateway = await startPeopleGateway()
    const { status, body } = await gateway.call('GET', `${api}/openapi.json`)
    expect(status).toBe(200)
    expect(await new Validator().validate(structuredClone(body))).toMatchObject({ valid: true })
    expect(body).toEqual(await openApiDocument())
    expect(Object.keys(body.paths)).toContain('/api/v1/subscriptions/{id}/pause')
    expect(body.paths['/api/v1/filters'].post.requestBody).toBeDefined()
  })
})

describe('filters', () => {
  it('are made, read, given new versions, and ended', async () => {
    const { call, user } = await startPeopleGateway()
    const ada = await user('ada')
    const made = await call('POST', `${api}/filters`, ada, { name: 'bright', text: 'mag < 18' })
    expect(made).toMatchObject({ status: 201, body: { name: 'ada/bright', owner: 'ada', versions: 1, public: false } })
    const path = `${api}/filters/${made.body.id}`
    expect(await call('PATCH', path, ada, { text: 'mag < 17', public: true })).toMatchObject({
      status: 200,
      body: { text: 'mag < 17', versions: 2, public: true },
    })
    expect(await call('GET', path)).toMatchObject({
      body: { history: [{ text: 'mag < 17' }, { text: 'mag < 18' }] },
    })
    expect((await call('GET', `${api}/filters`)).body).toHaveLength(1)
    expect(await call('DELETE', path, ada)).toMatchObject({ status: 200, body: { endedMs: expect.any(Number) } })
    expect(await call('GET', path)).toMatchObject(unknown)
    expect(await call('POST', `${api}/filters`, ada, { name: 'bright', text: 'mag < 18' })).toMatchObject({
      status: 409,
      body: { code: 'NAME_TAKEN' },
    })
  })

  it('that do not compile are refused with line, column and the nearest name', async () => {
    const { call, user, store } = await startPeopleGateway()
    const ada = await user('ada')
    const { status, body } = await call('POST', `${api}/filters`, ada, { name: 'x', text: 'snr > 5 AND\nmagn < 18' })
    expect(status).toBe(400)
    expect(body.code).toBe('FILTER_UNKNOWN_COLUMN')
    expect(body.message).toMatch(/line 2, column 1/)
    expect(body.message).toMatch(/\bmag\b/)
    expect(body.fix).toMatch(/./)
    expect((await call('POST', `${api}/filters/check`, ada, { text: 'mag <' })).body.code).toBe('FILTER_SYNTAX')
    expect((await call('POST', `${api}/filters/check`, ada, { text: 'SELECT mag FROM alert' })).body).toMatchObject({
      table: 'alert',
      columns: [{ name: 'mag' }],
    })
    expect(await store.userFilters(null, { limit: 10 })).toEqual([])
  })

  it.each([
    ['a slash in the name', { name: 'a/b', text: 'mag < 18' }],
    ['no name', { name: '', text: 'mag < 18' }],
    ['no text', { name: 'a' }],
    ['more than there is', { name: 'a', text: 'mag < 18', more: 1 }],
    ['a text without end', { name: 'a', text: 'x'.repeat(20_001) }],
    ['a list', []],
    ['nothing', null],
  ])('with %s are refused', async (_, body) => {
    const { call, user } = await startPeopleGateway()
    expect(await call('POST', `${api}/filters`, await user('ada'), body)).toMatchObject({
      status: 400,
      body: { code: 'REQUEST_INVALID' },
    })
  })

  it('come in pages', async () => {
    const { call, user } = await startPeopleGateway()
    const ada = await user('ada')
    const ids: number[] = []
    for (const name of ['a', 'b', 'c']) {
      ids.unshift((await call('POST', `${api}/filters`, ada, { name, text: 'mag < 18' })).body.id)
    }
    const first = await call('GET', `${api}/filters?limit=2`, ada)
    expect(first.body.map(({ id }: { id: number }) => id)).toEqual(ids.slice(0, 2))
    const rest = await call('GET', `${api}/filters?limit=2&beforeId=${ids[1]}`, ada)
    expect(rest.body.map(({ id }: { id: number }) => id)).toEqual(ids.slice(2))
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'beforeId=-1', 'limt=2', 'limit=1;DROP']) {
      expect(await call('GET', `${api}/filters?${query}`, ada)).toMatchObject({
        status: 400,
        body: { code: 'REQUEST_INVALID' },
      })
    }
  })
})

describe('a request', () => {
  it('that is no JSON, too long, or of another type is refused; one without a body may name a type', async () => {
    const { url, user } = await startPeopleGateway()
    const token = await user('ada')
    const send = async (path: string, body: string, type = 'application/json') => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': type }
      const reply = await fetch(`${url}${api}${path}`, { method: 'POST', headers, body })
      return { status: reply.status, body: await reply.json() }
    }
    const filter = JSON.stringify({ name: 'f', text: 'mag < 18' })
    expect(await send('/filters', '{')).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } })
    expect(await send('/filters', '')).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } })
    expect(await send('/filters', filter, 'application/xml')).toMatchObject({
      status: 415,
      body: { code: 'REQUEST_INVALID' },
    })
    expect(await send('/filters', `"${'x'.repeat(1_100_000)}"`)).toMatchObject({ status: 413 })
    expect(await send('/filters', '{"__proto__": {"admin": true}}')).toMatchObject({ status: 400 })
    expect(await send('/subscriptions/1/pause', '')).toMatchObject(unknown)
  })
})

describe('subscriptions', () => {
  const ways = { to: 'box', address: { shelf: 1 } }

  it('join the plan at once, pause, resume and end', async () => {
    const { call, user, store, reloads } = await startPeopleGateway()
    const ada = await user('ada')
    const made = await call('POST', `${api}/subscriptions`, ada, { name: 'mine', stream: 'young', ...ways })
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'ada/mine', state: 'active', confirmation: 'not needed', definition: { stream: 'young', ...ways } },
    })
    expect(reloads()).toBe(1)
    const path = `${api}/subscriptions/${made.body.id}`
    expect((await call('POST', `${path}/pause`, ada)).body.state).toBe('paused')
    expect(await store.subscriptionStates()).toMatchObject([{ name: 'ada/mine', owner: 'ada', state: 'paused' }])
    expect((await call('POST', `${path}/resume`, ada)).body.state).toBe('active')
    const changed = await call('PUT', path, ada, { stream: 'young', ...ways, cadence: 'hourly', maxPerHour: 3 })
    expect(changed.body.definition).toMatchObject({ cadence: 'hourly', maxPerHour: 3 })
    expect((await call('DELETE', path, ada)).body.state).toBe('ended')
    expect(await call('POST', `${path}/resume`, ada)).toMatchObject(unknown)
    expect(await call('PUT', path, ada, { stream: 'young', ...ways })).toMatchObject(unknown)
  })

  it('name what they are to, as the plan can have it', async () => {
    const { call, user, store } = await startPeopleGateway()
    const ada = await user('ada')
    const root = await user('root', { admin: true })
    const bob = await user('bob')
    const hidden = (await call('POST', `${api}/filters`, bob, { name: 'f', text: 'mag < 18' })).body.id
    const refusals: [object, number, string][] = [
      [{ stream: 'yuong', ...ways }, 404, 'NOT_FOUND'],
      [{ filter: 99, ...ways }, 404, 'NOT_FOUND'],
      [{ filter: hidden, ...ways }, 404, 'NOT_FOUND'],
      [{ stream: 'young', filter: hidden, ...ways }, 400, 'REQUEST_INVALID'],
      [{ ...ways }, 400, 'REQUEST_INVALID'],
      [{ stream: 'young', to: 'box', address: { shelf: 'one' } }, 400, 'ADDRESS_INVALID'],
      [{ stream: 'young', to: 'box' }, 400, 'ADDRESS_INVALID'],
      [{ stream: 'young', to: 'nowhere', address: 'x' }, 404, 'NOT_FOUND'],
      [{ stream: 'young', to: 'closed', address: { shelf: 1 } }, 403, 'BRIDGE_CLOSED'],
      [{ stream: 'young', ...ways, cadence: 'often' }, 400, 'REQUEST_INVALID'],
      [{ stream: 'young', ...ways, group: 'sn' }, 404, 'NOT_FOUND'],
      [{ stream: 'young', to: 'slot', address: 'a', cadence: 'nightly' }, 400, 'DIGEST_UNSUPPORTED'],
      [{ stream: 'young', to: 'slot', address: 'a', cadence: { count: 3 } }, 400, 'DIGEST_UNSUPPORTED'],
    ]
    for (const [body, status, code] of refusals) {
      expect(await call('POST', `${api}/subscriptions`, ada, { name: 'x', ...body })).toMatchObject({
        status,
        body: { code, message: expect.any(String), fix: expect.any(String) },
      })
    }
    expect((await store.inForce()).subscriptions).toEqual([])
    const open = { name: 'x', stream: 'young', to: 'closed', address: { shelf: 1 } }
    expect((await call('POST', `${api}/subscriptions`, root, open)).status).toBe(201)
  })

  it('to a bridge that asks first are refused where there is no public URL to answer at', async () => {
    const { call, user, store } = await startPeopleGateway({ configuration: '' })
    const body = { name: 'x', stream: 'young', to: 'letter', address: 'ada@example.org' }
    expect(await call('POST', `${api}/subscriptions`, await user('ada'), body)).toMatchObject({
      status: 409,
      body: { code: 'CONFIRMATION_IMPOSSIBLE' },
    })
    expect((await store.inForce()).subscriptions).toEqual([])
  })
})

describe('what is an admin’s', () => {
  it('are addresses: listed with the reason, and released', async () => {
    const { call, user, store, clock } = await startPeopleGateway()
    const root = await user('root', { admin: true })
    await store.suppressAddress('letter', 'gone@example.org', '550 no such user', clock.nowMs)
    expect(await call('GET', `${api}/addresses?suppressed=true`, root)).toMatchObject({
      body: [{ bridge: 'letter', address: 'gone@example.org', suppressedReason: '550 no such user' }],
    })
    const release = { bridge: 'letter', address: 'gone@example.org' }
    expect((await call('POST', `${api}/addresses/release`, root, release)).body).toEqual({ released: true })
    expect(await call('POST', `${api}/addresses/release`, root, release)).toMatchObject(unknown)
    expect(await call('GET', `${api}/addresses?suppressed=true`, root)).toMatchObject({ body: [] })
  })
})

describe('everybody', () => {
  it('sees the streams, and who they are themselves', async () => {
    const { call, user } = await startPeopleGateway()
    const ada = await user('ada', { groups: ['sn'], scopes: ['read'] })
    expect((await call('GET', `${api}/me`, ada)).body).toEqual({
      user: 'ada',
      role: 'user',
      groups: ['sn'],
      scopes: ['read'],
    })
    expect((await call('GET', `${api}/streams`)).body).toEqual([
      { name: 'young', title: 'Young', ivoid: 'ivo://example.org/streams/young', filter: 'mag < 18' },
    ])
    expect(await call('GET', `${api}/nothing`)).toMatchObject(unknown)
  })
})
