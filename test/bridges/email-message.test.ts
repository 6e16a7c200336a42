/** What goes out: parts put in where they belong, threads, digests, confirmations, signatures. */
import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Attempt, Item, Message, Receipt } from '../../bridges/contract.ts'
import { assemble } from '../../bridges/email/assemble.ts'
import { bridge } from '../../bridges/email/index.ts'
import { type RenderSettings, renderConfirmationMail, renderDraftMail, renderMail } from '../../bridges/email/render.ts'
import { startSmtp } from '../servers/smtp.ts'
import { attemptOf, failure, testHost } from './contract.ts'
import { draftNotice } from './draft-notice.ts'
import { digestItems, followUpItem, fullItem, picture, retractionItem } from './email-items.ts'
import { sampleEvent, sampleItem, sampleXml } from './sample-item.ts'

const to = 'observer@example.org'
const settings: RenderSettings = { from: { address: 'alerts@example.org' }, authority: 'example.org' }
const render = (...items: [Item, ...Item[]]) => renderMail(items, to, settings)
const parse = (message: Message, thread: readonly Receipt[] = []) => PostalMime.parse(assemble(message, thread))
const receipt = (id: string): Receipt => ({ id, atMs: 0 })
const headerOf = (message: Message, name: string, thread: readonly Receipt[] = []) =>
  new RegExp(`\\r\\n${name}: ((?:.*\\r\\n )*.*)\\r\\n`)
    .exec(assemble(message, thread).toString('latin1').split('\r\n\r\n')[0]!)?.[1]
    ?.split(/\r\n /)

