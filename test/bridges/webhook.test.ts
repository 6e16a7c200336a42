import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import type { Item } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/webhook/index.ts'
import { readStored, renderWebhook } from '../../bridges/webhook/render.ts'
import { signature, subscriberKey } from '../../bridges/webhook/signature.ts'
import { type Answer, type HttpServer, startHttp } from '../servers/http.ts'
import { misbehaving } from '../servers/misbehave.ts'
import { attemptOf, failure, testBridge, testHost } from './contract.ts'
import { itemNumber, picturedItem, retractionItem, sampleItem } from './sample-item.ts'

const secret = 'a-secret-word-of-many'
const loopback = ['127.0.0.0/8']
const followup: Item = {
  ...itemNumber(2),
  content: 'lightweight',
  event: { ...itemNumber(2).event, citations: { events: [{ ivoid: sampleItem.event.ivoid, cite: 'followup' }] } },
}
const servers: HttpServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})
async function started(answer: Answer = { status: 200, body: 'thank you' }) {
  const server = await startHttp(() => answer)
  servers.push(server)
  return server
}

const to = { url: 'https://example.org/hook' }

testBridge('webhook', {
  bridge,
  secrets: [secret, 'url-secret-word', 'proxy-secret-word'],
  checks: 'nothing',
  wire: (message) => readStored(message).json,
  expects: { 'hang-before': { kind: 'retry', reached: 'maybe' } },
  async start() {
    const server = await startHttp(() => ({ status: 202, body: 'ok' }))
    return {
      server: misbehaving(
        server,
        {
          reject: { status: 422, body: 'no such thing' },
          later: { status: 429 },
          busy: { status: 429, headers: { 'retry-after': '7' } },
          fails: { status: 500, body: 'oh dear' },
        },
        ({ body }) => body,
      ),
      config: { secret, networks: loopback, headers: { 'X-Proxy': 'proxy-secret-word' } },
      to: { url: `${server.url}/hook?token=url-secret-word` },
    }
  },
})

async function posted(item: Item, answer?: Answer) {
  const server = await started(answer)
  const host = testHost()
  const channel = await bridge.open(bridge.config.parse({ secret, networks: loopback, headers: { 'X-A': 'b' } }), host)
  const message = channel.render([item], { url: `${server.url}/hook` })
  return { server, host, channel, message }
}

