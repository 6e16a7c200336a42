/** Drafts as a terminal shows them. */
import type { Finding } from '../../bridges/draft.ts'
import type { ShownDraft } from '../serve/draft-desk.ts'
import { addressText, printable, time } from './delivery-text.ts'

/** Everything about one, for people: what it is, its text, what is wrong, what was said before, where it is handed in. */
export function draftText(draft: ShownDraft): string {
  const { id, about, state, bridge, subscription, owner, address, ivoid, createdMs, pageUrl, versions, receipt, text } =
    draft
  const rows: (readonly [string, string | number | null | undefined])[] = [
    ['draft', id],
    ['about', about],
    ['state', state],
    ['event', ivoid],
    ['bridge', bridge],
    ['subscription', `${subscription} (${owner})`],
    ['address', addressText(address)],
    ['made', time(createdMs)],
    ['version', versionText(draft)],
    ['approved', draft.approvedBy === null ? null : `by ${draft.approvedBy}, ${time(draft.approvedMs ?? 0)}`],
    ['receipt', receipt && `${receipt.id}, ${time(receipt.atMs)}`],
    ['error', draft.error],
    ['pictures', draft.parts.length === 0 ? null : draft.parts.map(({ name }) => name).join(', ')],
    ['page', pageUrl],
  ]
  const told = rows
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name.padEnd(12)} ${printable(String(value)).replaceAll('\n', `\n${' '.repeat(13)}`)}`)
  const parts = [
    told.join('\n'),
    textPart(draft),
    findingsText(draft.findings),
    beforeText(draft),
    state === 'held' && text !== (versions[0]?.text ?? text)
      ? `To go back to what was rendered: fountain drafts edit ${id} --original`
      : '',
    handInText(draft),
    state === 'held' ? howText(draft) : '',
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function versionText({ version, versions }: ShownDraft): string | null {
  const newest = versions.at(-1)
  return newest?.by == null ? null : `${version}, changed by ${newest.by}, ${time(newest.atMs)}`
}

function textPart({ text, editable }: ShownDraft): string {
  if (text !== null) return heading('text', printable(text))
  return editable ? '' : 'The text is not rendered yet, or its message is no text (`-o` writes it).'
}

export function findingsText(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'Nothing wrong was found.'
  return findings
    .map(({ severity, code, says, fix }) =>
      printable(`${severity}: ${says}${fix === undefined ? '' : ` ${fix}`} [${code}]`),
    )
    .join('\n')
}

function beforeText({ before }: ShownDraft): string {
  if (before === null) return ''
  const what = `Said before about it: ${before.receiptId ?? `delivery ${before.id}`}, ${time(before.atMs)}`
  return before.diff === '' ? `${what}; this says the same.` : `${what}\n${printable(before.diff)}`
}

function handInText({ handIn }: ShownDraft): string {
  if (handIn === null) return ''
  const fields = handIn.fields.map(({ label, value }) => heading(label, printable(value)))
  return [
    `Hand it in at ${printable(handIn.url)}${handIn.prefilled ? ' (the form comes filled in)' : ''}`,
    ...fields,
  ].join('\n\n')
}

function howText({ id, byHand, notLive }: ShownDraft): string {
  if (byHand) return `When it is posted: fountain drafts sent ${id} --receipt <its number>`
  if (notLive !== null) return `Nothing goes out, whoever says yes: ${printable(notLive)}.`
  return `To send it: fountain drafts approve ${id}`
}

const heading = (name: string, text: string): string =>
  `--- ${name} ${'-'.repeat(Math.max(3, 70 - name.length))}\n${text}`
