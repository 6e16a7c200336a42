import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { assemble } from '../../bridges/email/assemble.ts'
import { bridge } from '../../bridges/email/index.ts'
import { type Reaction, type SmtpServer, type Step, startSmtp } from '../servers/smtp.ts'
import { attemptOf, type Behaviour, failure, type MisbehavingServer, testBridge, testHost } from './contract.ts'
import { itemNumber, sampleItem } from './sample-item.ts'

const user = 'fountain'
const password = 'p:w/@ %41-secret'
const to = 'observer@example.org'

const behaviours: Record<Behaviour, Partial<Record<Step, Reaction>>> = {
  accept: {},
  reject: { rcpt: '550 5.1.1 no such user' },
  later: { rcpt: '450 4.2.0 greylisted' },
  busy: { rcpt: '450 4.7.1 try again in 7 seconds' },
  fails: { end: '451 4.3.0 queue file write error' },
  garbage: { end: '\0 what <html>' },
  drip: { ehlo: 'drip', end: 'drip' },
  'hang-before': { greeting: 'hang' },
  'hang-after': { end: 'hang' },
  'die-after': { end: 'drop' },
}

function misbehaving(smtp: SmtpServer): MisbehavingServer {
  return {
    behave: (how) => smtp.behave(behaviours[how]),
    received: () => smtp.mails.map((mail) => mail.bytes),
    begun: () => smtp.steps.length,
    connections: smtp.connections,
    peak: smtp.peak,
    stop: smtp.stop,
  }
}

const configFor = (port: number) => ({
  smtp: `smtp://127.0.0.1:${port}`,
  user,
  password,
  from: 'Fountain <alerts@example.org>',
})

testBridge('email', {
  bridge,
  to,
  expects: {
    // SMTP has no field for the time to wait, and a refusal after the last byte is a refusal.
    busy: { kind: 'retry', reached: 'no' },
    fails: { kind: 'retry', reached: 'no' },
  },
  wire: (message, attempt) => assemble(message, attempt.thread),
  secrets: [password, Buffer.from(`\0${user}\0${password}`).toString('base64')],
  async start() {
    const smtp = await startSmtp({ user, password })
    return { server: misbehaving(smtp), config: configFor(smtp.port) }
  },
})

describe('email: SMTP replies', () => {
  async function attempt(
    reactions: Partial<Record<Step, Reaction>>,
    options: { pipelining?: boolean; wrong?: boolean } = {},
  ) {
    const smtp = await startSmtp({ user, password, ...options })
    const config = configFor(smtp.port)
    const channel = await bridge.open(
      bridge.config.parse(options.wrong ? { ...config, password: 'wrong-word' } : config),
      testHost(),
    )
    smtp.behave(reactions)
    const message = channel.render([sampleItem], to)
    try {
      const error = await failure(channel.deliver(message, attemptOf(message)))
      return [error.kind, error.reached, error.reply]
    } finally {
      await channel.close()
      await smtp.stop()
    }
  }

  it.each<[Partial<Record<Step, Reaction>>, string, string]>([
    [{ greeting: '554 5.3.2 no service' }, 'halt', 'no'],
    [{ greeting: '421 4.3.2 too busy' }, 'retry', 'no'],
    [{ greeting: 'drop' }, 'retry', 'no'],
    [{ ehlo: 'drop' }, 'retry', 'no'],
    [{ auth: '454 4.7.0 try later' }, 'retry', 'no'],
    [{ auth: 'drop' }, 'retry', 'no'],
    [{ mail: '451 4.3.0 later' }, 'retry', 'no'],
    [{ mail: '550 5.7.1 sender refused' }, 'halt', 'no'],
    [{ mail: '530 5.7.0 log in first' }, 'halt', 'no'],
    [{ mail: '552 5.3.4 too large' }, 'reject', 'no'],
    [{ mail: 'drop' }, 'retry', 'no'],
    [{ rcpt: '550 5.1.1 no such user' }, 'reject', 'no'],
    [{ rcpt: '452 4.2.2 mailbox full' }, 'retry', 'no'],
    [{ rcpt: '421 4.7.0 closing' }, 'retry', 'no'],
    [{ data: '554 5.5.1 no' }, 'reject', 'no'],
    [{ data: '451 4.3.0 later' }, 'retry', 'no'],
    [{ data: 'drop' }, 'retry', 'no'],
    [{ end: '552 5.3.4 too large' }, 'reject', 'no'],
    [{ end: '451 4.3.0 queue file' }, 'retry', 'no'],
    [{ end: '421 4.3.0 closing' }, 'retry', 'no'],
    [{ end: 'drop' }, 'retry', 'maybe'],
  ])('%j is %s, reached %s', async (reactions, kind, reached) => {
    const reply = Object.values(reactions)[0]!
    for (const pipelining of [false, true]) {
      const got = await attempt(reactions, { pipelining })
      expect(got.slice(0, 2)).toEqual([kind, reached])
      if (reply !== 'drop') expect(got[2]).toContain(reply)
    }
  })

  it('halts on a wrong password, which stays unsaid though the server echoes it', async () => {
    const [kind, reached, reply] = await attempt({}, { wrong: true })
    expect([kind, reached]).toEqual(['halt', 'no'])
    expect(reply).toContain('535')
    expect(reply).not.toContain('wrong-word')
  })

  it('halts when a login is configured and none is offered: no mail goes out unauthenticated', async () => {
    const smtp = await startSmtp()
    const channel = await bridge.open(bridge.config.parse(configFor(smtp.port)), testHost())
    const message = channel.render([sampleItem], to)
    expect(await failure(channel.deliver(message, attemptOf(message)))).toMatchObject({ kind: 'halt', reached: 'no' })
    expect(smtp.mails).toEqual([])
    await channel.close()
    await smtp.stop()
  })

  it('uses a kept connection again, and opens another when the server gave it up', async () => {
    const smtp = await startSmtp({ user, password })
    const channel = await bridge.open(bridge.config.parse(configFor(smtp.port)), testHost())
    const send = async (n: number) => {
      const message = channel.render([itemNumber(n)], to)
      return channel.deliver(message, attemptOf(message))
    }
    await send(1)
    await send(2)
    expect(smtp.logins).toHaveLength(1)
    smtp.behave({ mail: '421 4.4.2 idle for too long' }, 'once')
    await send(3)
    expect(smtp.logins).toHaveLength(2)
    expect(smtp.mails).toHaveLength(3)
    await channel.close()
    await smtp.stop()
  })

  it('keeps the reply code in the receipt, with the Message-ID', async () => {
    const smtp = await startSmtp({ user, password })
    const channel = await bridge.open(bridge.config.parse(configFor(smtp.port)), testHost())
    const message = channel.render([sampleItem], to)
    const outcome = await channel.deliver(message, attemptOf(message))
    expect(outcome).toMatchObject({ state: 'sent', receipt: { reply: '250 2.0.0 Ok: queued as 4F1A' } })
    expect(smtp.mails[0]).toMatchObject({ from: 'alerts@example.org', to: [to] })
    const id = outcome.state === 'sent' ? outcome.receipt.id : ''
    expect(smtp.mails[0]!.bytes.toString('latin1')).toContain(`\r\nMessage-ID: ${id}\r\n`)
    await channel.close()
    await smtp.stop()
  })
})

