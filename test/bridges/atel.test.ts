/** Telegrams: the suite of hand-in bridges, drafts as agreed, and what a referee would stop at. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { bridge } from '../../bridges/atel/index.ts'
import { subjects } from '../../bridges/atel/subjects.ts'
import { textLimit } from '../../bridges/atel/telegram.ts'
import { type Item, Refusal } from '../../bridges/contract.ts'
import { testHost } from './contract.ts'
import { codesOf, testHandInBridge } from './hand-in.ts'
import { earlier, limit, longItem, reportItem, trigger } from './report-item.ts'
import { param, retractionItem } from './sample-item.ts'

const config = {
  authors: 'A. Person (Example Observatory), B. Other and C. Third (University of Example)',
  contact: 'A. Person (a.person@example.org)',
}
const receipt = { id: 'ATel #17123', url: 'https://www.astronomerstelegram.org/?read=17123' }

testHandInBridge('atel', {
  bridge,
  config,
  to: null,
  receipts: {
    '17123': receipt,
    '#17123': receipt,
    'ATel 17123': receipt,
    'atel #17123': receipt,
    'ATel#17123': receipt,
    'http://astronomerstelegram.org/?read=17123': receipt,
  },
  noReceipts: [
    '',
    '0',
    '-1',
    '017123',
    '1.5',
    '12345678',
    'ATel',
    'GCN 17123',
    'https://www.astronomerstelegram.org/',
    'https://www.astronomerstelegram.org/?read=x',
    'https://astronomerstelegram.org.evil.example/?read=17123',
    'https://gcn.nasa.gov/circulars/17123',
    'javascript:17123',
  ],
})

const open = (more: object = {}) => bridge.open(bridge.config.parse({ ...config, ...more }), testHost())
async function drafted(item: Item, more: object = {}) {
  const { render, drafting } = await open(more)
  const { body } = render([item], null)
  return { body, drafting: drafting!, text: drafting!.text(body) }
}
async function refused(item: Item, more: object = {}): Promise<readonly string[]> {
  const { render } = await open(more)
  try {
    render([item], null)
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal)
    return (error as Refusal).reasons
  }
  throw new Error('it was rendered')
}
/** What is found after somebody changed the text. */
async function found(change: (text: string) => string, severity?: 'error' | 'warning' | 'note'): Promise<string[]> {
  const { body, drafting, text } = await drafted(reportItem())
  return codesOf(drafting.lint(drafting.parse(change(text), body), null), severity)
}

const ztf = reportItem({
  survey: 'ztf',
  object: 'ZTF26aaabcde',
  points: [earlier(2, 18.712, 'g'), trigger],
  event: { why: { names: ['AT 2026abc'], concepts: [], inferences: [], descriptions: [], references: [] } },
})

