/**
 * The gateway sends through every bridge at once, to ends that misbehave, and is killed again and again at random
 * moments. In the end no delivery is lost; doubles are of messages that are safe to repeat, each under the key of the
 * first; none is of a message that must never go twice; and the ledger adds up after every single kill. The seed is
 * printed.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type GatewayHome, type GatewayProcess, gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { freePorts } from '../interop/comet.ts'
import { makeTopic, type TestBroker, testBroker } from '../kafka/broker.ts'
import { startSlack } from '../servers/slack.ts'
import { startSmtp } from '../servers/smtp.ts'
import { describeTier } from '../tiers.ts'
import { seeded } from '../vo/mutate.ts'
import { followStream } from './follow-stream.ts'
import { ledgerFaultsIn } from './ledger-of.ts'
import { readTopic } from './read-topic.ts'
import { recordingCommand, startWebhook } from './receivers.ts'

const kills = Number(process.env.FOUNTAIN_KILLS ?? 60)
const seed = Number(process.env.FOUNTAIN_SEED ?? 20261121)
const alertsPerVisit = 4
const slackToken = 'xoxb-test-token'

describeTier('kafka', 'every bridge through random kills', () => {
  let broker: TestBroker
  beforeAll(async () => {
    broker = await testBroker()
  })
  afterAll(() => broker.stop())

  it(`${kills} kills, seed ${seed}`, { timeout: 600_000 + kills * 15_000 }, async () => {
    const random = seeded(seed)
    const topic = await makeTopic(broker)
    const smtp = await startSmtp()
    const webhook = await startWebhook(random)
    const slack = await startSlack(slackToken)
    // About as long as it lives: the kills fall among alerts that come.
    const visits = Math.ceil(kills * 1.3)
    const subscription = (
      name: string,
      to: string,
      address: unknown,
      more: Readonly<Record<string, unknown>> = {},
    ) => ({
      name,
      ...(more.filter === undefined ? { stream: 'all' } : {}),
      to,
      address,
      test: true,
      ...more,
    })
    const home = gatewayHome({})
    const recording = recordingCommand(home.directory)
    const [port = 0] = await freePorts(1)
    home.configure({
      authority: 'fountain.test',
      sources: { sky: { kind: 'simulator', seed, factor: 97.5, alertsPerVisit, visits } },
      streams: { all: { filter: 'SELECT id, mag FROM alert', title: 'All alerts' } },
      subscriptions: [
        subscription('mail', 'email', 'a@example.org', { pictures: false }),
        subscription('digest', 'email', 'b@example.org', {
          cadence: { count: 10, atMostHours: 0.003 },
          pictures: false,
        }),
        subscription('hook', 'hook', { url: `http://127.0.0.1:${webhook.port}/hook` }, { pictures: false }),
        subscription('command', 'command', 'record'),
        // Slack bears one message a second: the brightest are enough, with their pictures.
        subscription('chat', 'chat', '#transients', { filter: "snr > 60 AND band = 'r'" }),
        subscription('topic', 'topic', topic),
      ],
      bridges: {
        email: { smtp: `smtp://127.0.0.1:${smtp.port}`, from: 'Fountain <f@example.org>' },
        hook: { kind: 'webhook', secret: 'a secret of the test', networks: ['127.0.0.0/8'] },
        command: { kind: 'exec', commands: { record: { command: recording.command } } },
        chat: { kind: 'slack', token: slackToken, api: slack.api, networks: ['127.0.0.0/8'] },
        topic: { kind: 'kafka', brokers: broker.brokers },
        stream: {},
      },
      http: { listen: `127.0.0.1:${port}` },
    })
    let gateway: GatewayProcess = await startGatewayProcess(home)
    const following = followStream(`http://127.0.0.1:${port}`)
    try {
      for (let kill = 0; kill < kills; kill++) {
        await new Promise((resolve) => setTimeout(resolve, 50 + random(850)))
        await gateway.kill()
        expect(ledgerFaultsIn(home), `the ledger after kill ${kill + 1}`).toEqual([])
        gateway = await startGatewayProcess(home)
      }
      webhook.calm()
      const expected = visits * alertsPerVisit
      await until(
        'the source ends',
        async () => (await gateway.status()).sources[0]?.state === 'ended',
        120_000 + kills * 3_000,
      )
      // Slack's part goes out at one a second.
      await until('nothing is under way', async () => (await underWay(gateway)) === 0, 120_000 + kills * 3_000)
      await until('the stream has all', () => following.seqs().length >= expected, 60_000)
      await gateway.stop()
      expect(ledgerFaultsIn(home)).toEqual([])

      const rows = deliveriesIn(home)
      const of = (name: string) => rows.filter((row) => row.subscription === name)
      for (const name of ['mail', 'digest', 'hook', 'command', 'chat', 'topic']) {
        // It takes bright sources of one band, which the first visits may not have.
        if (name === 'chat') expect(of(name).length).toBeGreaterThan(kills < 60 ? -1 : kills / 20)
        else expect(of(name), `${name}: a row for each match`).toHaveLength(expected)
        const ends = new Set(of(name).map((row) => row.state))
        ends.delete(name === 'command' ? 'parked' : 'sent')
        ends.delete('sent')
        expect([...ends], `${name}: how they ended`).toEqual([])
      }

      const keysOf = (name: string) => of(name).flatMap((row) => (row.key === null ? [] : [row.key]))
      const twice: Record<string, number> = {}
      /** Every key of a delivery that was sent arrived, no other did, and repeats are the same message. */
      const held = (name: string, got: readonly { key: string; body: string }[]) => {
        const keys = new Set(got.map(({ key }) => key))
        expect([...keys].sort(), name).toEqual([...new Set(keysOf(name))].sort())
        const bodies = new Set(got.map(({ key, body }) => `${key}\n${body}`))
        expect(bodies.size, `${name}: a repeat is the same message`).toBe(keys.size)
        twice[name] = got.length - keys.size
      }
      held('hook', webhook.got)
      held(
        'chat',
        slack.posted.map(({ body }) => ({
          key: (body.metadata as { event_payload: { key: string } }).event_payload.key,
          body: JSON.stringify(body),
        })),
      )
      held('topic', await readTopic(broker, topic))
      const mails = smtp.mails.map((mail) => ({ to: mail.to[0], text: mail.bytes.toString('latin1') }))
      for (const [name, to] of [
        ['mail', 'a@example.org'],
        ['digest', 'b@example.org'],
      ] as const) {
        const ids = mails.filter((mail) => mail.to === to).map(({ text }) => /^message-id: *(\S+)/im.exec(text)?.[1])
        expect(new Set(ids).size, name).toBe(new Set(keysOf(name)).size)
        twice[name] = ids.length - new Set(ids).size
      }

      // Otherwise nothing was put to the test.
      if (kills >= 30) expect(Object.values(twice).reduce((sum, n) => sum + n, 0)).toBeGreaterThan(0)
      const ran = recording.ran()
      expect(new Set(ran).size, 'no command ran twice').toBe(ran.length)
      const parked = of('command').filter((row) => row.state === 'parked')
      const sent = of('command').filter((row) => row.state === 'sent')
      expect(sent.filter((row) => !ran.includes(row.key ?? ''))).toEqual([])
      expect(parked.length, 'parked: at most what a kill cut off').toBeLessThanOrEqual(kills * 8)
      expect(following.seqs(), 'the stream: each once, in order').toEqual(
        Array.from({ length: expected }, (_, index) => index + 1),
      )
      console.log(
        `all bridges, seed ${seed}: ${kills} kills, ${rows.length} deliveries, none lost; twice ${JSON.stringify(twice)}; ` +
          `command: ${sent.length} sent, ${parked.length} parked, 0 twice; stream: ${expected} in order over ${following.connections()} connections`,
      )
    } catch (error) {
      const open = deliveriesIn(home).filter(({ state }) => state !== 'sent' && state !== 'parked')
      console.error(`seed ${seed}`, gateway.log().slice(-4000), open.slice(0, 20))
      throw error
    } finally {
      following.stop()
      await gateway.stop()
      await Promise.all([smtp.stop(), webhook.stop(), slack.stop()])
      home.remove()
    }
  })
})

/** Deliveries that are not at their end. */
async function underWay(gateway: GatewayProcess): Promise<number> {
  const { bridges } = (await gateway.status()).ledger
  return bridges.reduce(
    (sum, { states }) => sum + (states.queued ?? 0) + (states.sending ?? 0) + (states.submitted ?? 0),
    0,
  )
}

interface Row {
  readonly subscription: string
  readonly state: string
  /** Of the message: a digest's stands with the first of its rows. */
  readonly key: string | null
  readonly due: string | null
  readonly attempts: number
  readonly error: string | null
}

function deliveriesIn(home: GatewayHome): Row[] {
  const database = new DatabaseSync(join(home.data, 'fountain.db'), { readOnly: true })
  const rows = database
    .prepare(
      `SELECT s.name AS subscription, d.state, d.message_key AS key, d.attempts, d.error,
          datetime(d.not_before_ms / 1000, 'unixepoch') AS due
        FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id ORDER BY d.id`,
    )
    .all() as unknown as Row[]
  database.close()
  return rows
}
