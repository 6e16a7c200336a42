import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { knownHosts } from '../../src/serve/guard.ts'
import { until } from '../bridges/contract.ts'
import { startTestGateway, type TestGateway } from './gateway.ts'

/** A connection that said these bytes and stays. */
function line(url: string, bytes: string): { got(): string; ended: Promise<void> } {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let got = ''
  socket.on('data', (chunk) => {
    got += chunk.toString('latin1')
  })
  socket.write(bytes)
  const ended = new Promise<void>((resolve, reject) => {
    socket.on('close', () => resolve())
    socket.on('error', reject)
  })
  return { got: () => got, ended }
}

/** Says these bytes; resolves to all that comes until the server ends the connection. */
async function talk(url: string, bytes: string): Promise<string> {
  const { got, ended } = line(url, bytes)
  await ended
  return got()
}

function withHost(url: string, host: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request(`${url}/healthz`, { headers: { host } }, (reply) => {
      let body = ''
      reply.on('data', (chunk) => {
        body += chunk
      })
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body }))
    })
      .on('error', reject)
      .end()
  })
}

describe('the Host header', () => {
  it('must name this gateway, so that no page elsewhere can speak for a visitor', async () => {
    const { server } = await startTestGateway({
      publicUrl: 'https://fountain.example.org/',
      http: { listen: '127.0.0.1:0', hosts: ['inside.example:8080'] },
    })
    for (const host of [
      'localhost',
      'LOCALHOST:80',
      '127.0.0.1:9',
      '[::1]:9',
      'fountain.example.org',
      'Fountain.Example.Org.',
      'inside.example',
    ]) {
      expect((await withHost(server.url, host)).status).toBe(200)
    }
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      'example.org',
      '127.0.0.1.evil',
      '::1',
      'a b',
      '[::1',
    ]) {
      const { status, body } = await withHost(server.url, host)
      expect([status, body.split(':')[0]]).toEqual([421, 'HOST_UNKNOWN'])
    }
    expect(await talk(server.url, 'GET /healthz HTTP/1.1\r\nhost:\r\nconnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 421 /,
    )
    expect(await talk(server.url, 'GET /healthz HTTP/1.0\r\nconnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 421 /)
    expect(await talk(server.url, 'GET /healthz HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('may be the address listened on', () => {
    expect([...knownHosts('192.0.2.1', undefined, ['[2001:DB8::1]:80'])]).toEqual([
      '192.0.2.1',
      'localhost',
      '127.0.0.1',
      '[::1]',
      '[2001:db8::1]',
    ])
  })
})

describe('every reply', () => {
  it('opens no CORS, sets no cookie, names no server', async () => {
    const { get } = await startTestGateway()
    for (const path of ['/', '/healthz', '/nothing', '/status.json', '/events', '/web/status.css']) {
      const { headers } = await get(path, { origin: 'https://evil.example' })
      for (const name of ['access-control-allow-origin', 'set-cookie', 'server', 'x-powered-by']) {
        expect(headers.get(name)).toBeNull()
      }
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })
})

describe('the admin token', () => {
  const post = ({ server }: TestGateway, path: string, token?: string, body: unknown = { state: 'dead' }) =>
    fetch(server.url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })

  it('is shown once, kept as a hash for its owner only, and known after a restart', async () => {
    const first = await startTestGateway()
    expect(first.token).toMatch(/^fountain_[A-Za-z0-9_-]{43}$/)
    const path = join(first.dataDir, 'admin-token.hash')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'utf8')).toMatch(/^sha256:[0-9a-f]{64}\n$/)
    await first.server.close()
    const second = await startTestGateway({ dataDir: first.dataDir })
    expect(second.token).toBeUndefined()
    expect((await post(second, '/admin/dead/retry', first.token)).status).toBe(200)
  })

  it('is not spent by a start that failed', async () => {
    const taken = await startTestGateway()
    const listen = new URL(taken.server.url).host
    const dataDir = mkdtempSync(join(tmpdir(), 'fountain-serve-'))
    const shown: string[] = []
    const showToken = (token: string) => shown.push(token)
    const failing = startTestGateway({ http: { listen, hosts: [] }, showToken, dataDir })
    await expect(failing).rejects.toMatchObject({ code: 'PORT_IN_USE' })
    expect(shown).toEqual([])
    await startTestGateway({ showToken, dataDir })
    expect(shown).toHaveLength(1)
  })

  it('is needed by everything that changes something', async () => {
    const gateway = await startTestGateway({ mount: (app) => void app.post('/mounted', () => 'changed') })
    for (const path of ['/admin/dead/retry', '/admin/test-event', '/mounted', '/nothing']) {
      for (const token of [undefined, 'wrong', `${gateway.token}x`]) {
        const reply = await post(gateway, path, token)
        expect(reply.status).toBe(401)
        expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/)
        expect(await reply.text()).toMatch(/^TOKEN_WRONG/)
      }
    }
    expect(gateway.asked.retried).toEqual([])
    const reply = await post(gateway, '/admin/dead/retry', gateway.token, { ids: [1, 2] })
    expect([reply.status, await reply.json()]).toEqual([200, { retried: 2 }])
    expect(gateway.asked.retried).toEqual([{ ids: [1, 2] }])
    expect((await post(gateway, '/nothing', gateway.token)).status).toBe(404)
    expect(await (await post(gateway, '/admin/test-event', gateway.token, {})).json()).toMatchObject({
      ivoid: expect.any(String),
    })
  })

  it.each([
    [{}],
    [{ ids: [] }],
    [{ ids: ['1'] }],
    [{ ids: [0] }],
    [{ state: 'sent' }],
    [{ state: 'dead', more: 1 }],
    ['x'],
    [null],
  ])('lets %j through to nobody', async (body) => {
    const gateway = await startTestGateway()
    const reply = await post(gateway, '/admin/dead/retry', gateway.token, body)
    expect(reply.status).toBe(400)
    expect(await reply.text()).toMatch(/^USAGE/)
    expect(gateway.asked.retried).toEqual([])
  })

  it('refuses a hash file that it cannot read, rather than make another token', async () => {
    const { dataDir, server } = await startTestGateway()
    await server.close()
    writeFileSync(join(dataDir, 'admin-token.hash'), 'sha256:00')
    await expect(startTestGateway({ dataDir })).rejects.toMatchObject({ code: 'ADMIN_TOKEN_FILE' })
  })
})

