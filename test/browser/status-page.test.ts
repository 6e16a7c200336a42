/** The pages in a real Chromium: they lay out, the script runs under the policy, and the page follows the gateway. */
import { expect, it, onTestFinished } from 'vitest'
import { bridge } from '../../bridges/email/index.ts'
import { startMailCatcher } from '../../src/demo/mail-catcher.ts'
import { attemptOf, testHost } from '../bridges/contract.ts'
import { sampleItem } from '../bridges/sample-item.ts'
import { nowMs, report, startTestGateway } from '../serve/gateway.ts'
import { describeTier } from '../tiers.ts'
import { chromium, screenshot } from './chromium.ts'

/** A page of these sizes that stayed blank compresses to far less. */
const drawnBytes = 30_000

describeTier('browser', 'the pages in Chromium', () => {
  it('becomes live, shows what changed meanwhile, and breaks no rule of its policy', async () => {
    let asked = 0
    let time = nowMs
    const { server } = await startTestGateway({
      // The browser's time runs ahead of ours: each look is a second after the last.
      clock: { now: () => (time += 1_000), monotonic: () => performance.now() },
      status: async () => ({ ...report, authority: `look-${++asked}.example` }),
    })
    const page = await chromium('--virtual-time-budget=9000', '--dump-dom', server.url)
    expect(asked).toBeGreaterThan(1)
    expect(page).toMatch(/<p id="live" class="live on" role="status">live<\/p>/)
    expect(Number(/<title>Fountain at look-(\d+)/.exec(page)?.[1])).toBeGreaterThan(1)
    expect(Number(/ivo:\/\/look-(\d+)\.example/.exec(page)?.[1])).toBeGreaterThan(1)
  })

  it.each([
    ['wide', '1200,1900'],
    ['phone', '500,3000'],
  ])('draws the status: %s', async (name, size) => {
    const { server } = await startTestGateway({ links: [{ title: 'Mailbox', path: '/mail' }] })
    expect(await screenshot(`status-${name}`, server.url, size)).toBeGreaterThan(drawnBytes)
  })

  it('draws a mail, its HTML in a frame', async () => {
    const catcher = await startMailCatcher({ port: 0, now: () => nowMs, log: testHost().log })
    onTestFinished(() => catcher.close())
    const config = bridge.config.parse({ smtp: catcher.smtpUrl, from: 'Fountain <demo@example.org>' })
    const channel = await bridge.open(config, testHost())
    onTestFinished(() => channel.close())
    const message = channel.render([{ ...sampleItem, event: { ...sampleItem.event, role: 'test' } }], 'you@example.org')
    await channel.deliver(message, attemptOf(message))
    const { server } = await startTestGateway({ mount: catcher.mount })
    expect(await screenshot('mail', `${server.url}/mail/1`, '1100,2000')).toBeGreaterThan(drawnBytes)
    await screenshot('mailbox', `${server.url}/mail`, '1100,400')
  })
})
