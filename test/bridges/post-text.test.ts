import { RichText } from '@atproto/api'
import fc from 'fast-check'
import twitter from 'twitter-text'
import { describe, expect, it } from 'vitest'
import type { Item } from '../../bridges/contract.ts'
import { Refusal } from '../../bridges/contract.ts'
import { bareHostsIn, hashtagsIn, joined, linksIn, mentionsIn, visible, wholeUrl } from '../../bridges/post-links.ts'
import { readTemplate, templatesConfig } from '../../bridges/post-template.ts'
import { openTexts, postKind, refuseTest } from '../../bridges/post-text.ts'
import { bareItem, hostileItem, hostileText, retractionItem, sampleEvent, sampleItem } from './sample-item.ts'

const url = 'https://fountain.example.org/events?ID=ivo%3A%2F%2Fexample.org%2Fx%231'
const linked: Item = { ...sampleItem, match: { ...sampleItem.match, eventUrl: url } }
const atMost = (most: number) => (text: string) => [...text].length <= most
const text = (item: Item, options: { templates?: object; most?: number; links?: boolean } = {}) =>
  openTexts(templatesConfig.parse(options.templates ?? {})).of(item, {
    fits: atMost(options.most ?? 1000),
    links: options.links ?? false,
  })
const facets = (shown: string) => {
  const rich = new RichText({ text: shown })
  rich.detectFacetsWithoutResolution()
  return (rich.facets ?? []).flatMap(({ features }) => features.map((one) => one.$type))
}

describe('texts of posts', () => {
  it('are as agreed', () => {
    expect(text(linked, { links: true })).toBe(
      `Young and bright: LSST-AP-DO-170028503098359808
r = 21.30 ± 0.05 mag at 2026-03-01 05:36:57 UTC
RA 10:20:30.04, Dec +20:30:40.1
4 detections so far, reliability 0.983
${url}`,
    )
    expect(text({ ...sampleItem, match: { ...sampleItem.match, sequence: 2 } })).toBe(
      `New measurement of LSST-AP-DO-170028503098359808
r = 21.30 ± 0.05 mag at 2026-03-01 05:36:57 UTC
4 detections so far, reliability 0.983`,
    )
    expect(text(retractionItem)).toBe('This is withdrawn: 170028503098359910\nReason: a satellite crossed the field')
    expect(text({ ...sampleItem, event: { ...sampleEvent, role: 'test' } })).toMatch(/^TEST, nothing was observed\. Y/)
    expect(text(bareItem)).toBe('f: 1')
  })

  it('leave out what is not known, with its phrase and its line', () => {
    const templates = {
      default: '{object}[ is {mag} bright][, {tns}]\n[{reliability}]\n\n[{snr}][, seen {detections} times]!',
    }
    expect(text(bareItem, { templates })).toBe('1\n\n!')
    expect(text(sampleItem, { templates })).toBe(
      'LSST-AP-DO-170028503098359808 is 21.30 ± 0.05 bright\n0.983\n\n20.7, seen 4 times!',
    )
    expect(text(bareItem, { templates: { default: '{object} {mag} {{[[x]]}}' } })).toBe('1 unknown {[x]}')
  })

  it('take a stream’s own text, and columns of its filter', () => {
    const item = { ...sampleItem, match: { ...sampleItem.match, stream: 'young', survey: 'lsst' } }
    const templates = {
      default: 'D {object}',
      young: { event: 'Y {survey} {column.rise_mag} #transient', retraction: 'R' },
    }
    expect(text(item, { templates })).toBe('Y LSST 0.421338 mag #transient')
    expect(text(sampleItem, { templates })).toBe('D LSST-AP-DO-170028503098359808')
    expect(text({ ...item, match: { ...item.match, sequence: 3 } }, { templates })).toMatch(/^New measurement/)
    expect(text({ ...retractionItem, match: item.match }, { templates })).toBe('R')
  })

  it('write a name of the TNS so that it is no host, and know follow-ups', () => {
    const why = { names: ['ZTF26abc', 'AT2026abc'], concepts: [], inferences: [] } as never
    const known: Item = { ...sampleItem, event: { ...sampleEvent, why } }
    expect(text(known)).toContain('(AT 2026abc)')
    expect(text(known, { templates: { default: '{tns}.It is new' } })).toBe('AT 2026abc. It is new')
    const followup = { events: [{ ivoid: 'ivo://a/b', cite: 'followup' as const }] }
    expect(postKind({ ...sampleItem, event: { ...sampleEvent, citations: followup } })).toBe('followup')
  })

  it('get shorter by phrases, the last first, and are cut at last', () => {
    const templates = { default: '{object}[ one][ two][ three]' }
    expect(text(bareItem, { templates, most: 14 })).toBe('1 one two')
    expect(text(bareItem, { templates, most: 6 })).toBe('1 one')
    expect(text(sampleItem, { templates, most: 10 })).toBe('LSST-AP-D…')
    expect(text(linked, { links: true, most: 60 })).toBe('Young and bright: LSST-AP-DO-170028503098359808')
  })

  it('never hold half a link', () => {
    const templates = { default: 'See {url} for more of it' }
    for (let most = 6; most < 110; most++) {
      const shown = text(linked, { templates, links: true, most })
      expect([...shown].length).toBeLessThanOrEqual(most)
      expect(linksIn(shown).every((link) => link.text === url)).toBe(true)
    }
  })

  it('refuse a test where the public reads', () => {
    const test: Item = { ...sampleItem, event: { ...sampleEvent, role: 'test' } }
    expect(() => refuseTest(test, 'public')).toThrow(Refusal)
    expect(() => refuseTest(test, 'sandbox')).not.toThrow()
    expect(() => refuseTest(sampleItem, 'public')).not.toThrow()
  })
})