describe('webhook: what arrives', () => {
  it('has the headers that a receiver goes by', async () => {
    const { server, host, channel, message } = await posted(sampleItem)
    const outcome = await channel.deliver(message, attemptOf(message))
    expect(outcome).toEqual({
      state: 'sent',
      receipt: { id: message.key, atMs: host.clock.now(), reply: '200 thank you' },
    })
    const { headers, method, path, body } = server.asked[0]!
    expect([method, path]).toEqual(['POST', '/hook'])
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': message.key,
      'x-fountain-event': 'event',
      'x-a': 'b',
    })
    const t = host.clock.now() / 1000
    const key = subscriberKey(secret, undefined, `${server.url}/hook`)
    const hmac = createHmac('sha256', key).update(`${t}.${body}`).digest('hex')
    expect(headers['x-fountain-signature']).toBe(`t=${t},v1=${hmac}`)
    expect(JSON.parse(body.toString())).toMatchObject({ ivoid: sampleItem.event.ivoid, content: 'full' })
  })

  it('is signed with a key that no other subscriber has, also where the URL is the same', async () => {
    const of = async (subscription: string, path = 'hook') => {
      const { server, message, channel, host } = await posted({
        ...sampleItem,
        match: { ...sampleItem.match, subscription },
      })
      await channel.deliver(message, attemptOf(message))
      const [user] = subscription.includes('/') ? subscription.split('/') : []
      const { headers, body } = server.asked[0]!
      const isSignedBy = (key: string) => headers['x-fountain-signature'] === signature(key, body, host.clock.now())
      return { isSignedBy, key: subscriberKey(secret, user, `${server.url}/${path}`), url: server.url }
    }
    const ada = await of('ada/robot')
    expect(ada.isSignedBy(ada.key)).toBe(true)
    const others = [
      subscriberKey(secret, 'eve', `${ada.url}/hook`),
      subscriberKey(secret, undefined, `${ada.url}/hook`),
      subscriberKey(secret, 'ada', `${ada.url}/other`),
      secret,
    ]
    expect(others.map(ada.isSignedBy)).toEqual([false, false, false, false])
    const operator = await of('young-and-bright-robots')
    expect(operator.isSignedBy(operator.key)).toBe(true)
  })

  it('is signed anew at every attempt, over the same bytes', async () => {
    const server = await started()
    const host = testHost()
    let nowMs = host.clock.now()
    const clock = { ...host.clock, now: () => nowMs }
    const channel = await bridge.open(bridge.config.parse({ secret, networks: loopback }), { ...host, clock })
    const message = channel.render([sampleItem], { url: server.url })
    await channel.deliver(message, attemptOf(message))
    nowMs += 3_600_000
    await channel.deliver(message, { ...attemptOf(message), number: 2 })
    const [first, second] = server.asked
    expect(second!.body.equals(first!.body)).toBe(true)
    expect(second!.headers['idempotency-key']).toBe(first!.headers['idempotency-key'])
    const times = server.asked.map(({ headers }) =>
      Number(/^t=(\d+),/.exec(String(headers['x-fountain-signature']))![1]),
    )
    expect(times[1]! - times[0]!).toBe(3600)
  })

  it.each([
    ['event', [sampleItem]],
    ['followup', [followup]],
    ['retraction', [retractionItem]],
    ['digest', [itemNumber(1), { ...retractionItem, content: 'summary' }]],
  ] as [string, [Item, ...Item[]]][])('is as agreed: %s', (name, items) => {
    const path = fileURLToPath(new URL(`../golden/webhook/${name}.json`, import.meta.url))
    const { kind, json } = readStored(renderWebhook(items, to))
    expect(kind).toBe(name === 'followup' ? 'event' : name)
    const shown = `${JSON.stringify(JSON.parse(json.toString()), null, 2)}\n`
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, shown)
    expect(shown).toBe(readFileSync(path, 'utf8'))
  })

  it('brings pictures that are stored once, beside the event', () => {
    const message = renderWebhook([picturedItem, { ...itemNumber(3), pictures: picturedItem.pictures }], to)
    expect(message.parts).toHaveLength(2)
    expect(Buffer.from(message.body).includes(Buffer.from(message.parts[0]!.bytes).toString('base64'))).toBe(false)
    const { pictures } = JSON.parse(readStored(message).json.toString())
    expect(pictures).toHaveLength(4)
    expect(pictures[0]).toMatchObject({ ivoid: picturedItem.event.ivoid, kind: 'cutouts', mediaType: 'image/png' })
    expect(Buffer.from(pictures[0].base64, 'base64').equals(Buffer.from(message.parts[0]!.bytes))).toBe(true)
  })
})

describe('webhook: what an answer means', () => {
  it.each([
    [400, {}, 'reject', 'no', undefined, false],
    [401, {}, 'reject', 'no', undefined, false],
    [403, {}, 'reject', 'no', undefined, false],
    [404, {}, 'reject', 'no', undefined, false],
    [410, {}, 'reject', 'no', undefined, true],
    [408, {}, 'retry', 'no', undefined, false],
    [425, {}, 'retry', 'no', undefined, false],
    [429, { 'retry-after': '12' }, 'retry', 'no', 12_000, false],
    [503, { 'retry-after': 'Sun, 01 Mar 2026 05:38:30 GMT' }, 'retry', 'maybe', 30_000, false],
    [504, {}, 'retry', 'maybe', undefined, false],
    [301, { location: 'http://169.254.169.254/' }, 'reject', 'no', undefined, false],
  ] as const)('%i %j', async (status, headers, kind, reached, retryAfterMs, addressDead) => {
    const { server, channel, message } = await posted(sampleItem, { status, headers, body: 'why\r\nnot' })
    const error = await failure(channel.deliver(message, attemptOf(message)))
    expect({ ...error }).toMatchObject({ kind, reached, addressDead })
    expect(error.retryAfterMs).toBe(retryAfterMs)
    expect(error.reply).toContain(`${status} why not`)
    expect(server.asked).toHaveLength(1)
  })

  it('is done when the status is good, however the rest goes', async () => {
    for (const reaction of ['endless', 'cut'] as const) {
      const { server, channel, message } = await posted(sampleItem)
      server.react(reaction)
      const outcome = await channel.deliver(message, attemptOf(message))
      expect(outcome.state).toBe('sent')
      if (outcome.state === 'sent') expect(outcome.receipt.reply!.length).toBeLessThanOrEqual(2000)
    }
  })

  it('goes to no private address unless its network is open', async () => {
    const server = await started()
    const channel = await bridge.open(bridge.config.parse({ secret }), testHost())
    for (const url of [server.url, `http://localhost:${server.port}`, `http://[::ffff:127.0.0.1]:${server.port}`]) {
      const message = channel.render([sampleItem], { url })
      expect(await failure(channel.deliver(message, attemptOf(message)))).toMatchObject({
        kind: 'reject',
        reached: 'no',
      })
    }
    expect(server.begun()).toBe(0)
  })
})

