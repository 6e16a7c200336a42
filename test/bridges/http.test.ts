import { createServer } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { DeliveryError } from '../../bridges/contract.ts'
import type { HttpRequest } from '../../bridges/http.ts'
import { type HttpOptions, openHttp, retryAfterMs } from '../../bridges/http.ts'
import { isPublicAddress } from '../../bridges/public-address.ts'
import { goodTest, type HttpServer, startHttp } from '../servers/http.ts'
import { failure, until } from './contract.ts'

const running: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop()
})
async function server(options: Parameters<typeof startHttp>[1] = {}): Promise<HttpServer> {
  const started = await startHttp(
    ({ path }) => ({ status: 200, headers: { 'x-twice': 'a' }, body: `you asked ${path}` }),
    options,
  )
  running.push(started)
  return started
}
function client(options: HttpOptions = {}) {
  const http = openHttp(options)
  running.push({ stop: () => http.close() })
  return http
}
const ask = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  signal: AbortSignal.timeout(20_000),
  networks: 'any',
  ...more,
})
const told = ({ kind, reached }: DeliveryError) => [kind, reached]
/** A resolver that gives these answers in turn, and counts. */
function resolver(...answers: string[][]) {
  const asked: string[] = []
  const resolve = async (host: string) => {
    asked.push(host)
    const found = answers[Math.min(asked.length, answers.length) - 1] ?? []
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
  return { asked, resolve }
}

describe('a request', () => {
  it('sends what it is given, and gives back what comes', async () => {
    const { url, asked } = await server()
    const answer = await client().request(
      ask(`${url}/a%20b?c=d#e`, { method: 'POST', headers: { 'X-One': '1' }, body: 'é' }),
    )
    expect(answer.status).toBe(200)
    expect(answer.headers['x-twice']).toBe('a')
    expect(Buffer.from(answer.body).toString()).toBe('you asked /a%20b?c=d')
    expect(asked[0]).toMatchObject({ method: 'POST', path: '/a%20b?c=d', body: Buffer.from('é') })
    expect(asked[0]!.headers).toMatchObject({ 'x-one': '1', 'content-length': '2' })
    expect(asked[0]!.headers['accept-encoding']).toBeUndefined()
  })

  it('follows nobody: a redirect is an answer', async () => {
    const { url, asked, react } = await server()
    react({ status: 302, headers: { location: `${url}/elsewhere` } })
    expect(await client().request(ask(url))).toMatchObject({ status: 302 })
    expect(asked).toHaveLength(1)
  })

  it('has a connection of its own, which is gone afterwards', async () => {
    const { url, begun, connections } = await server()
    const http = client()
    for (let n = 1; n <= 3; n++) {
      await http.request(ask(url))
      expect(begun()).toBe(n)
    }
    await until('the connections to end', () => connections() === 0)
  })

  it('speaks IPv6', async () => {
    const { port, asked } = await server({ host: '::1' })
    await client().request(ask(`http://[::1]:${port}/`))
    expect(asked).toHaveLength(1)
  })

  it('takes an answer that comes a byte at a time', async () => {
    const { url, react } = await server()
    react('drip')
    expect(Buffer.from((await client().request(ask(url))).body).toString()).toBe('you asked /')
  })
})

describe('what it says of a failure', () => {
  it.each(['drop', 'garbage', 'cut'] as const)('%s: it may have arrived', async (reaction) => {
    const { url, react, connections } = await server()
    react(reaction)
    const error = await failure(client().request(ask(`${url}/?token=secret-word`)))
    expect(told(error)).toEqual(['retry', 'maybe'])
    expect(`${error.reply}${error.stack}${String(error.cause)}`).not.toContain('secret-word')
    await until('the connection to end', () => connections() === 0)
  })

  it('reads no further than it must', async () => {
    const { url, react, connections } = await server()
    react('endless')
    const error = await failure(client().request(ask(url, { maxBytes: 100_000 })))
    expect(told(error)).toEqual(['retry', 'maybe'])
    expect(error.reply).toContain('longer than 100000 bytes')
    await until('the connection to end', () => connections() === 0)
    react({ status: 200, body: 'x'.repeat(100_000) })
    expect((await client().request(ask(url, { maxBytes: 100_000 }))).body).toHaveLength(100_000)
  })

  it('stops reading an answer that never ends when it is told to', async () => {
    const { url, react, asked, connections } = await server()
    react('endless')
    const abort = new AbortController()
    const failing = failure(client().request(ask(url, { maxBytes: 1e9, signal: abort.signal })))
    await until('the request to arrive', () => asked.length > 0)
    abort.abort(new Error('time is up'))
    expect(told(await failing)).toEqual(['retry', 'maybe'])
    await until('the connection to end', () => connections() === 0)
  })

  it('takes the status for an answer where an excerpt will do', async () => {
    const { url, react, connections } = await server()
    const http = client()
    react('endless')
    const endless = await http.request(ask(url, { maxBytes: 1000, answer: 'excerpt' }))
    expect([endless.status, endless.body.length]).toEqual([200, 1000])
    react('cut')
    const cut = await http.request(ask(url, { answer: 'excerpt' }))
    expect([cut.status, Buffer.from(cut.body).toString()]).toEqual([200, '{"ok":'])
    await until('the connections to end', () => connections() === 0)
  })

  it('nobody there, no such name, no address: nothing arrived', async () => {
    const { port, stop } = await server()
    await stop()
    const gone = Object.assign(new Error('getaddrinfo ENOTFOUND nowhere.test'), { code: 'ENOTFOUND' })
    for (const [url, options] of [
      [`http://127.0.0.1:${port}/?a=secret-word`, {}],
      ['http://nowhere.test/?a=secret-word', { resolve: () => Promise.reject(gone) }],
      ['http://nowhere.test/?a=secret-word', { resolve: async () => [] }],
    ] as const) {
      const error = await failure(client(options).request(ask(url)))
      expect(told(error)).toEqual(['retry', 'no'])
      expect(error.reply).toMatch(/127\.0\.0\.1|nowhere\.test/)
      expect(error.reply).not.toContain('secret-word')
    }
  })

  it.each([
    ['ignore', 'maybe'],
    ['hang', 'maybe'],
  ] as const)('told to stop while the server does %s', async (reaction, reached) => {
    const { url, react, begun, connections } = await server()
    react(reaction)
    const abort = new AbortController()
    const failing = failure(client().request(ask(url, { signal: abort.signal })))
    await until('the request to begin', () => begun() > 0)
    abort.abort(new Error('time is up'))
    const error = await failing
    expect(told(error)).toEqual(['retry', reached])
    expect(error.reply).toContain('time is up')
    await until('the connection to end', () => connections() === 0)
  })

  it('told to stop before, while a name is looked up, and while TLS is agreed: nothing arrived', async () => {
    expect(told(await failure(client().request(ask('http://a.test', { signal: AbortSignal.abort() }))))).toEqual([
      'retry',
      'no',
    ])
    const abort = new AbortController()
    const never = () => {
      queueMicrotask(() => abort.abort(new Error('time is up')))
      return new Promise<never>(() => {})
    }
    const slowName = failure(client({ resolve: never }).request(ask('http://a.test', { signal: abort.signal })))
    expect(told(await slowName)).toEqual(['retry', 'no'])

    // Takes the connection and never says hello.
    const mute = createServer(() => again.abort(new Error('time is up')))
    const again = new AbortController()
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    running.push({ stop: () => new Promise((resolve) => mute.close(() => resolve())) })
    const { port } = mute.address() as { port: number }
    const shaking = failure(client().request(ask(`https://127.0.0.1:${port}`, { signal: again.signal })))
    expect(told(await shaking)).toEqual(['retry', 'no'])
  })

  it('ends what is under way when it is closed, and takes no more', async () => {
    const { url, react, asked, connections } = await server()
    react('hang')
    const http = client()
    const failing = failure(http.request(ask(url)))
    await until('the request to arrive', () => asked.length > 0)
    await http.close()
    expect(told(await failing)).toEqual(['retry', 'maybe'])
    await until('the connection to end', () => connections() === 0)
    expect(told(await failure(http.request(ask(url))))).toEqual(['retry', 'no'])
    expect(asked).toHaveLength(1)
  })

  it('refuses what cannot be sent', async () => {
    const { url, asked } = await server()
    const error = await failure(client().request(ask(url, { headers: { 'X-A': 'b\r\nX-C: secret-word' } })))
    expect(told(error)).toEqual(['reject', 'no'])
    expect(error.reply).not.toContain('secret-word')
    expect(asked).toHaveLength(0)
  })
})

describe('TLS', () => {
  it('takes a certificate in the right name', async () => {
    const { port, asked } = await server({ tls: true })
    const http = client({ ca: goodTest.cert, ...resolver(['127.0.0.1']) })
    expect(await http.request(ask(`https://good.test:${port}/`))).toMatchObject({ status: 200 })
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['in another name', 'https://bad.test', goodTest.cert],
    ['by an unknown authority', 'https://good.test', undefined],
  ])('refuses one %s before anything is sent', async (_, url, ca) => {
    const { port, asked } = await server({ tls: true })
    const http = client({ ...resolver(['127.0.0.1']), ...(ca === undefined ? {} : { ca }) })
    const error = await failure(http.request(ask(`${url}:${port}/?a=secret-word`)))
    expect(told(error)).toEqual(['retry', 'no'])
    expect(error.reply).not.toContain('secret-word')
    expect(asked).toHaveLength(0)
  })
})

describe('the guard', () => {
  it.each([
    'ftp://example.org/',
    'file:///etc/passwd',
    'http://user@example.org/',
    'https://user:secret-word@example.org/',
    'not a url: secret-word',
    '',
  ])('refuses %s', async (url) => {
    const error = await failure(client(resolver(['127.0.0.1'])).request(ask(url)))
    expect(told(error)).toEqual(['reject', 'no'])
    expect(error.reply).not.toContain('secret-word')
  })

  it.each([
    ['127.0.0.1', ''],
    ['localhost', ''],
    ['127.1', ''],
    ['2130706433', ''],
    ['0x7f.1', ''],
    ['0177.0.0.01', ''],
    ['127.0.0.1.', ''],
    ['１２７.0.0.1', 'full-width digits'],
    ['[::1]', ''],
    ['[::ffff:127.0.0.1]', ''],
    ['[0:0:0:0:0:ffff:7f00:1]', ''],
    ['[64:ff9b::127.0.0.1]', ''],
    ['[::127.0.0.1]', ''],
    ['0', ''],
  ])('connects to nothing on this machine for %s %s', async (host) => {
    const { port, begun } = await server()
    const error = await failure(client().request(ask(`http://${host}:${port}/`, { networks: 'public' })))
    expect(told(error)).toEqual(['reject', 'no'])
    expect(error.reply).toContain('not a public address')
    expect(begun()).toBe(0)
  })

  it('connects to nothing private for any URL', async () => {
    const { port, begun } = await server()
    const http = client(resolver(['127.0.0.1', '::1', '10.0.0.1', '169.254.169.254', '::ffff:127.0.0.1']))
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4().map((address) => address.replace(/^\d+/, '127')),
      fc.integer({ min: 0x7f000000, max: 0x7fffffff }).map((address) => `0x${address.toString(16)}`),
      fc.ipV4().map((address) => `[::ffff:${address.replace(/^\d+/, '127')}]`),
      fc.string(),
      fc.constantFrom('localhost', 'LOCALHOST.', '[::]', '[::1]', '127.1', '①②⑦.0.0.1', '0', '127。0。0。1'),
    )
    const scheme = fc.constantFrom('http', 'https', 'HTTP', 'ws', 'ftp', 'file', 'unix')
    const tail = fc.constantFrom('', '/', '?a', '#b', '@example.org/', '\\@example.org', '/%0d%0a')
    await fc.assert(
      fc.asyncProperty(scheme, host, tail, async (one, two, three) => {
        const url = `${one}://${two}:${port}${three}`
        // Nothing may go out into the world from here either.
        fc.pre(!URL.canParse(url) || !isPublicAddress(new URL(url).hostname.replace(/^\[|\]$/g, '')))
        const error = await failure(http.request(ask(url, { networks: 'public' })))
        expect(told(error)).toEqual(['reject', 'no'])
      }),
      { numRuns: 500 },
    )
    expect(begun()).toBe(0)
  })

  it('is closed unless a request says otherwise', async () => {
    const { url, begun } = await server()
    const { networks: _, ...plain } = ask(url)
    expect((await failure(client().request(plain))).kind).toBe('reject')
    expect(begun()).toBe(0)
  })

  it('opens the networks that it is told to, and no others', async () => {
    const { port } = await server()
    const http = client(resolver(['127.0.0.1']))
    const url = `http://inside.test:${port}/`
    expect(await http.request(ask(url, { networks: ['10.0.0.0/8', '127.0.0.0/8'] }))).toMatchObject({ status: 200 })
    expect((await failure(http.request(ask(url, { networks: ['10.0.0.0/8'] })))).kind).toBe('reject')
  })

  it('asks for a name once and connects to what it checked: a name that changes its mind wins nothing', async () => {
    const { port, begun } = await server()
    const first = resolver(['127.0.0.1'], ['127.0.0.2'])
    await client(first).request(ask(`http://turns.test:${port}/`, { networks: ['127.0.0.1'] }))
    expect(first.asked).toEqual(['turns.test'])
    expect(begun()).toBe(1)
    // One address that is open and one that is not: the closed one is never tried.
    const mixed = client(resolver(['127.0.0.1', '127.0.0.2']))
    const error = await failure(mixed.request(ask(`http://mixed.test:${port}/`, { networks: ['127.0.0.2'] })))
    expect(told(error)).toEqual(['retry', 'no'])
    expect(error.reply).toContain('127.0.0.2')
    expect(begun()).toBe(1)
  })
})

describe('Retry-After', () => {
  const now = Date.UTC(2026, 2, 1, 5, 38)
  it.each([
    ['7', 7000],
    ['0', 0],
    ['1.5', 1500],
    ['Sun, 01 Mar 2026 05:38:30 GMT', 30_000],
    ['Sun, 01 Mar 2026 05:37:30 GMT', 0],
    ['999999999', 86_400_000],
    ['soon', undefined],
    ['', undefined],
    ['-5', undefined],
  ])('%s', (text, ms) => {
    expect(retryAfterMs({ headers: { 'retry-after': text } }, now)).toBe(ms)
  })
  it('is none where there is none', () => expect(retryAfterMs({ headers: {} }, now)).toBeUndefined())
})
