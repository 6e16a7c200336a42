/**
 * One SMTP attempt by nodemailer's connection, with an exact account of how it ended: whether the server can have the
 * message is known by whether its bytes were asked for (after 354). Connections are kept while they are used at least
 * every two minutes, so that a burst of mails logs in once a lane. RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 4954 (AUTH).
 */
import { Readable } from 'node:stream'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { DeliveryError } from '../contract.ts'
import { oneLine } from '../words.ts'
import { isAddressGone } from './status-code.ts'

export interface SmtpSettings {
  readonly host: string
  readonly port: number
  /** TLS from the first byte (`smtps:`). */
  readonly secure: boolean
  readonly user?: string
  readonly password?: string
  /** Nothing goes out without TLS, also within the machine. */
  readonly requireTls: boolean
  /** PEM; in place of the authorities that Node knows. */
  readonly ca?: readonly string[]
  readonly serverName?: string
}
export interface Smtp {
  /** Resolves to the server's reply to the message. Throws DeliveryError. */
  send(envelope: { from: string; to: string }, bytes: Uint8Array, signal: AbortSignal): Promise<string>
  /** Connects, logs in, says goodbye. Throws DeliveryError. */
  check(signal: AbortSignal): Promise<void>
  close(): void
}
interface SmtpError extends Error {
  readonly code?: string
  readonly command?: string
  readonly response?: string
  readonly responseCode?: number
  readonly originalCode?: string
}

/** Without a byte from the server: the end of an idle connection, and of one that hangs after the message. */
const silenceMs = 120_000
const loopback = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i
const certificateFault = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/

export function openSmtp(Connection: typeof SMTPConnection, settings: SmtpSettings): Smtp {
  const idle: SMTPConnection[] = []
  const open = new Set<SMTPConnection>()
  let closed = false

  /** Runs one exchange on a connection; the signal or the connection's own end stops it. */
  function exchange<T>(
    connection: SMTPConnection,
    signal: AbortSignal,
    run: (done: (error: Error | null | undefined, value?: T) => void) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const finish = (error: Error | null | undefined, value?: T) => {
        signal.removeEventListener('abort', abort)
        connection.removeListener('error', finish)
        connection.removeListener('end', ended)
        if (error) reject(error)
        else resolve(value as T)
      }
      const abort = () => {
        finish(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
        connection.close()
      }
      // Deferred: where both come, the error that explains the end is worth more.
      const ended = () => setImmediate(finish, new Error('the connection ended'))
      if (signal.aborted) return abort()
      signal.addEventListener('abort', abort, { once: true })
      connection.on('error', finish)
      connection.on('end', ended)
      run(finish)
    })
  }

  async function connect(signal: AbortSignal): Promise<SMTPConnection> {
    const { host, port, secure, user, password, requireTls, ca, serverName } = settings
    const near = loopback.test(host)
    const ownAuthority = ca !== undefined
    const connection = new Connection({
      host: host.replace(/^\[|\]$/g, ''),
      port,
      secure,
      // A password never travels in the clear, except within the machine, where a self-made certificate is the rule.
      requireTLS: !secure && (requireTls || (!near && user !== undefined)),
      ignoreTLS: !secure && near && !ownAuthority,
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(ca === undefined ? {} : { tls: { ca: [...ca] } }),
      connectionTimeout: 30_000,
      socketTimeout: silenceMs,
      socketCloseTimeout: 0,
      logger: false,
    })
    open.add(connection)
    connection.once('end', () => open.delete(connection))
    // Errors outside an exchange end the connection; the next attempt opens another.
    connection.on('error', () => {})
    try {
      await exchange<undefined>(connection, signal, (done) => connection.connect(done))
      if (user !== undefined) {
        if (!connection.allowsAuth)
          throw new DeliveryError('halt', 'no', `${host} offers no login, but a user is configured`)
        await exchange<boolean>(connection, signal, (done) =>
          connection.login({ credentials: { user, pass: password ?? '' } }, done),
        )
      }
      if (closed) throw new DeliveryError('retry', 'no', 'the bridge is closed')
      return connection
    } catch (error) {
      connection.close()
      throw asDeliveryError(error as SmtpError, false, settings)
    }
  }

  function takeIdle(): SMTPConnection | undefined {
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      if (open.has(connection)) return connection
    }
    return undefined
  }

  async function sendOn(
    connection: SMTPConnection,
    envelope: { from: string; to: string },
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<string> {
    let begun = false
    const message = new Readable({
      read() {
        begun = true
        this.push(bytes)
        this.push(null)
      },
    })
    try {
      const info = await exchange<{ response: string }>(connection, signal, (done) =>
        connection.send({ ...envelope, size: bytes.byteLength }, message, done),
      )
      if (closed) connection.close()
      else idle.push(connection)
      return tidy(info.response, settings)
    } catch (error) {
      connection.close()
      throw asDeliveryError(error as SmtpError, begun, settings)
    } finally {
      message.destroy()
    }
  }

  return {
    async send(envelope, bytes, signal) {
      const kept = takeIdle()
      if (kept !== undefined) {
        try {
          return await sendOn(kept, envelope, bytes, signal)
        } catch (error) {
          // A kept connection may have been given up by the server meanwhile: that is no attempt yet.
          if (!(error instanceof StaleConnection) || signal.aborted) throw error
        }
      }
      return sendOn(await connect(signal), envelope, bytes, signal)
    },
    async check(signal) {
      const connection = await connect(signal)
      connection.quit()
    },
    close() {
      closed = true
      idle.length = 0
      for (const connection of open) connection.close()
      open.clear()
    },
  }
}

