/**
 * The gateway reads from a real Kafka, to which a survey goes on producing, and is killed again and again at random
 * moments: in the end what was produced is received, recorded and logged, each alert once, and every mail went out,
 * at most repeated under the same Message-ID. The seed is printed.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundledEncoder } from '../../src/decode/bundled-encoder.ts'
import { bursts } from '../../src/ingest/simulator/bursts.ts'
import { defaultStartMjdTai } from '../../src/ingest/simulator/simulator.ts'
import { type GatewayHome, gatewayHome, startGatewayProcess, totals, until } from '../gateway-process.ts'
import { clock } from '../ingest/host.ts'
import { decodeMessage, num, part } from '../ingest/simulator/simulated.ts'
import { freshName, makeTopic, produce, type TestBroker, testBroker } from '../kafka/broker.ts'
import { startSmtp } from '../servers/smtp.ts'
import { describeTier } from '../tiers.ts'
import { seeded } from '../vo/mutate.ts'

const kills = Number(process.env.FOUNTAIN_KAFKA_KILLS ?? 15)
const seed = Number(process.env.FOUNTAIN_SEED ?? 20261121)
const partitions = 2

describeTier('kafka', 'Kafka and the gateway through random kills', () => {
  let broker: TestBroker
  beforeAll(async () => {
    broker = await testBroker()
  })
  afterAll(() => broker.stop())

  it(`${kills} kills, seed ${seed}`, { timeout: 90_000 + kills * 15_000 }, async () => {
    const topic = await makeTopic(broker, partitions)
    const smtp = await startSmtp()
    const home = gatewayHome({
      authority: 'fountain.test',
      sources: {
        sky: {
          kind: 'kafka',
          survey: 'lsst-sim',
          brokers: broker.brokers,
          topics: [topic],
          group: freshName('kills'),
          from: 'earliest',
          sessionTimeoutMs: 500,
        },
      },
      streams: { all: { filter: 'SELECT id, mag FROM alert', title: 'All alerts' } },
      subscriptions: [{ name: 'mail', filter: 'snr > 20', to: 'email', address: 'a@example.org', test: true }],
      bridges: { email: { smtp: `smtp://127.0.0.1:${smtp.port}`, from: 'Fountain <f@example.org>' } },
      http: { listen: '127.0.0.1:0' },
    })
    const random = seeded(seed)
    const survey = startSurvey(broker, topic)
    let gateway = await startGatewayProcess(home)
    try {
      const received = new Set<number>()
      for (let kill = 0; kill < kills; kill++) {
        await clock.sleep(250 + random(750))
        received.add(totals(await gateway.status()).received)
        await gateway.kill()
        gateway = await startGatewayProcess(home)
      }
      const { alertIds, mailed } = await survey.stop()
      expect(received.size, 'most kills fell while alerts came').toBeGreaterThan(kills / 2)
      expect(mailed).toBeGreaterThan(kills)

      await until('all is received', async () => totals(await gateway.status()).received >= alertIds.length, 60_000)
      const sent = async () => (await gateway.status()).ledger.bridges[0]?.states.sent ?? 0
      await until('all mail is out', async () => (await sent()) >= mailed, 60_000)
      expect(totals(await gateway.status())).toEqual({
        received: alertIds.length,
        decoded: alertIds.length,
        duplicate: 0,
        parked: 0,
        dead: 0,
        events: alertIds.length,
      })
      await gateway.stop()

      const { log, positions, states } = recorded(home)
      expect(log).toEqual(alertIds.map((id) => `ivo://fountain.test/streams/all#${id}`).sort())
      expect(positions).toBe(alertIds.length)
      expect(states).toEqual(['sent'])
      const ids = smtp.mails.map((mail) => /^message-id: *(\S+)/im.exec(mail.bytes.toString('latin1'))?.[1])
      expect(new Set(ids).size).toBe(mailed)
      expect(ids.length - mailed, 'mails that came twice').toBeLessThanOrEqual(kills)
      console.log(
        `kafka kills, seed ${seed}: ${kills} kills, ${alertIds.length} alerts, each recorded once; ${mailed} mails, ${ids.length - mailed} of them twice`,
      )
    } catch (error) {
      console.error(`seed ${seed}`, gateway.log().slice(-4000))
      throw error
    } finally {
      await survey.stop()
      await gateway.stop()
      await smtp.stop()
      home.remove()
    }
  })
})

/** Four alerts every 0.4 s, spread over the partitions, until it is stopped; then what it has produced. */
function startSurvey(broker: TestBroker, topic: string) {
  const stopping = new AbortController()
  const alertIds: string[] = []
  let mailed = 0
  const produced = (async () => {
    const encoder = bundledEncoder('lsst', 1101)
    const plan = { seed, startMjdTai: defaultStartMjdTai, alertsPerVisit: 4, encoder, factor: 97.5 }
    for await (const { messages } of bursts(plan, clock, stopping.signal)) {
      const values = messages.map(({ bytes }, index) => ({
        value: Buffer.from(bytes),
        partition: (alertIds.length + index) % partitions,
      }))
      if (values.length > 0) await produce(broker, topic, values)
      for (const { alertId, bytes } of messages) {
        alertIds.push(String(alertId))
        if (num(part(decodeMessage(bytes).diaSource).snr) > 20) mailed++
      }
    }
  })()
  return {
    async stop() {
      stopping.abort(new Error('the survey ends'))
      await produced
      return { alertIds, mailed }
    },
  }
}

/** What lies on the disk, read beside the stopped gateway. */
function recorded(home: GatewayHome): { log: string[]; positions: number; states: string[] } {
  const database = new DatabaseSync(join(home.data, 'fountain.db'), { readOnly: true })
  const texts = (sql: string): string[] =>
    database
      .prepare(sql)
      .all()
      .map((row) => String(Object.values(row)[0]))
  const found = {
    log: texts('SELECT e.ivoid FROM log l JOIN events e ON e.id = l.event_id ORDER BY 1'),
    positions: texts('SELECT next_offset FROM positions').reduce((sum, position) => sum + Number(position), 0),
    states: texts('SELECT DISTINCT state FROM deliveries'),
  }
  database.close()
  return found
}
