import { once } from 'node:events'
import { connect } from 'node:net'
import { startPeopleGateway } from '../serve/people-gateway.ts'
import { fuzz } from './fuzz.ts'
import { hostileTexts, mutateBytes, mutateText, pick, randomBytes } from './mutate.ts'

const paths = [
  '/',
  '/healthz',
  '/readyz',
  '/metrics',
  '/status.json',
  '/events',
  '/events?ID=',
  '/web/status.css',
  '/admin/dead/retry',
  '/api/v1/filters',
  '/api/v1/filters/1',
  '/api/v1/filters/check',
  '/api/v1/subscriptions',
  '/api/v1/deliveries?ivoid=',
  '/api/v1/drafts/approve',
  '/confirm/',
  '/unsubscribe/',
  '/x',
]
const methods = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'PRI', 'get']

fuzz('http', async () => {
  const { url, user } = await startPeopleGateway({ requestTimeoutMs: 400 })
  const token = await user('root', { admin: true })
  const port = Number(new URL(url).port)
  return {
    make(random) {
      const word = () => pick(random, hostileTexts)
      const path =
        pick(random, paths) +
        (random(3) === 0 ? word() : random(3) === 0 ? encodeURIComponent(word().slice(0, 500)) : '')
      const body =
        random(3) === 0
          ? pick(random, [
              '{"ids":[1]}',
              '{"state":"dead"}',
              '{"name":"a","text":"mag < 18"}',
              '{"text":"mag <"}',
              '{"name":"s","stream":"young","to":"box","address":{"shelf":1}}',
              '[',
              'null',
              '"x"',
              word(),
            ])
          : ''
      const headers = [
        `Host: ${random(6) === 0 ? word() : 'localhost'}`,
        ...(random(3) === 0 ? [`Authorization: Bearer ${random(2) === 0 ? token : word()}`] : []),
        ...(body === '' ? [] : [`Content-Length: ${random(8) === 0 ? word() : Buffer.byteLength(body)}`]),
        ...(random(2) === 0 ? ['Content-Type: application/json'] : []),
        ...(random(6) === 0 ? [`${word()}: ${word()}`] : []),
        ...(random(8) === 0 ? ['Transfer-Encoding: chunked'] : []),
        'Connection: close',
      ]
      let text = `${pick(random, methods)} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`
      if (random(3) === 0) text = mutateText(text, random)
      if (random(12) === 0) return randomBytes(random, 300)
      const bytes = Buffer.from(text)
      return random(6) === 0 ? mutateBytes(bytes, random) : bytes
    },
    async run(input) {
      const socket = connect(port, '127.0.0.1')
      let got = ''
      socket.on('data', (chunk) => (got += chunk.toString('latin1')))
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.end(input)
      await closed
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(got)?.[1]
      if (got !== '' && status === undefined) throw new Error(`an answer that is none: ${got.slice(0, 200)}`)
      if (status !== undefined && Number(status) >= 500) throw new Error(got.slice(0, 400))
      if (/\bat .*\.ts:\d+/.test(got)) throw new Error(`a stack: ${got.slice(0, 2_000)}`)
      if ((await fetch(`${url}/healthz`)).status !== 200) throw new Error('it is no longer healthy')
      return status ?? 'closed'
    },
    meets: [/^200/m, /^400/m, /^401/m, /^404/m, /^421/m],
  }
})
