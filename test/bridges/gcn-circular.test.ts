/** GCN Circulars: the suite of hand-in bridges, the rules of the subject, the style guide, and the link that fills the form. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Item, Refusal } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/gcn-circular/index.ts'
import { discoverySubject, eventsIn, retractionSubject, subjectFaults } from '../../bridges/gcn-circular/subject.ts'
import { stopStrings, subjectKeywords } from '../../bridges/gcn-circular/subject-lists.ts'
import { testHost } from './contract.ts'
import { codesOf, testHandInBridge } from './hand-in.ts'
import { busyItem, earlier, longItem, reportItem, trigger } from './report-item.ts'
import { hostileText, param, retractionItem } from './sample-item.ts'

const config = {
  site: 'gcn' as const,
  authors: 'A. Person (Example Observatory), B. Other and C. Third (University of Example)',
  contact: 'A. Person (a.person@example.org)',
}
const receipt = { id: 'GCN 45678', url: 'https://gcn.nasa.gov/circulars/45678' }

testHandInBridge('gcn-circular', {
  bridge,
  config: { ...config, site: 'test' },
  to: null,
  receipts: {
    '45678': { id: 'GCN 45678', url: 'https://test.gcn.nasa.gov/circulars/45678' },
    'GCN Circ. 45678': { id: 'GCN 45678', url: 'https://test.gcn.nasa.gov/circulars/45678' },
  },
  noReceipts: ['https://gcn.nasa.gov/circulars/45678', 'https://test.gcn.nasa.gov/circulars/new'],
})

const open = (more: object = {}) => bridge.open(bridge.config.parse({ ...config, ...more }), testHost())
async function drafted(item: Item, more: object = {}) {
  const { render, drafting } = await open(more)
  const { body } = render([item], null)
  return { body, drafting: drafting!, text: drafting!.text(body), stored: JSON.parse(Buffer.from(body).toString()) }
}
async function found(change: (text: string) => string, severity?: 'error' | 'warning' | 'note'): Promise<string[]> {
  const { body, drafting, text } = await drafted(reportItem())
  return codesOf(drafting.lint(drafting.parse(change(text), body), null), severity)
}
const named = (...names: string[]) => ({ names, concepts: [], inferences: [], descriptions: [], references: [] })

describe('gcn-circular: what a person gets to read', () => {
  it.each([
    ['lsst-discovery', reportItem(), {}],
    ['lsst-long-history', busyItem, {}],
    [
      'ztf-known-to-tns',
      reportItem({
        survey: 'ztf',
        object: 'ZTF26aaabcde',
        points: [earlier(2, 18.712, 'g'), trigger],
        event: { why: named('AT 2026abc', 'GCN Circ. 44001') },
      }),
      { authors: 'A. Person (Example Observatory)' },
    ],
    ['test', reportItem({ event: { role: 'test' } }), { site: 'test' }],
    [
      'retraction',
      { ...retractionItem, match: { ...retractionItem.match, survey: 'lsst', objectId: '170028503098359808' } },
      {},
    ],
  ] as [string, Item, object][])('is as agreed: %s', async (name, item, more) => {
    const { text } = await drafted(item, more)
    const path = fileURLToPath(new URL(`../golden/gcn-circular/${name}.txt`, import.meta.url))
    if (process.env.UPDATE_GOLDEN === '1') {
      mkdirSync(fileURLToPath(new URL('../golden/gcn-circular', import.meta.url)), { recursive: true })
      writeFileSync(path, text)
    }
    expect(text).toBe(readFileSync(path, 'utf8'))
  })

  it('is stored in the words of the service', async () => {
    const { stored } = await drafted(reportItem())
    expect(stored).toMatchObject({ subject: expect.any(String), body: expect.any(String), format: 'text/plain' })
  })

  it('goes to the test site alone where the event is a test', async () => {
    expect(bridge.audience!(bridge.config.parse(config))).toBe('public')
    const { site: _, ...rest } = config
    expect(bridge.audience!(bridge.config.parse(rest)), 'by default').toBe('sandbox')
    const { render, drafting } = await open()
    const test = reportItem({ event: { role: 'test' } })
    expect(() => render([test], null)).toThrow(/is a test/)
    expect(() => render([{ ...retractionItem, event: { ...retractionItem.event, role: 'test' } }], null)).toThrow(
      Refusal,
    )
    // What was rendered before the site was changed cannot be handed in either.
    const { body, drafting: rehearsal } = await drafted(test, { site: 'test' })
    expect(codesOf(drafting!.lint(body, null), 'error')).toEqual(['CIRCULAR_TEST'])
    expect(codesOf(rehearsal.lint(body, null), 'error')).toEqual([])
  })

  it('is refused for what makes no Circular', async () => {
    const { render } = await open()
    expect(() => render([reportItem({ reliability: 0.1 })], null)).toThrow(/reliability/)
    expect(() => render([reportItem({ object: 'draft-7' })], null)).toThrow(/"draft"/)
    expect(() => render([reportItem({ object: 'More: 7' })], null)).toThrow(/"re: "/)
  })
})

describe('gcn-circular: the subject', () => {
  it.each([
    'AT2026abc: Rubin/LSSTCam photometry',
    'AT 2026abc: photometry',
    'SN 2026ab: spectroscopy',
    'Rubin/LSST: discovery of a fast transient',
    'Rubin optical transient 7',
    'ZTF26aaabcde: follow-up',
    'EP260101a: optical observations',
    'GRB 260101A: Rubin/LSST upper limits',
    'LIGO/Virgo/KAGRA S251117bs: Rubin/LSST counterpart search',
    'EPOCH of discovery',
  ])('is taken: %s', (subject) => {
    expect(subjectFaults(subject)).toEqual([])
  })

  it.each([
    ['LSST-AP-DO-609788942606140532: Rubin detection', /keywords/],
    ['S251117bs: Rubin/LSST counterpart search', /keywords/],
    ['[DRAFT] AT2026abc: photometry', /"draft"/],
    ['draft: AT2026abc: photometry', /"draft"/],
    ['RE: AT2026abc: photometry', /"re: "/],
    ['More: AT2026abc', /"re: "/],
    ['AT2026abc in the r: 21.2 band', /"re: "|" r: "/],
    ['Test alert', /keywords/],
    ['', /keywords/],
  ])('is refused: %s', (subject, says) => {
    expect(subjectFaults(subject).join(' ')).toMatch(says)
  })

  it('names every stop string and every keyword in lists without repetition', () => {
    expect(stopStrings.every((text) => text === text.toLowerCase())).toBe(true)
    expect(new Set(stopStrings).size).toBe(stopStrings.length)
    expect(new Set(subjectKeywords.map((word) => word.toLowerCase())).size).toBe(subjectKeywords.length)
    for (const text of stopStrings) expect(subjectFaults(`A transient ${text} x`)[0]).toContain('refuses')
    for (const word of subjectKeywords) expect(subjectFaults(word)).toEqual([])
    // Rubin’s own words are no keywords: our subjects hold "transient", which every version of the list has.
    for (const word of ['Rubin', 'LSST', 'optical']) expect(subjectKeywords).not.toContain(word)
    expect(discoverySubject('x', 'Rubin/LSST', 'discovery')).toContain('transient')
    expect(retractionSubject('x')).toContain('transient')
  })

  it('is always one that GCN takes, or the draft is refused, whatever the object is called', async () => {
    const { render } = await open()
    let taken = 0
    const name = fc.oneof(
      hostileText,
      fc.constantFrom(...stopStrings),
      fc.tuple(fc.constantFrom(...stopStrings), hostileText).map(([stop, text]) => `${text}${stop}${text}`),
      fc.stringMatching(/^ZTF2[0-9][a-z]{7}$/),
      fc.stringMatching(/^LSST-AP-DO-[1-9][0-9]{17}$/),
    )
    fc.assert(
      fc.property(name, fc.constantFrom('lsst', 'ztf'), hostileText, (object, survey, tnsName) => {
        const item = reportItem({ object, survey, event: { why: named(tnsName) } })
        const retraction = { ...retractionItem, match: { ...retractionItem.match, objectId: object } }
        for (const one of [item, retraction]) {
          try {
            const { subject } = JSON.parse(Buffer.from(render([one], null).body).toString())
            expect(subjectFaults(subject)).toEqual([])
            expect(subject).toMatch(/^[\x20-\x7e]{10,180}$/)
            taken++
          } catch (error) {
            if (!(error instanceof Refusal)) throw error
          }
        }
      }),
      { numRuns: 500 },
    )
    expect(taken).toBeGreaterThan(200)
  })

  it('tells events apart', () => {
    expect(eventsIn('LIGO/Virgo/KAGRA S251117bs: search')).toEqual(['LIGO/Virgo/KAGRA S251117bs'])
    expect(eventsIn('AT2026abc and SN 2026xy: two')).toEqual(['AT2026abc', 'SN 2026xy'])
    expect(eventsIn('LSST-AP-DO-170028503098359808: one')).toEqual(['LSST-AP-DO-170028503098359808'])
    expect(eventsIn('GRB 260101A: Swift detection of a burst')).toHaveLength(1)
    expect(eventsIn('A new instrument')).toEqual([])
  })
})

describe('gcn-circular: lint', () => {
  const subject = (text: string) => (draft: string) => draft.replace(/^Subject: .*/, `Subject: ${text}`)
  const text = (words: string) => (draft: string) => draft.replace(/\n\nWe report/, `\n\n${words}\n\nWe report`)

  it('finds nothing in a draft that nobody changed', async () => {
    expect(await found((draft) => draft)).toEqual([])
  })

  it.each([
    ['a stop string', subject('[DRAFT] AT2026abc: a transient'), 'CIRCULAR_SUBJECT'],
    ['a subject without keyword', subject('LSST-AP-DO-170028503098359808: Rubin'), 'CIRCULAR_SUBJECT'],
    ['no subject', subject(''), 'CIRCULAR_NO_TITLE'],
    ['a subject without event', subject('Rubin found a transient'), 'CIRCULAR_NO_EVENT'],
    ['no text', (draft) => draft.split('\n\n')[0]!, 'CIRCULAR_NO_TEXT'],
    ['a placeholder', text('z = TBD'), 'CIRCULAR_PLACEHOLDER'],
    ['no position', (draft) => draft.replace(/The position is.*/, ''), 'CIRCULAR_NO_POSITION'],
    ['no system', (draft) => draft.replaceAll('AB', ''), 'CIRCULAR_NO_SYSTEM'],
  ] as [string, (draft: string) => string, string][])('forbids %s', async (_, change, code) => {
    expect(await found(change, 'error')).toContain(code)
  })

  it.each([
    ['two events', subject('AT2026abc, AT2026abd: two transients'), 'CIRCULAR_SEVERAL_EVENTS'],
    ['a question', subject('AT2026abc: a nova?'), 'CIRCULAR_SUBJECT_QUESTION'],
    ['words of a retraction', subject('AT2026abc: duplicate transient'), 'CIRCULAR_LOOKS_RETRACTED'],
    ['capitals', subject('AT2026abc: A VERY BRIGHT TRANSIENT'), 'CIRCULAR_CAPITALS'],
    ['a long subject', subject(`AT2026abc: ${'long '.repeat(30)}`), 'CIRCULAR_LONG_TITLE'],
    ['letters beyond ASCII', text('1 Å'), 'CIRCULAR_NOT_ASCII'],
    ['tabs', text('a\tb'), 'CIRCULAR_TABS'],
    ['LaTeX', text('$10^{-11}$ erg'), 'CIRCULAR_LATEX'],
    ['other LaTeX', text('1.2 \\times 10'), 'CIRCULAR_LATEX'],
    ['HTML', text('<b>a</b>'), 'CIRCULAR_HTML'],
    ['a signature', (draft) => `${draft}\nBest regards,\nA. Person`, 'CIRCULAR_SIGNATURE'],
    ['a mail’s signature', (draft) => `${draft}\n-- \nA. Person`, 'CIRCULAR_SIGNATURE'],
    ['an advertisement', text('Visit our website for more.'), 'CIRCULAR_ADVERT'],
    ['many links', text('https://a.example https://b.example https://c.example https://d.example'), 'CIRCULAR_ADVERT'],
    ['too many lines', text('line\n'.repeat(60)), 'CIRCULAR_TOO_LONG'],
    ['too long lines', text('word '.repeat(1000)), 'CIRCULAR_TOO_LONG'],
    ['no authors', (draft) => draft.replace(/A\. Person \(Example.*/, 'We are many.'), 'CIRCULAR_NO_AUTHORS'],
    ['GCN without a number', text('See the GCN of yesterday.'), 'CIRCULAR_NO_REFERENCE'],
  ] as [string, (draft: string) => string, string][])('warns of %s', async (_, change, code) => {
    expect(await found(change, 'warning')).toContain(code)
  })

  it('wants earlier Circulars cited', async () => {
    const { body, drafting, text: draft } = await drafted(reportItem({ event: { why: named('GCN Circular 44001') } }))
    expect(draft).toContain('Earlier reports: GCN Circ. 44001.')
    expect(drafting.lint(body, null)).toEqual([])
    const cut = drafting.parse(draft.replace(/Earlier reports.*\n/, ''), body)
    expect(codesOf(drafting.lint(cut, null))).toEqual(['CIRCULAR_NO_REFERENCE'])
    const blind = await drafted(retractionItem)
    expect(codesOf(blind.drafting.lint(blind.body, null))).toEqual(['CIRCULAR_NO_EARLIER'])
  })

  it('refuses an object that is no news, by the survey’s own word too', async () => {
    await expect(drafted(longItem)).rejects.toThrow('has seen it for 400 days: a Circular is about a new event')
    const what = reportItem().full!.what!
    const groups = [...what.groups, { name: 'history', params: [param('firstTime', 61_000)] }]
    await expect(drafted(reportItem({ full: { what: { ...what, groups } } }))).rejects.toThrow('100 days')
  })
  it('warns of what was seen once, which may be an asteroid', async () => {
    const once = await drafted(reportItem({ points: [earlier(0.01, 21.3), trigger] }))
    expect(codesOf(once.drafting.lint(once.body, null))).toContain('CIRCULAR_SEEN_ONCE')
    const twice = await drafted(reportItem({ points: [earlier(0.03, 21.3), trigger] }))
    expect(codesOf(twice.drafting.lint(twice.body, null))).not.toContain('CIRCULAR_SEEN_ONCE')
  })
})

