/** A draft waits for a person's yes: its text to read, what is wrong with it, and what to copy where. */
import type { DraftNotice, Finding } from '../draft.ts'
import { oneLine, utcTime, webUrl } from '../words.ts'
import type { Block, Letter, ShownPicture } from './letter.ts'

export function draftLetter(notice: DraftNotice, pictures: readonly ShownPicture[]): Letter {
  const { bridge, about, text, findings, handIn, pageUrl, how, subscription, id, atMs } = notice
  const handInUrl = webUrl(handIn?.url)
  const page = webUrl(pageUrl)
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return {
    notices:
      errors === 0
        ? []
        : [
            {
              kind: 'retraction',
              strong: `${errors === 1 ? 'An error' : `${errors} errors`}. `,
              text: 'It cannot go out before its text is changed.',
            },
          ],
    topic: `Draft ${id}, ${oneLine(bridge, 60)}`,
    title: oneLine(about, 120),
    blocks: [
      { title: 'The text', text: text.trimEnd() },
      ...(findings.length === 0 ? [] : [{ title: 'What is wrong or doubtful', text: findings.map(line).join('\n') }]),
      ...(handIn?.fields ?? []).map((field): Block => ({ title: oneLine(field.label, 80), text: field.value })),
      // Commands are copied, too: no line is broken.
      { title: 'What you can do', text: how },
    ],
    paragraphs: [],
    tables: [],
    pictures,
    items: [],
    ...(handInUrl === undefined
      ? {}
      : { button: { url: handInUrl, words: handIn?.prefilled ? 'Hand it in (the form is filled in)' : 'Hand it in' } }),
    identifiers: [],
    links: page === undefined ? [] : [{ url: page, words: 'The draft, to read and to copy' }],
    reasons: [
      `You get this because drafts of the subscription ${oneLine(subscription, 80)} wait for your yes. Nothing goes out without one.`,
      `Made on ${utcTime(new Date(atMs).toISOString())}.`,
    ],
  }
}

const line = ({ severity, code, says, fix }: Finding): string =>
  `${severity}: ${[says, fix].filter(Boolean).join(' ')} [${code}]`

/** '[draft] atel: LSST-AP-DO-… (2 errors)' */
export function draftSubject({ bridge, about, findings }: DraftNotice): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const wrong = errors === 0 ? '' : ` (${errors} error${errors === 1 ? '' : 's'})`
  return `[draft] ${oneLine(bridge, 60)}: ${oneLine(about, 80)}${wrong}`
}
