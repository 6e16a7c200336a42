/** What the operator and the subscriber give. Types, checks and documentation come from these values. */
import { readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { rootCertificates } from 'node:tls'
import { z } from 'zod'
import { keyFault } from './dkim.ts'
import type { Mailbox } from './header.ts'
import type { SmtpSettings } from './smtp.ts'

// A name beyond ASCII needs SMTPUTF8 of every server on the way; a domain beyond ASCII has an ASCII form.
const asciiOnly = 'must be an e-mail address in ASCII; write a domain beyond it in its xn-- form'
const mail = (message = 'must be an e-mail address') =>
  z.email({ error: ({ input }) => (/[^ -~]/.test(String(input)) ? asciiOnly : message) }).max(254)

export const address = mail().describe('the e-mail address')

/** 'Name <address>' or an address alone. */
const mailbox = z
  .string()
  .refine((text) => parseMailbox(text) !== undefined, 'must be an e-mail address, or Name <address>')

/** PEM as text, or in a file: read when the configuration is. */
const pem = (what: string, fault: (text: string) => string | undefined) =>
  z.string().transform((given, context) => {
    let text = given.replaceAll('\\n', '\n')
    if (!text.includes('-----BEGIN')) {
      if (!isAbsolute(given)) {
        context.addIssue(`must be ${what} in PEM, or the absolute path of a file that holds it`)
        return z.NEVER
      }
      try {
        text = readFileSync(given, 'utf8')
      } catch (error) {
        context.addIssue(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'no file'}`)
        return z.NEVER
      }
    }
    const found = fault(text)
    if (found === undefined) return text
    context.addIssue(found)
    return z.NEVER
  })

const dkim = z
  .strictObject({
    domain: z.hostname().describe('signs for this domain (`d=`): that of `from`, or one above it'),
    selector: z
      .string()
      .regex(/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*$/, 'must be like fountain2026')
      .describe('the public key stands in DNS under `<selector>._domainkey.<domain>`'),
    privateKey: pem('an RSA private key', keyFault)
      .meta({ secret: true })
      .describe('an RSA key in PEM: as ${NAME}, or the absolute path of a file'),
  })
  .describe('signs every mail here; leave it out where the submission server signs')

const tls = z
  .strictObject({
    ca: pem('a certificate', (text) =>
      text.includes('-----BEGIN CERTIFICATE') ? undefined : 'is no certificate in PEM',
    )
      .optional()
      .describe('an authority to trust beside the known ones: PEM, or the absolute path of a file'),
    serverName: z.hostname().optional().describe('the name in the certificate, where it is not that in `smtp`'),
  })
  .describe('for submission servers with a certificate of your own authority')

const settings = z.strictObject({
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
  requireTls: z
    .boolean()
    .optional()
    .describe('send nothing without TLS; always so where a password goes to another machine'),
  tls: tls.optional(),
  from: mailbox.describe('who the mails are from: `Fountain <alerts@example.org>`'),
  replyTo: mailbox.optional().describe('where answers go'),
  bounces: mail().optional().describe('where the mail system reports failures (the envelope’s sender); else `from`'),
  verp: z
    .boolean()
    .default(false)
    .describe(
      'give each mail a `bounces` address of its own, `bounces+<key>@…`: reports name their mail whatever they hold',
    ),
  unsubscribe: mail()
    .optional()
    .describe('a mailbox, read by people, that takes unsubscriptions too: List-Unsubscribe names it beside the link'),
  listId: z
    .string()
    .regex(/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, 'must be like alerts.example.org')
    .optional()
    .describe('one List-Id for all mails; else each subscription is a list of its own'),
  dkim: dkim.optional(),
})

/** RFC 5321 §4.5.3.1.1: 64 octets before the '@', and a key takes 33 of them. */
const longestVerp = 31

export const config = settings.refine(
  ({ verp, bounces, from }) => !verp || (bounces ?? parseMailbox(from)?.address ?? '').lastIndexOf('@') <= longestVerp,
  { path: ['verp'], error: `needs a \`bounces\` address with at most ${longestVerp} characters before the @` },
)

export type Settings = z.output<typeof config>

export function parseMailbox(text: string): Mailbox | undefined {
  const named = /^\s*(?:"([^"]*)"|([^"<>]*?))\s*<([^<>\s]+)>\s*$/.exec(text)
  const found = mail().safeParse(named === null ? text.trim() : named[3])
  const name = (named?.[1] ?? named?.[2])?.trim()
  return found.success ? { address: found.data, ...(name ? { name } : {}) } : undefined
}

/** The server, its login and how its line is secured. */
export function smtpSettings(settings: Settings): SmtpSettings {
  const { user, password, requireTls, tls: own } = settings
  return {
    ...parseServer(settings.smtp)!,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    requireTls: requireTls ?? false,
    // Given authorities take the place of the known ones: both, then.
    ...(own?.ca === undefined ? {} : { ca: [...rootCertificates, own.ca] }),
    ...(own?.serverName === undefined ? {} : { serverName: own.serverName }),
  }
}

function parseServer(text: string): Pick<SmtpSettings, 'host' | 'port' | 'secure' | 'user' | 'password'> | undefined {
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
