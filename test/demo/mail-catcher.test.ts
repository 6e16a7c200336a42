import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Item } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/email/index.ts'
import { type MailCatcher, startMailCatcher } from '../../src/demo/mail-catcher.ts'
import { attemptOf, failure, testHost } from '../bridges/contract.ts'
import { fullItem } from '../bridges/email-items.ts'
import { itemNumber, sampleEvent, sampleItem, sampleXml } from '../bridges/sample-item.ts'
import { nowMs, startTestGateway } from '../serve/gateway.ts'

const { log } = testHost()

async function start() {
  const catcher = await startMailCatcher({ port: 0, now: () => nowMs, log })
  onTestFinished(() => catcher.close())
  const channel = await bridge.open(
    bridge.config.parse({ smtp: catcher.smtpUrl, from: 'Fountain <demo@example.org>' }),
    testHost(),
  )
  onTestFinished(() => channel.close())
  const deliver = (item: Item) => {
    const message = channel.render([item], 'you@example.org')
    return channel.deliver(message, attemptOf(message))
  }
  const { get } = await startTestGateway({ mount: catcher.mount })
  const text = async (path: string) => (await get(path)).text()
  return { catcher, deliver, get, text }
}

/** One session, said at once, for what the bridge would never send. */
function session(catcher: MailCatcher, ...lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(catcher.smtpUrl).port), '127.0.0.1')
    let got = ''
    socket.on('data', (chunk) => {
      got += chunk.toString()
      const next = lines.shift()
      if (next === undefined) socket.end()
      else socket.write(`${next}\r\n`)
    })
    socket.on('close', () => resolve(got))
    socket.on('error', reject)
  })
}
const envelope = ['EHLO test', 'MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.org>', 'DATA']

describe('the demo’s mailbox', () => {
  it('shows an empty box', async () => {
    const { text } = await start()
    expect(await text('/mail')).toContain('No mail yet.')
  })

  it('shows what the e-mail bridge sent: list, text, HTML in a frame, the VOEvent, headers', async () => {
    const { catcher, deliver, get, text } = await start()
    const outcome = await deliver(sampleItem)
    expect(outcome).toMatchObject({ state: 'sent', receipt: { reply: expect.stringContaining('caught as mail 1') } })
    expect(catcher.mails()).toMatchObject([{ number: 1, from: 'demo@example.org', to: ['you@example.org'] }])
    expect(await text('/mail')).toContain(
      '<a href="/mail/1">Young and bright: LSST-AP-DO-170028503098359808 r=21.30 ± 0.05',
    )
    const page = await text('/mail/1')
    expect(page).toContain('src="/mail/1/html"')
    expect(page).toContain('21.30 ± 0.05')
    expect(page).toContain(`ivorn=&#34;${sampleEvent.ivoid}&#34;`)
    expect(page).toContain(`X-VOEvent-IVORN: ${sampleEvent.ivoid}`)
    const part = await get('/mail/1/parts/0')
    expect(part.headers.get('content-disposition')).toBe('attachment; filename="voevent.xml"')
    expect(Buffer.from(await part.arrayBuffer()).equals(sampleXml)).toBe(true)
    expect(Buffer.from(await (await get('/mail/1/raw')).arrayBuffer()).equals(catcher.mails()[0]!.bytes)).toBe(true)
    for (const path of ['/mail/2', '/mail/x', '/mail/1/parts/1', '/mail/1/parts/x', '/mail/2/html']) {
      expect([path, (await get(path)).status]).toEqual([path, 404])
    }
  })

  it('shows a mail’s own pictures in its frame, and asks the network for none', async () => {
    const { deliver, get, text } = await start()
    await deliver(fullItem)
    const frame = await text('/mail/1/html')
    for (const { bytes } of fullItem.pictures.values())
      expect(frame).toContain(`<img src="data:image/png;base64,${Buffer.from(bytes).toString('base64')}"`)
    expect(frame).not.toContain('cid:')
    expect((await get('/mail/1/html')).headers.get('content-security-policy')).toMatch(/; img-src data:;/)
    const page = await text('/mail/1')
    expect(page.match(/shown in the mail/g)).toHaveLength(2)
    expect(page.match(/class="quiet">application\/xml, \d+ bytes</g)).toHaveLength(1)
  })

  it('takes no document for a picture', async () => {
    const { catcher, text } = await start()
    const part = (headers: string, body: string) => `--b\r\n${headers}\r\n\r\n${body}\r\n`
    const mail = `Content-Type: multipart/related; boundary=b\r\n\r\n${part(
      'Content-Type: text/html',
      '<p><img src="cid:a@b"><img src="cid:none@b">',
    )}${part('Content-Type: image/svg+xml\r\nContent-ID: <a@b>\r\nContent-Disposition: inline', '<svg/>')}--b--\r\n.`
    await session(catcher, ...envelope, mail, 'QUIT')
    expect(await text('/mail/1/html')).toContain('<img src="cid:a@b"><img src="cid:none@b">')
  })

  it('runs nothing of a mail, wherever it stands', async () => {
    const { catcher, get, text } = await start()
    const mail = [
      'Subject: <script>alert(1)</script>',
      'From: "<b>" <a@example.org>',
      'Content-Type: text/html',
      '',
      '<html><head></head><body><script>alert(2)</script></body></html>',
      '.',
    ].join('\r\n')
    expect(await session(catcher, ...envelope, mail, 'QUIT')).toContain('caught as mail 1')
    for (const path of ['/mail', '/mail/1']) expect(await text(path)).not.toMatch(/<script>|<b>/)
    const { headers } = await get('/mail/1/html')
    expect(headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*; sandbox (?!.*allow-scripts|.*allow-same-origin)/,
    )
    expect((await get('/mail/1/raw')).headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  it('refuses what is too large, and goes on', async () => {
    const { catcher, deliver } = await start()
    const large = `Subject: large\r\n\r\n${`${'x'.repeat(998)}\r\n`.repeat(2_200)}.`
    expect(await session(catcher, ...envelope, large, 'QUIT')).toContain('552')
    expect(catcher.caught()).toBe(0)
    await deliver(sampleItem)
    expect(catcher.caught()).toBe(1)
  })

  it('forgets the oldest beyond 500', async () => {
    const { catcher, deliver, text, get } = await start()
    for (let n = 1; n <= 503; n++) await deliver(itemNumber(n))
    expect([catcher.mails().length, catcher.caught(), catcher.mails()[0]?.number]).toEqual([500, 503, 503])
    expect(await text('/mail')).toContain('and 403 before these')
    expect((await get('/mail/3')).status).toBe(404)
  })

  it('says that its port is taken, and lets go of it when closed', async () => {
    const { catcher, deliver } = await start()
    const port = Number(new URL(catcher.smtpUrl).port)
    await expect(startMailCatcher({ port, now: () => nowMs, log })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
    await catcher.close()
    expect(await failure(deliver(sampleItem))).toMatchObject({ kind: 'retry', reached: 'no' })
  })
})
