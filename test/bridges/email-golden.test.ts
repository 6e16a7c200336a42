/** Mails as they go out, held to files that people read: UPDATE_GOLDEN=1 writes them anew. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Item, Message, Receipt } from '../../bridges/contract.ts'
import { assemble } from '../../bridges/email/assemble.ts'
import { type RenderSettings, renderConfirmationMail, renderDraftMail, renderMail } from '../../bridges/email/render.ts'
import { draftNotice } from './draft-notice.ts'
import {
  bareItem,
  digestItems,
  followUpItem,
  fullItem,
  hostileItem,
  movingItem,
  negativeItem,
  retractionItem,
} from './email-items.ts'
import { sampleItem } from './sample-item.ts'

const to = 'observer@example.org'
const settings: RenderSettings = {
  from: { address: 'alerts@example.org', name: 'Fountain' },
  replyTo: { address: 'people@example.org' },
  unsubscribe: 'unsubscribe@example.org',
  authority: 'example.org',
}
const mail = (...items: [Item, ...Item[]]): Message => renderMail(items, to, settings)
const earlier: Receipt[] = [{ id: '<0123456789abcdef0123456789abcdef@example.org>', atMs: 0 }]
const confirmation = {
  subscription: 'night-owl',
  what: 'the stream Young and bright',
  askedBy: 'ada',
  confirmUrl: 'https://fountain.example.org/confirm/0123456789abcdef',
  key: 'confirm:1',
  atMs: Date.UTC(2026, 2, 1, 12),
}

describe('mails are as agreed', () => {
  it.each<[string, Message, Receipt[]]>([
    ['instant', mail({ ...fullItem, pictures: new Map() }), []],
    ['summary', mail({ ...fullItem, content: 'summary', pictures: new Map() }), []],
    ['no-public-url', mail(sampleItem), []],
    ['follow-up', mail(followUpItem), earlier],
    ['retraction', mail(retractionItem), earlier],
    ['digest', mail(...withoutPictures(digestItems())), []],
    ['moving-object', mail(movingItem()), []],
    ['negative-test', mail(negativeItem), []],
    ['bare', mail(bareItem), []],
    ['hostile', mail(hostileItem), []],
    ['draft', renderDraftMail(draftNotice, to, settings), []],
    ['confirmation', renderConfirmationMail(confirmation, to, settings), []],
  ])('%s', (name, message, thread) => {
    const path = fileURLToPath(new URL(`../golden/email/${name}.eml`, import.meta.url))
    const got = assemble(message, thread)
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, got)
    expect(got.toString('latin1')).toBe(readFileSync(path).toString('latin1'))
  })
})

/** Compressed bytes may differ from one zlib to the next. */
function withoutPictures([first, ...more]: [Item, ...Item[]]): [Item, ...Item[]] {
  return [{ ...first, pictures: new Map() }, ...more]
}
