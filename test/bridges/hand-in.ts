/**
 * The suite of bridges whose messages people hand in (`byHand`): what is rendered can be read, changed and read back,
 * what is wrong is said, and nothing ever goes out.
 */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { type Bridge, type Channel, type Item, type Message, Refusal } from '../../bridges/contract.ts'
import type { Drafting, Finding } from '../../bridges/draft.ts'
import { attemptOf, failure, type TestHost, testHost } from './contract.ts'
import { hostileReportItem, reportItem } from './report-item.ts'
import { bareItem, hostileItem, hostileText, picturedItem, retractionItem, sampleItem } from './sample-item.ts'

export interface HandInCase<Config extends z.ZodType, Address extends z.ZodType> {
  readonly bridge: Bridge<Config, Address>
  readonly config: z.input<Config>
  readonly to: z.output<Address>
  /** What people write for a receipt, and the identifier that it stands for. */
  readonly receipts: Readonly<Record<string, { readonly id: string; readonly url: string }>>
  readonly noReceipts: readonly string[]
}

export function testHandInBridge<Config extends z.ZodType, Address extends z.ZodType>(
  title: string,
  { bridge, config, to, receipts, noReceipts }: HandInCase<Config, Address>,
): void {
  /** A host whose client and folder must not be touched. */
  function closedHost(): TestHost & { asked: string[] } {
    const asked: string[] = []
    return {
      ...testHost(),
      asked,
      http: {
        async request({ url }) {
          asked.push(url)
          throw new Error('nothing may be asked')
        },
      },
    }
  }
  async function opened(): Promise<{
    host: TestHost & { asked: string[] }
    channel: Channel<z.output<Address>>
    drafting: Drafting<z.output<Address>>
  }> {
    const host = closedHost()
    const channel = await bridge.open(bridge.config.parse(config) as z.output<Config>, host)
    return { host, channel, drafting: channel.drafting! }
  }
  /** What is rendered, or why nothing is. */
  const tried = (channel: Channel<z.output<Address>>, item: Item): Message | Refusal => {
    try {
      return channel.render([item], to)
    } catch (error) {
      expect(error).toBeInstanceOf(Refusal)
      const { reasons } = error as Refusal
      expect(reasons.length).toBeGreaterThan(0)
      for (const reason of reasons) expect(reason).toMatch(/^\S.*[.]$/)
      return error as Refusal
    }
  }

  describe(`${title}: the rules of every bridge whose messages people hand in`, () => {
    it('says of itself that it always waits for a person, who hands it in', async () => {
      const { drafting } = await opened()
      expect(bridge).toMatchObject({ approval: 'always', byHand: true, oncePerObject: true, accepts: 'event' })
      expect(drafting.handIn).toBeDefined()
      expect(drafting.readReceipt).toBeDefined()
    })

    it('opens, checks and closes without asking anybody', async () => {
      const { host, channel } = await opened()
      await channel.check(AbortSignal.timeout(1000))
      await channel.close()
      await channel.close()
      expect(host.asked).toEqual([])
    })

    it('delivers nothing, says so, and asks nobody', async () => {
      const { host, channel } = await opened()
      const message = channel.render([reportItem()], to)
      for (const number of [1, 2]) {
        const error = await failure(channel.deliver(message, { ...attemptOf(message), number }))
        expect([error.kind, error.reached]).toEqual(['halt', 'no'])
        expect(error.reply).toMatch(/people/)
      }
      expect(message.repeat).toBe('never')
      expect(host.asked).toEqual([])
    })

    it('renders at once and the same twice, with a key for each event', async () => {
      const { channel } = await opened()
      const message = channel.render([reportItem()], to)
      expect(plain(channel.render([structuredClone(reportItem())], to))).toEqual(plain(message))
      expect(message.key).toMatch(/^[\x21-\x7e]{8,200}$/)
      const other = reportItem({ event: { ivoid: 'ivo://example.org/x#2' } })
      expect(channel.render([other], to).key).not.toBe(message.key)
    })

    it.each(['summary', 'lightweight', 'full'] as const)('says the same where the content is %s', async (content) => {
      const { channel } = await opened()
      const message = channel.render([reportItem()], to)
      expect(plain(channel.render([{ ...reportItem(), content }], to))).toEqual(plain(message))
    })

    it('has pictures for who approves, each shared between messages', async () => {
      const { channel } = await opened()
      const { pictures } = picturedItem
      const [one, two] = [{}, { ivoid: 'ivo://example.org/x#2' }].map(
        (event) => channel.render([{ ...reportItem({ event }), pictures }], to).parts,
      )
      expect(one?.map(({ mediaType }) => mediaType)).toEqual(['image/png', 'image/png'])
      expect(one?.map(({ hash }) => hash)).toEqual(two?.map(({ hash }) => hash))
      for (const { hash, bytes } of one ?? []) expect(hash).toBe(sha256(bytes))
    })

    it('writes a retraction, and refuses what has no alert behind it', async () => {
      const { channel, drafting } = await opened()
      const text = drafting.text(channel.render([retractionItem], to).body)
      expect(text).toMatch(/retract/i)
      expect(text).toContain('a satellite crossed the field')
      expect(text).toContain('ivo://example.org/streams/young-and-bright#170028503098359910')
      for (const item of [sampleItem, bareItem]) expect(tried(channel, item)).toBeInstanceOf(Refusal)
    })

    it('reads its own text back to the same bytes, whatever an editor does to white space', async () => {
      const { channel, drafting } = await opened()
      for (const item of [reportItem(), retractionItem]) {
        const { body } = channel.render([item], to)
        const text = drafting.text(body)
        for (const form of [
          text,
          text.trimEnd(),
          text.replaceAll('\n', '\r\n'),
          text.replaceAll('\n', ' \n'),
          `\ufeff\n${text}\n\n`,
        ]) {
          expect(same(drafting.parse(form, body), body)).toBe(true)
        }
      }
    })

    it('takes a changed text, and keeps what the text does not say', async () => {
      const { channel, drafting } = await opened()
      const { body } = channel.render([reportItem()], to)
      const changed = drafting.parse(drafting.text(body).replace('We report', 'We announce'), body)
      expect(same(changed, body)).toBe(false)
      expect(drafting.text(changed)).toContain('We announce')
      const keys = (bytes: Uint8Array) => Object.keys(JSON.parse(Buffer.from(bytes).toString()))
      expect(keys(changed)).toEqual(keys(body))
    })

    it.each(['', '\n\n', 'Nonsense', 'Nonsense: 1\n\ntext', '\n\nonly a text'])(
      'refuses a text that is no draft: %j',
      async (text) => {
        const { channel, drafting } = await opened()
        const { body } = channel.render([reportItem()], to)
        expect(() => drafting.parse(text, body)).toThrow(Refusal)
      },
    )

    it('finds no error in what it renders itself', async () => {
      const { channel, drafting } = await opened()
      for (const item of [reportItem(), reportItem({ survey: 'ztf', object: 'ZTF26aaabcde' }), retractionItem]) {
        const findings = drafting.lint(channel.render([item], to).body, to)
        wellFormed(findings)
        expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
      }
    })

    it('gives what to copy, in order, and the page where it belongs', async () => {
      const { channel, drafting } = await opened()
      const { body } = channel.render([reportItem()], to)
      const handIn = drafting.handIn!(body)
      expect(new URL(handIn.url).protocol).toBe('https:')
      expect(handIn.fields.length).toBeGreaterThan(1)
      for (const { label, value } of handIn.fields) {
        expect(label).not.toBe('')
        for (const line of value.split('\n')) expect(drafting.text(body)).toContain(line)
      }
    })

    it('reads receipts of people', async () => {
      const { drafting } = await opened()
      for (const [text, wanted] of Object.entries(receipts)) {
        const receipt = drafting.readReceipt!(text)
        expect(receipt, text).toMatchObject(wanted)
        expect(receipt.title).not.toBe('')
        expect(drafting.readReceipt!(` ${receipt.id} `), 'its own form').toEqual(receipt)
        expect(drafting.readReceipt!(wanted.url)).toEqual(receipt)
      }
      for (const text of noReceipts) expect(() => drafting.readReceipt!(text), text).toThrow(Refusal)
    })

    it('reads whatever people give for a receipt, or refuses it', async () => {
      const { drafting } = await opened()
      fc.assert(
        fc.property(hostileText, (text) => {
          try {
            expect(drafting.readReceipt!(text).id).toMatch(/\d+$/)
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal)
          }
        }),
      )
    })

    it('renders or refuses whatever stands in an event, and reads every rendering back', async () => {
      const { channel, drafting, host } = await opened()
      let rendered = 0
      fc.assert(
        fc.property(fc.oneof(hostileItem, { arbitrary: hostileReportItem, weight: 4 }), (item) => {
          const message = tried(channel, item)
          const again = tried(channel, structuredClone(item))
          if (message instanceof Refusal || again instanceof Refusal) {
            expect(`${again}`).toBe(`${message}`)
            return
          }
          rendered++
          expect(plain(again)).toEqual(plain(message))
          const text = drafting.text(message.body)
          // What comes from outside is ASCII by then, and says nothing that the event's own text could pretend.
          expect(text).toMatch(/^[\n\x20-\x7e]*$/)
          expect(same(drafting.parse(text, message.body), message.body)).toBe(true)
          wellFormed(drafting.lint(message.body, to))
          expect(URL.canParse(drafting.handIn!(message.body).url)).toBe(true)
        }),
        { numRuns: 400 },
      )
      expect(rendered).toBeGreaterThan(30)
      expect(host.asked).toEqual([])
    })

    it('is done in good time with texts that were made to be slow, and refuses endless ones', async () => {
      const { channel, drafting } = await opened()
      const { body } = channel.render([reportItem()], to)
      const [head = ''] = drafting.text(body).split('\n\n')
      const beganMs = performance.now()
      for (const part of [
        'x',
        '(',
        '<a',
        '$^',
        'a@',
        '1:11:11 ',
        '10.123 ',
        'GCN ',
        '[your',
        'http://a',
        '2026-',
        '\t ',
        '\u0301',
      ]) {
        const long = part.repeat(Math.floor(45_000 / part.length))
        drafting.lint(drafting.parse(`${head}\n\n${long}`, body), to)
        drafting.lint(drafting.parse(`${head}${long}\n\nText.`, body), to)
      }
      expect(performance.now() - beganMs).toBeLessThan(2_000)
      expect(() => drafting.parse(`${head}\n\n${'x'.repeat(50_000)}`, body)).toThrow(Refusal)
    })

    it('reads any text that people write, or refuses it; what was read is read again as it is', async () => {
      const { channel, drafting } = await opened()
      const { body } = channel.render([reportItem()], to)
      const [head = ''] = drafting.text(body).split('\n\n')
      fc.assert(
        fc.property(hostileText, hostileText, (one, two) => {
          for (const draft of [`${head}\n\n${one}\n\n\t${two}`, `${head}${one}\n\n${two}`, `${one}\n${two}`]) {
            try {
              const changed = drafting.parse(draft, body)
              expect(same(drafting.parse(drafting.text(changed), body), changed)).toBe(true)
              wellFormed(drafting.lint(changed, to))
              drafting.handIn!(changed)
            } catch (error) {
              expect(error).toBeInstanceOf(Refusal)
            }
          }
        }),
        { numRuns: 300 },
      )
    })
  })
}

/** Codes of what is found in a text that somebody changed. */
export function codesOf(findings: readonly Finding[], severity?: Finding['severity']): string[] {
  return findings.filter((found) => severity === undefined || found.severity === severity).map(({ code }) => code)
}

function wellFormed(findings: readonly Finding[]): void {
  for (const { severity, code, says, fix } of findings) {
    expect(['error', 'warning', 'note']).toContain(severity)
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)+$/)
    expect(says).toMatch(/^\S[\s\S]*\.$/)
    if (severity !== 'note') expect(fix, code).toMatch(/^\S[\s\S]*[."]$/)
  }
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(Buffer.from(other))
}

function plain({ body, parts, ...rest }: Message): object {
  return {
    ...rest,
    body: Buffer.from(body).toString(),
    parts: parts.map(({ bytes, ...part }) => ({ ...part, sha: sha256(bytes) })),
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