describe('atel: what a person gets to read', () => {
  it.each([
    ['lsst-discovery', reportItem()],
    ['lsst-single', reportItem({ points: [trigger] })],
    ['lsst-long-history', longItem],
    ['ztf-known-to-tns', ztf],
    ['test', reportItem({ event: { role: 'test' } })],
    [
      'retraction',
      { ...retractionItem, match: { ...retractionItem.match, survey: 'lsst', objectId: '170028503098359808' } },
    ],
  ] as [string, Item][])('is as agreed: %s', async (name, item) => {
    const { text } = await drafted(item)
    const path = fileURLToPath(new URL(`../golden/atel/${name}.txt`, import.meta.url))
    if (process.env.UPDATE_GOLDEN === '1') {
      mkdirSync(fileURLToPath(new URL('../golden/atel', import.meta.url)), { recursive: true })
      writeFileSync(path, text)
    }
    expect(text).toBe(readFileSync(path, 'utf8'))
  })

  it('is shorter than 4,000 characters, also where everything is long', async () => {
    const long = 'x'.repeat(590)
    const { body } = await drafted(
      { ...longItem, event: { ...longItem.event, ivoid: `ivo://example.org/${long}` } },
      { closing: `${long}.`, contact: `${'y'.repeat(180)}@example.org` },
    )
    expect(JSON.parse(Buffer.from(body).toString()).text.length).toBeLessThanOrEqual(textLimit)
  })

  it('never claims a class, whatever classifiers say', async () => {
    const classifications = [{ classifier: 'SNN', classes: [{ name: 'SN Ia', probability: 0.99 }] }]
    const why = { names: [], concepts: [], inferences: [], descriptions: [], references: [], classifications }
    const { text } = await drafted(reportItem({ full: { why } }))
    expect(text).not.toMatch(/SN Ia|supernova/i)
    expect(text).toContain('We claim no classification.')
  })

  it('says "detection" where others or the survey saw the object before', async () => {
    const known = [
      ...reportItem().full!.what!.groups,
      { name: 'history', params: [param('firstTime', 61_098.5), param('nDetections', 7)] },
    ]
    expect((await drafted(reportItem())).text).toMatch(/^Title: Rubin\/LSST discovery of/)
    expect((await drafted(longItem)).text).toMatch(/^Title: Rubin\/LSST detection of/)
    expect((await drafted(ztf)).text).toMatch(
      /^Title: ZTF detection of the optical transient ZTF26aaabcde \(AT 2026abc\)/,
    )
    const { text, body, drafting } = await drafted(
      reportItem({ full: { what: { ...reportItem().full!.what!, groups: known } } }),
    )
    expect(text).toMatch(/^Title: Rubin\/LSST detection of/)
    expect(text).toContain('The survey saw the object before')
    expect(codesOf(drafting.lint(body, null), 'warning')).toEqual(['ATEL_SEEN_BEFORE'])
    expect(text).toContain('The last non-detection before the object was first seen was on')
  })

  it('shows one detection a night and band, and the one that made the alert', async () => {
    const night = [3, 2.99, 2.98, 2.7, 2, 1.99, 0.02].map((days) => earlier(days, 22))
    const { text } = await drafted(reportItem({ points: [...night, earlier(2.01, 22.5, 'g'), trigger] }))
    const rows = text.split('\n').filter((line) => /^2026-\d\d-\d\d .* {2}[gr] {2}/.test(line))
    expect(rows.map((row) => row.slice(5, 16).trim())).toEqual([
      '02-26 05:36',
      '02-27 05:22',
      '02-27 05:36',
      '03-01 05:08',
      '03-01 05:36',
    ])
    expect(text).toContain(', 4 more are in the alert:')
  })

  it('gives a rate where it says something', async () => {
    const rate = async (days: number) => (await drafted(reportItem({ points: [earlier(days, 22.4), trigger] }))).text
    expect(await rate(3)).toMatch(
      /It brightened by 0\.37 \+\/- 0\.02 mag per day on average over the first 3 days of detections in the LSST r band/,
    )
    for (const days of [0.1, 11, 45]) expect(await rate(days)).not.toContain('on average')
    expect((await drafted(reportItem({ points: [earlier(3, 21.31), trigger] }))).text).toContain(
      'no significant change of brightness over the first 3 days',
    )
    expect((await drafted(reportItem({ points: [earlier(3, 20.1), trigger] }))).text).toContain('It faded by 0.40')
  })

  it('says how fast it rose at least since it was not there', async () => {
    // 24.31 mag, five days before 22.40 +/- 0.05 mag.
    const rose = (band: string) => reportItem({ points: [limit(8, 24.31, band), earlier(3, 22.4), trigger] })
    expect((await drafted(rose('r'))).text).toContain(
      'From the last non-detection in the LSST r band to the earliest detection, 5 days, it brightened by more than 0.37 mag per day.',
    )
    expect((await drafted(rose('g'))).text).not.toContain('more than')
  })

  it('calls what has varied for long no transient', async () => {
    const { text } = await drafted(longItem)
    expect(text).toContain('detection of the variable optical source LSST-AP-DO-')
    expect(text).toContain('Subjects: Optical, Variables')
    expect(text).not.toMatch(/transient LSST|Transient,|faded by|brightened by/)
  })

  it('invents no limit', async () => {
    expect((await drafted(reportItem({ points: [trigger] }))).text).toContain(
      'The alert holds no upper limit before that.',
    )
    expect((await drafted(reportItem({ points: [limit(2, 24.31), trigger] }))).text).toContain(
      'a limit of 24.31 mag (AB, 5 sigma) in the LSST g band',
    )
  })
})

