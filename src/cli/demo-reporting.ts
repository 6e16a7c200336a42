/** What `fountain demo --stand-ins` adds to the demo: bridges that report, to services that are stand-ins. */
import type { StandIn } from './demo-stand-ins.ts'

const signed = {
  authors: 'A. Newcomer (Institute of Rehearsals)',
  contact: 'A. Newcomer (newcomer@example.org)',
}
const approver = { to: 'email', address: 'duty.astronomer@example.org' }
/** Little enough for a person to look at each, and for the pace of the services. */
const few = { maxPerHour: 30, test: true }
/** Fainter than the stream of bright ones: an object is reported once, and a draft that waits is its report. */
const young =
  'SELECT id, object_id, mag, mag_err, band, snr FROM alert WHERE is_moving = 0 AND reliability > 0.9 AND mag BETWEEN 19.4 AND 19.5 AND n_detections = 1'

/** Through each: of its own accord, or after a person's yes. */
const ways: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  tns: [
    // A report takes ten seconds at the pace that TNS bears: what a person says yes to must not wait behind many.
    { name: 'tns-by-itself', stream: 'bright-transients', approve: 'auto', ...few, maxPerHour: 4 },
    { name: 'tns-after-a-yes', filter: young, approver, ...few },
  ],
  gcn: [{ name: 'gcn-notices', stream: 'bright-transients', approve: 'auto', ...few }],
  hermes: [{ name: 'hermes-after-a-yes', filter: young, approver, ...few }],
  mastodon: [{ name: 'toots', stream: 'bright-transients', approve: 'auto', ...few }],
  bluesky: [{ name: 'skeets', stream: 'bright-transients', approve: 'auto', ...few }],
  x: [{ name: 'posts-after-a-yes', stream: 'bright-transients', approver, ...few }],
  slack: [{ name: 'slack-channel', stream: 'bright-transients', ...few }],
}
/** Drafts that a person hands in: no service, no stand-in. */
const byHand = {
  bridges: {
    atel: signed,
    'gcn-circular': signed,
  },
  subscriptions: [
    { name: 'telegrams', filter: young, to: 'atel', approver, ...few },
    { name: 'circulars', filter: young, to: 'gcn-circular', approver, ...few },
  ],
}

export function reportingPart(standIns: readonly StandIn[]) {
  return {
    bridges: { ...Object.fromEntries(standIns.map(({ name, config }) => [name, config])), ...byHand.bridges },
    subscriptions: [
      ...standIns.flatMap(({ name, address }) =>
        (ways[name] ?? []).map((way) => ({ ...way, to: name, ...(address === undefined ? {} : { address }) })),
      ),
      ...byHand.subscriptions,
    ],
  }
}
