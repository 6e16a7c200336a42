/** What a user does, from a token to a mail: the gateway as a process, its API over HTTP, its mails by SMTP. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fountain, jsonLines } from '../cli/run-cli.ts'
import { type GatewayHome, type GatewayProcess, gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { type SmtpServer, startSmtp } from '../servers/smtp.ts'

let smtp: SmtpServer
let home: GatewayHome
let gateway: GatewayProcess
beforeAll(async () => {
  smtp = await startSmtp()
  home = gatewayHome({
    authority: 'fountain.test',
    publicUrl: 'https://fountain.test/',
    sources: { sky: { kind: 'simulator', survey: 'lsst-sim', factor: 100, alertsPerVisit: 10 } },
    bridges: { email: { smtp: `smtp://127.0.0.1:${smtp.port}`, from: 'Fountain <alerts@example.org>' } },
    http: { listen: '127.0.0.1:0' },
  })
  gateway = await startGatewayProcess(home)
})
afterAll(async () => {
  await gateway.stop()
  await smtp.stop()
  home.remove()
})

const mailsTo = (address: string): string[] =>
  smtp.mails
    .filter(({ to }) => to.includes(address))
    .map(({ bytes }) => bytes.toString('latin1').replaceAll('=\r\n', ''))
const linkIn = (mail: string, path: string): string =>
  new RegExp(`https://fountain\\.test(/${path}/[A-Za-z0-9_-]+)`).exec(mail)?.[1] ?? `no /${path}/ in ${mail}`

it('goes from a token to a filter, a subscription, a yes, mails, a better filter, and a no', async () => {
  const cli = (...args: string[]) => fountain([...args, '--data', home.data])
  await cli('user', 'add', 'ada')
  const [{ token } = { token: '' }] = jsonLines<{ token: string }>(await cli('user', 'token', 'ada', '--json'))
  const call = async (method: string, path: string, body?: object) => {
    const reply = await fetch(`${gateway.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: reply.status, body: (await reply.json()) as { id: number; name: string; state: string } }
  }
  const post = (path: string) =>
    fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    })
  const filter = await call('POST', '/filters', { name: 'any', text: 'SELECT id, mag FROM alert' })
  expect(filter.status).toBe(201)
  const address = 'ada@example.org'
  const made = await call('POST', '/subscriptions', {
    name: 'mail',
    filter: filter.body.id,
    to: 'email',
    address,
    test: true,
  })
  expect(made.body.state).toBe('unverified')

  await until('the mail that asks', () => mailsTo(address).length > 0)
  expect(mailsTo(address)).toHaveLength(1)
  expect((await post(linkIn(mailsTo(address)[0] ?? '', 'confirm'))).status).toBe(200)
  await until('mails of matches', () => mailsTo(address).length > 3)

  // A filter that nothing passes: from some batch on no mail comes, and the ledger says so.
  await call('PATCH', `/filters/${filter.body.id}`, { text: 'SELECT id, mag FROM alert WHERE mag < -90' })
  const counts = async () => {
    const { ledger } = await gateway.status()
    const chosen = ledger.subscriptions.find(({ subscription }) => subscription === '(of users)')?.chosen ?? 0
    return { chosen, received: ledger.sources.reduce((sum, { received }) => sum + received, 0) }
  }
  let mark = await counts()
  await until('nothing is chosen of fifty packets', async () => {
    const now = await counts()
    if (now.chosen !== mark.chosen) mark = now
    return now.received > mark.received + 50
  })
  await call('PATCH', `/filters/${filter.body.id}`, { text: 'SELECT id, mag, band FROM alert' })
  await until('something is chosen again', async () => (await counts()).chosen > mark.chosen)

  const last = mailsTo(address).at(-1) ?? ''
  expect((await post(linkIn(last, 'unsubscribe'))).status).toBe(200)
  expect((await call('GET', `/subscriptions/${made.body.id}`)).body.state).toBe('unsubscribed')
  const deliveries = await fetch(`${gateway.url}/api/v1/deliveries?state=queued`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(await deliveries.json()).toEqual([])
  expect(gateway.log()).not.toContain(token)
}, 120_000)