describe('atel: what makes no telegram', () => {
  it('is refused with the reason', async () => {
    const [place] = reportItem().full!.whereWhen!
    const moving = { whereWhen: [{ ...place!, movingObject: { designation: '2004 JQ12' } }] }
    expect(await refused(reportItem({ full: moving }))).toEqual([expect.stringContaining('2004 JQ12')])
    const negative = { ...trigger, flux: -500, magnitude: Number.NaN }
    expect(await refused(reportItem({ points: [negative] }))).toEqual([expect.stringContaining('fainter')])
    const faint = { ...trigger, flux: 0, magnitude: Number.NaN }
    expect(await refused(reportItem({ points: [faint] }))).toEqual([expect.stringContaining('magnitude')])
    expect(await refused(reportItem({ reliability: 0.2 }))).toEqual([expect.stringContaining('0.2')])
    expect(await refused(reportItem({ reliability: null }))).toEqual([expect.stringContaining('no reliability')])
    expect(await refused(reportItem({ object: '新星' }))).toEqual([expect.stringContaining('no name')])
    const { full: _, ...packetless } = reportItem()
    expect(await refused(packetless as Item)).toEqual([expect.stringContaining('archive')])
    expect(await refused(reportItem({ points: [negative], reliability: 0.1 }))).toHaveLength(2)
  })

  it('takes what the operator lets in', async () => {
    expect((await drafted(reportItem({ reliability: null }), { leastReliability: 0 })).text).toContain('no reliability')
    expect((await drafted(reportItem({ reliability: 0.2 }), { leastReliability: 0.1 })).text).toContain('0.2')
  })
})