describe('gcn-circular: the form', () => {
  it.each([
    ['gcn', 'gcn.nasa.gov'],
    ['test', 'test.gcn.nasa.gov'],
  ] as const)('is filled in by a link: %s', async (site, host) => {
    const { body, drafting, stored } = await drafted(reportItem(), { site })
    const { url, prefilled, fields } = drafting.handIn!(body)
    expect(prefilled).toBe(true)
    const { hostname, pathname, searchParams } = new URL(url)
    expect([hostname, pathname]).toEqual([host, '/circulars/new'])
    expect([...searchParams.keys()]).toEqual(['subject', 'body'])
    expect(searchParams.get('subject')).toBe(stored.subject)
    expect(searchParams.get('body')).toBe(stored.body)
    expect(url).toMatch(/^[\w:/.?=&%~!*'()-]+$/)
    expect(fields).toEqual([
      { label: 'Subject', value: stored.subject },
      { label: 'Body', value: stored.body },
    ])
  })

  it('is opened empty where the text is too long for a link', async () => {
    const { body, drafting, text } = await drafted(reportItem())
    const long = drafting.parse(`${text}\n${'word '.repeat(2000)}`, body)
    expect(drafting.handIn!(long)).toMatchObject({ url: 'https://gcn.nasa.gov/circulars/new', prefilled: false })
    expect(drafting.handIn!(long).fields[1]?.value).toContain('word word')
  })

  it('is filled in by a link for the longest draft of ours', async () => {
    expect((await drafted(busyItem)).drafting.handIn!((await drafted(busyItem)).body).prefilled).toBe(true)
  })

  it.each(['45678', 'GCN 45678', 'gcn circular 45678', 'GCN Circ. #45678', 'https://gcn.nasa.gov/circulars/45678?x=1'])(
    'gives a number that is read: %s',
    async (text) => {
      expect((await open()).drafting!.readReceipt!(text)).toMatchObject(receipt)
    },
  )

  it.each([
    '',
    '0',
    'ATel 45678',
    'https://gcn.nasa.gov.evil.example/circulars/1',
    'https://test.gcn.nasa.gov/circulars/1',
  ])('is not read: %j', async (text) => {
    const { drafting } = await open()
    expect(() => drafting!.readReceipt!(text)).toThrow(Refusal)
  })
})

describe('gcn-circular: configuration', () => {
  it.each([{ site: 'dev' }, { authors: 'A. Person' }, { contact: 'a\nb' }, { token: 'x' }])('refuses %j', (more) => {
    expect(bridge.config.safeParse({ ...config, ...more }).success).toBe(false)
  })
})
