/** The account that an SMTP attempt gives of itself, against servers that answer anything, and over TLS. */
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { SMTPServer } from 'smtp-server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DeliveryError } from '../../bridges/contract.ts'
import { assemble } from '../../bridges/email/assemble.ts'
import { bridge } from '../../bridges/email/index.ts'
import { type Reaction, type Step, startSmtp } from '../servers/smtp.ts'
import { attemptOf, failure, testHost, until } from './contract.ts'
import { itemNumber, sampleItem } from './sample-item.ts'

const to = 'observer@example.org'
const from = 'alerts@example.org'

/** One reply a command: a server that answers out of turn is beyond what a client can tell. */
const reaction: fc.Arbitrary<Reaction | undefined> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  fc.constantFrom<Reaction>('drop', 'hang', '421 bye', '450 later', '550 never', '250 fine', '354 go', '999 what'),
  fc.constantFrom<Reaction>('', 'hello', '250-and', '25', '\0\0', '550-a\r\n550 b', '2'.repeat(5_000)),
  fc.string({ maxLength: 30 }),
)
const steps = ['greeting', 'ehlo', 'mail', 'rcpt', 'data', 'end'] as const satisfies readonly Step[]

describe('an SMTP attempt', () => {
  it('never says "no" of a message that the server holds, nor "sent" of one it refused', async () => {
    const smtp = await startSmtp({ pipelining: true })
    onTestFinished(() => smtp.stop())
    const config = bridge.config.parse({ smtp: `smtp://127.0.0.1:${smtp.port}`, from })
    let n = 0
    await fc.assert(
      fc.asyncProperty(fc.tuple(...steps.map(() => reaction)), async (said) => {
        const channel = await bridge.open(config, testHost())
        smtp.mails.length = 0
        smtp.behave(Object.fromEntries(steps.flatMap((step, i) => (said[i] === undefined ? [] : [[step, said[i]]]))))
        const message = channel.render([itemNumber((n += 1))], to)
        const attempt = attemptOf(message, AbortSignal.timeout(150))
        const outcome = await channel.deliver(message, attempt).catch((error: unknown) => error)
        await channel.close()
        // What is still on the way to the server counts too.
        await until('the server to see the end', () => smtp.connections() === 0)
        if (outcome instanceof DeliveryError) {
          expect(outcome.reply).not.toBe('')
          if (outcome.reached === 'no') expect(smtp.mails).toEqual([])
        } else {
          expect(outcome).toMatchObject({ state: 'sent' })
          expect(smtp.mails.map((mail) => mail.bytes.equals(assemble(message, [])))).toEqual([true])
        }
      }),
      { numRuns: 150 },
    )
  })

  it('halts at a certificate that nobody vouches for: the password stays here', async () => {
    const logins: string[] = []
    const server = new SMTPServer({
      secure: true,
      logger: false,
      onAuth: (auth, _, done) => {
        logins.push(auth.username ?? '')
        done(null, { user: 'x' })
      },
    })
    server.on('error', () => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
    const { port } = server.server.address() as AddressInfo
    const config = { smtp: `smtps://127.0.0.1:${port}`, from, user: 'fountain', password: 'secret-word' }
    const channel = await bridge.open(bridge.config.parse(config), testHost())
    onTestFinished(() => channel.close())
    const message = channel.render([sampleItem], to)
    for (const trying of [channel.deliver(message, attemptOf(message)), channel.check(AbortSignal.timeout(10_000))]) {
      expect(await failure(trying)).toMatchObject({ kind: 'halt', reached: 'no' })
    }
    expect(logins).toEqual([])
  })
})
