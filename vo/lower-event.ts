/**
 * Lowering: an event of the draft as VOEvent 2.1 or 2.0 can say it, with an account of all that is not in it as it was.
 *
 * What has no element of its own is moved to where readers of those versions look: into Params, Groups, Tables and
 * References of What, and Inferences of Why. What cannot be said exactly is approximated, as an astronomer would by
 * hand; what cannot be said at all is dropped. Nothing is lost without an entry in the account.
 */
import { contributorRoles } from './contributor-roles.ts'
import type { Loss } from './loss.ts'
import { Account, without } from './lower/account.ts'
import { inferencesOf, lowerAttachment, lowerProvenance, lowerTimeSeries } from './lower/draft-parts.ts'
import { cleanTexts } from './lower/texts.ts'
import { lowerValues } from './lower/values.ts'
import { type LowerTo, lowerWhereWhen } from './lower/where-when.ts'
import type { Attachment, Contributor, VOEvent, What, Who, Why } from './model/voevent.ts'

export interface LowerOptions {
  /** Where an attachment that has no `uri` can be fetched; undefined for nowhere. */
  readonly uriOf?: (attachment: Attachment) => string | undefined
}

export interface Lowered {
  /** As the reader gives it back once it is written in that version (numbers of Params and cells as their text). */
  readonly event: VOEvent
  /** One entry for each part that changed, by its path in the event that was given. */
  readonly losses: readonly Loss[]
}

/** The event as `to` can say it; the same objects where nothing changes. Never throws, whatever the event holds. */
export function lowerEvent(given: VOEvent, to: LowerTo, { uriOf }: LowerOptions = {}): Lowered {
  const account = new Account(given.what)
  const { attachments, provenance, ...event } = cleanTexts(given, account)
  const linkOf = (attachment: Attachment) => attachment.uri ?? uriOf?.(attachment)
  // Of several with one name the first is meant.
  const byName = new Map(attachments?.toReversed().map((each) => [each.name, each]))
  const lowered = lowerWhereWhen(event, { to, account, attachments: byName, linkOf })
  const what = event.what && lowerWhat(event.what, account)
  for (const [i, each] of (attachments ?? []).entries()) lowerAttachment(each, `attachments[${i}]`, uriOf, account)
  if (provenance) lowerProvenance(provenance, account)
  const citations = lowerCitations(event, account)
  const all = account.what(what)
  return {
    event: {
      ...without(lowered, 'citations'),
      ...(event.who ? { who: lowerWho(event.who, to, account) } : {}),
      ...(all ? { what: all } : {}),
      ...(event.why ? { why: lowerWhy(event.why, account) } : {}),
      ...(citations ? { citations } : {}),
    },
    losses: account.losses,
  }
}

function lowerWhat(given: What, account: Account): What {
  const { timeSeries, ...what } = given
  for (const [i, each] of (timeSeries ?? []).entries()) lowerTimeSeries(each, `what.timeSeries[${i}]`, account)
  return lowerValues(what, account)
}

function lowerWhy(given: Why, account: Account): Why {
  const { classifications, ...why } = given
  if (!classifications) return given
  const inferences = classifications.flatMap((each, i) => inferencesOf(each, `why.classifications[${i}]`, account))
  return { ...why, inferences: [...why.inferences, ...inferences] }
}

/** The schemas want at least one event: without any, nothing is written. */
function lowerCitations({ citations }: VOEvent, account: Account): VOEvent['citations'] {
  if (!citations || citations.events.length > 0) return citations
  if (citations.description !== undefined) account.note('dropped', 'citations', 'they cite no event')
  return undefined
}

function lowerWho(who: Who, to: LowerTo, account: Account): Who {
  if (!who.author?.contributors) return who
  const contributors = who.author.contributors.map((each, i) =>
    lowerContributor(each, `who.author.contributors[${i}]`, to, account),
  )
  return { ...who, author: { ...who.author, contributors } }
}

function lowerContributor(given: Contributor, path: string, to: LowerTo, account: Account): Contributor {
  if (to === '2.1') {
    if (given.role === undefined || contributorRoles.has(given.role)) return given
    account.note('approximated', `${path}.role`, 'is Other: 2.1 knows no such role')
    return { ...given, role: 'Other' }
  }
  for (const name of ['role', 'altIdentifier', 'ivoid'] as const) {
    if (given[name] !== undefined) account.note('dropped', `${path}.${name}`, '2.0 has the name alone')
  }
  return { name: given.name }
}