describe('webhook: how a receiver checks', () => {
  const readme = readFileSync(new URL('../../bridges/webhook/README.md', import.meta.url), 'utf8')
  const snippet = (language: string) => new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(readme)![1]!
  /** The subscriber's key; then signature, body, the receiver's clock, what it must say. */
  async function cases(): Promise<{ key: string; all: [string, string, number, boolean][] }> {
    const { server, host, channel, message } = await posted(sampleItem)
    await channel.deliver(message, attemptOf(message))
    const { headers, body } = server.asked[0]!
    const sent = String(headers['x-fountain-signature'])
    const now = host.clock.now() / 1000
    const all: [string, string, number, boolean][] = [
      [sent, body.toString(), now + 10, true],
      [sent, body.toString(), now + 301, false],
      [sent, `${body} `, now, false],
      [sent.replace(/.$/, (last) => (last === '0' ? '1' : '0')), body.toString(), now, false],
      [sent.replace(/^t=\d+/, `t=${now + 60}`), body.toString(), now, false],
      [sent.replace(/,v1=.*/, ''), body.toString(), now, false],
    ]
    return { key: subscriberKey(secret, undefined, `${server.url}/hook`), all }
  }

  it('in Node, as the README has it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fountain-webhook-'))
    try {
      const file = join(folder, 'check.mjs')
      writeFileSync(file, snippet('js'))
      const { isFromFountain } = await import(/* @vite-ignore */ pathToFileURL(file).href)
      const { key, all } = await cases()
      for (const [signed, body, now, good] of all) {
        expect(isFromFountain(key, signed, Buffer.from(body), now)).toBe(good)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('in Python, as the README has it', async () => {
    const { key, all } = await cases()
    const script = `${snippet('python')}
import json, sys
for signature, body, now, good in json.load(sys.stdin):
    assert is_from_fountain("${key}", signature, body.encode(), now) is good, (signature, now, good)
print("done")
`
    const said = execFileSync('python3', ['-c', script], { input: JSON.stringify(all), encoding: 'utf8' })
    expect(said).toBe('done\n')
  })
})

describe('webhook: configuration', () => {
  it.each([{ secret }, { secret, networks: ['10.0.0.0/8', 'fd00::/8'], headers: { 'X-Api-Key': 'abc' } }])(
    'takes %j',
    (config) => expect(bridge.config.safeParse(config).success).toBe(true),
  )
  it.each([
    {},
    { secret: 'short' },
    { secret, networks: ['10.0.0.0/99'] },
    { secret, headers: { 'X-A': 'b\r\nX-B: c' } },
    { secret, headers: { 'Content-Type': 'text/plain' } },
    { secret, headers: { 'X-Fountain-Signature': 'mine' } },
    { secret, colour: 'red' },
  ])('refuses %j', (config) => expect(bridge.config.safeParse(config).success).toBe(false))
  it('takes a URL, alone or named', () => {
    const url = 'https://example.org/hook?a=b'
    expect(bridge.address.parse(url)).toEqual({ url })
    expect(bridge.address.parse({ url })).toEqual({ url })
    for (const bad of ['', 'x', 'ftp://a.org', 'https://u:p@a.org', { url: 7 }, { url, more: 1 }, 7, null]) {
      expect(bridge.address.safeParse(bad).success).toBe(false)
    }
  })
})
