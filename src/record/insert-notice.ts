import { insertDelivery, type NewDelivery } from './enqueue.ts'
import { countNotice } from './ledger-counts.ts'
import { expiryMs, type Room } from './room.ts'

/** A message that no filter chose, to one address at once: a confirmation, or word of a draft. It is counted as such. */
export function insertNotice(
  room: Room,
  notice: Pick<
    NewDelivery,
    'bridge' | 'purpose' | 'subscriptionId' | 'owner' | 'nowMs' | 'address' | 'confirmation' | 'draftId'
  >,
): void {
  insertDelivery(room, {
    ...notice,
    state: 'queued',
    notBeforeMs: notice.nowMs,
    matchId: null,
    eventId: null,
    messageMs: null,
    expiresMs: expiryMs(room, notice.bridge, notice.nowMs),
    schedule: null,
    thread: null,
    afterId: null,
    digestId: null,
    draft: false,
    content: 'full',
    pictures: false,
    stream: null,
  })
  countNotice(room.sql, notice.subscriptionId)
}
