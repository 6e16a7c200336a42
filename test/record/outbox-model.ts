/**
 * What the outbox must do, in plain memory and as few words as possible: the property test holds the store against it.
 * Everything is looked for from the beginning each time; schedules come from the functions that `schedule.test.ts` tests.
 */
import type { DeliveryState } from '../../src/flow.ts'
import type { PlannedSubscription } from '../../src/record/plan-port.ts'
import type { Reached, SubscriptionState } from '../../src/record/port.ts'
import { digestDueMs, outsideQuietHours } from '../../src/record/schedule.ts'
import type { ModelDigest, ModelRow, ModelSubscription } from './outbox-model-rows.ts'
import { byHand, expireAfterMs, hour, unfinished } from './outbox-model-rows.ts'

export class OutboxModel {
  readonly rows: ModelRow[] = []
  readonly subscriptions: readonly ModelSubscription[]
  readonly retracted = new Set<string>()
  #digests: ModelDigest[] = []
  #suppressed = new Set<string>()

  constructor(plans: readonly PlannedSubscription[], takesDigests: (bridge: string) => boolean) {
    this.subscriptions = plans.map((plan) => ({
      plan,
      digests: takesDigests(plan.bridge),
      state: 'active',
      heldBack: 0,
      chosen: 0,
      notices: 0,
      leftOut: 0,
    }))
  }

  match(alert: string, object: string | null, nowMs: number): void {
    for (const of of this.subscriptions) {
      of.chosen++
      if (of.state !== 'active' || this.#isSuppressed(of.plan) || this.#isKnown(of.plan, object)) of.leftOut++
      else this.#enqueue(of, alert, object, nowMs)
    }
  }

  #enqueue(of: ModelSubscription, alert: string, object: string | null, nowMs: number): void {
    const { cadence, quietHours, maxPerHour } = of.plan
    const { bridge, address } = of.plan
    const row = { of, purpose: 'event' as const, bridge, address, alert, object, after: this.#lastOf(of, object) }
    const loudMs = outsideQuietHours(quietHours, nowMs)
    const allowedMs = this.#allowedMs(of, maxPerHour, loudMs)
    if (cadence.kind === 'draft') {
      this.#add(row, { state: 'held', isDraft: true })
    } else if (!of.digests) {
      if (allowedMs > loudMs) {
        of.leftOut++
        of.heldBack++
      } else this.#message(this.#add(row, { dueMs: loudMs, messageMs: loudMs, agreed: loudMs > nowMs }), loudMs)
    } else {
      const digestMs = digestDueMs(cadence, nowMs) ?? allowedMs
      let open = this.#digests.find((digest) => digest.of === of)
      if (open === undefined && digestMs > nowMs) {
        open = { of, dueMs: outsideQuietHours(quietHours, digestMs) }
        this.#digests.push(open)
      } else if (open !== undefined) {
        open.dueMs = Math.min(open.dueMs, outsideQuietHours(quietHours, digestMs))
      }
      if (open === undefined) this.#message(this.#add(row, { dueMs: nowMs, messageMs: nowMs }), nowMs)
      else {
        this.#add(row, { digest: open })
        if (cadence.kind === 'count' && this.#members(open).length >= cadence.count) {
          open.dueMs = Math.min(open.dueMs, loudMs)
        }
      }
    }
  }

  #isSuppressed = ({ bridge, address }: Pick<ModelRow, 'bridge' | 'address'>) =>
    this.#suppressed.has(`${bridge} ${address}`)

  /** Said there, about to be, or refused by a person; once an object where people hand it in. */
  #isKnown({ bridge, address }: Pick<ModelRow, 'bridge' | 'address'>, object: string | null, but?: ModelRow): boolean {
    return this.rows.some((row) => {
      const same = row !== but && row.purpose === 'event' && row.bridge === bridge && row.address === address
      if (bridge !== byHand || object === null || !same || row.object !== object) return false
      if (row.state === 'dropped') return row.refused || row.reached !== 'no'
      return row.state === 'expired' ? row.reached !== 'no' : row.state !== 'rejected'
    })
  }

