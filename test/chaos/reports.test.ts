/**
 * The gateway reports to TNS, GCN, Mastodon, Bluesky and X, as stand-ins that fail now and then, and is killed again and
 * again, at random moments and between the steps of a delivery. In the end TNS has each object once; no post stands
 * twice; what went out and its receipts are the same; only a post on X, which nobody could be asked about, may be a
 * person's business. The seed is printed.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { failPoints } from '../../src/record/fail-points.ts'
import { type GatewayHome, type GatewayProcess, gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { freePorts } from '../interop/comet.ts'
import { startBlueskyStandIn } from '../servers/bluesky.ts'
import { startGcnOidcStandIn } from '../servers/gcn-oidc.ts'
import type { HttpServer } from '../servers/http.ts'
import { startSmallBroker } from '../servers/kafka-broker.ts'
import { startMastodonStandIn } from '../servers/mastodon.ts'
import { startTnsStandIn } from '../servers/tns.ts'
import { startXStandIn } from '../servers/x.ts'
import { seeded } from '../vo/mutate.ts'
import { ledgerFaultsIn } from './ledger-of.ts'

/** A few minutes: TNS, X and Mastodon bear a message in ten seconds, and a post that is not found is waited for. */
const kills = Number(process.env.FOUNTAIN_KILLS ?? 12)
const seed = Number(process.env.FOUNTAIN_SEED ?? 20261121)
const xKeys = {
  consumerKey: 'a-consumer-key',
  consumerSecret: 'a-consumer-secret',
  accessToken: 'an-access-token',
  accessTokenSecret: 'an-access-secret',
}
const networks = ['127.0.0.0/8']
const steps = failPoints.filter((point) => point.startsWith('deliver:'))

