import fc from 'fast-check'
import twitter from 'twitter-text'
import { describe, expect, it } from 'vitest'
import type { Message } from '../../bridges/contract.ts'
import { sign } from '../../bridges/x/oauth.ts'
import { weightOf } from '../../bridges/x/weight.ts'
import { attemptOf, failure } from './contract.ts'
import { hostileItem, hostileText, picturedItem, sampleEvent, sampleItem } from './sample-item.ts'
import { opened } from './x-start.ts'

describe('x: the length of a text', () => {
  it.each(['r=21.3±0.1', '新星', 'e\u0301', '…', 'see https://a.org/b?c=1 now', 'ivo://a.org/b', ''])(
    '%s weighs what X’s library says',
    (text) => expect(weightOf(text)).toBe(twitter.parseTweet(text).weightedLength),
  )
  it('is never less than what X’s library says', () => {
    const text = fc.oneof(
      hostileText.map((one) => one.slice(0, 400)),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc
        .array(
          fc.constantFrom('https://a.org/x', 'http://b.io', 'c.com', ' ', '. ', 'é', '👩‍🚀', '☀️', '🇩🇪', '1️⃣', '(', ')'),
          {
            maxLength: 12,
          },
        )
        .map((some) => some.join('')),
    )
    fc.assert(
      fc.property(text, (one) => {
        expect(weightOf(one)).toBeGreaterThanOrEqual(twitter.parseTweet(one).weightedLength)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('x: the signature', () => {
  it('is that of the example in X’s documentation', () => {
    const fields = [
      ['oauth_consumer_key', 'xvz1evFS4wEEPTGEFPHBog'],
      ['oauth_nonce', 'kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_timestamp', '1318622958'],
      ['oauth_token', '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb'],
      ['oauth_version', '1.0'],
    ] as const
    const request = {
      method: 'POST',
      url: 'https://api.twitter.com/1.1/statuses/update.json?include_entities=true',
      form: [['status', 'Hello Ladies + Gentlemen, a signed OAuth request!']] as const,
    }
    const secrets = {
      consumerSecret: 'kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw',
      accessTokenSecret: 'LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE',
    }
    expect(sign(secrets, request, fields)).toBe('hCtSmYh+iHYCEqBWrE7C7hYmtUk=')
  })

  it('is that of the example in RFC 5849 §1.2', () => {
    const fields = [
      ['oauth_consumer_key', 'dpf43f3p2l4k3l03'],
      ['oauth_token', 'nnch734d00sl2jdk'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_timestamp', '137131202'],
      ['oauth_nonce', 'chapoH'],
    ] as const
    const request = { method: 'GET', url: 'http://photos.example.net/photos?file=vacation.jpg&size=original' }
    const secrets = { consumerSecret: 'kd94hf93k423kf44', accessTokenSecret: 'pfkkdhi9sl3r4s00' }
    expect(sign(secrets, request, fields)).toBe('MdpQcU8iPSUjWoN/UDMsK2sui9I=')
  })

  it('is wrong with other keys, and check says so', async () => {
    const { channel, send } = await opened({ accessTokenSecret: 'another-secret-word' })
    expect(await failure(send(sampleItem))).toMatchObject({ kind: 'halt', reached: 'no' })
    expect(await failure(channel.check(AbortSignal.timeout(20_000)))).toMatchObject({ kind: 'halt' })
  })
})

describe('x: drafts', () => {
  const changed = async (change: (text: string) => string, more: object = {}) => {
    const made = await opened(more)
    const message = made.channel.render([picturedItem], {})
    const drafting = made.channel.drafting!
    const body = drafting.parse(change(drafting.text(message.body)), message.body)
    const edited: Message = { ...message, body }
    return { ...made, body, edited, codes: drafting.lint(body, {}).map(({ code }) => code) }
  }

  it('come back as they are, whatever stands in events', async () => {
    const { channel } = await opened()
    const pictures = picturedItem.pictures
    fc.assert(
      fc.property(hostileItem, fc.boolean(), (item, pictured) => {
        const { body } = channel.render([pictured ? { ...item, pictures } : item], {})
        const { text, parse, lint } = channel.drafting!
        expect(Buffer.from(parse(text(body), body)).toString()).toBe(Buffer.from(body).toString())
        expect(lint(body, {}).filter(({ severity }) => severity !== 'note')).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  it('are sent as a person changed them', async () => {
    const { x, channel, edited } = await changed((text) =>
      text
        .replace(/^.*\n/, 'A new star in Leo\r\n')
        .replace(/\nAlt \(light curve\).*/, '')
        .replace(/Alt \(cutouts\): .*/, 'Alt (cutouts): Three images.'),
    )
    await channel.deliver(edited, attemptOf(edited))
    expect(x.posts[0]?.text).toMatch(/^A new star in Leo\nr = 21\.30/)
    expect(x.posts[0]?.pictures.map(({ alt }) => alt)).toEqual(['Three images.'])
  })

  it.each([
    ['too long', (text: string) => `${'x'.repeat(300)} ${text}`, 'X_TOO_LONG'],
    ['empty', (text: string) => text.slice(text.indexOf('\n\nAlt')), 'X_EMPTY'],
    ['with a link', (text: string) => `https://a.org/b ${text}`, 'X_LINK'],
    ['with a host name', (text: string) => `AT2026abc.It ${text}`, 'X_BARE_HOST'],
    ['with a mention', (text: string) => `@nasa ${text}`, 'X_MENTION'],
    ['with many hashtags', (text: string) => `#a #b #c #d ${text}`, 'X_HASHTAGS'],
    ['without alt text', (text: string) => text.replace(/(Alt \(cutouts\):).*/, '$1'), 'X_ALT_EMPTY'],
    ['with a long alt text', (text: string) => `${text}${'x'.repeat(1000)}`, 'X_ALT_TOO_LONG'],
  ])('say what is wrong: %s', async (_, change, code) => {
    expect((await changed(change)).codes).toContain(code)
  })

  it('are as long as X takes them, and not by one more', async () => {
    const codesOf = async (length: number) =>
      (await changed((text) => `${'x'.repeat(length)}${text.slice(text.indexOf('\n\nAlt'))}`)).codes
    expect(await codesOf(280)).not.toContain('X_TOO_LONG')
    expect(await codesOf(281)).toContain('X_TOO_LONG')
  })

  it('that hold a link against the rule are not sent', async () => {
    const { x, channel, edited } = await changed((text) => `https://a.org/b ${text}`)
    expect(await failure(channel.deliver(edited, attemptOf(edited)))).toMatchObject({ kind: 'reject', reached: 'no' })
    expect(x.asked).toEqual([])
    const allowed = await changed((text) => `https://a.org/b\n${text}`, { links: true })
    expect(allowed.codes).toEqual(['X_COST', 'X_AUTOMATED'])
  })

  it('that are too dear, or hide that they are tests, say so', async () => {
    expect((await changed((text) => `https://a.org/b ${text}`, { links: true, spendPerDayUsd: 0.1 })).codes).toContain(
      'X_TOO_DEAR',
    )
    const { channel } = await opened()
    const { body } = channel.render([{ ...sampleItem, event: { ...sampleEvent, role: 'test' } }], {})
    const unmarked = channel.drafting!.parse('Something new', body)
    expect(channel.drafting!.lint(unmarked, {}).map(({ code }) => code)).toContain('X_TEST_UNMARKED')
  })

  it('know no picture but their own', async () => {
    await expect(changed((text) => `${text}\nAlt (cat): a cat`)).rejects.toThrow(/stands for no picture/)
    await expect(changed((text) => `${text}\nAlt (cutouts): again`)).rejects.toThrow(/stands for no picture/)
  })
})
