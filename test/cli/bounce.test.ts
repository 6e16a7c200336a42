/** A mail comes back: the address gets nothing else, whoever forges a report reaches nothing. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type GatewayHome, type GatewayProcess, gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { type SmtpServer, startSmtp } from '../servers/smtp.ts'
import { fountain, jsonLines } from './run-cli.ts'

const to = 'Ada@example.com'

/** What a provider writes: the address in its own spelling, the headers of the mail. */
const report = (headers: string, status: string) => `From: MAILER-DAEMON@mx.example.com\r
To: bounces@example.org\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example.com\r
\r
Final-Recipient: rfc822; ada@example.com\r
Action: failed\r
Status: ${status}\r
\r
--b\r
Content-Type: text/rfc822-headers\r
\r
${headers}\r
--b--\r
`

describe('fountain bounce', () => {
  let home: GatewayHome
  let gateway: GatewayProcess
  let smtp: SmtpServer
  let headers: string
  const bounce = (input: string) => fountain(['bounce', '-', '--data', home.data, '--json'], { input })

  beforeAll(async () => {
    smtp = await startSmtp()
    home = gatewayHome({
      authority: 'my.observatory',
      sources: { sky: { kind: 'simulator', visits: 1, alertsPerVisit: 30, factor: 10_000 } },
      streams: { all: { filter: 'mag < 99', title: 'All' } },
      subscriptions: [{ name: 'owl', stream: 'all', to: 'email', address: to, test: true }],
      bridges: {
        vtp: { submit: 0, subscribe: 0 },
        email: { smtp: `smtp://127.0.0.1:${smtp.port}`, from: 'alerts@example.org' },
      },
      http: { listen: '127.0.0.1:0' },
    })
    gateway = await startGatewayProcess(home)
    // The receipt is stored a moment after the server's yes.
    await until('mails are sent', async () => {
      const { bridges } = (await gateway.status()).ledger
      return (bridges.find(({ bridge }) => bridge === 'email')?.states.sent ?? 0) > 0
    })
    headers = smtp.mails[0]!.bytes.toString('latin1').split('\r\n\r\n', 1)[0]!
    return async () => {
      await gateway.stop()
      await smtp.stop()
      home.remove()
    }
  })

  it('lets a full mailbox be, and what names no mail of ours', async () => {
    const full = await bounce(report(headers, '5.2.2'))
    expect(full.code).toBe(0)
    expect(jsonLines(full)).toMatchObject([{ address: to, suppressed: false }])
    const forged = await bounce(report(headers.replace(/<[0-9a-f]{4}/, '<0000'), '5.1.1'))
    expect(forged.code).toBe(1)
    expect(forged.stderr).toContain('BOUNCE_UNKNOWN')
    const noReport = await bounce('Subject: Re: alert\r\n\r\nThank you!')
    expect(noReport.code).toBe(1)
    expect(noReport.stderr).toContain('BOUNCE_UNREADABLE')
    expect(jsonLines(await fountain(['addresses', 'list', '--suppressed', '--json', '--data', home.data]))).toEqual([])
  })

  it('ends what goes to an address where nobody is', async () => {
    const dead = await bounce(report(headers, '5.1.1'))
    expect({ code: dead.code, stderr: dead.stderr }).toEqual({ code: 0, stderr: '' })
    expect(jsonLines(dead)).toMatchObject([{ bridge: 'email', address: to, suppressed: true }])
    const suppressed = await fountain(['addresses', 'list', '--suppressed', '--json', '--data', home.data])
    expect(jsonLines(suppressed)).toMatchObject([{ bridge: 'email', address: to, suppressedReason: 'bounced: 5.1.1' }])
  })
})
