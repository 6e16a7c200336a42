/** TLS for real: a server with a certificate of its own authority, from the first byte and by STARTTLS. */
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bridge } from '../../bridges/email/index.ts'
import { makeCertificates } from '../servers/certificates.ts'
import { startSmtp } from '../servers/smtp.ts'
import { attemptOf, failure, testHost } from './contract.ts'
import { sampleItem } from './sample-item.ts'

const certificates = makeCertificates({ dns: ['localhost'], ip: ['127.0.0.1'] })
const to = 'observer@example.org'

async function tlsServer(options: SMTPServerOptions = {}) {
  const mails: { secure: boolean; from: string }[] = []
  const server = new SMTPServer({
    cert: certificates.cert,
    key: certificates.key,
    authOptional: true,
    logger: false,
    onAuth: (auth, session, done) =>
      session.secure && auth.password === 'secret-word' ? done(null, { user: 'x' }) : done(new Error('no')),
    onData: (stream, session, done) => {
      stream.resume().on('end', () => {
        mails.push({ secure: session.secure, from: (session.envelope.mailFrom as { address: string }).address })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return { mails, port: (server.server.address() as AddressInfo).port }
}

async function attempt(config: object) {
  const channel = await bridge.open(bridge.config.parse({ from: 'alerts@example.org', ...config }), testHost())
  onTestFinished(() => channel.close())
  const message = channel.render([sampleItem], to)
  return channel.deliver(message, attemptOf(message))
}

const own = { tls: { ca: certificates.ca } }
const login = { user: 'fountain', password: 'secret-word' }

describe('a mail over TLS', () => {
  it.each([true, false])(
    'trusts the authority that the operator names (TLS from the first byte: %s)',
    async (secure) => {
      const { mails, port } = await tlsServer({ secure })
      const smtp = `${secure ? 'smtps' : 'smtp'}://localhost:${port}`
      expect(await attempt({ smtp, ...login, ...own, bounces: 'bounces@example.org' })).toMatchObject({ state: 'sent' })
      expect(mails).toEqual([{ secure: true, from: 'bounces@example.org' }])
    },
  )

  it.each([true, false])('halts where nobody vouches for the server (TLS from the first byte: %s)', async (secure) => {
    const { mails, port } = await tlsServer({ secure })
    const smtp = `${secure ? 'smtps' : 'smtp'}://localhost:${port}`
    const error = await failure(attempt({ smtp, ...login, requireTls: true }))
    expect(error).toMatchObject({ kind: 'halt', reached: 'no' })
    expect(mails).toEqual([])
  })

  it('halts where the certificate is another one’s, unless its name is given', async () => {
    const other = makeCertificates({ dns: ['mail.example.org'], ip: [] })
    const { mails, port } = await tlsServer({ secure: true, cert: other.cert, key: other.key })
    const smtp = `smtps://127.0.0.1:${port}`
    expect(await failure(attempt({ smtp, tls: { ca: other.ca } }))).toMatchObject({ kind: 'halt', reached: 'no' })
    expect(mails).toEqual([])
    await attempt({ smtp, tls: { ca: other.ca, serverName: 'mail.example.org' } })
    expect(mails).toHaveLength(1)
  })

  it('sends nothing in the clear where TLS is required and not offered', async () => {
    const smtp = await startSmtp()
    onTestFinished(() => smtp.stop())
    const error = await failure(attempt({ smtp: `smtp://127.0.0.1:${smtp.port}`, requireTls: true }))
    expect(error.reached).toBe('no')
    expect(error.kind).toBe('halt')
    expect(smtp.steps).not.toContain('mail')
  })
})
