/**
 * One draft as a page, for whoever has its link: to read and to copy. It changes nothing: a yes is said by a command or
 * the API, where it is known who says it. The token in the path is the secret, and dies when the draft is decided.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Finding } from '../../bridges/draft.ts'
import { type Html, html, page, section, table } from '../html.ts'
import type { DraftDesk, ShownDraft } from './draft-desk.ts'

export interface DraftPageStages {
  readonly drafts: Pick<DraftDesk, 'byToken' | 'partByToken'>
  readonly authority: string
}

interface WithToken {
  readonly Params: { readonly token: string }
}
const tokenForm = /^[A-Za-z0-9_-]{43}$/

export function draftPage(app: FastifyInstance, { drafts, authority }: DraftPageStages): void {
  const send = (reply: FastifyReply, status: number, title: string, main: Html) =>
    reply
      .code(status)
      .headers(kept)
      .type('text/html; charset=utf-8')
      .send(
        page({
          title,
          heading: authority,
          live: false,
          links: [],
          main,
          footer: html`Whoever has this link can read the draft. <a href="/">What this gateway does</a>`,
        }),
      )
  const note = (title: string, text: string) => section('draft', title, html`<p>${text}</p>`)

  app.get<WithToken>('/drafts/:token', { config: { needs: 'link' } }, async ({ params }, reply) => {
    const draft = tokenForm.test(params.token) ? await drafts.byToken(params.token) : null
    if (draft === null) {
      const title = 'This link is not known'
      return send(reply, 404, title, note(title, 'It may have been cut in two by a mail program.'))
    }
    if (draft.state !== 'held') {
      const title = 'This draft has been decided'
      return send(reply, 410, title, note(title, `It is ${draft.state}. Its page is closed.`))
    }
    return send(reply, 200, `Draft: ${draft.about}`, draftHtml(draft, params.token))
  })

  app.get<{ Params: { readonly token: string; readonly place: string } }>(
    '/drafts/:token/pictures/:place',
    { config: { needs: 'link' } },
    async ({ params: { token, place } }, reply) => {
      const isOne = tokenForm.test(token) && /^\d{1,2}$/.test(place)
      const part = isOne ? await drafts.partByToken(token, Number(place)) : null
      if (part === null || !isPicture(part)) return reply.code(404).type('text/plain').send('no such picture\n')
      return reply.headers(kept).type(part.mediaType).send(Buffer.from(part.bytes))
    },
  )
}

/** Not to be found, not to be kept, and told to nobody. */
const kept = { 'x-robots-tag': 'noindex, nofollow', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }
const isPicture = ({ mediaType }: { readonly mediaType: string }): boolean => /^image\/(png|jpeg)$/.test(mediaType)

function draftHtml(draft: ShownDraft, token: string): Html {
  const pictures = draft.parts.flatMap((part, place) => (isPicture(part) ? [{ name: part.name, place }] : []))
  const { id, about, bridge, subscription, text, findings, handIn, before, versions, ivoid, createdMs } = draft
  const changed = versions.at(-1)
  const facts: (readonly [string, string | undefined])[] = [
    ['About', about],
    ['Event', ivoid ?? undefined],
    ['Through', bridge],
    ['Subscription', subscription],
    ['State', 'waits for a yes'],
    ['Made', time(createdMs)],
    [
      'Changed',
      changed?.by == null ? undefined : `by ${changed.by}, ${time(changed.atMs)} (version ${changed.version})`,
    ],
  ]
  return html`${section(
    'draft',
    `Draft ${id}: ${about}`,
    html`${table(
      ['What', 'Is'],
      facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )}<p>${how(draft)}</p>`,
  )}
${section('findings', 'What is wrong or doubtful', findings.length === 0 ? html`<p>Nothing was found.</p>` : findingsHtml(findings))}
${section('text', 'The text', text === null ? html`<p>It is not rendered yet, or is no text.</p>` : copyable('the text', text))}
${
  pictures.length > 0 &&
  section(
    'pictures',
    'Its pictures',
    html`${pictures.map(({ name, place }) => html`<p><img src="/drafts/${token}/pictures/${place}" alt="${name}"></p>`)}`,
  )
}
${
  handIn !== null &&
  section(
    'hand-in',
    'Where it is handed in',
    html`<p><a href="${webLink(handIn.url)}" rel="noreferrer noopener">${handIn.url.split('?')[0] ?? ''}</a>${handIn.prefilled && ' (the form comes filled in)'}</p>
${handIn.fields.map(({ label, value }) => html`<h3>${label}</h3>${copyable(label, value)}`)}`,
  )
}
${
  before !== null &&
  section(
    'before',
    'What was said before about it',
    html`<p>${before.receiptId ?? `delivery ${before.id}`}, ${time(before.atMs)}. ${before.diff === '' ? 'This draft says the same.' : 'From that to this draft:'}</p>
${before.diff !== '' && html`<pre class="body">${before.diff}</pre>`}`,
  )
}
<script src="/web/draft.js" type="module"></script>`
}

function how({ id, byHand, notLive }: ShownDraft): string {
  if (byHand) return `Hand it in by yourself; then say what it became: fountain drafts sent ${id} --receipt <number>.`
  if (notLive !== null) return `Nothing goes out, whoever says yes: ${notLive}.`
  return `To send it: fountain drafts approve ${id}. To change it: fountain drafts edit ${id}. To give it up: fountain drafts discard ${id}.`
}

const findingsHtml = (findings: readonly Finding[]): Html =>
  html`<ul>${findings.map(({ severity, code, says, fix }) => html`<li><strong>${severity}</strong> ${says} ${fix} <code>${code}</code></li>`)}</ul>`

const copyable = (label: string, text: string): Html => html`<pre class="body" data-copy="${label}">${text}</pre>`

/** A bridge's word, but a link all the same: nothing but the web. */
const webLink = (url: string): string => (/^https?:\/\//.test(url) ? url : '/')

const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