describe('limits', () => {
  it('says that a port is taken', async () => {
    const { server } = await startTestGateway()
    const listen = new URL(server.url).host
    await expect(startTestGateway({ http: { listen, hosts: [] } })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
    await expect(startTestGateway({ http: { listen: '192.0.2.1:0', hosts: [] } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })

  it('refuses what is too long', async () => {
    const gateway = await startTestGateway()
    expect((await gateway.get(`/events?ID=${'x'.repeat(8_300)}`)).status).toBe(414)
    const long = `GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`
    expect(await talk(gateway.server.url, long)).toMatch(/^HTTP\/1\.1 431 /)
    const reply = await fetch(`${gateway.server.url}/admin/dead/retry`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ state: 'x'.repeat(1_100_000) }),
    })
    expect(reply.status).toBe(413)
    expect(await talk(gateway.server.url, 'what is this\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('gives up on a client that never finishes its request, and serves others meanwhile', async () => {
    const { server, get } = await startTestGateway({ requestTimeoutMs: 300 })
    const slow = talk(server.url, 'GET / HTTP/1.1\r\nhost: localhost\r\nx:')
    expect((await get('/healthz')).status).toBe(200)
    expect(await slow).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('closes though clients hold on', async () => {
    const { server } = await startTestGateway()
    const held = line(server.url, 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await until('the first reply', () => held.got().includes('up'))
    await server.close()
    await held.ended
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
  })
})
