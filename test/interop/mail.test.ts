/** A real Postfix takes our mails; Python's parser reads them back and dkimpy checks their signatures. */
import { execFile } from 'node:child_process'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Channel, Item, Message } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/email/index.ts'
import { readBounce } from '../../bridges/email/read-bounce.ts'
import { peers } from '../../scripts/peers.ts'
import { attemptOf, failure, testHost, until } from '../bridges/contract.ts'
import { digestItems, followUpItem, fullItem, hostileItem, movingItem, retractionItem } from '../bridges/email-items.ts'
import { itemNumber } from '../bridges/sample-item.ts'
import { makeCertificates } from '../servers/certificates.ts'
import { type Postfix, startPostfix } from '../servers/postfix.ts'
import { describeTier } from '../tiers.ts'

const run = promisify(execFile)

interface ReadMail {
  readonly verified: boolean
  readonly tamperedVerified: boolean
  readonly signed: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly structure: readonly string[]
  readonly shown: readonly string[]
  readonly inline: Readonly<Record<string, string>>
  readonly attached: Readonly<Record<string, string>>
  readonly text: string
  readonly defects: readonly string[]
}

describeTier('mail', 'mail through a real Postfix', () => {
  const certificates = makeCertificates({ dns: ['localhost'], ip: ['127.0.0.1'] })
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64')
  const to = 'observer@example.org'
  let postfix: Postfix
  let channel: Channel<string>
  let python: string

  beforeAll(async () => {
    ;({ python } = await peers())
    postfix = await startPostfix({ mailboxes: ['observer', 'bounces'], failingAliases: ['late'], certificates })
    const settings = {
      smtp: `smtp://localhost:${postfix.port}`,
      requireTls: true,
      tls: { ca: certificates.ca },
      from: 'Fountain <alerts@example.org>',
      bounces: 'bounces@example.org',
      verp: true,
      unsubscribe: 'unsubscribe@example.org',
      dkim: {
        domain: 'example.org',
        selector: 'fountain',
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      },
    }
    channel = (await bridge.open(bridge.config.parse(settings), testHost())) as Channel<string>
  })
  afterAll(async () => {
    await channel?.close()
    await postfix?.stop()
  })

  const send = async (message: Message) => channel.deliver(message, attemptOf(message))

  async function read(): Promise<ReadMail[]> {
    const record = `v=DKIM1; k=rsa; p=${publicKey}`
    const script = fileURLToPath(new URL('read_mail.py', import.meta.url))
    const files = postfix.mails('observer')
    const args = [script, 'fountain._domainkey.example.org', record, ...files]
    const { stdout } = await run(python, args, { maxBuffer: 1 << 26 })
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ReadMail)
  }

  it('arrives whole: signature, threads, pictures, attachment, and the one click under the signature', async () => {
    const items: [Item, ...Item[]][] = [
      [fullItem],
      [followUpItem],
      [retractionItem],
      [movingItem()],
      [hostileItem],
      digestItems(),
    ]
    const messages = [
      ...items.map((some) => channel.render(some, to)),
      ...Array.from({ length: 12 }, (_, n) => channel.render([itemNumber(n)], to)),
    ]
    await channel.check(AbortSignal.timeout(20_000))
    for (let n = 0; n < messages.length; n += 4) await Promise.all(messages.slice(n, n + 4).map(send))
    await until('all mails to arrive', () => postfix.mails('observer').length === messages.length, 60_000)
    const mails = await read()
    const byId = new Map(mails.map((mail) => [mail.headers['message-id'], mail]))
    expect(byId.size).toBe(messages.length)
    expect(mails.map(({ verified }) => verified)).toEqual(messages.map(() => true))
    expect(mails.flatMap(({ defects }) => defects)).toEqual([])
    for (const message of messages) {
      const mail = mails.find(({ headers }) => headers['message-id']!.includes(message.key))!
      const hashes = [...Object.values(mail.inline), ...Object.values(mail.attached)]
      expect(hashes.sort()).toEqual(message.parts.map(({ hash }) => hash).sort())
      expect(mail.shown).toEqual(Object.keys(mail.inline))
      expect(mail.headers['return-path']).toBe(`<bounces+${message.key}@example.org>`)
      expect(mail.headers.received).toMatch(/with ESMTPS /)
    }
    const full = byId.get(`<${messages[0]!.key}@example.org>`)!
    expect(full.structure).toEqual([
      'multipart/mixed',
      'multipart/related',
      'multipart/alternative',
      'text/plain',
      'text/html',
      'image/png',
      'image/png',
      'application/xml',
    ])
    expect(full.signed).toEqual(
      expect.arrayContaining(['list-unsubscribe', 'list-unsubscribe-post', 'references', 'list-id']),
    )
    expect(full.tamperedVerified).toBe(false)
    expect(full.headers['list-unsubscribe']).toMatch(/^<https:\/\/[^>]+>, ?<mailto:[^>]+>$/)
    const thread = [messages[1]!, messages[2]!].map((one) => byId.get(`<${one.key}@example.org>`)!.headers.references)
    expect(thread).toEqual([full.headers.references, full.headers.references])
  })

  it('is refused for good at an address that is not there, which counts as dead', async () => {
    const error = await failure(send(channel.render([fullItem], 'nobody@example.org')))
    expect(error).toMatchObject({ kind: 'reject', reached: 'no', addressDead: true })
    expect(error.reply).toContain('5.1.1')
  })

  it('comes back as a report that names the mail and the address', async () => {
    const message = channel.render([fullItem], 'late@example.org')
    expect(await send(message)).toMatchObject({ state: 'sent' })
    await until('the report', () => postfix.mails('bounces').length === 1, 60_000)
    const report = readFileSync(postfix.mails('bounces')[0]!)
    expect(await readBounce(report)).toEqual({
      keys: [message.key],
      ivoid: fullItem.event.ivoid,
      recipients: [
        {
          address: 'late@example.org',
          action: 'failed',
          status: '5.1.1',
          diagnostic: expect.stringContaining('no such user here'),
          gone: true,
        },
      ],
    })
  })
})
