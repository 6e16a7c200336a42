/**
 * The process dies at every fail-point, once at its first and once at a later pass, and is started again: what was
 * recorded in the end is what an undisturbed run records, each event once, and every mail arrives.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failPoints } from '../../src/record/fail-points.ts'
import { type GatewayHome, gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { type SmtpServer, startSmtp } from '../servers/smtp.ts'

const visits = 6
const alertsPerVisit = 12

function home(smtpPort: number): GatewayHome {
  return gatewayHome({
    authority: 'fountain.test',
    sources: { sky: { kind: 'simulator', seed: 7, factor: 10_000, alertsPerVisit, visits } },
    streams: { all: { filter: 'SELECT id, mag FROM alert', title: 'All alerts' } },
    subscriptions: [{ name: 'mail', filter: 'is_moving = 1', to: 'email', address: 'a@example.org', test: true }],
    bridges: {
      vtp: { submit: 0, subscribe: 0 },
      email: { smtp: `smtp://127.0.0.1:${smtpPort}`, from: 'Fountain <f@example.org>' },
    },
    archive: { keep: 'all' },
    http: { listen: '127.0.0.1:0' },
  })
}

interface Recorded {
  readonly log: readonly string[]
  readonly stored: readonly string[]
  readonly sent: readonly string[]
  readonly received: number
}

/** What lies on the disk, read beside the stopped gateway. */
function recorded(data: string): Recorded {
  const database = new DatabaseSync(join(data, 'fountain.db'), { readOnly: true })
  const texts = (sql: string): string[] =>
    database
      .prepare(sql)
      .all()
      .map((row) => String(Object.values(row)[0]))
  const result = {
    log: texts('SELECT e.ivoid FROM log l JOIN events e ON e.id = l.event_id ORDER BY 1'),
    stored: texts('SELECT ivoid FROM events ORDER BY 1'),
    sent: texts(
      "SELECT e.ivoid FROM deliveries d JOIN events e ON e.id = d.event_id WHERE d.state = 'sent' ORDER BY 1",
    ),
    received: Number(texts('SELECT SUM(received) FROM ledger_sources')[0]),
  }
  database.close()
  return result
}

/** Starts until the sources have ended and all mail is out; how often it had to be started. */
async function runToTheEnd(
  at: GatewayHome,
  failPoint: string | undefined,
  expectMails: number | undefined,
): Promise<{ died: boolean }> {
  let died = false
  if (failPoint !== undefined) {
    const doomed = await startGatewayProcess(at, { env: { FOUNTAIN_FAIL_POINT: failPoint }, doNotWait: true })
    const code = await Promise.race([
      doomed.ended,
      new Promise((resolve) => setTimeout(() => resolve('alive'), 20_000)),
    ])
    died = code === null
    if (code === 'alive') await doomed.stop()
  }
  const gateway = await startGatewayProcess(at)
  try {
    await until('the source ends', async () =>
      (await gateway.status()).sources.every((source) => source.state === 'ended'),
    )
    if (expectMails !== undefined) {
      await until(
        'all mail is out',
        async () => ((await gateway.status()).ledger.bridges[0]?.states.sent ?? 0) === expectMails,
      )
    } else {
      await until('nothing is queued', async () => {
        const { queued = 0, sending = 0 } = (await gateway.status()).ledger.bridges[0]?.states ?? {}
        return queued + sending === 0
      })
    }
  } catch (error) {
    console.error(gateway.log())
    throw error
  } finally {
    await gateway.stop()
  }
  return { died }
}

// Each has a gateway and a mail server of its own, so two may run at a time.
describe.concurrent('a crash at every fail-point', () => {
  let expected: Recorded
  const homes: GatewayHome[] = []
  const servers: SmtpServer[] = []
  const newHome = async (): Promise<{ at: GatewayHome; smtp: SmtpServer }> => {
    const smtp = await startSmtp()
    servers.push(smtp)
    const at = home(smtp.port)
    homes.push(at)
    return { at, smtp }
  }

  beforeAll(async () => {
    const { at } = await newHome()
    await runToTheEnd(at, undefined, undefined)
    expected = recorded(at.data)
    expect(expected.log).toHaveLength(visits * alertsPerVisit)
    expect(expected.sent.length).toBeGreaterThan(3)
  })
  afterAll(async () => {
    for (const server of servers) await server.stop()
    for (const one of homes) one.remove()
  })

  const points = failPoints
    .filter((point) => !point.startsWith('archive:'))
    .flatMap((point) => (/^(open|segment)/.test(point) ? [point] : [point, `${point}@4`]))
  it.for(points)('%s', { timeout: 90_000 }, async (point, { expect }) => {
    const { at, smtp } = await newHome()
    const { died } = await runToTheEnd(at, point, expected.sent.length)
    expect(died, 'the fail-point was met').toBe(true)
    const found = recorded(at.data)
    expect(found.log).toEqual(expected.log)
    expect(found.stored).toEqual(expected.stored)
    expect(found.sent).toEqual(expected.sent)
    expect(found.received).toBe(expected.received)
    // A mail may come twice when the crash fell between sending and knowing: with the same Message-ID, to be folded.
    const ids = smtp.mails.map((mail) => /^message-id: *(\S+)/im.exec(mail.bytes.toString('latin1'))?.[1])
    expect(new Set(ids).size).toBe(expected.sent.length)
    expect(ids.length - expected.sent.length).toBeLessThanOrEqual(4)
  })
})
