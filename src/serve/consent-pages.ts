/**
 * The pages behind the links in messages: yes, I want this, and no, no more. The token in the path is the secret, so
 * that neither a cookie nor another token is needed and no page elsewhere can guess it. Looking changes nothing: mail
 * programs and virus scanners open every link. Only the button's POST counts, or a mail program's own (RFC 8058).
 */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Html, html, page, section } from '../html.ts'
import type { AskedAddress } from '../record/people-port.ts'
import type { Store } from '../record/port.ts'
import { pagePolicy } from './guard.ts'

export interface ConsentStages {
  readonly store: Pick<Store, 'addressAsked' | 'confirmAddress' | 'subscriptionByUnsubscribeToken' | 'unsubscribe'>
  readonly authority: string
  now(): number
}

interface WithToken {
  readonly Params: { readonly token: string }
}
const config = { needs: 'link' } as const
/** RFC 8058 §3.1 has either; nothing in it is read. */
const formTypes = ['application/x-www-form-urlencoded', 'multipart/form-data']
const maxFormBytes = 4_096
/** Our own button may be pressed. */
const formPolicy = pagePolicy.replace("form-action 'none'", "form-action 'self'")

export function consentPages(app: FastifyInstance, { store, authority, now }: ConsentStages): void {
  app.register(async (pages) => {
    pages.addContentTypeParser(formTypes, { parseAs: 'buffer', bodyLimit: maxFormBytes }, (_, __, done) => done(null))
    const send = (reply: FastifyReply, status: number, title: string, text: Html) =>
      reply
        .code(status)
        .header('content-security-policy', formPolicy)
        .type('text/html; charset=utf-8')
        .send(
          page({
            title,
            heading: authority,
            live: false,
            links: [],
            main: section('asked', title, text),
            footer: html`<a href="/">What this gateway does</a>`,
          }),
        )
    const gone = (reply: FastifyReply) =>
      send(
        reply,
        404,
        'This link is not known',
        html`<p>It may have been cut in two by a mail program, or be too old. A link to confirm an address holds for a week.</p>`,
      )

    pages.get<WithToken>('/confirm/:token', { config }, async ({ params }, reply) => {
      const asked = await store.addressAsked(hashOf(params.token), now())
      if (asked === null) return gone(reply)
      if (asked.confirmed) return send(reply, 200, 'Confirmed', confirmed(asked))
      return send(
        reply,
        200,
        'Do you want these messages?',
        html`<p>The user <strong>${asked.owner}</strong> of this gateway asked for messages to <strong>${shown(asked.address)}</strong>. Nothing is sent for them before you say yes. If you do not want this, close this page.</p>
<form method="post"><p><button type="submit">Yes, send them</button></p></form>`,
      )
    })
    pages.post<WithToken>('/confirm/:token', { config }, async ({ params }, reply) => {
      const asked = await store.confirmAddress(hashOf(params.token), now())
      return asked === null ? gone(reply) : send(reply, 200, 'Confirmed', confirmed(asked))
    })

    pages.get<WithToken>('/unsubscribe/:token', { config }, async ({ params }, reply) => {
      const found = await store.subscriptionByUnsubscribeToken(params.token)
      if (found === null) return gone(reply)
      if (found.state === 'unsubscribed') return send(reply, 200, 'Unsubscribed', unsubscribed(found.name))
      return send(
        reply,
        200,
        'No more of these?',
        html`<p>The subscription <strong>${found.name}</strong> ends, and what still waits for it is not sent.</p>
<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><p><button type="submit">Unsubscribe</button></p></form>`,
      )
    })
    pages.post<WithToken>('/unsubscribe/:token', { config }, async ({ params }, reply) => {
      const found = await store.unsubscribe(params.token, now())
      return found === null ? gone(reply) : send(reply, 200, 'Unsubscribed', unsubscribed(found.name))
    })
  })
}

const confirmed = ({ address, owner }: AskedAddress): Html =>
  html`<p>What the user <strong>${owner}</strong> subscribed for <strong>${shown(address)}</strong> is sent from now on. Each message has a link that ends it.</p>`
const unsubscribed = (name: string): Html => html`<p>Nothing more is sent for <strong>${name}</strong>.</p>`

const shown = (address: unknown): string => (typeof address === 'string' ? address : JSON.stringify(address))
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')
