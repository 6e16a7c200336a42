/** The stand-in of GCN is as strict as what it stands for: each thing that it checks can fail. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { bridge } from '../../bridges/gcn/index.ts'
import { readStored } from '../../bridges/gcn/render.ts'
import { startGcnStandIn } from '../servers/gcn.ts'
import { complaintsOf } from '../servers/gcn-notices.ts'
import { startGcnOidcStandIn } from '../servers/gcn-oidc.ts'
import { attemptOf, testHost } from './contract.ts'
import { detailed } from './gcn-items.ts'

const client = { clientId: 'fountain-client', clientSecret: 'only-on-loopback' }
const topic = 'gcn.notices.fountain.alert'

describe('the token endpoint', () => {
  const form = 'application/x-www-form-urlencoded'
  const basic = `Basic ${Buffer.from('fountain-client:only-on-loopback').toString('base64')}`
  async function ask(body: string, headers: Record<string, string> = {}, more: RequestInit = {}) {
    const oidc = await startGcnOidcStandIn({ ...client, scopes: ['a', 'b'], lifeSeconds: 77 })
    onTestFinished(() => oidc.stop())
    const answer = await fetch(oidc.tokenUrl, {
      method: 'POST',
      headers: { 'content-type': form, ...headers },
      body,
      ...more,
    })
    const text = await answer.text()
    return { oidc, status: answer.status, said: text.startsWith('{') ? JSON.parse(text) : text }
  }
  const grant = 'grant_type=client_credentials'

  it('gives a token for the client in HTTP Basic or in the form, of the scope that it asks for', async () => {
    const inHead = await ask(grant, { authorization: basic })
    expect([inHead.status, inHead.said]).toEqual([
      200,
      { access_token: inHead.oidc.tokens[0], token_type: 'Bearer', expires_in: 77 },
    ])
    expect(inHead.oidc.inForm()).toBe(0)
    const inForm = await ask(`${grant}&client_id=fountain-client&client_secret=only-on-loopback&scope=b`)
    expect([inForm.status, inForm.oidc.inForm()]).toEqual([200, 1])
    const claims = JSON.parse(Buffer.from(inForm.said.access_token.split('.')[1], 'base64url').toString())
    expect(claims).toMatchObject({ sub: 'fountain-client', scope: ['b'] })
    expect(Math.abs(claims.exp - Date.now() / 1000 - 77)).toBeLessThan(10)
  })

  it.each<[string, string, Record<string, string>, number, string]>([
    ['another grant', 'grant_type=password', { authorization: basic }, 400, 'unsupported_grant_type'],
    ['another scope', `${grant}&scope=a+c`, { authorization: basic }, 400, 'invalid_scope'],
    ['a wrong secret', grant, { authorization: `Basic ${btoa('fountain-client:x')}` }, 401, 'invalid_client'],
    ['a wrong secret in the form', `${grant}&client_id=fountain-client&client_secret=x`, {}, 400, 'invalid_client'],
    ['no client', grant, {}, 400, 'invalid_client'],
    ['both ways at once', `${grant}&client_secret=y`, { authorization: basic }, 400, 'invalid_request'],
    ['JSON', '{}', { authorization: basic, 'content-type': 'application/json' }, 400, 'invalid_request'],
  ])('refuses %s', async (_, body, headers, status, error) => {
    const answer = await ask(body, headers)
    expect([answer.status, answer.said.error]).toEqual([status, error])
    expect(answer.oidc.tokens).toEqual([])
  })

  it('takes nothing but POST', async () => {
    const oidc = await startGcnOidcStandIn()
    onTestFinished(() => oidc.stop())
    expect((await fetch(oidc.tokenUrl)).status).toBe(405)
    expect((await fetch(oidc.url)).status).toBe(404)
  })
})

describe('the reader that complains', () => {
  async function notice(): Promise<Record<string, unknown>> {
    const channel = await bridge.open(bridge.config.parse({ ...client, topic, mission: 'Fountain' }), testHost())
    const { value } = readStored(channel.render([detailed()], null).body)
    await channel.close()
    return JSON.parse(value.toString())
  }
  const told = (values: readonly (object | string)[], options = {}, to = topic, stepMs = 0) =>
    complaintsOf(
      values.map((value, index) => ({
        topic: to,
        value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
        atMs: index * stepMs,
      })),
      options,
    ).join('\n')

  it('has nothing against what is right, also when it comes twice', async () => {
    const right = await notice()
    expect(told([right, right])).toBe('')
    expect(told([{ timestamp: '2026-03-01T00:00:00Z', status: 'alive' }], {}, `${topic}.heartbeat`)).toBe('')
  })

  it('complains of each thing that is wrong', async () => {
    const right = await notice()
    const { data } = right as { data: { targets: object[]; photometry: object[] } }
    const target = (more: object) => ({ ...right, data: { ...data, targets: [{ ...data.targets[0], ...more }] } })
    const schema = String(right.$schema)
    for (const [wrong, words] of [
      [{ ...right, $schema: schema.replace(/v[\d.]+/, 'main') }, /is not versioned/],
      [{ ...right, $schema: schema.replace('boom', 'none') }, /does not exist/],
      [{ ...right, extra: 1 }, /unevaluated properties/],
      [target({ ra: 999 }), /ra is 999/],
      [target({ dec: -91 }), /dec is -91/],
      [{ ...right, alert_datetime: 'yesterday' }, /alert_datetime is yesterday/],
      [{ ...right, alert_datetime: '2026-02-01T00:00:00Z' }, /observation_start is in the future/],
      [{ ...right, record_number: 0 }, /record_number is 0/],
      [{ ...right, mission: undefined }, /mission is missing/],
      [{ ...right, mission: null }, /mission is null/],
      ['{', /is no JSON/],
      [`"${'x'.repeat(4_200_000)}"`, /has 4200002 bytes/],
    ] as const)
      expect(told([wrong])).toMatch(words)
    expect(told([right, { ...right, mission: 'Other' }])).toMatch(/another notice with the same id and record_number/)
    expect(told([right], {}, 'alerts')).toMatch(/is no topic of notices/)
  })

  it('hears a heart that stops', () => {
    const beat = { timestamp: '2026-03-01T00:00:00Z', status: 'alive' }
    const beats = (stepMs: number) => told([beat, beat, beat], { heartbeatMs: 1_000 }, `${topic}.heartbeat`, stepMs)
    expect(beats(1_400)).toBe('')
    expect(beats(1_600)).toMatch(/was silent for 1600 ms/)
    expect(told([{ status: 'dead' }], {}, `${topic}.heartbeat`)).toMatch(/is no heartbeat/)
  })
})

it('as a whole takes a mission’s notices and tells people what came', async () => {
  const gcn = await startGcnStandIn(client)
  const config = { ...client, topic, mission: 'Fountain', cluster: gcn.cluster }
  const channel = await bridge.open(bridge.config.parse(config), testHost())
  onTestFinished(async () => {
    await channel.close()
    await gcn.stop()
  })
  const message = channel.render([detailed()], null)
  await channel.deliver(message, attemptOf(message))
  await channel.upkeep!.run(AbortSignal.timeout(20_000))
  expect(gcn.arrived()).toEqual([
    `${topic}: initial notice 1 of 170028503098359808, current, valid`,
    `${topic}.heartbeat: a heartbeat`,
  ])
})
