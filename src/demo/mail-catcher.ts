/** The demo's mailbox: an SMTP server on loopback that keeps what it gets in memory. Nothing leaves the machine. */
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import PostalMime, { type Attachment, type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import type { Log } from '../../bridges/contract.ts'
import { FountainError } from '../errors.ts'
import { mailPages } from './mail-pages.ts'

export interface CaughtMail {
  /** Counts from 1 since the start. */
  readonly number: number
  readonly receivedMs: number
  /** The envelope's. */
  readonly from: string
  readonly to: readonly string[]
  readonly bytes: Buffer
  readonly email: Email
}
export type { Attachment }

export interface MailCatcher {
  /** For the bridge: `smtp://127.0.0.1:port`. */
  readonly smtpUrl: string
  /** Newest first. */
  mails(): readonly CaughtMail[]
  /** How many came since the start, those forgotten included. */
  caught(): number
  /** Adds `/mail` and its pages. */
  mount(app: FastifyInstance): void
  close(): Promise<void>
}

const mostMails = 500
const mostBytes = 64 * 1_048_576
const mostBytesEach = 2 * 1_048_576

/** Listens on 127.0.0.1. Throws PORT_IN_USE. `port` 0 takes a free one. */
export async function startMailCatcher(options: {
  readonly port: number
  readonly now: () => number
  readonly log: Log
}): Promise<MailCatcher> {
  const mails: CaughtMail[] = []
  let caught = 0
  let bytesHeld = 0

  const keep = (mail: CaughtMail): void => {
    mails.unshift(mail)
    bytesHeld += mail.bytes.length
    while (mails.length > mostMails || (bytesHeld > mostBytes && mails.length > 1)) {
      bytesHeld -= mails.pop()?.bytes.length ?? 0
    }
  }

  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    authOptional: true,
    logger: false,
    banner: 'Fountain demo mailbox',
    size: mostBytesEach,
    maxClients: 50,
    socketTimeout: 60_000,
    closeTimeout: 500,
    disableReverseLookup: true,
    async onData(stream, session, callback) {
      const chunks: Buffer[] = []
      try {
        // Read to the end even when it is too large: the reply comes after the data.
        for await (const chunk of stream as AsyncIterable<Buffer>) if (!stream.sizeExceeded) chunks.push(chunk)
        if (stream.sizeExceeded)
          return callback(Object.assign(new Error('too large for the mailbox'), { responseCode: 552 }))
        const bytes = Buffer.concat(chunks)
        const { mailFrom, rcptTo } = session.envelope
        const email = await PostalMime.parse(bytes)
        const number = (caught += 1)
        keep({
          number,
          receivedMs: options.now(),
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map((to) => to.address),
          bytes,
          email,
        })
        return callback(null, `caught as mail ${number}`)
      } catch (error) {
        return callback(
          Object.assign(new Error(`the mailbox cannot read it: ${(error as Error).message}`), { responseCode: 554 }),
        )
      }
    },
  })
  server.on('error', (error) => options.log.debug({ err: error }, 'a mail connection failed'))

  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(options.port, '127.0.0.1', () => {
      server.server.off('error', reject)
      resolve()
    })
  }).catch((cause: NodeJS.ErrnoException) => {
    throw new FountainError('PORT_IN_USE', `the demo mailbox, 127.0.0.1:${options.port}: ${cause.message}`, { cause })
  })
  const { port } = server.server.address() as AddressInfo

  return {
    smtpUrl: `smtp://127.0.0.1:${port}`,
    mails: () => mails,
    caught: () => caught,
    mount: (app) => mailPages(app, { mails: () => mails, caught: () => caught }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
