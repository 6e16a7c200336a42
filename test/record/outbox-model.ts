/**
 * What the outbox must do, in plain memory and as few words as possible: the property test holds the store against it.
 * Everything is looked for from the beginning each time; schedules come from the functions that `schedule.test.ts` tests.
 */
import type { DeliveryState, Purpose } from '../../src/flow.ts'
import type { PlannedSubscription } from '../../src/record/plan-port.ts'
import type { Reached, SubscriptionState } from '../../src/record/port.ts'
import { digestDueMs, outsideQuietHours } from '../../src/record/schedule.ts'

const hour = 3_600_000
const expireAfterMs = 3 * 86_400_000

export interface ModelRow {
  readonly id: number
  readonly of: ModelSubscription
  readonly purpose: Purpose
  readonly alert: string
  readonly object: string | null
  after: ModelRow | undefined
  state: DeliveryState
  dueMs: number | null
  digest: ModelDigest | undefined
  lead: ModelRow | undefined
  messageMs: number | null
  expiresMs: number | null
  reached: Reached
  heldBack: number
  agreed: boolean
  approved: boolean
  hasMessage: boolean
  /** Given out to be rendered, or asked about, in this run. */
  asked: boolean
  receipt: string | undefined
  /** A retraction that was dropped because nothing had been sent. */
  needless: boolean
}
interface ModelDigest {
  readonly of: ModelSubscription
  dueMs: number
}
export interface ModelSubscription {
  readonly plan: PlannedSubscription
  readonly digests: boolean
  state: SubscriptionState
  suppressed: boolean
  heldBack: number
  chosen: number
  notices: number
  leftOut: number
}

const unfinished: readonly DeliveryState[] = ['queued', 'sending', 'submitted']

export class OutboxModel {
  readonly rows: ModelRow[] = []
  readonly subscriptions: readonly ModelSubscription[]
  readonly retracted = new Set<string>()
  #digests: ModelDigest[] = []

  constructor(plans: readonly PlannedSubscription[], takesDigests: (bridge: string) => boolean) {
    this.subscriptions = plans.map((plan) => ({
      plan,
      digests: takesDigests(plan.bridge),
      state: 'active',
      suppressed: false,
      heldBack: 0,
      chosen: 0,
      notices: 0,
      leftOut: 0,
    }))
  }

  match(alert: string, object: string | null, nowMs: number): void {
    for (const of of this.subscriptions) {
      of.chosen++
      if (of.state !== 'active' || of.suppressed) of.leftOut++
      else this.#enqueue(of, alert, object, nowMs)
    }
  }

  #enqueue(of: ModelSubscription, alert: string, object: string | null, nowMs: number): void {
    const { cadence, quietHours, maxPerHour } = of.plan
    const row = { of, purpose: 'event' as const, alert, object, after: this.#lastOf(of, object) }
    const loudMs = outsideQuietHours(quietHours, nowMs)
    const allowedMs = this.#allowedMs(of, maxPerHour, loudMs)
    if (cadence.kind === 'draft') {
      this.#add(row, { state: 'held' })
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

  #add(row: Pick<ModelRow, 'of' | 'purpose' | 'alert' | 'object' | 'after'>, more: Partial<ModelRow>): ModelRow {
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
    return object === null ? undefined : this.rows.findLast((row) => row.of === of && row.object === object)
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
      .filter((row) => row.of.plan.bridge === bridge && row.state === 'held' && !row.hasMessage && !row.asked)
      .slice(0, limit)
    for (const row of taken) row.asked = true
    while (taken.length < limit) {
      const [row] = this.#due(bridge).filter(({ dueMs }) => dueMs !== null && dueMs <= nowMs)
      if (row === undefined) break
      const end = this.#unfit(row, nowMs)
      if (end !== undefined) {
        this.#end(row, end)
        row.needless = row.purpose === 'retraction' && this.#isWanted(row) && row.after?.reached === 'no'
      } else {
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
      .filter((row) => row.of.plan.bridge === bridge && (row.state === 'queued' || row.state === 'submitted'))
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
    return row.expiresMs !== null && row.expiresMs <= nowMs ? 'expired' : undefined
  }

  #isWanted = ({ of }: ModelRow) => of.state !== 'unsubscribed' && !of.suppressed

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
        row.of.state !== 'unsubscribed' &&
        !row.of.suppressed
      ) {
        this.#takeBack(row, nowMs)
      }
    }
  }

  #takeBack(row: ModelRow, nowMs: number): void {
    const { of, alert, object } = row
    of.notices++
    const about = { of, purpose: 'retraction' as const, alert, object, after: row }
    this.#add(about, { dueMs: nowMs, expiresMs: nowMs + expireAfterMs })
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

  decide(what: 'retry' | 'drop' | 'sent' | 'approve', row: ModelRow, nowMs: number): boolean {
    const from: Record<typeof what, readonly DeliveryState[]> = {
      retry: ['parked', 'rejected', 'expired', 'dropped'],
      drop: ['held', 'queued', 'submitted', 'parked'],
      sent: ['parked', 'submitted'],
      approve: ['held'],
    }
    if (row.lead !== undefined || !from[what].includes(row.state)) return false
    if (what === 'drop') this.#end(row, 'dropped')
    if (what === 'sent') this.settle(row, 'sent', 'yes', null)
    if (what === 'retry' || what === 'approve') {
      const alone = this.followers(row).length === 0
      if (row.purpose === 'event' && this.retracted.has(row.alert) && alone) return false
      if (!this.#isWanted(row)) return false
      if (what === 'approve') row.approved = true
      const held = row.of.plan.cadence.kind === 'draft' && row.purpose === 'event' && !row.approved
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
    if (state === 'unsubscribed') this.#dropWaiting(of)
  }
  suppress(of: ModelSubscription, suppressed: boolean): void {
    of.suppressed = suppressed
    if (suppressed) this.#dropWaiting(of)
  }
  #dropWaiting(of: ModelSubscription): void {
    for (const row of this.rows) {
      if (row.of === of && row.lead === undefined && (row.state === 'held' || row.state === 'queued')) {
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
