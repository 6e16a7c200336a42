/**
 * The machine's clock is set back by an hour, and forth by two, while alerts come and mails wait to be tried again:
 * each mail arrives once, none waits for the hour to pass, and the gateway says that the clock jumped.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { startSmtp } from '../servers/smtp.ts'
import { describeTier, faketimePath } from '../tiers.ts'
import { ledgerFaultsIn } from './ledger-of.ts'

const hourSeconds = 3_600
const visits = 40
const alertsPerVisit = 3

describeTier('clock', 'a clock that jumps', () => {
  it('costs no mail, doubles none, and delays none by the jump', { timeout: 180_000 }, async () => {
    const smtp = await startSmtp()
    const home = gatewayHome({
      authority: 'fountain.test',
      sources: { sky: { kind: 'simulator', seed: 5, factor: 60, alertsPerVisit, visits } },
      streams: { all: { filter: 'SELECT id, mag FROM alert', title: 'All alerts' } },
      subscriptions: [{ name: 'mail', stream: 'all', to: 'email', address: 'a@example.org', test: true }],
      bridges: { email: { smtp: `smtp://127.0.0.1:${smtp.port}`, from: 'Fountain <f@example.org>' } },
      http: { listen: '127.0.0.1:0' },
    })
    const clockFile = join(home.directory, 'clock')
    const setClock = (seconds: number): void => writeFileSync(clockFile, `${seconds < 0 ? '' : '+'}${seconds}\n`)
    setClock(0)
    const gateway = await startGatewayProcess(home, {
      env: {
        LD_PRELOAD: faketimePath as string,
        FAKETIME_TIMESTAMP_FILE: clockFile,
        FAKETIME_CACHE_DURATION: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    })
    try {
      for (const seconds of [-hourSeconds, hourSeconds, 0]) {
        // What is refused now is dated by the clock as it was.
        const before = smtp.steps.length
        const said = jumps(gateway.log())
        smtp.behave({ rcpt: '450 4.2.0 come again' })
        await until('some are put off', () => smtp.steps.length > before + 12)
        setClock(seconds)
        smtp.behave({})
        await until(`the jump to ${seconds} s is said`, () => jumps(gateway.log()) > said)
        const arrived = smtp.mails.length
        await until('mails go on', () => smtp.mails.length > arrived + 5)
      }
      expect(jumps(gateway.log())).toBeGreaterThanOrEqual(3)
      const expected = visits * alertsPerVisit
      await until('the source ends', async () => (await gateway.status()).sources[0]?.state === 'ended', 60_000)
      await until('all mail is out', () => smtp.mails.length >= expected, 90_000)
      const ids = smtp.mails.map((mail) => /^message-id: *(\S+)/im.exec(mail.bytes.toString('latin1'))?.[1])
      expect(new Set(ids).size).toBe(expected)
      expect(ids).toHaveLength(expected)
      await gateway.stop()
      expect(ledgerFaultsIn(home)).toEqual([])
    } catch (error) {
      console.error(gateway.log().slice(-6000))
      throw error
    } finally {
      await gateway.stop()
      await smtp.stop()
      home.remove()
    }
  })
})

const jumps = (log: string): number => log.split('CLOCK_JUMPED').length - 1
