import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import PostalMime, { type Email } from 'postal-mime'
import { describe, expect, it } from 'vitest'
import type { Item } from '../../bridges/contract.ts'
import { assemble } from '../../bridges/email/assemble.ts'
import { mailDate } from '../../bridges/email/header.ts'
import { quotedPrintable } from '../../bridges/email/mime.ts'
import { type RenderSettings, renderMail } from '../../bridges/email/render.ts'
import { readVOEvent } from '../../vo/xml/voevent-2.0.ts'
import { negativeItem as negative } from './email-items.ts'
import { param, sampleEvent, sampleItem, sampleXml } from './sample-item.ts'

const settings: RenderSettings = {
  from: { address: 'alerts@example.org', name: 'Fountain' },
  authority: 'example.org',
}
const to = 'observer@example.org'
const parse = (item: Item, more: Partial<RenderSettings> = {}): Promise<Email> =>
  PostalMime.parse(assemble(renderMail([item], to, { ...settings, ...more }), []))
const header = (mail: Email, name: string) =>
  mail.headers.filter((h) => h.key === name.toLowerCase()).map((h) => h.value)

describe('a mail', () => {
  it('says the event in an astronomer’s words, twice, with the event bit for bit', async () => {
    const mail = await parse(sampleItem)
    expect(mail.subject).toBe(
      'Young and bright: LSST-AP-DO-170028503098359808 r=21.30 ± 0.05 at 10:20:30.04 +20:30:40.1',
    )
    for (const body of [mail.text!, mail.html!]) {
      for (const words of [
        '2026-03-01 05:36:57 UTC',
        '10:20:30.04 +20:30:40.1',
        '155.12517 +20.51112 deg, error 0.072 arcsec (1 sigma)',
        '21.30 ± 0.05',
        '20.7',
        '0.983',
        'rise_mag',
        '0.421338 mag',
        sampleEvent.ivoid,
        'young-and-bright-email',
      ]) {
        expect(body).toContain(words)
      }
    }
    expect(mail.attachments).toHaveLength(1)
    expect(mail.attachments[0]).toMatchObject({
      filename: 'voevent.xml',
      mimeType: 'application/xml',
      disposition: 'attachment',
    })
    expect(Buffer.from(mail.attachments[0]!.content as ArrayBuffer).equals(sampleXml)).toBe(true)
  })

  it('encodes of its subject only what must be, so that a rule can match the rest raw', async () => {
    const raw = (title: string) => {
      const item = { ...sampleItem, match: { ...sampleItem.match, streamTitle: title } }
      const text = Buffer.from(renderMail([item], to, settings).body).toString('latin1')
      return [/Subject: ((?:.*\r\n )*.*)\r\n(?! )/.exec(text)![1]!.replaceAll('\r\n', ''), parse(item)] as const
    }
    const [plain] = raw('Young and bright')
    expect(plain).toMatch(
      /^Young and bright: LSST-AP-DO-170028503098359808 r=21\.30 =\?UTF-8\?B\?\S+\?= 0\.05 at 10:20:30\.04 /,
    )
    for (const title of [
      'Étoiles très variables, été',
      'a =?UTF-8?Q?=41?= b',
      'x'.repeat(75),
      '新星 新星 new 新星',
      'é'.repeat(60),
    ]) {
      expect((await raw(title)[1]).subject).toBe(
        `${title}: LSST-AP-DO-170028503098359808 r=21.30 ± 0.05 at 10:20:30.04 +20:30:40.1`,
      )
    }
  })

  it('has the headers that mail programs and their rules go by', async () => {
    const mail = await parse(sampleItem)
    const key = renderMail([sampleItem], to, settings).key
    expect(mail.messageId).toBe(`<${key}@example.org>`)
    expect(mail.date).toBe('2026-03-01T05:37:41.000Z')
    expect(mail.from).toMatchObject({ address: 'alerts@example.org', name: 'Fountain' })
    expect(mail.to).toMatchObject([{ address: to }])
    expect(header(mail, 'Auto-Submitted')).toEqual(['auto-generated'])
    expect(header(mail, 'List-Id')).toEqual(['Young and bright <young-and-bright-email.example.org>'])
    expect(header(mail, 'X-VOEvent-IVORN')).toEqual([sampleEvent.ivoid])
    expect(header(mail, 'X-VOEvent-Role')).toEqual(['observation'])
    expect(header(mail, 'List-Unsubscribe')).toEqual([])
    expect(header(await parse(sampleItem, { listId: 'alerts.example.org' }), 'List-Id')).toEqual([
      'Young and bright <alerts.example.org>',
    ])
  })

  it('marks a test, calls a negative flux so, and says what was held back and how to stop', async () => {
    const mail = await parse(negative)
    expect(mail.subject).toMatch(/^\[test\] Young and bright: .* i negative at /)
    for (const body of [mail.text!.replaceAll('\n', ' '), mail.html!.replace(/<\/?strong>/g, '')]) {
      expect(body.toLowerCase()).toContain('this is a test')
      expect(body).toContain('negative: fainter than the reference image')
      expect(body).toContain('31 more matches held back')
      expect(body).not.toContain('20.9')
    }
    expect(mail.text).toContain(negative.match.eventUrl)
    expect(mail.html).toContain(`href="${negative.match.eventUrl}"`)
    expect(header(mail, 'List-Unsubscribe')).toEqual([`<${negative.match.unsubscribeUrl}>`])
    expect(header(mail, 'List-Unsubscribe-Post')).toEqual(['List-Unsubscribe=One-Click'])
  })

  it('names a known object of the solar system by its designation', async () => {
    const groups = [
      { name: 'solarSystemObject', params: [param('name', 'LSST-AP-SSO-7'), param('designation', '2011 UN63')] },
    ]
    const mail = await parse({ ...sampleItem, event: { ...sampleEvent, what: { ...sampleEvent.what!, groups } } })
    expect(mail.subject).toContain(' 2011 UN63 ')
  })

  it.each([
    ['lsst-moving-object', 'f: 2004 JQ12 i=20.93 ± 0.03 at 10:01:49.33 +03:28:55.7'],
    ['lsst-long-history', 'f: LSST-AP-DO-313897383979122767 i=23.11 ± 0.22 at 04:07:15.17 -47:35:01.3'],
    ['ztf-asteroid', 'f: 110778 g=19.32 ± 0.12 at 03:07:59.31 +09:39:48.6'],
    ['ztf-variable', 'f: ZTF18abudxnw r negative at 19:41:12.77 -10:23:45.2'],
  ])('says in its subject what a real alert is: %s', async (name, subject) => {
    const bytes = readFileSync(new URL(`../golden/${name}.xml`, import.meta.url))
    const { event } = readVOEvent(bytes, { mode: 'strict' })
    const match = { filterName: 'f', subscription: 's', columns: [], sequence: 1, heldBack: 0 }
    expect((await parse({ ...sampleItem, event, match })).subject).toBe(subject)
  })

  it('makes no link of anything but http', async () => {
    const mail = await parse({
      ...sampleItem,
      match: { ...sampleItem.match, eventUrl: 'javascript:alert(1)', unsubscribeUrl: 'x' },
    })
    expect(mail.html).not.toContain('href')
    expect(header(mail, 'List-Unsubscribe')).toEqual([])
  })

  it('differs in its key by event, subscription and address only', () => {
    const key = (item: Item, address = to) => renderMail([item], address, settings).key
    const same = { ...sampleItem, match: { ...sampleItem.match, sequence: 1, heldBack: 5 } }
    expect(key(same)).toBe(key(sampleItem))
    expect(key(sampleItem, 'other@example.org')).not.toBe(key(sampleItem))
    expect(key({ ...sampleItem, match: { ...sampleItem.match, subscription: 'b' } })).not.toBe(key(sampleItem))
  })
})

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc
    .tuple(
      fc.string({ maxLength: 20 }),
      fc.constantFrom('\r\n', '\n', '\r', '\r\n\r\n', '\u2028', '\u0085', '\0'),
      fc.string({ maxLength: 20 }),
    )
    .map(([a, b, c]) => `${a}${b}Bcc: spy@example.org${b}${c}`),
  fc.constant('=?UTF-8?Q?=0D=0ABcc:_spy@example.org?='),
  fc.constant('<script>alert(1)</script>"\'&'),
)

