/** The mailbox as pages: the list, a mail as its reader would see it, its parts. What a mail holds never runs here. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Html, html, page, section, table } from '../html.ts'
import type { Attachment, CaughtMail } from './mail-catcher.ts'

export interface Mailbox {
  /** Newest first. */
  mails(): readonly CaughtMail[]
  caught(): number
}

const links = [
  { title: 'Status', path: '/' },
  { title: 'Mailbox', path: '/mail' },
]
/** The page may hold a frame of our own. */
const mailPolicy =
  "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
/** A mail's HTML: its own styles and nothing else, no script, no network, no origin. */
const framePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
const shownListLength = 100
const shownTextLength = 100_000
const plainText = 'text/plain; charset=utf-8'

export function mailPages(app: FastifyInstance, mailbox: Mailbox): void {
  const find = (number: string): CaughtMail | undefined =>
    /^\d{1,9}$/.test(number) ? mailbox.mails().find((mail) => mail.number === Number(number)) : undefined
  const asHtml = (reply: FastifyReply, text: string) => reply.type('text/html; charset=utf-8').send(text)
  /** A route on one mail; one that is not there, or no more, is a 404. */
  const route = (path: string, answer: (mail: CaughtMail, reply: FastifyReply, part: string) => unknown) =>
    app.get<{ Params: { number: string; part?: string } }>(`/mail/:number${path}`, (request, reply) => {
      const mail = find(request.params.number)
      return mail === undefined ? reply.callNotFound() : answer(mail, reply, request.params.part ?? '')
    })

  app.get('/mail', (_, reply) => asHtml(reply, listPage(mailbox)))
  route('', (mail, reply) => asHtml(reply.header('content-security-policy', mailPolicy), mailPage(mail)))
  route('/html', (mail, reply) => {
    reply.header('content-security-policy', framePolicy)
    // A link opens beside the mailbox, not within the frame.
    return asHtml(reply, withPictures(mail).replace(/<head[^>]*>/i, '$&<base target="_blank">'))
  })
  route('/raw', (mail, reply) => reply.type(plainText).send(mail.bytes))
  route('/parts/:part', (mail, reply, part) => {
    const attachment = mail.email.attachments[Number(part)]
    if (attachment === undefined) return reply.callNotFound()
    reply.header('content-disposition', `attachment; filename="${fileName(attachment)}"`)
    return reply.type('application/octet-stream').send(contentOf(attachment))
  })
}

function listPage(mailbox: Mailbox): string {
  const mails = mailbox.mails()
  const rows = mails
    .slice(0, shownListLength)
    .map((mail) => [
      time(mail.receivedMs),
      html`<a href="/mail/${mail.number}">${mail.email.subject || '(no subject)'}</a>`,
      mail.to.join(', '),
      String(mail.number),
    ])
  const more = mailbox.caught() - rows.length
  const body = html`${rows.length === 0 ? html`<p class="quiet">No mail yet.</p>` : table(['Received', 'Subject', 'To', 'Number'], rows, [3])}
${more > 0 && html`<p class="quiet">and ${more} before these</p>`}`
  return page({
    title: `Mailbox (${mailbox.caught()}) of the Fountain demo`,
    heading: 'the demo’s mailbox: nothing here was sent anywhere',
    live: true,
    links,
    main: section('mails', 'Mails', body),
    footer: html`Kept in memory until the demo stops.`,
  })
}

function mailPage(mail: CaughtMail): string {
  const { email } = mail
  const facts: [string, string][] = [
    ['From', mailbox(email.from)],
    ['To', mail.to.join(', ')],
    ['Date', email.date ?? '–'],
    ['Message-ID', email.messageId ?? '–'],
  ]
  const attachments = email.attachments.map(
    (
      attachment,
      i,
    ) => html`<article><h3><a href="/mail/${mail.number}/parts/${i}" download>${fileName(attachment)}</a></h3>
<p class="quiet">${attachment.mimeType}, ${contentOf(attachment).length} bytes${attachment.disposition === 'inline' && ', shown in the mail'}</p>
${isText(attachment) && html`<pre tabindex="0">${contentOf(attachment).toString('utf8').slice(0, shownTextLength)}</pre>`}</article>`,
  )
  const headers = email.headers.map((header) => `${header.originalKey}: ${header.value}`).join('\n')
  const main: Html = html`${section(
    'mail',
    email.subject || '(no subject)',
    html`${table(
      ['Header', 'Value'],
      facts.map(([label, value]) => [label, value]),
    )}${email.html !== undefined && html`<iframe src="/mail/${mail.number}/html" title="The mail as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>`}`,
  )}
${email.text !== undefined && section('text', 'As text', html`<pre class="body" tabindex="0">${email.text.slice(0, shownTextLength)}</pre>`)}
${attachments.length > 0 && section('attachments', 'Attachments', html`${attachments}`)}
${section('headers', 'Headers', html`<pre tabindex="0">${headers.slice(0, shownTextLength)}</pre><p><a href="/mail/${mail.number}/raw">All of it, as sent</a></p>`)}`
  return page({
    title: `${email.subject || 'Mail'} (mail ${mail.number})`,
    heading: `mail ${mail.number}, caught ${time(mail.receivedMs)}`,
    live: false,
    links,
    main,
    footer: html`<a href="/mail">All mails</a>`,
  })
}

/** Pictures that the mail brings stand in the frame as data: it has no origin and loads nothing. */
function withPictures({ email }: CaughtMail): string {
  const pictures = new Map(
    email.attachments
      // Pixels only: an SVG is a document.
      .filter(({ mimeType, contentId }) => contentId && /^image\/(png|jpeg|gif|webp)$/.test(mimeType))
      .map((part) => [
        part.contentId?.replace(/^<|>$/g, ''),
        `data:${part.mimeType};base64,${contentOf(part).toString('base64')}`,
      ]),
  )
  return (email.html ?? '').replace(/(["'])cid:([^"'<>\s]{1,300})\1/g, (all, quote: string, id: string) => {
    const data = pictures.get(id)
    return data === undefined ? all : `${quote}${data}${quote}`
  })
}

function mailbox(from: CaughtMail['email']['from']): string {
  if (from === undefined) return '–'
  return from.name ? `${from.name} <${from.address ?? ''}>` : (from.address ?? '–')
}

function contentOf({ content }: Attachment): Buffer {
  if (typeof content === 'string') return Buffer.from(content)
  return content instanceof ArrayBuffer
    ? Buffer.from(content)
    : Buffer.from(content.buffer, content.byteOffset, content.byteLength)
}

function isText({ mimeType }: Attachment): boolean {
  return /^text\/|[/+](xml|json)$/.test(mimeType)
}

function fileName({ filename }: Attachment): string {
  return (filename ?? '').replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 80) || 'part'
}

function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
