/** The whole gateway and a mail server: what was sent is taken back, to whoever was sent it, in the same thread. */
import PostalMime, { type Email } from 'postal-mime'
import { describe, expect, it } from 'vitest'
import { fountain } from '../cli/run-cli.ts'
import { gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { startSmtp } from '../servers/smtp.ts'

const headerOf = (mail: Email, name: string) => mail.headers.find(({ key }) => key === name)?.value ?? ''

describe('a retraction by mail', () => {
  it('reaches each address once, under the mail that it takes back, be it a digest', async () => {
    const smtp = await startSmtp()
    const home = gatewayHome({
      authority: 'my.observatory',
      publicUrl: 'https://fountain.example.org',
      sources: { sky: { kind: 'simulator', visits: 1, alertsPerVisit: 40, factor: 10_000 } },
      streams: { all: { filter: 'mag < 99 AND is_moving = 0', title: 'All' } },
      subscriptions: [
        { name: 'owl', stream: 'all', to: 'email', address: 'owl@example.org', test: true },
        { name: 'list', stream: 'all', to: 'email', address: 'list@example.org', test: true, cadence: { count: 3 } },
      ],
      bridges: {
        vtp: { submit: 0, subscribe: 0 },
        email: { smtp: `smtp://127.0.0.1:${smtp.port}`, from: 'alerts@example.org' },
      },
      http: { listen: '127.0.0.1:0' },
    })
    const gateway = await startGatewayProcess(home)
    try {
      const settled = async () => {
        const { bridges } = (await gateway.status()).ledger
        const states = bridges.find(({ bridge }) => bridge === 'email')?.states ?? {}
        return (states.sent ?? 0) > 3 && (states.queued ?? 0) + (states.sending ?? 0) === 0
      }
      await until('mails and a digest to be sent', settled)
      const to = (address: string) => smtp.mails.filter((mail) => mail.to[0] === address)
      expect(to('list@example.org').length).toBeGreaterThan(0)
      const digest = await PostalMime.parse(to('list@example.org')[0]!.bytes)
      const sent = await Promise.all(to('owl@example.org').map(({ bytes }) => PostalMime.parse(bytes)))
      const original = sent.find((mail) =>
        digest.text!.includes(encodeURIComponent(headerOf(mail, 'x-voevent-ivorn'))),
      )!
      const ivoid = headerOf(original, 'x-voevent-ivorn')
      const named = /All: (LSST-AP-\S+) /.exec(original.subject ?? '')?.[1]
      expect(named).toBeDefined()
      const before = smtp.mails.length
      const said = await fountain(['retract', ivoid, '--reason', 'A satellite.', '--data', home.data])
      expect({ code: said.code, stderr: said.stderr }).toEqual({ code: 0, stderr: '' })
      await until('both retractions', () => smtp.mails.length === before + 2)
      const found = await Promise.all(
        smtp.mails.slice(before).map(async ({ to: [address], bytes }) => {
          const mail = await PostalMime.parse(bytes)
          // Under the name by which its people know the object.
          expect(mail.subject).toBe(`[test] [retraction] All: ${named} is withdrawn`)
          expect(mail.text).toMatch(/^RETRACTION\. Event [\s\S]*Reason:\s+A satellite\./)
          expect(headerOf(mail, 'x-voevent-ivorn')).toBe(`${ivoid}.r1`)
          return [address, mail.inReplyTo, headerOf(mail, 'references').split(/\s+/)[0]] as const
        }),
      )
      const root = headerOf(original, 'references').split(/\s+/)[0]
      expect(Object.fromEntries(found.map(([address, ...rest]) => [address, rest]))).toEqual({
        'owl@example.org': [original.messageId, root],
        'list@example.org': [digest.messageId, root],
      })
    } finally {
      await gateway.stop()
      await smtp.stop()
      home.remove()
    }
  })
})