describe('templates that cannot be meant', () => {
  it.each([
    ['{objct}', /\{objct\} is no value: did you mean \{object\}\?/],
    ['{something}', /values: object, band/],
    ['{}', /is no value/],
    ['[a [b] c]', /holds another/],
    ['a ] b', /ends what no/],
    ['[a', /not closed/],
    ['[a\nb]', /not closed/],
    ['a } b', /stands alone/],
    ['hello @nasa', /mentions somebody/],
  ])('%s', (template, why) => {
    expect(() => readTemplate(template)).toThrow(why)
    const found = templatesConfig.safeParse({ default: template })
    expect(found.error?.issues.map(({ message }) => message).join()).toMatch(why)
    expect(templatesConfig.safeParse({ default: { event: template } }).success).toBe(false)
  })
})

describe('accidental links', () => {
  it.each(['AT2026abc.It', 'example.org', 'https://evil.example/x', 'HTTP://1.2.3.4', 'a。com', '(t.co)', 'x.рф'])(
    '%s is none',
    (bait) => {
      const shown = joined([{ kind: 'value', text: `see ${bait}` }])
      expect(twitter.extractUrls(shown)).toEqual([])
      expect(facets(shown)).toEqual([])
      expect([linksIn(shown), bareHostsIn(shown)]).toEqual([[], []])
    },
  )
  it('are none in an ivoid, which stays as it is', () => {
    const shown = joined([{ kind: 'value', text: 'ivo://example.org/streams/a.b-c#1702 is new (ivo://a.it/x)' }])
    expect(shown).toBe('ivo://example.org/streams/a.b-c#1702 is new (ivo://a.it/x)')
    expect([twitter.extractUrls(shown), facets(shown), bareHostsIn(shown)]).toEqual([[], [], []])
  })
  it('are found in what a person wrote, and numbers and identifiers are none', () => {
    expect(bareHostsIn('AT2026abc.It is example.org').map(({ text }) => text)).toEqual(['AT2026abc.It', 'example.org'])
    expect(bareHostsIn('r = 21.30 mag at 05:36:57.601 UTC. Then')).toEqual([])
    expect(linksIn('see https://a.org/b?c=d. And (http://x.y/z)').map(({ text }) => text)).toEqual([
      'https://a.org/b?c=d',
      'http://x.y/z',
    ])
    expect(hashtagsIn('#astro and #2026 a#b').map(({ text }) => text)).toEqual(['#astro'])
    expect(mentionsIn('@you me@example @a@b.social').map(({ text }) => text)).toEqual(['@you', '@a@b.social'])
  })

  const bait = fc.oneof(
    hostileText,
    fc.string({
      unit: fc.constantFrom(...'ab1.。:/@#$＃＠ -_com~?\u200b\u200d\u0301\ufe0fit'.split('')),
      maxLength: 40,
    }),
    fc.constantFrom(
      'ivo://example.org/x#1',
      'ivo://',
      'AT2026abc.It',
      'example.org',
      '@nasa',
      '#tag',
      '$TSLA',
      'https://evil.example',
      'co',
      '.com',
      'http:',
      '//t.co',
    ),
  )
  const pieces = fc.array(
    bait.map((value) => ({ kind: 'value' as const, text: visible(value).slice(0, 400) })),
    { maxLength: 8 },
  )

  it('stand in no text, whatever stands in an event', () => {
    fc.assert(
      fc.property(pieces, (some) => {
        const shown = joined(some)
        expect(twitter.extractUrls(shown)).toEqual([])
        expect(twitter.extractMentions(shown)).toEqual([])
        expect(twitter.extractHashtags(shown)).toEqual([])
        expect(twitter.extractCashtags(shown)).toEqual([])
        expect(facets(shown)).toEqual([])
        expect([linksIn(shown), bareHostsIn(shown), hashtagsIn(shown), mentionsIn(shown)]).toEqual([[], [], [], []])
        expect(joined([{ kind: 'value', text: shown }])).toBe(shown)
      }),
      { numRuns: 500 },
    )
  })

  it('stand in no post of a hostile event, long or short', () => {
    fc.assert(
      fc.property(hostileItem, fc.integer({ min: 20, max: 400 }), (item, most) => {
        const shown = text(item, { most })
        expect([...shown].length).toBeLessThanOrEqual(most)
        expect([twitter.extractUrls(shown), twitter.extractMentions(shown), facets(shown)]).toEqual([[], [], []])
        expect(shown).not.toMatch(/(?![\n\u200c\u200d])[\p{Cc}\p{Cf}]/u)
      }),
      { numRuns: 500 },
    )
  })

  it('are no part of a link that is meant, which stays whole', () => {
    fc.assert(
      fc.property(hostileText, pieces, (id, some) => {
        const meant = wholeUrl(new URL(`https://fountain.example.org/events?ID=${id}`).href)
        const shown = joined([...some, { kind: 'link', text: meant }, ...some])
        expect(linksIn(shown).map((link) => link.text)).toEqual([meant])
        if (meant.length < 2000) expect(twitter.extractUrls(shown)).toEqual([meant])
      }),
      { numRuns: 150 },
    )
  })
})