describe('email: configuration', () => {
  const from = 'alerts@example.org'
  const pem = (pair: { privateKey: KeyObject }) => pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const rsa = pem(generateKeyPairSync('rsa', { modulusLength: 2048 }))
  const short = pem(generateKeyPairSync('rsa', { modulusLength: 768 }))
  const ed25519 = pem(generateKeyPairSync('ed25519'))
  it.each([
    { smtp: 'smtp://localhost:1025', from },
    { smtp: 'smtps://user:pa%40ss@mail.example.org', from: '"A. Person, observer" <a@example.org>' },
    { smtp: 'smtp://[::1]:2525/', from: 'Fountain <alerts@example.org>', replyTo: from, listId: 'alerts.example.org' },
  ])('takes %j', (config) => {
    expect(bridge.config.safeParse(config).success).toBe(true)
  })
  it.each([
    { smtp: 'http://localhost:25', from },
    { smtp: 'localhost:25', from },
    { smtp: 'smtp://host/path', from },
    { smtp: 'smtp://us%er@host', from },
    { smtp: 'smtp://localhost', from: 'nobody' },
    { smtp: 'smtp://localhost', from: 'A <a@example.org> <b@example.org>' },
    { smtp: 'smtp://localhost', from: 'A\r\nBcc: x@example.org <a@example.org>x' },
    { smtp: 'smtp://localhost', from, listId: 'a list' },
    { smtp: 'smtp://localhost', from, colour: 'red' },
    { smtp: 'smtp://localhost', from, dkim: { domain: 'example.org', selector: 's1', privateKey: 'keys/dkim.pem' } },
    { smtp: 'smtp://localhost', from, dkim: { domain: 'example.org', selector: 's1', privateKey: '/no/such/file' } },
    { smtp: 'smtp://localhost', from, dkim: { domain: 'example.org', selector: 's1; d=x', privateKey: rsa } },
    { smtp: 'smtp://localhost', from, dkim: { domain: 'example.org', selector: 's1', privateKey: ed25519 } },
    { smtp: 'smtp://localhost', from, dkim: { domain: 'example.org', selector: 's1', privateKey: short } },
    { smtp: 'smtp://localhost', from, tls: { ca: 'no PEM' } },
    { smtp: 'smtp://localhost', from, bounces: 'Bounces <b@example.org>' },
    { smtp: 'smtp://localhost', from, bounces: `${'b'.repeat(32)}@example.org`, verp: true },
  ])('refuses %j', (config) => {
    const { error } = bridge.config.safeParse(config)
    expect(error).toBeDefined()
    // Nothing of a key stands in what is said of it.
    expect(JSON.stringify(error!.issues)).not.toMatch(/PRIVATE KEY|MII/)
  })
  it('reads a key from the file that is named, or from text whose line breaks are written out', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'fountain-dkim-')), 'dkim.pem')
    onTestFinished(() => rmSync(dirname(path), { recursive: true }))
    writeFileSync(path, rsa)
    for (const privateKey of [path, rsa, rsa.replaceAll('\n', '\\n')]) {
      const dkim = { domain: 'example.org', selector: 's1', privateKey }
      expect(bridge.config.parse({ smtp: 'smtp://localhost', from, dkim }).dkim?.privateKey).toBe(rsa)
    }
  })
  it('says of an address beyond ASCII what to do', () => {
    const { error } = bridge.address.safeParse('jörg@example.org')
    expect(error!.issues[0]!.message).toContain('in its xn-- form')
    expect(bridge.address.safeParse('joerg@xn--bcher-kva.example').success).toBe(true)
  })
  it('takes an address, and nothing that could be two', () => {
    expect(bridge.address.safeParse(to).success).toBe(true)
    for (const bad of [
      '',
      'x',
      'a@b@c.org',
      'a@example.org, b@example.org',
      'a@example.org\r\nDATA',
      '<a@example.org>',
      7,
    ]) {
      expect(bridge.address.safeParse(bad).success).toBe(false)
    }
  })
})
