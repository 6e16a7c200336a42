import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { Counter, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { FountainError } from '../../src/errors.ts'
import { html } from '../../src/html.ts'
import { adminTokens, nowMs, report, startTestGateway } from './gateway.ts'

describe('the status page', () => {
  it('says it all without a script', async () => {
    const { get } = await startTestGateway()
    const reply = await get('/')
    expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const page = await reply.text()
    for (const words of [
      'Ready',
      '18,412',
      'kafka localhost:9092 lsst-alerts-v11',
      '1,204',
      'running for 3 h 2 min',
      'Young &#38; bright',
      '192.0.2.17:40312',
      'the token was refused',
      '450 4.2.0 greylisted',
      '18 sent, 1 rejected',
      '10,400 decoded'.replace('10,400', '18,400'),
      '1,842 chosen + 0 waiting + 0 suppressed + 1 unmappable',
      'href="/events?ID=ivo%3A%2F%2Fexample.org%2Fstreams%2Fyoung-and-bright%23170028503098359910"',
    ]) {
      expect(page).toContain(words)
    }
    expect(page).not.toContain('class="bad">no<')
  })

  it('counts retractions and confirmations, which no filter chose', async () => {
    const [first, ...others] = report.ledger.subscriptions
    const told = { ...first!, subscription: 'told', chosen: 3, notices: 2, deliveries: 4, leftOut: 1 }
    const ledger = { ...report.ledger, subscriptions: [told, first!, ...others] }
    const { get } = await startTestGateway({ status: () => Promise.resolve({ ...report, ledger }) })
    const page = await (await get('/')).text()
    expect(page).toContain('5 chosen and notices')
    expect(page).not.toContain('class="bad">no<')
  })

  it('is sound: one h1, sections named by their headings, labelled cells, no inline script or style', async () => {
    const { get } = await startTestGateway()
    const page = await (await get('/')).text()
    const all = (form: RegExp) => [...page.matchAll(form)].map((match) => match[1]!)
    expect(all(/<(h1)[ >]/g)).toHaveLength(1)
    expect(page).toMatch(/<html lang="en">/)
    const ids = all(/ id="([^"]+)"/g)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of all(/aria-labelledby="([^"]+)"/g)) expect(ids).toContain(id)
    for (const tag of all(/(<img [^>]*>)/g)) expect(tag).toContain('alt=')
    for (const tag of all(/(<th[ >][^>]*>?)/g)) expect(tag).toContain('scope=')
    for (const tag of all(/(<td [^>]*>)/g)) expect(tag).toContain('data-label=')
    expect(page).not.toMatch(/<script(?![^>]* src=)|<style| style=| on[a-z]+=/)
    for (const name of ['table', 'tr', 'td', 'section', 'article', 'details', 'p', 'dl', 'span', 'main']) {
      expect([name, all(new RegExp(`<(${name})[ >]`, 'g')).length]).toEqual([
        name,
        all(new RegExp(`</(${name})>`, 'g')).length,
      ])
    }
    for (const path of all(/(?:href|src)="(\/web\/[^"]+)"/g)) expect((await get(path)).status).toBe(200)
  })

  it('escapes what others named', async () => {
    const { get } = await startTestGateway()
    const page = await (await get('/')).text()
    expect(page).toContain('files /data/&#60;night&#62;')
    expect(page).not.toContain('<b>no</b>')
    expect(html`<p title="${`"'<>&`}">${[html`<b>${'<i>'}</b>`, 1n]}${undefined}${false}</p>`.text).toBe(
      '<p title="&#34;&#39;&#60;&#62;&#38;"><b>&#60;i&#62;</b>1</p>',
    )
  })

  it('names an alert once among the newest, by the event that was published', async () => {
    const event = (ivoid: string, seq: number | null) => ({
      ivoid,
      role: 'test',
      seq,
      recordedMs: nowMs,
      origin: 'own',
    })
    const recent = [
      event('ivo://a.org/lsst#1', null),
      event('ivo://a.org/streams/s#1', 7),
      event('ivo://a.org/lsst#2', null),
    ]
    const { get } = await startTestGateway({
      store: { ...adminTokens(), recentEvents: async () => recent, eventByIvoid: async () => null },
    })
    const page = await (await get('/')).text()
    const links = [...page.matchAll(/href="\/events\?ID=([^"]+)"/g)].map((match) => decodeURIComponent(match[1]!))
    expect(links).toEqual(['ivo://a.org/streams/s#1', 'ivo://a.org/lsst#2'])
  })

  it('shows a ledger that does not add up', async () => {
    const ledger = { ...report.ledger, feeds: [{ feed: 'vtp', cursor: 1, behind: 2 }] }
    const { get } = await startTestGateway({ status: async () => ({ ...report, ledger }) })
    expect(await (await get('/')).text()).toContain('<strong class="bad">no</strong>')
  })

  it('shows subscribers’ addresses at the machine only', async () => {
    // All loopback addresses reach a server that listens on all; this machine's own address stands for elsewhere.
    const { server, get } = await startTestGateway({
      publicUrl: 'https://fountain.example.org',
      http: { listen: '0.0.0.0:0', hosts: [] },
    })
    const { port } = new URL(server.url)
    expect(await (await get('/status.json')).text()).toContain('192.0.2.17:40312')
    const elsewhere = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && !one.internal)?.address
    const strangers: [string, Record<string, string>][] = [
      ['127.0.0.1', { host: 'fountain.example.org' }],
      ['127.0.0.1', { host: 'localhost', 'x-forwarded-for': '198.51.100.7' }],
      ...(elsewhere === undefined ? [] : ([[elsewhere, { host: 'localhost' }]] as [string, Record<string, string>][])),
    ]
    for (const [path, [host, headers]] of ['/', '/status.json'].flatMap((path) =>
      strangers.map((stranger) => [path, stranger] as const),
    )) {
      const page = await new Promise<string>((resolve, reject) => {
        request({ host, port, path, headers }, (reply) => {
          let body = ''
          reply.on('data', (chunk) => {
            body += chunk
          })
          reply.on('end', () => resolve(body))
        })
          .on('error', reject)
          .end()
      })
      expect(page).not.toContain('greylisted')
      expect(page).not.toContain('the token was refused')
      expect(page).toContain('192.0.2.x')
      expect(page).toContain('2001:db8::x')
      expect(page).not.toContain('192.0.2.17')
      expect(page).not.toContain('2001:db8:1')
      expect(page).not.toContain('/srv/fountain')
    }
  })

  it('asks the gateway once for many who look at the same time', async () => {
    const { get, asked } = await startTestGateway()
    await Promise.all(Array.from({ length: 20 }, async () => (await get('/status.json')).text()))
    expect(asked.status).toBe(1)
  })

  it('tries again after a failure, which names no inner thing', async () => {
    const faults: unknown[] = [new Error('secret inner thing'), new FountainError('STORE_DEADLINE', '5 s')]
    const { get } = await startTestGateway({
      status: async () => {
        const fault = faults.shift()
        if (fault !== undefined) throw fault
        return report
      },
    })
    const first = await get('/')
    expect([first.status, await first.text()]).toEqual([500, 'The gateway failed on this request; its log says why.\n'])
    const second = await get('/')
    expect([second.status, (await second.text()).split(':')[0]]).toEqual([503, 'STORE_DEADLINE'])
    expect((await get('/')).status).toBe(200)
  })
})

describe('for machines', () => {
  it('gives the report as JSON', async () => {
    const { get } = await startTestGateway()
    const body = (await (await get('/status.json')).json()) as Record<string, unknown>
    expect(body).toMatchObject({ ...report, nowMs, ready: { ok: true, reasons: [] } })
    expect(body.recentEvents).toHaveLength(3)
  })

  it('is up while not ready, and says why', async () => {
    const reasons = ['source lsst: KAFKA_UNREACHABLE', 'bridge <email> is halted']
    const { get } = await startTestGateway({ ready: () => ({ ok: false, reasons }) })
    expect((await get('/healthz')).status).toBe(200)
    const reply = await get('/readyz')
    expect([reply.status, await reply.text()]).toEqual([503, `not ready:\n- ${reasons[0]}\n- ${reasons[1]}\n`])
    const page = await (await get('/')).text()
    expect(page).toContain('Not ready')
    expect(page).toContain('bridge &#60;email&#62; is halted')
    expect((await (await startTestGateway()).get('/readyz')).status).toBe(200)
  })

  it('gives metrics, its own requests among them by route and status', async () => {
    const metrics = new Registry()
    new Counter({ name: 'fountain_test_total', help: 'A test.', registers: [metrics] }).inc(3)
    const { get } = await startTestGateway({ metrics })
    await get('/events?ID=x')
    await get(`/${'random'.repeat(5)}`)
    const reply = await get('/metrics')
    const text = await reply.text()
    expect(reply.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(text).toContain('fountain_test_total 3')
    expect(text).toContain('fountain_http_requests_total{route="/events",status="400"} 1')
    expect(text).toContain('fountain_http_requests_total{route="none",status="404"} 1')
  })

  it('serves its files with tags', async () => {
    const { get } = await startTestGateway()
    const reply = await get('/web/status.js')
    expect(reply.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(await reply.text()).toBe(readFileSync(new URL('../../web/status.js', import.meta.url), 'utf8'))
    expect((await get('/web/status.js', { 'if-none-match': reply.headers.get('etag')! })).status).toBe(304)
    expect((await get('/web/../package.json')).status).toBe(404)
    expect((await get('/web/%2e%2e/package.json')).status).toBe(404)
  })
})