/** The connection was gone before the message began, by no word of the server about this message. */
class StaleConnection extends DeliveryError {}

function asDeliveryError(error: SmtpError, begun: boolean, settings: SmtpSettings): DeliveryError {
  if (error instanceof DeliveryError) return error
  const reply = tidy(error.response ?? '', settings) || tidy(error.message, settings) || 'no reply'
  const options = { cause: new Error(tidy(error.message, settings)) }
  const status = error.responseCode
  if (status !== undefined && status >= 400 && status < 600) {
    // The server refused: it has not taken the message, whatever was sent.
    return new (status === 421 && !begun ? StaleConnection : DeliveryError)(verdict(status, error), 'no', reply, {
      ...options,
      addressDead: error.command === 'RCPT TO' && status >= 500 && isAddressGone(reply),
    })
  }
  const certificate = certificateFault.test(
    `${error.originalCode ?? ''} ${error.code ?? ''} ${(error.cause as SmtpError)?.code ?? ''}`,
  )
  if (certificate || error.code === 'EAUTH') return new DeliveryError('halt', 'no', reply, options)
  if (error.code === 'EENVELOPE' || (error.code === 'EMESSAGE' && !begun))
    return new DeliveryError('reject', 'no', reply, options)
  return new (begun ? DeliveryError : StaleConnection)('retry', begun ? 'maybe' : 'no', reply, options)
}

/** What a reply code means for this message, and for all others (RFC 5321 §4.2, RFC 4954 §6). */
function verdict(status: number, error: SmtpError): 'retry' | 'reject' | 'halt' {
  const { code, command } = error
  if (status < 500) return 'retry'
  // Login wanted or refused, no service for us, or our sender refused: every message would fare alike.
  if (code === 'EAUTH' || status === 530 || status === 534 || status === 535 || status === 538) return 'halt'
  if (command === 'MAIL FROM') return status === 552 ? 'reject' : 'halt'
  // Some servers judge the sender only here, and say so: RFC 3463 §3.2.
  if (command === 'RCPT TO' && /^\S+ 5\.1\.[78]\b/.test(error.response ?? '')) return 'halt'
  if (command === 'RCPT TO' || command === 'DATA') return 'reject'
  return 'halt'
}

/** The server's words without our credentials, which some servers echo. */
function tidy(text: string, { user, password }: SmtpSettings): string {
  const base64 = (value: string) => Buffer.from(value).toString('base64')
  const secrets = user === undefined || !password ? [] : [password, base64(password), base64(`\0${user}\0${password}`)]
  return oneLine(
    secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text),
    500,
  )
}
