/** One after the other, what a store is told about deliveries, and what must be true of it once it has been acknowledged. */
import type { DeliveryState } from '../../src/flow.ts'
import type { OpenedStore } from '../../src/record/open-store.ts'
import type { Plan } from '../../src/record/plan-port.ts'
import { bridge, plan, sifted, streamIvoid, t0 } from '../record/fixtures.ts'

const hour = 3_600_000

export const configured: Plan = {
  ...plan(
    { name: 'instant' },
    { name: 'hourly', cadence: { kind: 'hourly' } },
    { name: 'draft', cadence: { kind: 'draft' }, approver: { bridge: 'email', address: 'me@example.org' } },
    { name: 'capped', maxPerHour: 1 },
  ),
  bridges: [bridge('email')],
}

export interface Step {
  readonly tell: (store: OpenedStore) => Promise<unknown>
  /** The states of the deliveries by their numbers, before and after; nothing else may be seen at any time. */
  readonly after: readonly DeliveryState[]
}

const by = { by: 'anna', nowMs: t0 }
const q = 'queued'
/** The public has it under a name now: an event of ours cites that. */
const receipt = { id: 'r', atMs: t0, cites: { title: 'AT 2026abc', url: 'https://names.example.org/2026abc' } }

/**
 * Two alerts for four subscriptions: 1 and 5 instant, 2 and 6 hourly, 3 and 7 drafts, 4 and 8 capped; 9 tells of
 * the draft. A claim is told
 * apart from its settlement: what is killed in between was being sent.
 */
export const steps: readonly Step[] = [
  {
    tell: (store) =>
      store.apply(sifted([1, 2].map((offset) => ({ offset, alertId: `${offset}`, objectId: `o${offset}` })))),
    after: [q, q, 'held', q, q, q, 'held', q],
  },
  {
    // Its approver is told with it, or not at all.
    tell: (store) => store.keepMessage(3, { body: new Uint8Array(9), key: 'd', repeat: 'never' }),
    after: [q, q, 'held', q, q, q, 'held', q, q],
  },
  {
    tell: (store) => store.editDraft(3, { ...by, body: new Uint8Array(8), version: 0 }),
    after: [q, q, 'held', q, q, q, 'held', q, q],
  },
  {
    tell: (store) => store.approve([3], { ...by, versions: { 3: 1 } }),
    after: [q, q, q, q, q, q, 'held', q, q],
  },
  {
    // The digest of the hour is closed, and that of the cap; the other draft is given out to be rendered; of
    // the first nobody is told any more.
    tell: (store) => store.claim('email', 20, t0 + hour),
    after: ['sending', 'sending', 'sending', 'sending', 'sending', 'sending', 'held', 'sending', 'dropped'],
  },
  {
    tell: (store) => store.keepMessage(2, { body: new Uint8Array(9), key: 'k', repeat: 'never' }),
    after: ['sending', 'sending', 'sending', 'sending', 'sending', 'sending', 'held', 'sending', 'dropped'],
  },
  {
    // With its citation, or not at all.
    tell: (store) => store.settle([{ id: 2, state: 'sent', receipt, attempted: true, startedMs: t0 }], t0),
    after: ['sending', 'sent', 'sending', 'sending', 'sending', 'sent', 'held', 'sending', 'dropped'],
  },
  {
    // What may have it is told; the draft is not sent any more.
    tell: (store) => store.retract({ ...by, ivoid: `${streamIvoid}#2`, reason: 'a satellite' }),
    after: ['sending', 'sent', 'sending', 'sending', 'sending', 'sent', 'dropped', 'sending', 'dropped', q, q, q],
  },
  {
    tell: (store) => store.suppressAddress('email', 'a1@example.org', '550', t0),
    after: [
      'sending',
      'sent',
      'sending',
      'sending',
      'sending',
      'sent',
      'dropped',
      'sending',
      'dropped',
      q,
      'dropped',
      q,
    ],
  },
]