describe('what is stored', () => {
  it('holds no picture and no event again: they are parts, put in when the mail goes out', async () => {
    const message = render(fullItem)
    const stored = Buffer.from(message.body).toString('latin1')
    expect(message.parts.map(({ name, mediaType }) => [name, mediaType])).toEqual([
      ['lightcurve.png', 'image/png'],
      ['cutouts.png', 'image/png'],
      ['voevent.xml', 'application/xml'],
    ])
    expect(stored).not.toContain(sampleXml.toString('base64').slice(0, 40))
    expect(message.body.byteLength).toBeLessThan(12_000)
    const mail = await parse({ ...structuredClone(message), body: message.body })
    expect(mail.attachments.map(({ content }) => Buffer.from(content as ArrayBuffer))).toEqual(
      message.parts.map(({ bytes }) => Buffer.from(bytes)),
    )
  })

  it('shows each picture within the HTML by its cid, with words for those who see none', async () => {
    const mail = await parse(render(fullItem))
    const shown = [...mail.html!.matchAll(/<img src="cid:([^"]+)" alt="([^"]+)"/g)].map(([, id, alt]) => [id, alt])
    const inline = mail.attachments.filter((part) => part.disposition === 'inline')
    expect(shown.map(([id]) => `<${id}>`)).toEqual(inline.map((part) => part.contentId))
    expect(shown.map(([, alt]) => alt)).toEqual([
      'Light curve of LSST-AP-DO-170028503098359808',
      'Cutouts (science, template, difference) of LSST-AP-DO-170028503098359808',
    ])
    for (const [, alt] of shown) expect(mail.text).toContain(`[${alt}]`)
  })

  it('is named by what its reader alone knows: nobody else can write a report of it', () => {
    const named = (unsubscribeUrl: string) => render({ ...fullItem, match: { ...fullItem.match, unsubscribeUrl } }).key
    const mine = named('https://example.org/unsubscribe/mine')
    expect(named('https://example.org/unsubscribe/mine')).toBe(mine)
    expect(named('https://example.org/unsubscribe/guessed')).not.toBe(mine)
  })

  it('says which part is missing, and sends nothing', () => {
    const message = render(fullItem)
    expect(() => assemble({ ...message, parts: [] }, [])).toThrow(message.parts[0]!.hash)
  })

  it.each(['summary', 'lightweight'] as const)('attaches nothing where %s is wanted', async (content) => {
    const message = render({ ...fullItem, content, pictures: new Map() })
    expect(message.parts).toEqual([])
    expect((await parse(message)).attachments).toEqual([])
  })

  it('takes no text for a part, a thread or a boundary', async () => {
    const lines = fc.array(
      fc.oneof(
        fc.constantFrom(`=part ${'0'.repeat(64)}`, '=thread <a@b>', '=reply', '--=_fountain_m_', '.', ''),
        fc.string({ maxLength: 90 }),
      ),
      { maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(lines, lines, async (a, b) => {
        const citations = {
          events: [{ ivoid: 'ivo://a/b#1', cite: 'retraction' as const }],
          description: a.join('\r\n'),
        }
        const match = { ...sampleItem.match, filterName: b.join('\n'), objectId: a.join('\n') }
        const message = render({ ...fullItem, event: { ...sampleEvent, citations }, match })
        const mail = await parse(message)
        expect(mail.attachments).toHaveLength(3)
        expect(Buffer.from(mail.attachments[2]!.content as ArrayBuffer).equals(sampleXml)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })
})

describe('a thread', () => {
  const first = receipt('<11111111111111111111111111111111@example.org>')
  const second = receipt('<22222222222222222222222222222222@example.org>')
  const digest = receipt('<digest.33333333333333333333333333333333@example.org>')

  it('is that of the stream and the object, whatever became of the mails before', () => {
    const root = headerOf(render(fullItem), 'References')
    expect(root).toHaveLength(1)
    expect(headerOf(render(followUpItem), 'References')).toEqual(root)
    expect(headerOf(render(followUpItem), 'In-Reply-To')).toBeUndefined()
    const other = { ...followUpItem, match: { ...followUpItem.match, objectId: '7' } }
    expect(headerOf(render(other), 'References')).not.toEqual(root)
    expect(headerOf(render(sampleItem), 'References')).toBeUndefined()
  })

  it('names the mails before, the last as the one that it answers', () => {
    const message = render(followUpItem)
    const [root] = headerOf(message, 'References')!
    const thread = [first, digest, receipt('at://odd\r\nBcc: x@y'), second]
    expect(headerOf(message, 'References', thread)).toEqual([root, first.id, second.id])
    expect(headerOf(message, 'In-Reply-To', thread)).toEqual([second.id])
    expect(assemble(message, thread).equals(assemble(message, [...thread]))).toBe(true)
  })

  it('holds a digest only for the retraction of what stood in it', () => {
    expect(headerOf(render(retractionItem), 'In-Reply-To', [digest])).toEqual([digest.id])
    expect(headerOf(render(...digestItems()), 'References', [first])).toBeUndefined()
  })

  it('keeps its root and its last mails when it gets long', () => {
    const long = Array.from({ length: 40 }, (_, n) => receipt(`<${String(n).padStart(32, '0')}@example.org>`))
    const found = headerOf(render(followUpItem), 'References', long)!
    expect(found).toHaveLength(12)
    expect([found[1], found.at(-1)]).toEqual([long[0]!.id, long[39]!.id])
  })
})

describe('a retraction', () => {
  it('says first what is withdrawn and why, and asks for nothing else', async () => {
    const mail = await parse(render(retractionItem))
    expect(mail.subject).toBe('[retraction] Young and bright: 170028503098359910 is withdrawn')
    expect(mail.text!.replaceAll('\n', ' ')).toMatch(
      /^RETRACTION\. Event 170028503098359910 is withdrawn\. Reason: The difference image was made with a wrong template\./,
    )
    expect(mail.html!.replace(/<head>.*<\/head>|<[^>]+>/gs, '').trim()).toMatch(/^Retraction\. Event 17002850309835/)
  })
})

describe('a digest', () => {
  it('has its items in order, the columns, a link each, and what was held back', async () => {
    const items = digestItems()
    const message = render(...items)
    const mail = await parse(message)
    expect(mail.subject).toBe('Young and bright: 5 of 43 events, LSST-AP-DO-170028503098359808 r=21.30 ± 0.05 first')
    const names = items.map((item) => String(item.event.what!.groups[0]!.params[0]!.value))
    for (const body of [mail.text!, mail.html!]) {
      const places = names.map((name) => body.lastIndexOf(`${name}`))
      expect(places).toEqual([...places].sort((a, b) => a - b))
      expect(places).not.toContain(-1)
      for (const words of ['38 more matches held back', '0.421338 mag', 'follow-up']) expect(body).toContain(words)
    }
    expect(mail.html!.match(/href="https:\/\/fountain\.example\.org\/events/g)).toHaveLength(5)
    expect(message.key).not.toBe(render(items[0]).key)
    expect(message.key).not.toBe(render(items[1]!, items[0]).key)
    expect(mail.messageId).toBe(`<digest.${message.key}@example.org>`)
  })

  it('of one item is that item’s mail', () => {
    expect(render(sampleItem).key).not.toBe(render(...digestItems()).key)
    expect(Buffer.from(render(sampleItem).body).toString('latin1')).toContain('voevent.xml')
  })

  it('shows pictures of the first items only, 100 kB in all', async () => {
    const noise = (n: number) => {
      const bytes = Buffer.concat([Buffer.from(picture(20, 20).bytes), Buffer.alloc(40_000, n)])
      return { mediaType: 'image/png', bytes, widthPx: 20, heightPx: 20 }
    }
    const items = digestItems().map((item, n): Item => ({ ...item, pictures: new Map([['cutouts', noise(n)]]) }))
    const mail = await parse(render(...(items as [Item, ...Item[]])))
    expect(mail.attachments).toHaveLength(2)
  })
})

describe('a confirmation', () => {
  const request = {
    subscription: 'night-owl',
    what: 'win at https://evil.example.com/now or evil.example.com',
    askedBy: 'ada <a@evil.example.com>',
    confirmUrl: 'https://fountain.example.org/confirm/0123456789abcdef',
    key: 'confirm:7',
    atMs: Date.UTC(2026, 2, 1, 12),
  }
  it('has one link, and makes none of what a stranger wrote', async () => {
    const message = renderConfirmationMail(request, to, settings)
    const mail = await parse(message)
    expect([...mail.html!.matchAll(/href="([^"]*)"/g)].map(([, url]) => url)).toEqual([request.confirmUrl])
    for (const body of [mail.text!, mail.html!, mail.subject!]) {
      expect(body).not.toMatch(/evil\.example|a@/)
      if (body !== mail.subject) expect(body).toContain('If it was not you, do nothing')
    }
    expect(mail.headers.map(({ key }) => key)).not.toContain('list-unsubscribe')
    expect(renderConfirmationMail(request, to, settings)).toEqual(message)
    expect(renderConfirmationMail({ ...request, key: 'confirm:8' }, to, settings).key).not.toBe(message.key)
  })

  it('is refused without a link that one can follow', () => {
    expect(() => renderConfirmationMail({ ...request, confirmUrl: 'javascript:alert(1)' }, to, settings)).toThrow(
      'link',
    )
  })
})

describe('a notice of a draft', () => {
  it('shows the text as it is, what is wrong, what to copy, and its pictures', async () => {
    const bytes = Buffer.alloc(40)
    bytes.writeUInt32BE(640, 16)
    bytes.writeUInt32BE(480, 20)
    const picture = { hash: 'ab'.repeat(32), mediaType: 'image/png', name: 'lightcurve.png', bytes }
    const other = { hash: 'cd'.repeat(32), mediaType: 'text/plain', name: 'table.txt', bytes: Buffer.from('1 2') }
    const message = renderDraftMail({ ...draftNotice, parts: [picture, other] }, to, settings)
    const mail = await parse(message)
    expect(mail.subject).toBe('[draft] atel: LSST-AP-DO-609788942606140532 (1 error)')
    expect(mail.text).toContain(draftNotice.text.trim())
    expect(mail.text).toContain('error: A. Observer has no affiliation. Add it in parentheses. [ATEL_AUTHORS]')
    expect(mail.text).toContain('fountain drafts sent 12 --atel <number>')
    expect([...mail.html!.matchAll(/href="([^"]*)"/g)].map(([, url]) => url)).toEqual([
      'https://telegrams.example.org/?post&#38;kind=new',
      draftNotice.pageUrl,
    ])
    expect(mail.html).toMatch(/<img src="cid:[^"]+" alt="lightcurve.png" width="640" height="480"/)
    expect(message.parts.map(({ name }) => name)).toEqual(['lightcurve.png'])
    expect(mail.headers.map(({ key }) => key)).not.toContain('list-unsubscribe')
  })

  it('breaks nothing and links to nothing but the web, whatever the texts hold', async () => {
    const evil = 'x\r\nBcc: eve@example.org\r\n\r\n</pre><script>alert(1)</script>\u0000'
    const notice = {
      ...draftNotice,
      about: evil,
      bridge: evil,
      text: `${evil}\n=part ${'ab'.repeat(32)}\n=thread`,
      how: evil,
      findings: [{ severity: 'warning', code: 'X', says: evil }] as const,
      handIn: { url: 'javascript:alert(1)', prefilled: true, fields: [{ label: evil, value: evil }] },
      pageUrl: 'javascript:alert(1)',
    }
    const mail = await parse(renderDraftMail(notice, to, settings))
    expect(mail.headers.map(({ key }) => key)).not.toContain('bcc')
    expect(mail.html).not.toMatch(/<script|javascript:/)
    expect(mail.text).toContain('=thread')
  })
})

describe('an attempt', () => {
  const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string

  async function opened(more: object) {
    const smtp = await startSmtp()
    const config = { smtp: `smtp://127.0.0.1:${smtp.port}`, from: 'alerts@example.org', ...more }
    const channel = await bridge.open(bridge.config.parse(config), testHost())
    onTestFinished(async () => {
      await channel.close()
      await smtp.stop()
    })
    return { smtp, channel }
  }

  it('signs what goes out, both fields of the one click too, and the same bytes each time', async () => {
    const { smtp, channel } = await opened({ dkim: { domain: 'example.org', selector: 's1', privateKey } })
    const message = channel.render([fullItem], to)
    const attempt: Attempt = { ...attemptOf(message), thread: [receipt('<1@example.org>')] }
    await channel.deliver(message, attempt)
    await channel.deliver(message, { ...attempt, number: 2 })
    const [first, second] = smtp.mails.map((mail) => mail.bytes)
    expect(first!.equals(second!)).toBe(true)
    const text = first!.toString('latin1')
    const signed = /;\s*h=([^;]*);/.exec(text.replace(/\r\n /g, ''))![1]!.replace(/\s/g, '').split(':')
    expect(signed).toEqual(
      expect.arrayContaining(['from', 'to', 'list-unsubscribe', 'list-unsubscribe-post', 'references', 'message-id']),
    )
    expect(text.slice(text.indexOf('\r\nDate: ') + 2)).toBe(assemble(message, attempt.thread).toString('latin1'))
  })

  it.each([
    [{}, 'alerts@example.org'],
    [{ bounces: 'bounces@example.org' }, 'bounces@example.org'],
    [{ bounces: 'bounces@example.org', verp: true }, /^bounces\+[0-9a-f]{32}@example\.org$/],
  ])('returns failures where the operator says: %j', async (config, from) => {
    const { smtp, channel } = await opened(config)
    const message = channel.render([sampleItem], to)
    await channel.deliver(message, attemptOf(message))
    expect(smtp.mails[0]!.from).toMatch(from)
  })

  it.each([
    ['550 5.1.1 no such user', 'reject', true],
    ['550 5.1.10 null MX', 'reject', true],
    ['550 no such user', 'reject', false],
    ['550 5.7.1 we do not like you', 'reject', false],
    ['552 5.2.2 mailbox full', 'reject', false],
    ['550 5.1.8 sender’s domain not found', 'halt', false],
    ['450 4.1.1 try later', 'retry', false],
  ])('%s is %s, the address dead: %s', async (rcpt, kind, addressDead) => {
    const { smtp, channel } = await opened({})
    smtp.behave({ rcpt })
    const message = channel.render([sampleItem], to)
    expect(await failure(channel.deliver(message, attemptOf(message)))).toMatchObject({
      kind,
      addressDead,
      reached: 'no',
    })
  })
})
