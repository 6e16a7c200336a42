/** The one question before a subscription that a user asked for: is this your address, and do you want this? */
import type { Confirmation } from '../contract.ts'
import { oneLine, utcTime, webUrl } from '../words.ts'
import type { Letter } from './letter.ts'

/** Throws where the link is none: a question without a way to answer is no mail. */
export function confirmationLetter(request: Confirmation, authority: string): Letter {
  const url = webUrl(request.confirmUrl)
  if (url === undefined) throw new Error('the link to confirm with is not http or https')
  const who = harmless(request.askedBy)
  return {
    notices: [],
    title: `Alerts from ${authority}?`,
    paragraphs: [
      `The user ${who} asked for alerts to this address: ${harmless(request.what)} (subscription ${harmless(request.subscription)}).`,
      'Nothing is sent before you confirm it, and every mail then has a link that ends it.',
    ],
    tables: [],
    pictures: [],
    items: [],
    button: { url, words: 'Confirm this address' },
    identifiers: [],
    links: [],
    reasons: [
      'If it was not you, do nothing: no further mail will come.',
      `Asked on ${utcTime(new Date(request.atMs).toISOString())}.`,
    ],
  }
}

/**
 * A stranger may have chosen these words, and this mail goes to whom they please: nothing in them becomes a link in a
 * mail program, which makes one of anything like a host name.
 */
export function harmless(text: string): string {
  return oneLine(text.replace(/[:/@<>\\]+/g, ' ').replace(/\.(?=[^\s\d])/gu, ' '), 80)
}
