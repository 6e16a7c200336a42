/** Services that say back what they were asked, in whatever field and form: no secret of it is seen by anybody. */
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, expect, it } from 'vitest'
import { bridge as bluesky } from '../../bridges/bluesky/index.ts'
import type { Attempt, Bridge, Message } from '../../bridges/contract.ts'
import { bridge as hermes } from '../../bridges/hermes/index.ts'
import { bridge as mastodon } from '../../bridges/mastodon/index.ts'
import { bridge as tns } from '../../bridges/tns/index.ts'
import { bridge as x } from '../../bridges/x/index.ts'
import { type Asked, type HttpServer, startHttp } from '../servers/http.ts'
import { tnsValues } from '../servers/tns-values.ts'
import { attemptOf, testHost } from './contract.ts'
import { reportItem } from './report-item.ts'
import { sampleItem } from './sample-item.ts'
import { lsstReport, messageFor, required } from './tns-setup.ts'

// As keys are, with the signs that each encoding writes in a way of its own.
const secret = (what: string) => `${what}-S3cret+/x"y&z=<w>${what}`
const xKeys = {
  consumerKey: secret('ck'),
  consumerSecret: secret('cs'),
  accessToken: secret('at'),
  accessTokenSecret: secret('as'),
}
const networks = ['127.0.0.0/8']
interface Kind {
  readonly bridge: Bridge
  readonly secrets: readonly string[]
  readonly config: (url: string) => object
  readonly message?: Message
  /** What it must learn before it comes to speak with its secret. */
  readonly answers?: (asked: Asked) => object | undefined
}
const session = { did: 'did:plc:abc', accessJwt: secret('aj'), refreshJwt: secret('rj'), handle: 'a.example.org' }
const kinds: Readonly<Record<string, Kind>> = {
  x: { bridge: x, secrets: Object.values(xKeys), config: (api) => ({ ...xKeys, api, networks }) },
  mastodon: {
    bridge: mastodon,
    secrets: [secret('mt')],
    config: (instance) => ({ instance, token: secret('mt'), networks }),
  },
  bluesky: {
    bridge: bluesky,
    secrets: [secret('ap'), session.accessJwt, session.refreshJwt],
    config: (service) => ({ service, identifier: session.handle, appPassword: secret('ap'), networks }),
    answers: ({ path }) => (path.includes('createSession') ? session : undefined),
  },
  tns: {
    bridge: tns,
    secrets: [secret('tk')],
    config: (url) => ({ ...required, bot: { ...required.bot, apiKey: secret('tk') }, api: `${url}/api` }),
    message: messageFor(lsstReport),
    answers: ({ path }) => (path.includes('get/values') ? { id_code: 200, data: tnsValues } : undefined),
  },
  hermes: {
    bridge: hermes,
    secrets: [secret('ht')],
    config: (api) => ({ token: secret('ht'), submitter: 'us', api, networks }),
  },
}
let server: HttpServer | undefined
afterEach(() => server?.stop())

/** What was asked, in the forms in which services print it. */
function echoOf({ path, headers, body }: Asked, secrets: readonly string[]): string {
  const text = `${path} ${JSON.stringify(headers)} ${Object.values(headers).join(' ')} ${body.toString('latin1')}`
  const known = secrets.map((one) => `${one} ${encodeURIComponent(one)} ${JSON.stringify(one)}`).join(' ')
  return `${known} ${text.slice(0, 4000)}`
}
const fieldsOf = (said: string) => ({
  error: said,
  message: said,
  detail: said,
  title: said,
  errors: [{ message: said, detail: said, parameters: { [said]: [said] } }],
  error_description: said,
  id_message: said,
  data: { feedback: { at_report: [{ reporter: [{ message: said, message_id: 3 }] }] }, said },
})
const statuses = [200, 201, 202, 302, 400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 503]
const cases = Object.keys(kinds).flatMap((kind) => statuses.map((status) => [kind, status] as const))

it.each(cases)('%s, %i', async (name, status) => {
  const { bridge, secrets, config, message, answers } = kinds[name]!
  server = await startHttp((asked) => {
    const right = answers?.(asked)
    if (right !== undefined)
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(right) }
    const said = echoOf(asked, secrets)
    return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(fieldsOf(said)) }
  })
  const folder = mkdtempSync(join(tmpdir(), 'fountain-echo-'))
  const base = testHost()
  const host = { ...base, folder: () => folder }
  const channel = await bridge.open(bridge.config.parse(config(server.url)), host)
  const seen: unknown[] = []
  const note = async (act: () => unknown) =>
    seen.push(
      await Promise.resolve()
        .then(act)
        .catch((error) => error),
    )
  await note(() => channel.check(new AbortController().signal))
  const stored = message ?? channel.render([{ ...sampleItem, full: reportItem().full! }], {})
  const attempt: Attempt = attemptOf(stored)
  await note(() => channel.deliver(stored, attempt))
  const handle = JSON.stringify({ reportId: 7, submittedMs: 0, key: 'k', internalName: 'n', prefix: 'AT' })
  if (channel.look !== undefined) await note(() => channel.look!(handle, attempt))
  const said = inspect([seen, seen.map((one) => (one as Error)?.stack), base.lines], {
    depth: 12,
    maxStringLength: null,
  })
  for (const one of secrets)
    for (const form of [
      one,
      encodeURIComponent(one),
      JSON.stringify(one).slice(1, -1),
      `${new URLSearchParams({ a: one })}`.slice(2),
    ])
      expect(said).not.toContain(form)
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue
    const path = join(file.parentPath, file.name)
    const open = (statSync(path).mode & 0o077) !== 0
    const held = readFileSync(path, 'latin1')
    if (secrets.some((one) => held.includes(JSON.stringify(one).slice(1, -1))))
      expect([path, open]).toEqual([path, false])
  }
  await channel.close()
})
