import { describe, expect, it } from 'vitest'
import type { Drafting, DraftNotice } from '../../bridges/draft.ts'
import { type Drafter, renderDraftNotice } from '../../src/deliver/draft-notice.ts'
import { type Links, linksAt } from '../../src/deliver/links.ts'
import type { DraftNoticeDelivery } from '../../src/flow.ts'
import { t0 } from '../record/fixtures.ts'

const part = { hash: 'aa', mediaType: 'image/png', name: 'curve.png', bytes: Uint8Array.of(1) }
const draft = {
  id: 12,
  bridge: 'atel',
  subscription: 'novae',
  address: { subjects: ['Nova'] },
  about: 'LSST-AP-DO-7',
  body: Buffer.from('Title: A nova'),
  parts: [part],
  pageToken: 'to/ken',
}
const delivery = { purpose: 'draft', address: 'me@example.org', createdMs: t0, draft } as unknown as DraftNoticeDelivery
const drafting: Drafting = {
  text: (body) => `as text: ${Buffer.from(body)}`,
  parse: (_, original) => original,
  lint: (_, to) => [{ severity: 'note', code: 'SEEN', says: JSON.stringify(to) }],
  handIn: () => ({ url: 'https://atel.example.org/submit', prefilled: false, fields: [] }),
}
function notices(drafter: Drafter | undefined, of = delivery, links: Links = linksAt('https://f.example.org')) {
  const told: { notice: DraftNotice; to: unknown }[] = []
  const renderNotice = (notice: DraftNotice, to: unknown) => {
    told.push({ notice, to })
    return { body: Buffer.from(''), parts: [], key: notice.key, repeat: 'safe' as const }
  }
  renderDraftNotice(
    {
      channel: { renderDraftNotice: renderNotice },
      links,
      drafters: new Map(drafter === undefined ? [] : [['atel', drafter]]),
    },
    of,
  )
  return told
}

describe('the notice of a draft', () => {
  it('has its text, what is wrong with it, where it is handed in, its page and how to say yes', () => {
    expect(notices({ channel: { drafting }, bridge: { byHand: true } })).toEqual([
      {
        to: 'me@example.org',
        notice: {
          id: 12,
          bridge: 'atel',
          subscription: 'novae',
          about: 'LSST-AP-DO-7',
          text: 'as text: Title: A nova',
          findings: [{ severity: 'note', code: 'SEEN', says: '{"subjects":["Nova"]}' }],
          handIn: { url: 'https://atel.example.org/submit', prefilled: false, fields: [] },
          pageUrl: 'https://f.example.org/drafts/to%2Fken',
          how: 'hand it in, then tell what it became: fountain drafts sent 12 --receipt <its number>',
          parts: [part],
          key: expect.stringMatching(/^draft-[0-9a-f]{32}$/),
          atMs: t0,
        },
      },
    ])
  })

  it('of a bridge without words for drafts shows the message as it is', () => {
    const [{ notice } = expect.fail()] = notices({ channel: {}, bridge: {} })
    expect(notice).toMatchObject({ text: 'Title: A nova', findings: [], how: 'fountain drafts approve 12' })
    expect(notice).not.toHaveProperty('handIn')
    const odd = { ...delivery, draft: { ...draft, body: Uint8Array.of(0xff, 0xfe) } }
    expect(notices({ channel: {}, bridge: {} }, odd)[0]?.notice.text).toBe('(2 bytes that are no text)')
  })

  it('has no link without a public URL, and its key does not tell the token', () => {
    const [{ notice } = expect.fail()] = notices({ channel: {}, bridge: {} }, delivery, {})
    expect(notice).not.toHaveProperty('pageUrl')
    expect(notice.key).not.toContain('to/ken')
  })

  it('is a case for a person where it cannot be made', () => {
    expect(() => notices(undefined)).toThrow(/no bridge atel any more/)
    const { draft: _, ...decided } = delivery
    expect(() => notices({ channel: {}, bridge: {} }, decided as DraftNoticeDelivery)).toThrow(/does not wait any more/)
    const options = { channel: {}, links: {}, drafters: new Map([['atel', { channel: {}, bridge: {} }]]) }
    expect(() => renderDraftNotice(options, delivery)).toThrow(/cannot tell a person/)
  })
})
