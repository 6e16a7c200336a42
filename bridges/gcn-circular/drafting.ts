/** How a Circular's draft is read, changed and handed in by a person. */
import { Refusal } from '../contract.ts'
import type { Drafting } from '../draft.ts'
import { readDraft, writeDraft } from '../report-text/draft-text.ts'
import { bodyOf, circularOf } from './circular.ts'
import { type Site, siteHosts } from './config.ts'
import { lintCircular } from './lint.ts'

/** What browsers and servers bear of a link; GCN's own limit is not published. */
const longestUrl = 8000

export function draftingFor(site: Site): Drafting {
  const archive = `https://${siteHosts[site]}/circulars`
  return {
    text(stored) {
      const { subject, body } = circularOf(stored)
      return writeDraft({ Subject: subject }, body)
    },
    parse(draft, original) {
      const { head, text } = readDraft(draft, ['Subject'])
      return bodyOf({ ...circularOf(original), subject: head.Subject, body: text })
    },
    lint: (stored) => lintCircular(circularOf(stored), site),
    handIn(stored) {
      const { subject, body } = circularOf(stored)
      const filled = `${archive}/new?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`
      const prefilled = filled.length <= longestUrl
      return {
        url: prefilled ? filled : `${archive}/new`,
        prefilled,
        fields: [
          { label: 'Subject', value: subject },
          { label: 'Body', value: body },
        ],
      }
    },
    readReceipt(text) {
      const number = numberIn(text.trim(), siteHosts[site])
      if (number === undefined) {
        throw new Refusal([
          `Give the Circular’s number ("45678", "GCN 45678") or the address of its page at ${siteHosts[site]}.`,
        ])
      }
      return { id: `GCN ${number}`, title: `GCN Circular ${number}`, url: `${archive}/${number}` }
    },
  }
}

function numberIn(text: string, host: string): string | undefined {
  const plain = /^(?:gcn)?\s*(?:circulars?|circ\.?)?\s*#?\s*([1-9]\d{0,6})$/i.exec(text)?.[1]
  if (plain !== undefined || !URL.canParse(text)) return plain
  const url = new URL(text)
  return url.hostname === host ? /^\/circulars\/([1-9]\d{0,6})$/.exec(url.pathname)?.[1] : undefined
}