describe('atel: lint', () => {
  const text = (words: string) => (draft: string) => draft.replace(/\n\nWe report/, `\n\n${words} We report`)
  const only = (words: string) => (draft: string) => `${draft.split('\n\n')[0]}\n\n${words}\n`

  it('says how long the text is, and that the TNS name is wanting', async () => {
    expect(await found((draft) => draft)).toEqual(['ATEL_LENGTH', 'ATEL_NO_TNS_NAME'])
  })

  it.each([
    ['a text that is too long', text('word '.repeat(600)), 'ATEL_TOO_LONG'],
    ['no text', only(''), 'ATEL_NO_TEXT'],
    ['no position', only('LSST-AP-DO-170028503098359808, 2026-03-01 UTC, 21.3 mag (AB), r band'), 'ATEL_NO_POSITION'],
    ['no date', only('10:20:30.04 +20:30:40.1, 155.125 +20.511 deg, 21.3 mag (AB), r band'), 'ATEL_NO_DATE'],
    [
      'no system',
      only('10:20:30.04 +20:30:40.1, 155.125 +20.511 deg, 2026-03-01 UTC, 21.3 mag, r band'),
      'ATEL_NO_SYSTEM',
    ],
    ['a placeholder', text('The redshift is XXX.'), 'ATEL_PLACEHOLDER'],
    ['another placeholder', text('Host: TBD.'), 'ATEL_PLACEHOLDER'],
    ['an author without affiliation', (draft) => draft.replace('(University of Example)', ''), 'ATEL_AUTHORS'],
    ['no author', (draft) => draft.replace(/Authors: .*/, 'Authors:'), 'ATEL_AUTHORS'],
    ['no title', (draft) => draft.replace(/Title: .*/, 'Title:'), 'ATEL_NO_TITLE'],
    ['no subject', (draft) => draft.replace(/Subjects: .*/, 'Subjects:'), 'ATEL_NO_SUBJECT'],
    ['a strange subject', (draft) => draft.replace(/Subjects: .*/, 'Subjects: Optical, Cats'), 'ATEL_UNKNOWN_SUBJECT'],
  ] as [string, (draft: string) => string, string][])('forbids %s', async (_, change, code) => {
    expect(await found(change, 'error')).toContain(code)
  })

  it.each([
    ['letters beyond ASCII', text('Ångström.'), 'ATEL_NOT_ASCII'],
    ['tabs', text('a\tb.'), 'ATEL_TABS'],
    ['HTML', text('<b>bold</b>.'), 'ATEL_HTML'],
    [
      'one form of the position',
      (draft) => draft.replace(/, that is RA.*?\./, '.').replace(/Its Galactic.*?b = .*? deg\./, ''),
      'ATEL_ONE_FORM',
    ],
    [
      'no time scale',
      (draft) => draft.replaceAll(' UTC', '').replaceAll('MJD', 'day').replace('UTC', ''),
      'ATEL_NO_TIME_SCALE',
    ],
    ['no magnitude', only('10:20:30.04 +20:30:40.1, 155.125 +20.511 deg, 2026-03-01 UTC'), 'ATEL_NO_MAGNITUDE'],
    ['many links', text('https://a.example https://b.example https://c.example https://d.example'), 'ATEL_MANY_LINKS'],
    [
      'a title in capitals',
      (draft) => draft.replace(/Title: .*/, 'Title: A VERY BRIGHT TRANSIENT WAS SEEN'),
      'ATEL_CAPITALS',
    ],
    ['a long title', (draft) => draft.replace('Title: ', `Title: ${'long '.repeat(40)}`), 'ATEL_LONG_TITLE'],
    [
      'a title without the object',
      (draft) => draft.replace(/Title: .*/, 'Title: A transient'),
      'ATEL_OBJECT_NOT_IN_TITLE',
    ],
    ['no contact', (draft) => draft.replace(/Contact: .*/, ''), 'ATEL_NO_CONTACT'],
  ] as [string, (draft: string) => string, string][])('warns of %s', async (_, change, code) => {
    expect(await found(change, 'warning')).toContain(code)
    expect(await found((draft) => draft, 'warning')).toEqual([])
  })

  it('warns of an object that is no news', async () => {
    const { body, drafting } = await drafted(longItem)
    expect(drafting.lint(body, null)).toContainEqual(
      expect.objectContaining({ severity: 'warning', code: 'ATEL_OLD', says: expect.stringContaining('400 days') }),
    )
  })

  it('knows telegrams that the event cites', async () => {
    const references = [{ uri: 'https://www.astronomerstelegram.org/?read=17001' }]
    const {
      body,
      drafting,
      text: draft,
    } = await drafted(reportItem({ full: { how: { descriptions: [], references } } }))
    expect(codesOf(drafting.lint(body, null), 'warning')).toEqual(['ATEL_HAS_TELEGRAM'])
    expect(draft).toContain('ATel #17001')
    const citations = {
      events: [{ ivoid: 'ivo://example.org/x#1', cite: 'retraction' as const }],
      description: 'published as ATel #17001',
    }
    const retraction = await drafted({ ...retractionItem, event: { ...retractionItem.event, citations } })
    expect(retraction.text).toContain('The report was published as ATel #17001.')
    expect(codesOf(retraction.drafting.lint(retraction.body, null))).toEqual(['ATEL_LENGTH'])
    const blind = await drafted(retractionItem)
    expect(codesOf(blind.drafting.lint(blind.body, null), 'warning')).toEqual(['ATEL_NO_EARLIER'])
  })

  it('forbids a test, whatever somebody writes', async () => {
    const { body, drafting, text: draft } = await drafted(reportItem({ event: { role: 'test' } }))
    expect(draft).toMatch(/^Title: TEST: /)
    const changed = drafting.parse(draft.replaceAll('TEST: ', '').replace(/This is a test.*\n/, ''), body)
    expect(codesOf(drafting.lint(changed, null), 'error')).toEqual(['ATEL_TEST'])
  })

  it('writes subjects as the list spells them', async () => {
    const { body, drafting, text: draft } = await drafted(reportItem(), { subjects: ['optical', 'A COMMENT'] })
    expect(draft).toContain('Subjects: Optical, A Comment\n')
    const changed = drafting.parse(draft.replace('Optical, A Comment', 'x-RAY, >gev, X-ray'), body)
    expect(drafting.text(changed)).toContain('Subjects: X-ray, >GeV\n')
    expect(subjects).toHaveLength(54)
    expect(new Set(subjects.map((subject) => subject.toLowerCase())).size).toBe(54)
  })
})

describe('atel: configuration', () => {
  it.each([
    [{ authors: 'A. Person' }, /affiliation/],
    [{ authors: 'A. Person (Example), B. Other' }, /B. Other.* has no affiliation/],
    [{ authors: 'A. Person (Example' }, /parentheses/],
    [{ authors: 'A. Person ()' }, /empty/],
    [{ authors: '' }, /./],
    [{ subjects: ['Cats'] }, /no subject/],
    [{ subjects: [] }, /./],
    [{ contact: 'two\nlines' }, /one line/],
    [{ leastReliability: 2 }, /./],
    [{ password: 'x' }, /password/],
  ])('refuses %j', (more, says) => {
    const result = bridge.config.safeParse({ ...config, ...more })
    expect(result.success).toBe(false)
    expect(result.error?.message).toMatch(says)
  })

  it('takes a collaboration as the last author', () => {
    const authors = 'A. Person (Example), on behalf of the Example collaboration'
    expect(bridge.config.safeParse({ ...config, authors }).success).toBe(true)
  })

  it('takes no address', () => {
    expect(bridge.address.parse(undefined)).toBeNull()
    expect(bridge.address.safeParse('somebody').success).toBe(false)
  })
})
