/**
 * Reads a delivery status notification (RFC 3464), as mail systems send it to the return path of a mail that could not
 * be delivered. Which mail it is about stands in the return path (`bounces+<key>@…`) or in the mail that it returns. Anybody
 * can write something that looks like one: whoever acts on it looks up whether such a mail was sent.
 */
import PostalMime, { type Email } from 'postal-mime'
import { isAddressGone, statusCode } from './status-code.ts'

export interface Bounce {
  /** The keys of deliveries that the report names. */
  readonly keys: readonly string[]
  /** The event of the returned mail, where it was about one. */
  readonly ivoid?: string
  readonly recipients: readonly BouncedRecipient[]
}
export interface BouncedRecipient {
  readonly address: string
  /** `failed`, `delayed`, `delivered`, `relayed`, `expanded` (RFC 3464 §2.3.3). */
  readonly action: string
  /** The enhanced status code: '5.1.1'. */
  readonly status: string
  /** The remote server's words, on one line. */
  readonly diagnostic: string
  /** Nobody is there any more: nothing else should go to this address. */
  readonly gone: boolean
}

/** Larger reports are cut: the status comes before the returned mail. */
const mostBytes = 10 * 1_048_576

/** Undefined for what is no delivery status notification. */
export async function readBounce(bytes: Uint8Array): Promise<Bounce | undefined> {
  const report = await PostalMime.parse(bytes.subarray(0, mostBytes), { forceRfc822Attachments: true }).catch(
    () => undefined,
  )
  const parts = report?.attachments ?? []
  const status = parts.find((part) => /^message\/(global-)?delivery-status$/.test(part.mimeType))
  if (report === undefined || status === undefined) return undefined
  const returned = parts
    .filter((part) => /^(message\/(rfc822|global)(-headers)?|text\/rfc822-headers)$/.test(part.mimeType))
    .map((part) => contentText(part.content))
  const ivoid = returned.map((mail) => headersOf(mail).get('x-voevent-ivorn')).find((found) => found !== undefined)
  return {
    keys: keysOf(report, returned),
    ...(ivoid === undefined ? {} : { ivoid }),
    recipients: contentText(status.content)
      .split(/\r?\n(?:[ \t]*\r?\n)+/)
      .map(fieldsOf)
      .flatMap(recipientOf),
  }
}

/** One group of fields, names in lower case, folded lines joined (RFC 3464 §2.1). */
function fieldsOf(block: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of block.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    if (colon > 0 && !fields.has(name))
      fields.set(
        name,
        line
          .slice(colon + 1)
          .trim()
          .slice(0, 2_000),
      )
  }
  return fields
}

function recipientOf(fields: ReadonlyMap<string, string>): BouncedRecipient[] {
  // The original recipient is the one that we wrote to; the final one may be an alias behind it.
  const address = ['original-recipient', 'final-recipient']
    .map((name) => /^[^;]*;\s*<?([^\s<>]+@[^\s<>]+)>?\s*$/.exec(fields.get(name) ?? '')?.[1])
    .find((found) => found !== undefined)
  const action = fields.get('action')?.toLowerCase() ?? ''
  const status = statusCode(fields.get('status') ?? '') ?? ''
  if (address === undefined || status === '') return []
  const diagnostic = (fields.get('diagnostic-code') ?? '').replace(/^\s*[\w-]+\s*;\s*/, '')
  // Some mail systems write x.0.0 and leave the meaning to the remote server's words.
  const meaning = /^5\.0\.0$/.test(status) ? diagnostic : status
  return [{ address, action, status, diagnostic, gone: action === 'failed' && isAddressGone(meaning) }]
}

function keysOf(report: Email, returned: readonly string[]): string[] {
  const delivered = report.headers
    .filter(({ key }) => key === 'delivered-to' || key === 'x-original-to')
    .map(({ value }) => value)
  const to = [...(report.to ?? []).map(({ address }) => address ?? ''), ...delivered].join(' ')
  const verp = [...to.matchAll(/\+([0-9a-f]{32})@/g)].map(([, key]) => key as string)
  const ids = returned.flatMap((mail) => {
    const id = /^<(?:digest\.)?([0-9a-f]{32})@[^\s<>]+>$/.exec(headersOf(mail).get('message-id') ?? '')
    return id === null ? [] : [id[1] as string]
  })
  return [...new Set([...verp, ...ids])]
}

/** The header of a returned mail. */
function headersOf(mail: string): ReadonlyMap<string, string> {
  return fieldsOf(mail.split(/\r?\n\r?\n/, 1)[0] as string)
}

function contentText(content: string | ArrayBuffer | Uint8Array): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(content)
}