it(`reports nothing twice and loses nothing: ${kills} kills, seed ${seed}`, {
  timeout: 600_000 + kills * 15_000,
}, async () => {
  const random = seeded(seed)
  const tns = await startTnsStandIn()
  const mastodon = await startMastodonStandIn()
  const bluesky = await startBlueskyStandIn()
  const x = await startXStandIn(xKeys)
  const oidc = await startGcnOidcStandIn()
  const broker = await startSmallBroker({ takes: (token) => oidc.tokens.includes(token) })
  const home = gatewayHome({})
  const [port = 0] = await freePorts(1)
  const filter = 'SELECT id, mag, band FROM alert WHERE is_moving = 0 AND reliability > 0.6 AND mag < 20.5'
  const to = (name: string) => ({ name, to: name, filter, approve: 'auto', pictures: false, test: true })
  const began = Date.now()
  let died = 0
  const seconds: Record<string, number> = {}
  const lap = (what: string) => {
    seconds[what] = Math.round((Date.now() - began) / 1000)
  }
  home.configure({
    authority: 'fountain.test',
    sources: { sky: { kind: 'simulator', seed, factor: 97.5, alertsPerVisit: 6, visits: Math.ceil(kills * 1.3) } },
    streams: { all: { filter: 'SELECT id, mag FROM alert', title: 'All alerts' } },
    subscriptions: ['tns', 'mastodon', 'bluesky', 'x', 'gcn'].map(to),
    bridges: {
      tns: {
        bot: tns.bot,
        api: tns.api,
        mirror: false,
        reporter: 'A. Author (Institute)',
        reportingGroup: 'Fountain',
        dataSourceGroup: 'Rubin',
        archivalRemarks: 'Nothing is seen in the template at this place.',
        archivalRemarksOnSource: 'The template holds a source at this place.',
        leastMinutes: 0,
      },
      mastodon: { instance: mastodon.url, token: mastodon.token, networks },
      bluesky: { service: bluesky.url, identifier: bluesky.identifier, appPassword: bluesky.appPassword, networks },
      x: { ...xKeys, api: x.api, networks, spendPerDayUsd: 100 },
      gcn: {
        clientId: 'fountain-client',
        clientSecret: 'only-on-loopback',
        topic: 'gcn.notices.fountain.alert',
        mission: 'Fountain',
        heartbeat: false,
        cluster: { brokers: [`127.0.0.1:${broker.port}`], tls: false, tokenUrl: oidc.tokenUrl },
      },
    },
    http: { listen: `127.0.0.1:${port}` },
  })
  const servers: readonly HttpServer[] = [tns, mastodon, bluesky, x]
  let gateway: GatewayProcess = await startGatewayProcess(home)
  try {
    for (let kill = 0; kill < kills; kill++) {
      for (const server of servers) {
        // Whether a post is there that Mastodon was silent about is known two minutes later, and whoever has failed
        // five times waits for three: these come first, and in the end there are kills alone.
        const spares = server === mastodon && kill > kills / 4
        const moods = spares ? (['swallow', 'swallow'] as const) : (['drop', 'hang'] as const)
        server.react(kill > (kills * 2) / 3 ? undefined : [undefined, undefined, ...moods][random(4)])
      }
      // It takes the report, and nobody hears of that.
      if (random(3) === 0) tns.script('504')
      broker.mood = random(3) === 0 ? { produce: 'drop' } : {}
      const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
      if (kill % 2 === 0) await wait(50 + random(1_500))
      else {
        // It dies between two steps of a delivery; where it gets to none, it is killed.
        await gateway.kill()
        const env = { FOUNTAIN_FAIL_POINT: `${steps[(kill >> 1) % steps.length]}@${1 + random(4)}` }
        gateway = await startGatewayProcess(home, { env, doNotWait: true })
        const code = await Promise.race([gateway.ended, wait(8_000)])
        if (code === null) died++
      }
      await gateway.kill()
      expect(ledgerFaultsIn(home), `the ledger after kill ${kill + 1}`).toEqual([])
      gateway = await startGatewayProcess(home)
    }
    // Otherwise nothing was put to the test.
    if (kills >= 10) expect(died).toBeGreaterThan(0)
    lap('killed')
    for (const server of servers) server.react(undefined)
    broker.mood = {}
    await until(
      'the source ends',
      async () => (await gateway.status()).sources[0]?.state === 'ended',
      240_000 + kills * 1_000,
    )
    lap('the source ended')
    await until('nothing is under way', async () => (await underWay(gateway)) === 0, 600_000 + kills * 2_000)
    lap('all was sent')
    await gateway.stop()
    expect(ledgerFaultsIn(home)).toEqual([])

    const rows = deliveriesIn(home)
    // What a bridge never says was never tried: a longer night holds objects that faded before they rose.
    const refused = rows.filter(({ state, attempts }) => state === 'rejected' && attempts === 0)
    const of = (bridge: string) => rows.filter((row) => row.bridge === bridge && !refused.includes(row))
    const receipts = (bridge: string) => of(bridge).flatMap(({ receipt }) => (receipt === null ? [] : [receipt]))
    const ends = Object.fromEntries(
      ['tns', 'mastodon', 'bluesky', 'x', 'gcn'].map((name) => [name, [...new Set(of(name).map((row) => row.state))]]),
    )
    for (const [name, states] of Object.entries(ends)) {
      // `duplicate`: the first attempt had arrived, and the service said so at the second.
      const may = name === 'x' ? ['sent', 'parked'] : ['sent', 'duplicate']
      expect(
        states.filter((state) => !may.includes(state)),
        name,
      ).toEqual([])
      expect(of(name).length, name).toBeGreaterThan(kills / 8)
    }

    const names = tns.objects.flatMap(({ internalNames }) => internalNames)
    expect(new Set(names).size, 'one report an object').toBe(names.length)
    expect(new Set(receipts('tns')).size, 'each its own name').toBe(of('tns').length)
    expect(names).toHaveLength(of('tns').length)
    const said = new Map<string, Set<string>>()
    for (const data of tns.submitted) {
      const name = /"internal_name":"([^"]+)"/.exec(data)?.[1] ?? ''
      said.set(name, (said.get(name) ?? new Set()).add(data))
    }
    expect(
      [...said.values()].every((texts) => texts.size === 1),
      'a report goes again as it was',
    ).toBe(true)

    expect(mastodon.posts.map(({ id }) => id).sort()).toEqual(receipts('mastodon').map(keyOf).sort())
    expect(bluesky.records.map(({ rkey }) => rkey).sort()).toEqual(receipts('bluesky').map(keyOf).sort())
    const parked = of('x').filter(({ state }) => state === 'parked').length
    expect(x.posts.length).toBeLessThanOrEqual(of('x').length)
    expect(x.posts.length).toBeGreaterThanOrEqual(of('x').length - parked)
    expect(new Set(x.posts.map(({ text }) => text)).size, 'no post twice').toBe(x.posts.length)
    const notices = broker.records.map(({ value }) => value.toString('base64'))
    expect(new Set(notices).size, 'a notice goes again as it was').toBe(of('gcn').length)
    console.log(
      `reports, seed ${seed}: ${kills} kills (${died} between two steps), ${rows.length} deliveries, none lost, ${refused.length} refused; TNS: ${names.length} objects by ` +
        `${tns.submitted.length} submissions; X: ${parked} parked; GCN: ${notices.length - new Set(notices).size} notices again; ` +
        `seconds: ${JSON.stringify(seconds)}`,
    )
  } catch (error) {
    const open = deliveriesIn(home).filter(({ state }) => state !== 'sent')
    console.error(`seed ${seed}`, gateway.log().slice(-4_000), open.slice(0, 20))
    throw error
  } finally {
    await gateway.stop()
    await Promise.all([...servers, oidc, broker].map((server) => server.stop()))
    home.remove()
  }
})

/** Of a receipt: a post's own key on its service, without what else the bridge keeps there. */
const keyOf = (id: string): string => id.replace(/#.*/, '').split('/').at(-1) ?? ''

/** Deliveries that are not at their end. */
async function underWay(gateway: GatewayProcess): Promise<number> {
  const { bridges } = (await gateway.status()).ledger
  return bridges.reduce(
    (sum, { states }) => sum + (states.queued ?? 0) + (states.sending ?? 0) + (states.submitted ?? 0),
    0,
  )
}

interface Row {
  readonly bridge: string
  readonly state: string
  readonly receipt: string | null
  readonly attempts: number
  readonly error: string | null
}

function deliveriesIn(home: GatewayHome): Row[] {
  const database = new DatabaseSync(join(home.data, 'fountain.db'), { readOnly: true })
  const rows = database
    .prepare('SELECT bridge, state, receipt_id AS receipt, attempts, error FROM deliveries ORDER BY id')
    .all() as unknown as Row[]
  database.close()
  return rows
}
