/** Errors of what people ask, decide and are served: a part of the table of `errors.ts`. */
import type { ErrorEntry } from './errors.ts'

export const serviceErrors = {
  CONTROL_UNREACHABLE: {
    says: 'No gateway runs on this data directory.',
    fix: 'Start it with `fountain run`, or name another directory.',
  },
  NAME_TAKEN: {
    says: 'The name is taken, or was once: the ledger counts by it.',
    fix: 'Choose another name.',
  },
  NOT_FOUND: { says: 'There is nothing under this name.', fix: 'Check the identifier.' },
  HOST_UNKNOWN: {
    says: 'This gateway does not answer to that host name.',
    fix: 'Use the address it listens on, or add the name to `http.hosts` or `publicUrl`.',
  },
  TOKEN_WRONG: {
    says: 'The request needs a token that holds.',
    fix: 'Send `Authorization: Bearer <token>`; `fountain user token` makes one, the admin’s was printed at the first start.',
  },
  TOKEN_SCOPE: {
    says: 'The token does not allow this.',
    fix: 'Use one with the scope that the message names: `fountain user token --scope`.',
  },
  TOO_OFTEN: { says: 'Too many requests.', fix: 'Wait as long as `Retry-After` says.' },
  TOO_MANY: {
    says: 'You have as many as one user may have.',
    fix: 'End one that is needed no longer, or ask the operator to make it in the configuration.',
  },
  NOT_YOURS: {
    says: 'This is public, or shared, but only its owner and their group may change it.',
    fix: 'Ask its owner, or make one of your own.',
  },
  BRIDGE_CLOSED: {
    says: 'This bridge is for the operator’s own subscriptions.',
    fix: 'The operator opens it with `users: true` under `bridges`, or makes the subscription.',
  },
  REQUEST_INVALID: {
    says: 'The request does not have the form that this route takes.',
    fix: 'Mend what the message names; `GET /api/v1/openapi.json` and docs/reference/api.md have all forms.',
  },
  REQUEST_FAILED: { says: 'The gateway failed on this request.', fix: 'Report it with what the log says.' },
  APPROVAL_NEEDED: {
    says: 'What goes out through this bridge waits for a person’s yes.',
    fix: 'Leave out `approve: auto`, and say yes to each draft: `fountain drafts list`.',
  },
  APPROVER_CLOSED: {
    says: 'Only admins may name an address that is told of drafts.',
    fix: 'Leave out `approver`: your drafts are listed by `GET /api/v1/drafts`; or ask an admin.',
  },
  CONFIRMATION_IMPOSSIBLE: {
    says: 'An address behind this bridge must be confirmed by a link, and the gateway has no public URL.',
    fix: 'The operator sets `publicUrl`, or makes the subscription in the configuration.',
  },
  CONFIRMATION_TOO_SOON: {
    says: 'The address was asked less than an hour ago, or 20 addresses were asked for you within a day.',
    fix: 'Look for that message, or ask again later.',
  },
  ADDRESS_SUPPRESSED: {
    says: 'Nothing is sent to this address: it was refused for good, or somebody there did not want it.',
    fix: 'An admin may release it: `fountain addresses release`.',
  },
  DIGEST_UNSUPPORTED: {
    says: 'The subscription wants digests through a bridge that sends each event by itself.',
    fix: 'Use the cadence `instant` or `draft`, or another bridge.',
  },
  EVENT_UNKNOWN: {
    says: 'No event with this identifier was ever recorded here.',
    fix: 'Check the identifier; `fountain deliveries list` and the pages show those that were.',
  },
  NOT_OURS: {
    says: 'The event was made by somebody else: only its author can retract it.',
    fix: 'Ask the author; the authority in the identifier says who that is.',
  },
  BOUNCE_UNREADABLE: {
    says: 'This is no report of a mail that could not be delivered (RFC 3464).',
    fix: 'Give the whole report as the mail system sent it, headers and all; answers of people are none.',
  },
  BOUNCE_UNKNOWN: {
    says: 'The report names no mail that this gateway sent.',
    fix: 'It may be forged, or about another program’s mail; with `verp: true` reports always name theirs.',
  },
  RETRACTED_ALREADY: {
    says: 'The event was retracted before, or is a retraction itself.',
    fix: 'Nothing needs to be done: everybody who was sent the event was sent its retraction.',
  },
  DELIVERY_REHEARSAL: {
    says: 'The delivery was made for the sandbox of a service, and its bridge is live now.',
    fix: 'Drop it: what the next alert of the object brings is made for the service itself.',
  },
  EVENT_RETRACTED: {
    says: 'The delivery is about an event that was retracted.',
    fix: 'Nothing: what was retracted is sent to nobody any more.',
  },
  DELIVERY_STATE: {
    says: 'The delivery is not in a state in which this can be decided.',
    fix: 'See `fountain deliveries show` for what became of it.',
  },
  DELIVERY_IN_DIGEST: {
    says: 'The delivery has no message of its own: a digest shows it.',
    fix: 'Decide about the delivery that the message names.',
  },
  DELIVERY_MAYBE_SENT: {
    says: 'The other side may have the message already, and must not get it twice.',
    fix: 'Look there; then `fountain deliveries sent`, or `retry --again` when it is not there.',
  },
  DRAFT_BY_HAND: {
    says: 'The draft goes out by hand: its service takes nothing from programs.',
    fix: 'Hand it in where `fountain drafts show` says, then tell what it became: `fountain drafts sent <id> --receipt …`.',
  },
  DRAFT_NOT_BY_HAND: {
    says: 'The draft is sent by the gateway, not by a person.',
    fix: 'Approve it: `fountain drafts approve <id>`; `fountain deliveries sent` notes what somebody found on the other side.',
  },
  BRIDGE_NOT_LIVE: {
    says: 'Nothing goes out through this bridge, whoever says yes.',
    fix: 'The operator sets `live: true` for it, after having seen drafts that are right; then approve again.',
  },
  DRAFT_HAS_ERRORS: {
    says: 'The draft has errors, and would be refused or be wrong.',
    fix: 'Change it (`fountain drafts edit <id>`) until `fountain drafts show <id>` names no error, then approve it.',
  },
  DRAFT_NOT_RENDERED: {
    says: 'The draft has no message yet.',
    fix: 'Look again in a moment; if it lasts, `fountain status` tells what the bridge waits for.',
  },
  DRAFT_CHANGED: {
    says: 'Somebody changed the draft since you looked at it.',
    fix: 'Look at it again (`fountain drafts show <id>`), then decide.',
  },
  DRAFT_UNREADABLE: {
    says: 'The changed text cannot be understood as a message of this bridge.',
    fix: 'Mend what the message names; the draft is as it was.',
  },
  DRAFT_NOT_EDITABLE: {
    says: 'Messages of this bridge cannot be changed as text.',
    fix: 'Approve it as it is, or discard it.',
  },
  RECEIPT_UNREADABLE: {
    says: 'This names nothing that the service gives out.',
    fix: 'Give the number as its page shows it, for instance `fountain drafts sent <id> --atel 17123`.',
  },
  REPORTED_ALREADY: {
    says: 'The object is said once to this address, and another delivery does that.',
    fix: 'Nothing; `fountain deliveries list --bridge …` shows the other one.',
  },
  SUBSCRIPTION_ENDED: {
    says: 'This subscription was ended, by its owner or by the link in a message.',
    fix: 'Make a new one; one that stands in the configuration comes back by `fountain subscriptions resume`.',
  },
  ADMIN_TOKEN_FILE: {
    says: 'The stored hash of the admin token cannot be read or written.',
    fix: 'Check the rights of the data directory; without `admin-token.hash` a new token is made at the next start.',
  },
} as const satisfies Record<string, ErrorEntry>