  #add(
    row: Pick<ModelRow, 'of' | 'purpose' | 'bridge' | 'address' | 'alert' | 'object' | 'after'>,
    more: Partial<ModelRow>,
  ): ModelRow {
    const added: ModelRow = {
      ...row,
      id: this.rows.length + 1,
      state: 'queued',
      dueMs: null,
      digest: undefined,
      lead: undefined,
      messageMs: null,
      expiresMs: null,
      reached: 'no',
      heldBack: 0,
      agreed: false,
      approved: false,
      hasMessage: false,
      draft: undefined,
      isDraft: false,
      version: 0,
      refused: false,
      asked: false,
      receipt: undefined,
      needless: false,
      ...more,
    }
    this.rows.push(added)
    return added
  }

  #message(row: ModelRow, ms: number): void {
    row.expiresMs = ms + expireAfterMs
    row.heldBack = row.of.heldBack
    row.of.heldBack = 0
  }

  #lastOf(of: ModelSubscription, object: string | null): ModelRow | undefined {
    if (object === null) return undefined
    return this.rows.findLast((row) => {
      const waits = row.state === 'held' || row.digest !== undefined || row.agreed
      return this.#sameThread(row, { ...of.plan, object }) && (row.of === of || !waits)
    })
  }
  #sameThread = (
    a: Pick<ModelRow, 'bridge' | 'address' | 'object'>,
    b: Pick<ModelRow, 'bridge' | 'address' | 'object'>,
  ) => a.object !== null && a.object === b.object && a.bridge === b.bridge && a.address === b.address
  /** What goes before it in its thread. */
  earlier = (row: ModelRow) => this.rows.filter((each) => each.id < row.id && this.#sameThread(each, row))

  sequence(row: ModelRow): number {
    if (this.followers(row).length > 0) return 1
    if (row.object === null) return row.purpose === 'retraction' ? 2 : 1
    const told = this.earlier(row).filter(({ state, reached }) => state !== 'rejected' && reached !== 'no')
    return 1 + new Set(told.map((each) => each.lead ?? each)).size
  }

  /** A draft's approver is told. */
  keepMessage(row: ModelRow, nowMs: number): void {
    row.hasMessage = true
    const { of } = row
    const { approver } = of.plan
    if (row.state !== 'held' || approver === undefined) return
    if (of.state === 'unsubscribed' || this.#isSuppressed(approver as ModelRow)) return
    of.notices++
    const { alert } = row
    const { bridge, address } = approver
    this.#add(
      { of, purpose: 'draft', bridge, address, alert, object: null, after: undefined },
      { dueMs: nowMs, expiresMs: nowMs + expireAfterMs, draft: row },
    )
  }

  edit(row: ModelRow, version: number): boolean {
    if (!row.isDraft || row.state !== 'held' || !row.hasMessage || row.version !== version) return false
    row.version++
    return true
  }

  #members = (digest: ModelDigest) => this.rows.filter((row) => row.digest === digest)
  followers = (lead: ModelRow) => this.rows.filter((row) => row.lead === lead)
  #whole = (lead: ModelRow) => [lead, ...this.followers(lead)]

  #allowedMs(of: ModelSubscription, maxPerHour: number | undefined, ms: number): number {
    if (maxPerHour === undefined) return ms
    const recent = this.rows
      .flatMap((row) =>
        row.of === of && row.messageMs !== null && row.messageMs > ms - hour && row.messageMs <= ms
          ? [row.messageMs]
          : [],
      )
      .sort((a, b) => b - a)
    const last = recent[maxPerHour - 1]
    return last === undefined ? ms : last + hour
  }

  /** The rows that are handed out, in order. */
  claim(bridge: string, limit: number, nowMs: number): ModelRow[] {
    for (const digest of this.#digests.filter((each) => each.of.plan.bridge === bridge && each.dueMs <= nowMs)) {
      const { quietHours, maxPerHour } = digest.of.plan
      const allowedMs = this.#allowedMs(digest.of, maxPerHour, outsideQuietHours(quietHours, nowMs))
      const dueMs = outsideQuietHours(quietHours, allowedMs)
      if (dueMs > nowMs) digest.dueMs = dueMs
      else this.#close(digest, nowMs)
    }
    const taken = this.rows
      .filter((row) => row.bridge === bridge && row.state === 'held' && !row.hasMessage && !row.asked)
      .slice(0, limit)
    for (const row of taken) row.asked = true
    // What is ended lets through what waited behind it, after those that were due already.
    for (;;) {
      const due = this.#due(bridge).filter(({ dueMs }) => dueMs !== null && dueMs <= nowMs)
      if (due.length === 0 || taken.length >= limit) break
      for (const row of due.slice(0, limit - taken.length)) {
        const end = this.#unfit(row, nowMs)
        if (end !== undefined) {
          this.#end(row, end)
          row.needless = row.purpose === 'retraction' && this.#isWanted(row) && row.after?.reached === 'no'
          continue
        }
        if (row.state === 'queued') for (const each of this.#whole(row)) each.state = 'sending'
        else row.dueMs = null
        taken.push(row)
      }
    }
    return taken
  }

  #close(digest: ModelDigest, nowMs: number): void {
    const [lead, ...others] = this.#members(digest)
    this.#digests = this.#digests.filter((each) => each !== digest)
    if (lead === undefined) return
    const older = [lead, ...others]
      .flatMap(({ after }) => (after === undefined ? [] : [after]))
      .filter(({ id, state }) => id < lead.id && unfinished.includes(state))
      .sort((a, b) => b.id - a.id)
    lead.after = older[0] ?? lead.after
    lead.dueMs = digest.dueMs
    lead.messageMs = nowMs
    lead.agreed = true
    this.#message(lead, nowMs)
    for (const each of [lead, ...others]) {
      each.digest = undefined
      each.expiresMs = lead.expiresMs
    }
    for (const each of others) each.lead = lead
  }

  /** What may go out, the longest due first. */
  #due(bridge: string): ModelRow[] {
    return this.rows
      .filter((row) => row.bridge === bridge && (row.state === 'queued' || row.state === 'submitted'))
      .filter((row) => row.digest === undefined && row.lead === undefined && row.dueMs !== null)
      .filter((row) => row.after === undefined || !unfinished.includes(row.after.state))
      .sort((a, b) => (a.dueMs ?? 0) - (b.dueMs ?? 0) || a.id - b.id)
  }

  nextDueMs(bridge: string): number | null {
    const dues = [
      ...this.#due(bridge).flatMap(({ dueMs }) => (dueMs === null ? [] : [dueMs])),
      ...this.#digests.filter((each) => each.of.plan.bridge === bridge).map(({ dueMs }) => dueMs),
    ]
    return dues.length === 0 ? null : Math.min(...dues)
  }

  #unfit(row: ModelRow, nowMs: number): 'dropped' | 'expired' | undefined {
    if (row.state === 'submitted') return undefined
    if (!this.#isWanted(row)) return 'dropped'
    if (row.purpose === 'event' && this.retracted.has(row.alert) && this.followers(row).length === 0) return 'dropped'
    if (row.purpose === 'retraction' && row.after?.reached === 'no') return 'dropped'
    if (row.purpose === 'draft' && row.draft?.state !== 'held') return 'dropped'
    return row.expiresMs !== null && row.expiresMs <= nowMs ? 'expired' : undefined
  }

  #isWanted = (row: ModelRow) => row.of.state !== 'unsubscribed' && !this.#isSuppressed(row)

  #end(row: ModelRow, state: 'dropped' | 'expired'): void {
    for (const each of this.#whole(row)) {
      each.state = state
      each.dueMs = null
      each.digest = undefined
    }
    this.#digests = this.#digests.filter((digest) => this.#members(digest).length > 0)
  }

  settle(row: ModelRow, state: DeliveryState, reached: Reached, dueMs: number | null, receipt?: string): void {
    for (const each of this.#whole(row)) {
      each.state = state
      each.dueMs = dueMs
      each.agreed = false
      if (each.reached !== 'yes' && reached !== 'no') each.reached = reached
      if (receipt !== undefined) each.receipt = receipt
    }
  }

  retract(alert: string, nowMs: number): void {
    this.retracted.add(alert)
    for (const row of this.rows.filter((each) => each.purpose === 'event' && each.alert === alert)) {
      const alone = row.lead === undefined && this.followers(row).length === 0
      if ((row.state === 'held' || row.state === 'queued') && alone && row.reached === 'no') {
        this.#end(row, 'dropped')
      } else if (
        (['queued', 'sending', 'submitted', 'sent', 'duplicate'].includes(row.state) || row.reached !== 'no') &&
        this.#isWanted(row)
      ) {
        this.#takeBack(row, nowMs)
      }
    }
  }

  #takeBack(row: ModelRow, nowMs: number): void {
    const { of, bridge, address, alert, object } = row
    of.notices++
    const about = { of, purpose: 'retraction' as const, bridge, address, alert, object, after: row }
    if (bridge === byHand) this.#add(about, { state: 'held', isDraft: true })
    else this.#add(about, { dueMs: nowMs, expiresMs: nowMs + expireAfterMs })
  }

  /** A digest goes out again with what was retracted meanwhile. */
  #takeBackShown(lead: ModelRow, nowMs: number): void {
    for (const row of this.#whole(lead).filter(({ alert }) => this.retracted.has(alert))) {
      const told = this.rows.find(({ purpose, after }) => purpose === 'retraction' && after === row)
      if (told === undefined) this.#takeBack(row, nowMs)
      else if (told.needless && told.state === 'dropped') {
        told.state = 'queued'
        told.dueMs = nowMs
        told.expiresMs = nowMs + expireAfterMs
      }
    }
  }

  decide(what: 'retry' | 'drop' | 'sent' | 'approve' | 'handedIn', row: ModelRow, nowMs: number): boolean {
    const from: Record<typeof what, readonly DeliveryState[]> = {
      retry: ['parked', 'rejected', 'expired', 'dropped'],
      drop: ['held', 'queued', 'submitted', 'parked'],
      sent: ['parked', 'submitted'],
      approve: ['held'],
      handedIn: ['held', 'parked', 'dropped'],
    }
    if (row.lead !== undefined || !from[what].includes(row.state)) return false
    if (what === 'drop') {
      this.#end(row, 'dropped')
      row.refused = true
    }
    if (what === 'handedIn') {
      if (!row.isDraft || !row.hasMessage || row.bridge !== byHand) return false
      row.approved = true
      row.refused = false
      this.settle(row, 'sent', 'yes', null, `ATel ${row.id}`)
      if (row.purpose === 'event' && this.#isWanted(row)) this.#takeBackShown(row, nowMs)
    }
    if (what === 'sent') this.settle(row, 'sent', 'yes', null)
    if (what === 'retry' || what === 'approve') {
      const alone = this.followers(row).length === 0
      if (row.purpose === 'event' && this.retracted.has(row.alert) && alone) return false
      if (!this.#isWanted(row)) return false
      if (what === 'approve' && (!row.hasMessage || row.bridge === byHand)) return false
      if (what === 'retry' && row.purpose === 'event' && this.#isKnown(row, row.object, row)) return false
      if (what === 'approve') row.approved = true
      row.refused = false
      if (what === 'retry' && row.state === 'rejected') row.approved = false
      const held = row.isDraft && !row.approved
      const expired = row.expiresMs === null || row.expiresMs <= nowMs
      for (const each of this.#whole(row)) {
        each.state = held ? 'held' : 'queued'
        if (held) each.asked = false
        each.dueMs = held ? null : nowMs
        each.agreed = false
        each.expiresMs = held ? null : expired ? nowMs + expireAfterMs : row.expiresMs
      }
      if (what === 'retry' && !alone) this.#takeBackShown(row, nowMs)
    }
    return true
  }

  put(of: ModelSubscription, state: SubscriptionState): void {
    of.state = state
    if (state === 'unsubscribed') this.#dropWaiting((row) => row.of === of)
  }
  suppress({ plan: { bridge, address } }: ModelSubscription, suppressed: boolean): void {
    if (!suppressed) {
      this.#suppressed.delete(`${bridge} ${address}`)
      return
    }
    this.#suppressed.add(`${bridge} ${address}`)
    this.#dropWaiting((row) => row.bridge === bridge && row.address === address)
  }
  #dropWaiting(whose: (row: ModelRow) => boolean): void {
    for (const row of this.rows) {
      if (whose(row) && row.lead === undefined && (row.state === 'held' || row.state === 'queued')) {
        this.#end(row, 'dropped')
      }
    }
  }

  /** What was being sent may have arrived; questions and drafts are given out anew. */
  restart(): ModelRow[] {
    const cutOff = this.rows.filter((row) => row.state === 'sending' && row.lead === undefined)
    for (const row of this.rows) {
      row.asked = false
      if (row.state === 'submitted' && row.dueMs === null && row.lead === undefined) row.dueMs = 0
    }
    for (const row of cutOff) {
      if (row.hasMessage) for (const each of this.#whole(row)) if (each.reached === 'no') each.reached = 'maybe'
    }
    return cutOff
  }

  moveSchedules(byMs: number, nowMs: number): void {
    for (const row of this.rows) {
      const open = (row.state === 'queued' || row.state === 'submitted') && row.lead === undefined
      if (open && !row.agreed && row.dueMs !== null && row.dueMs > nowMs - Math.max(byMs, 0)) row.dueMs += byMs
    }
  }
}