describe('whatever stands in an event', () => {
  it('reaches no header, no markup, and no line longer than RFC 5322 allows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ a: nasty, b: nasty, c: nasty, d: nasty, name: nasty, number: fc.double() }),
        async ({ a, b, c, d, name, number }) => {
          const item: Item = {
            ...sampleItem,
            event: {
              ...sampleEvent,
              ivoid: `ivo://example.org/x#${a}`,
              who: { date: b },
              whereWhen: [
                {
                  coordSystem: c,
                  time: { isoTime: d },
                  position: { c1: number, c2: number / 7, errorRadius: number, unit: 'deg' },
                },
              ],
              what: {
                ...sampleEvent.what!,
                params: [param('band', a), param('mag', b), param('snr', number)],
                groups: [{ params: [param('name', name)] }],
              },
            },
            match: {
              filterName: a,
              subscription: b,
              streamTitle: c,
              columns: [{ name: d, value: name, unit: a }],
              sequence: 1,
              heldBack: 2,
              eventUrl: `https://example.org/events?ID=${d}`,
              unsubscribeUrl: `https://example.org/u/${a}`,
            },
          }
          const message = renderMail([item], to, {
            ...settings,
            from: { address: 'alerts@example.org', name },
            authority: a,
          })
          const text = assemble(message, []).toString('latin1')
          const head = text.slice(0, text.indexOf('\r\n\r\n'))
          expect(text).not.toMatch(/[^\x20-\x7e\r\n\t]/)
          expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
          const names = head.split(/\r\n(?![ \t])/).map((line) => line.slice(0, line.indexOf(':')))
          const known = [
            'Date',
            'From',
            'To',
            'Subject',
            'Message-ID',
            'Auto-Submitted',
            'Precedence',
            'List-Id',
            'List-Unsubscribe',
            'List-Unsubscribe-Post',
            'X-VOEvent-IVORN',
            'X-VOEvent-Role',
            'MIME-Version',
            'Content-Type',
          ]
          expect(names.filter((known_) => !known.includes(known_))).toEqual([])
          expect(new Set(names).size).toBe(names.length)
          for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998)
          const mail = await PostalMime.parse(text)
          expect(mail.to).toMatchObject([{ address: to }])
          expect(mail.bcc).toBeUndefined()
          expect(mail.attachments).toHaveLength(1)
          expect(mail.html).not.toMatch(/<script/i)
          expect(
            renderMail([item], to, { ...settings, from: { address: 'alerts@example.org', name }, authority: a }).body,
          ).toEqual(message.body)
        },
      ),
      { numRuns: 150 },
    )
  }, 120_000)

  it('comes back from quoted-printable as it was, on lines of at most 76', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({
          unit: fc.oneof(
            fc.constantFrom(' ', '\t', '.', '=', '\n', 'From '),
            fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
          ),
          maxLength: 300,
        }),
        async (text) => {
          const encoded = quotedPrintable(text)
          for (const line of encoded.split('\r\n')) {
            expect(line.length).toBeLessThanOrEqual(76)
            expect(line).not.toMatch(/[ \t]$|^\.|^From /)
          }
          const mail = await PostalMime.parse(
            `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${encoded}`,
          )
          const plain = (s: string) => s.replace(/\r\n?/g, '\n').replace(/\n+$/, '')
          expect(plain(mail.text ?? '')).toBe(plain(text.toWellFormed()))
        },
      ),
    )
  })

  it('has no line that is too long, however long a name is', () => {
    const long = 'x'.repeat(3_000)
    const match = { ...sampleItem.match, filterName: long, subscription: long, streamTitle: long, objectId: long }
    const item = { ...sampleItem, event: { ...sampleEvent, ivoid: `ivo://example.org/${long}#1` }, match }
    const text = assemble(renderMail([item], to, settings), []).toString('latin1')
    for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998)
    expect(text.split('\r\n\r\n')[0]).toMatch(/\r\nList-Id: /)
  })

  it('gives a Date only where there is one', () => {
    expect(mailDate('2026-03-01T05:36:57.601234')).toBe('Sun, 01 Mar 2026 05:36:57 +0000')
    expect(mailDate('2026-03-01T05:36:57+02:00')).toBe('Sun, 01 Mar 2026 03:36:57 +0000')
    expect([mailDate('soon'), mailDate(''), mailDate('1666-09-02T00:00:00')]).toEqual([undefined, undefined, undefined])
  })
})
