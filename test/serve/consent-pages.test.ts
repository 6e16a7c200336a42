import { describe, expect, it } from 'vitest'
import { sifted } from '../record/fixtures.ts'
import { type PeopleGateway, startPeopleGateway } from './people-gateway.ts'

const hourMs = 3_600_000
const address = 'ada@example.org'

/** Ada subscribes a letter's address; the token that went out with the message that asks there. */
async function asked(gateway: PeopleGateway) {
  const ada = await gateway.user('ada')
  const made = await gateway.call('POST', '/api/v1/subscriptions', ada, {
    name: 'mail',
    stream: 'young',
    to: 'letter',
    address,
  })
  return { ada, made, token: await confirmationToken(gateway) }
}

async function confirmationToken({ store, clock }: PeopleGateway): Promise<string> {
  const [delivery] = await store.claim('letter', 1, clock.nowMs)
  if (delivery?.purpose !== 'confirmation') throw new Error(`a ${delivery?.purpose} and no confirmation`)
  return delivery.confirmation?.token ?? ''
}

/** One packet that passes the stream's filter; returns how many deliveries it made. */
async function match({ store, plan }: PeopleGateway, offset: number): Promise<number> {
  const filters = plan.alertFilters('lsst').map(({ key }) => key)
  return (await store.apply(sifted([{ offset, alertId: String(offset) }], { filters }))).deliveries
}

const get = ({ url }: PeopleGateway, path: string, method = 'GET') => fetch(url + path, { method })
/** As our own page's button sends it, and as a mail program does (RFC 8058 §3.2). */
const press = ({ url }: PeopleGateway, path: string, type = 'application/x-www-form-urlencoded') =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': type },
    body: 'List-Unsubscribe=One-Click',
    redirect: 'manual',
  })

describe('the page behind the link that asks', () => {
  it('confirms the address when its button is pressed, and not before', async () => {
    const gateway = await startPeopleGateway()
    const { call } = gateway
    const { ada, made, token } = await asked(gateway)
    expect(made).toMatchObject({ status: 201, body: { state: 'unverified', confirmation: 'asked' } })
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    const path = `/confirm/${token}`
    for (const method of ['GET', 'HEAD', 'GET']) expect((await get(gateway, path, method)).status).toBe(200)
    expect(await (await get(gateway, path)).text()).toContain(address)
    expect(await match(gateway, 0)).toBe(0)
    const row = `/api/v1/subscriptions/${made.body.id}`
    expect((await call('GET', row, ada)).body.state).toBe('unverified')

    const reply = await press(gateway, path)
    expect([reply.status, await reply.text()]).toEqual([200, expect.stringContaining('Confirmed')])
    expect((await call('GET', row, ada)).body.state).toBe('active')
    expect(await match(gateway, 1)).toBe(1)
    expect((await press(gateway, path)).status).toBe(200)
  })

  it('has a link that nobody else is shown, whoever asked', async () => {
    const gateway = await startPeopleGateway()
    const { ada, token } = await asked(gateway)
    const root = await gateway.user('root', { admin: true })
    for (const bearer of [ada, root]) {
      const [line] = (await gateway.call('GET', '/api/v1/deliveries', bearer)).body
      const { body } = await gateway.call('GET', `/api/v1/deliveries/${line.id}`, bearer)
      expect(body).toMatchObject({ purpose: 'confirmation', message: null })
      expect(JSON.stringify([line, body])).not.toContain(token)
    }
  })

  it('has a message already rendered hidden too', async () => {
    const gateway = await startPeopleGateway()
    const { ada, token } = await asked(gateway)
    const [{ id }] = (await gateway.call('GET', '/api/v1/deliveries', ada)).body
    await gateway.store.keepMessage(id, { body: Buffer.from(`/confirm/${token}`), key: 'k', repeat: 'safe' })
    expect((await gateway.call('GET', `/api/v1/deliveries/${id}`, ada)).body.message).toBeNull()
  })

  it('holds for a week, is asked again at most once an hour, and then by another link', async () => {
    const gateway = await startPeopleGateway()
    const { call, clock, store } = gateway
    const { ada, made, token } = await asked(gateway)
    const again = () => call('POST', `/api/v1/subscriptions/${made.body.id}/ask`, ada)
    expect(await again()).toMatchObject({ status: 409, body: { code: 'CONFIRMATION_TOO_SOON' } })
    const [line] = await store.deliveries({ limit: 1 })
    await store.settle([{ id: line?.id ?? 0, state: 'sent', attempted: true }], clock.nowMs)
    clock.nowMs += hourMs
    expect(await again()).toMatchObject({ status: 200, body: { confirmation: 'asked' } })
    const second = await confirmationToken(gateway)
    expect(second).not.toBe(token)
    expect((await get(gateway, `/confirm/${token}`)).status).toBe(404)
    clock.nowMs += 7 * 24 * hourMs - 1
    expect((await get(gateway, `/confirm/${second}`)).status).toBe(200)
    clock.nowMs += 1
    expect((await get(gateway, `/confirm/${second}`)).status).toBe(404)
    expect((await press(gateway, `/confirm/${second}`)).status).toBe(404)
  })
})

