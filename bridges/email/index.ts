/** E-mail: one message an event, by SMTP. See README.md for what the operator and the subscriber give. */
import { z } from 'zod'
import { type Bridge, DeliveryError, type Item } from '../contract.ts'
import type { Mailbox } from './mime.ts'
import { messageId, renderMail } from './render.ts'
import { openSmtp, type SmtpSettings } from './smtp.ts'

const address = z.email().max(254).describe('the e-mail address')

/** 'Name <address>' or an address alone. */
const mailbox = z
  .string()
  .refine((text) => parseMailbox(text) !== undefined, 'must be an e-mail address, or Name <address>')

const config = z.strictObject({
  smtp: z
    .string()
    .refine((text) => parseServer(text) !== undefined, 'must be smtp://host:port or smtps://host:port')
    .meta({ secret: true })
    .describe(
      'the submission server, `smtp://host:587` (STARTTLS where offered) or `smtps://host:465`; it may hold `user:password@`, percent-encoded',
    ),
  user: z.string().min(1).optional().describe('login name, where it is not in `smtp`'),
  password: z
    .string()
    .min(1)
    .meta({ secret: true })
    .optional()
    .describe('give it as ${NAME}, a variable of the environment'),
  from: mailbox.describe('who the mails are from: `Fountain <alerts@example.org>`'),
  replyTo: mailbox.optional().describe('where answers go'),
  listId: z
    .string()
    .regex(/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, 'must be like alerts.example.org')
    .optional()
    .describe('one List-Id for all mails; else each subscription is a list of its own'),
})

export const bridge: Bridge<typeof config, typeof address> = {
  kind: 'email',
  config,
  address,
  accepts: 'event',
  pictures: [],
  maxInFlight: 4,
  async open(settings, host) {
    const { default: Connection } = await import('nodemailer/lib/smtp-connection')
    const from = parseMailbox(settings.from)!
    const replyTo = settings.replyTo === undefined ? undefined : parseMailbox(settings.replyTo)
    const rendering = {
      from,
      authority: host.authority,
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(settings.listId === undefined ? {} : { listId: settings.listId }),
    }
    const server = { ...parseServer(settings.smtp)! }
    if (settings.user !== undefined) server.user = settings.user
    if (settings.password !== undefined) server.password = settings.password
    const smtp = openSmtp(Connection, server)
    return {
      render: ([item]: readonly [Item, ...Item[]], to) => renderMail(item, to, rendering),
      async deliver(message, attempt) {
        const to = recipient(message.body)
        if (to === undefined) throw new DeliveryError('reject', 'no', 'the stored message has no recipient')
        const reply = await smtp.send({ from: from.address, to }, message.body, attempt.signal)
        host.log.debug({ key: message.key, attempt: attempt.number, reply }, 'mail accepted')
        return { state: 'sent', receipt: { id: messageId(message.key, host.authority), atMs: host.clock.now(), reply } }
      },
      check: (signal) => smtp.check(signal),
      async close() {
        smtp.close()
      },
    }
  },
}

/** The envelope's recipient stands in the message itself, on one line, as `render` wrote it. */
function recipient(body: Uint8Array): string | undefined {
  const head = Buffer.from(body.subarray(0, 16_384)).toString('latin1').split('\r\n\r\n', 1)[0]!
  return /(?:^|\r\n)To: ([^\s<>]+)(?:\r\n|$)/.exec(head)?.[1]
}

function parseMailbox(text: string): Mailbox | undefined {
  const named = /^\s*(?:"([^"]*)"|([^"<>]*?))\s*<([^<>\s]+)>\s*$/.exec(text)
  const mail = z
    .email()
    .max(254)
    .safeParse(named === null ? text.trim() : named[3])
  const name = (named?.[1] ?? named?.[2])?.trim()
  return mail.success ? { address: mail.data, ...(name ? { name } : {}) } : undefined
}

function parseServer(text: string): { -readonly [Key in keyof SmtpSettings]: SmtpSettings[Key] } | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const secure = url.protocol === 'smtps:'
  if ((!secure && url.protocol !== 'smtp:') || url.hostname === '' || url.search || url.hash) return undefined
  if (url.pathname !== '' && url.pathname !== '/') return undefined
  try {
    return {
      host: url.hostname,
      port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
      secure,
      ...(url.username === '' ? {} : { user: decodeURIComponent(url.username) }),
      ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    }
  } catch {
    // A percent sign that encodes nothing.
    return undefined
  }
}
