/**
 * kafkajs 2.2.4 looks at the queue of waiting requests again and again, with a negative delay: a timer every
 * millisecond for every connection, and a TimeoutNegativeWarning. Nothing waits then: a request that does is looked
 * at by its own timer.
 */
import { createRequire } from 'node:module'

interface RequestQueue {
  pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

let repaired = false

export function repairRequestQueue(): void {
  if (repaired) return
  repaired = true
  const load = createRequire(import.meta.url)
  const { prototype } = load('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue }
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function scheduleOnlyForPending() {
    if (this.pending.length > 0) schedule.call(this)
  }
}
