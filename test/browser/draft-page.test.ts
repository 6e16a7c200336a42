/** The page of a draft in a real Chromium: a telegram with its buttons, and hostile text that stays text. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { bridge as atel } from '../../bridges/atel/index.ts'
import type { Drafting } from '../../bridges/draft.ts'
import { testHost } from '../bridges/contract.ts'
import { reportItem } from '../bridges/report-item.ts'
import { sifted } from '../record/fixtures.ts'
import { startPeopleGateway } from '../serve/people-gateway.ts'
import { describeTier } from '../tiers.ts'
import { chromium, screenshot } from './chromium.ts'

const telegram = readFileSync(new URL('../golden/atel/lsst-discovery.txt', import.meta.url), 'utf8')

const curve = {
  hash: 'a-hash-of-it',
  mediaType: 'image/png',
  name: 'lightcurve.png',
  bytes: readFileSync(new URL('../golden/pictures/all-bands-lightcurve.png', import.meta.url)),
}

/** Puts a draft of this text before a reader; gives the address of its page. */
async function drafted(text: string): Promise<string> {
  const authors = 'A. Person (Example Observatory)'
  const channel = await atel.open(
    atel.config.parse({ authors, contact: 'A. Person (a.person@example.org)' }),
    testHost(),
  )
  const drafting = channel.drafting as Drafting
  const gateway = await startPeopleGateway({
    instances: new Map([['box', { bridge: { kind: 'atel', byHand: true }, channel: { drafting } }]]),
  })
  const ada = await gateway.user('ada')
  const subscription = { name: 'mine', stream: 'young', to: 'box', address: { shelf: 1 }, cadence: 'draft' }
  await gateway.call('POST', '/api/v1/subscriptions', ada, subscription)
  const filters = gateway.plan.alertFilters('lsst').map(({ key }) => key)
  await gateway.store.apply(sifted([{ offset: 0, alertId: '1', objectId: 'o' }], { filters }))
  const [draft] = await gateway.store.claim('box', 1, gateway.clock.nowMs)
  const body = drafting.parse(text, channel.render([reportItem()], null).body)
  await gateway.store.keepMessage(draft!.id, { body, key: 'a-key-of-it', repeat: 'never', parts: [curve] })
  const { pageUrl } = (await gateway.call('GET', `/api/v1/drafts/${draft!.id}`, ada)).body
  return `${gateway.url}${new URL(pageUrl).pathname}`
}

describeTier('browser', 'the page of a draft in Chromium', () => {
  it('gives each field of a telegram a button to copy it, under its policy', async () => {
    const url = await drafted(telegram)
    const page = await chromium('--virtual-time-budget=3000', '--dump-dom', url)
    const buttons = [...page.matchAll(/<button type="button" class="copy">Copy ([^<]+)<\/button>/g)].map(([, of]) => of)
    expect(buttons.slice(0, 1)).toEqual(['the text'])
    expect(buttons).toEqual(expect.arrayContaining(['Title', 'Authors', 'Subjects']))
    expect(page).toMatch(/<img src="\/drafts\/[\w-]{43}\/pictures\/0" alt="lightcurve.png">/)
    expect(page).not.toContain('DRAFT_UNCHECKED')
    expect(page).toContain('https://www.astronomerstelegram.org/')
    expect(await screenshot('draft', url, '1100,2600')).toBeGreaterThan(30_000)
  })

  it('runs nothing that stands in a draft', async () => {
    const page = await chromium(
      '--virtual-time-budget=3000',
      '--dump-dom',
      await drafted(
        telegram.replace(
          'We report',
          '<img src=x onerror="document.title=1"><script>document.title=2</script>We report',
        ),
      ),
    )
    expect(page).toMatch(/<title>Draft: /)
    expect(page).toContain('&lt;script&gt;document.title=2')
  })
})