describe('an address that refuses', () => {
  it('is not asked again, and the subscription says why it gets nothing', async () => {
    const gateway = await startPeopleGateway()
    const { call, store, clock } = gateway
    const { ada, made } = await asked(gateway)
    await store.suppressAddress('letter', address, '550 5.1.1 no such user', clock.nowMs)
    const row = `/api/v1/subscriptions/${made.body.id}`
    expect((await call('GET', row, ada)).body).toMatchObject({ state: 'suppressed', reason: '550 5.1.1 no such user' })
    expect(await call('POST', `${row}/ask`, ada)).toMatchObject({ status: 409, body: { code: 'ADDRESS_SUPPRESSED' } })
  })
})

describe('the page behind the link that ends it', () => {
  const unsubscribePath = async (gateway: PeopleGateway) => {
    await press(gateway, `/confirm/${(await asked(gateway)).token}`)
    await match(gateway, 0)
    const [confirmation] = await gateway.store.deliveries({ state: 'sending', limit: 1 })
    await gateway.store.settle([{ id: confirmation?.id ?? 0, state: 'sent', attempted: true }], gateway.clock.nowMs)
    const [delivery] = await gateway.store.claim('letter', 1, gateway.clock.nowMs)
    return `/unsubscribe/${delivery?.unsubscribeToken}`
  }

  it.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'ends the subscription by one POST of %s, without a token or a redirect',
    async (type) => {
      const gateway = await startPeopleGateway()
      const path = await unsubscribePath(gateway)
      for (const method of ['GET', 'HEAD']) expect((await get(gateway, path, method)).status).toBe(200)
      expect(await (await get(gateway, path)).text()).toContain('ada/mail')
      expect(await gateway.store.subscriptionStates()).toMatchObject([{ state: 'active' }])
      const reply = await press(gateway, path, type)
      expect(reply.status).toBe(200)
      expect(reply.headers.get('set-cookie')).toBeNull()
      expect(await gateway.store.subscriptionStates()).toMatchObject([{ state: 'unsubscribed' }])
      expect(await match(gateway, 1)).toBe(0)
      expect((await press(gateway, path, type)).status).toBe(200)
    },
  )

  it('takes the yes back: a new subscription to the address is asked first', async () => {
    const gateway = await startPeopleGateway()
    await press(gateway, await unsubscribePath(gateway))
    gateway.clock.nowMs += hourMs
    const { token: ada } = await gateway.token('ada', ['subscriptions'])
    const made = await gateway.call('POST', '/api/v1/subscriptions', ada, {
      name: 'mail2',
      stream: 'young',
      to: 'letter',
      address,
    })
    expect(made.body).toMatchObject({ state: 'unverified', confirmation: 'asked' })
    expect(await match(gateway, 1)).toBe(0)
  })

  it('takes no yes back that another subscription of the same user lives by', async () => {
    const gateway = await startPeopleGateway()
    const path = await unsubscribePath(gateway)
    const { token: ada } = await gateway.token('ada', ['subscriptions'])
    const body = { name: 'mail2', stream: 'young', to: 'letter', address }
    expect((await gateway.call('POST', '/api/v1/subscriptions', ada, body)).body.confirmation).toBe('confirmed')
    await press(gateway, path)
    expect(await match(gateway, 1)).toBe(1)
  })

  it('says yes to nobody but who asked: another user is asked for anew, and gets nothing through', async () => {
    const gateway = await startPeopleGateway()
    const { token } = await asked(gateway)
    await press(gateway, `/confirm/${token}`)
    gateway.clock.nowMs += hourMs
    const eve = await gateway.user('eve')
    const body = { name: 'mail', stream: 'young', to: 'letter', address }
    const made = await gateway.call('POST', '/api/v1/subscriptions', eve, body)
    expect(made.body).toMatchObject({ state: 'unverified', confirmation: 'asked' })
    expect(await match(gateway, 0)).toBe(1)
    expect(await gateway.store.deliveries({ owner: 'eve', limit: 9 })).toMatchObject([{ purpose: 'confirmation' }])
  })

  it('leaves nothing for the owner to resume', async () => {
    const gateway = await startPeopleGateway()
    await press(gateway, await unsubscribePath(gateway))
    const root = await gateway.user('root', { admin: true })
    const [row] = (await gateway.call('GET', '/api/v1/subscriptions', root)).body
    expect(row.state).toBe('unsubscribed')
    expect(await gateway.call('POST', `/api/v1/subscriptions/${row.id}/resume`, root)).toMatchObject({
      status: 409,
      body: { code: 'SUBSCRIPTION_ENDED' },
    })
  })
})

describe('both pages', () => {
  it('know no token that was not given', async () => {
    const gateway = await startPeopleGateway()
    for (const token of ['x', '0'.repeat(43), '%00', "'--", '..%2f..', 'é', 'x'.repeat(100)]) {
      for (const path of [`/confirm/${token}`, `/unsubscribe/${token}`]) {
        for (const reply of [await get(gateway, path), await press(gateway, path)]) {
          expect([path, reply.status]).toEqual([path, 404])
          expect(await reply.text()).not.toContain('<script>')
        }
      }
    }
  })

  it('take no long body, and may only send forms to themselves', async () => {
    const gateway = await startPeopleGateway()
    const { token } = await asked(gateway)
    const long = await fetch(`${gateway.url}/confirm/${token}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'x'.repeat(5_000),
    })
    expect(long.status).toBe(413)
    const { headers } = await get(gateway, `/confirm/${token}`)
    expect(headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/,
    )
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
  })
})
