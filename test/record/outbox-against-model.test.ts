import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Delivery, DeliveryState } from '../../src/flow.ts'
import type { PlannedSubscription } from '../../src/record/plan-port.ts'
import type { Reached } from '../../src/record/port.ts'
import { plan, streamIvoid } from './fixtures.ts'
import { OutboxModel } from './outbox-model.ts'
import type { ModelRow } from './outbox-model-rows.ts'
import { bridges, hour, minute, OutboxStage, shown } from './outbox-stage.ts'

const night = { fromMinutes: 22 * 60, toMinutes: 2 * 60 + 30, timeZone: 'Europe/Berlin' }
const toInstant = { bridge: 'email', address: 'a0@example.org' }
const plans = [
  { name: 'instant' },
  { name: 'capped', maxPerHour: 2 },
  { name: 'hourly', cadence: { kind: 'hourly' }, quietHours: night },
  { name: 'counted', cadence: { kind: 'count', count: 3, atMostMs: 5 * hour }, maxPerHour: 1 },
  { name: 'quiet', quietHours: night },
  { name: 'draft', cadence: { kind: 'draft' }, approver: { bridge: 'webhook', address: 'a6@example.org' } },
  { name: 'hook', bridge: 'webhook', maxPerHour: 2, quietHours: night },
  { name: 'telegram', bridge: 'atel', address: 'all', cadence: { kind: 'draft' }, approver: toInstant },
  { name: 'again', bridge: 'atel', address: 'all', cadence: { kind: 'draft' } },
] satisfies Partial<PlannedSubscription>[]
const subscriptions = plan(...plans).filters[0]?.subscriptions ?? []

const index = fc.nat(1000)
const bridgeNames = ['email', 'webhook', 'atel']
const bridge = fc.constantFrom(...bridgeNames)
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('match'),
      objects: fc.array(fc.constantFrom(null, 'o1', 'o2'), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('wait'),
      ms: fc.oneof(fc.integer({ min: 0, max: 10 * minute }), fc.integer({ min: 0, max: 30 * hour })),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      does: fc.constant('claim'),
      bridge,
      limit: fc.integer({ min: 1, max: 12 }),
      keep: fc.boolean(),
      refuse: fc.boolean(),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      does: fc.constant('settle'),
      index,
      state: fc.constantFrom(
        'sent',
        'sent',
        'duplicate',
        'queued',
        'submitted',
        'rejected',
        'parked',
        'expired',
      ) as fc.Arbitrary<DeliveryState>,
      reached: fc.constantFrom('no', 'maybe') as fc.Arbitrary<Reached>,
      laterMs: fc.integer({ min: 0, max: 2 * hour }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('decide'),
      index,
      what: fc.constantFrom('retry', 'drop', 'sent', 'approve', 'approve', 'handedIn', 'handedIn') as fc.Arbitrary<
        'retry' | 'drop' | 'sent' | 'approve' | 'handedIn'
      >,
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('edit'), index, version: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('retract'), index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('put'),
      index,
      state: fc.constantFrom('active', 'active', 'paused', 'unsubscribed') as fc.Arbitrary<
        'active' | 'paused' | 'unsubscribed'
      >,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('suppress'), index, on: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('crash') }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('clock'), byMs: fc.constantFrom(hour, -hour) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** A story is told to both, and both must have the same to show for it. */
class Story {
  readonly stage = new OutboxStage()
  readonly model = new OutboxModel(subscriptions, (name) => name === 'email')
  /** What a channel has in its hands. */
  inHand: ModelRow[] = []
  alerts: string[] = []

  constructor() {
    this.stage.configure({ ...plan(...plans), bridges })
  }

  tell(step: Step): void {
    const { stage, model } = this
    const now = stage.nowMs
    const by = { by: 'anna', nowMs: now }
    switch (step.does) {
      case 'match':
        for (const objectId of step.objects) {
          const alertId = `${this.alerts.length + 1}`
          this.alerts.push(alertId)
          stage.match({ alertId, objectId })
          model.match(alertId, objectId, now)
        }
        break
      case 'wait':
        stage.nowMs += step.ms
        break
      case 'claim':
        this.claim(step.bridge, step.limit, step.keep, step.refuse)
        break
      case 'settle': {
        const [row] = this.inHand.splice(step.index % Math.max(this.inHand.length, 1), 1)
        if (row !== undefined) this.settle(row, step.state, step.reached, now + step.laterMs)
        break
      }
      case 'decide': {
        const row = model.rows[step.index % Math.max(model.rows.length, 1)]
        // What a channel has in hand is settled before anything else is asked of it.
        if (row === undefined || this.inHand.includes(row)) break
        const done = {
          retry: () => stage.run('retryDeliveries', [row.id], { ...by, again: true }),
          drop: () => stage.run('dropDeliveries', [row.id], { ...by, reason: 'so' }),
          sent: () => stage.run('confirmSent', [row.id], by),
          approve: () => stage.run('approve', [row.id], { ...by, versions: { [row.id]: row.version } }),
          handedIn: () => this.handedIn(row.id, by),
        }[step.what]().done
        expect(done.length === 1).toBe(model.decide(step.what, row, now))
        break
      }
      case 'edit': {
        const row = model.rows[step.index % Math.max(model.rows.length, 1)]
        if (row === undefined) break
        const { version } = step
        const before = row.version
        const change = { ...by, version, body: new Uint8Array([version + 2]) }
        if (model.edit(row, version)) expect(stage.run('editDraft', row.id, change)).toBe(before + 1)
        else expect(() => stage.run('editDraft', row.id, change)).toThrow()
        break
      }
      case 'retract': {
        const alert = this.alerts[step.index % Math.max(this.alerts.length, 1)]
        if (alert === undefined || model.retracted.has(alert)) break
        model.retract(alert, now)
        stage.run('retract', { ivoid: `${streamIvoid}#${alert}`, reason: 'no star', ...by })
        break
      }
      case 'put': {
        const of = model.subscriptions[step.index % model.subscriptions.length]
        if (of === undefined || of.state === step.state) break
        model.put(of, step.state)
        stage.run('setSubscriptionState', of.plan.name, step.state, { ...by, revive: true })
        break
      }
      case 'suppress': {
        const of = model.subscriptions[step.index % model.subscriptions.length]
        if (of === undefined) break
        model.suppress(of, step.on)
        const { bridge: name, address } = of.plan
        if (step.on) stage.run('suppressAddress', name, address, '550', now)
        else stage.run('releaseAddress', name, address)
        break
      }
      case 'crash': {
        stage.restart()
        const cutOff = model.restart()
        expect(
          bridgeNames
            .flatMap((name) => stage.interrupted(name))
            .map(({ id }) => id)
            .sort(),
        ).toEqual(cutOff.map(({ id }) => id).sort())
        this.inHand = []
        for (const row of cutOff) this.settle(row, 'queued', row.hasMessage ? 'maybe' : 'no', now)
        break
      }
      case 'clock':
        stage.moveSchedules(step.byMs)
        model.moveSchedules(step.byMs, stage.nowMs)
        break
    }
  }

  handedIn(id: number, by: { by: string; nowMs: number }): { done: readonly number[] } {
    try {
      this.stage.run('handedIn', id, { ...by, receipt: { id: `ATel ${id}`, title: `ATel #${id}` } })
      return { done: [id] }
    } catch {
      return { done: [] }
    }
  }

  claim(name: string, limit: number, keep: boolean, refuse: boolean): void {
    const claimed = this.stage.claim(name, limit)
    const expected = this.model.claim(name, limit, this.stage.nowMs)
    expect(claimed.map(view)).toEqual(expected.map((row) => this.#expected(row)))
    for (const row of expected) {
      if (keep && !row.hasMessage) {
        const message = { body: new Uint8Array([1]), key: `${row.id}`, repeat: 'safe' } as const
        this.stage.run('keepMessage', row.id, message, this.stage.nowMs)
        this.model.keepMessage(row, this.stage.nowMs)
      } else if (refuse && row.state === 'held') {
        this.settle(row, 'rejected', 'no', this.stage.nowMs)
      }
      if (row.state !== 'held') this.inHand.push(row)
    }
  }

  settle(row: ModelRow, state: DeliveryState, reached: Reached, laterMs: number): void {
    const sure = ['sent', 'duplicate', 'submitted'].includes(state) ? 'yes' : reached
    const dueMs = state === 'queued' || state === 'submitted' ? laterMs : null
    const receipt = state === 'sent' || state === 'duplicate' ? `<${row.id}>` : undefined
    // A person may have ended it meanwhile.
    if (
      ['queued', 'sending', 'submitted', 'parked'].includes(row.state) ||
      (row.state === 'held' && state === 'rejected')
    ) {
      this.model.settle(row, state, sure, dueMs, receipt)
    }
    this.stage.settle(row.id, state, {
      reached: sure,
      ...(dueMs === null ? {} : { notBeforeMs: dueMs }),
      ...(receipt === undefined ? {} : { receipt: { id: receipt, atMs: 0 } }),
    })
  }

  #expected(row: ModelRow) {
    const followers = this.model.followers(row)
    const alone = row.purpose === 'retraction' && row.after !== undefined ? [row.after] : []
    const thread = row.object === null ? alone : this.model.earlier(row)
    const earlier = thread.filter(({ receipt }) => receipt !== undefined)
    return {
      id: row.id,
      state: row.state,
      purpose: row.purpose,
      shown: row.purpose === 'draft' ? [] : [row, ...followers].map(({ alert }) => alert),
      tells: row.hasMessage ? undefined : row.draft?.id,
      body: row.hasMessage ? row.version + 1 : undefined,
      sequence: this.model.sequence(row),
      heldBack: row.heldBack,
      expiresMs: row.expiresMs,
      thread: followers.length > 0 ? [] : [...new Set(earlier.map(({ receipt }) => receipt))],
    }
  }

  check(): void {
    const { stage, model } = this
    expect(
      stage
        .lines({ limit: 10_000 })
        .toReversed()
        .map(({ id, state, reached, leadId }) => `${id} ${state} ${reached} ${leadId}`),
    ).toEqual(model.rows.map(({ id, state, reached, lead }) => `${id} ${state} ${reached} ${lead?.id ?? null}`))
    for (const { plan: planned, chosen, notices, leftOut } of model.subscriptions) {
      const deliveries = model.rows.filter((row) => row.of.plan === planned).length
      expect(stage.ledger(planned.name)).toMatchObject({ chosen, notices, leftOut, deliveries })
    }
    expect(stage.faults()).toEqual([])
  }

  /** Everything that waits goes out in the end, and every retraction finds whom it must. */
  finish(): void {
    const { stage, model } = this
    for (const row of this.inHand.splice(0)) this.settle(row, 'sent', 'yes', stage.nowMs)
    for (let rounds = 0; rounds < 200; rounds++) {
      for (const name of bridgeNames) {
        this.claim(name, 100, true, false)
        for (const row of this.inHand.splice(0)) this.settle(row, 'sent', 'yes', stage.nowMs)
      }
      const dues = bridgeNames.flatMap((name) => stage.nextDueMs(name) ?? [])
      if (dues.length === 0) break
      stage.nowMs = Math.max(stage.nowMs, Math.min(...dues))
    }
    this.check()
    const open = model.rows.filter(({ state }) => ['queued', 'sending', 'submitted'].includes(state))
    // What waits behind a draft waits for whoever decides about the draft.
    expect(open.filter(({ of }) => of.plan.cadence.kind !== 'draft')).toEqual([])
    for (const row of model.rows) {
      if (row.purpose !== 'event' || !model.retracted.has(row.alert) || row.of.state === 'unsubscribed') continue
      const retraction = model.rows.find(({ purpose, after }) => purpose === 'retraction' && after === row)
      if (retraction?.state === 'sent') expect(row.reached).not.toBe('no')
    }
  }
}

function view(delivery: Delivery) {
  return {
    id: delivery.id,
    state: delivery.state,
    purpose: delivery.purpose,
    shown: shown(delivery),
    tells: delivery.purpose === 'draft' ? delivery.draft?.id : undefined,
    body: delivery.message?.body[0],
    sequence: delivery.sequence,
    heldBack: delivery.heldBack,
    expiresMs: delivery.expiresMs,
    thread: delivery.thread.map(({ id }) => id),
  }
}

it('the outbox does as its model does, through any story of messages, decisions, crashes and clocks', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const story = new Story()
      try {
        for (const each of steps) {
          story.tell(each as Step)
          story.check()
        }
        story.finish()
      } finally {
        story.stage.remove()
      }
    }),
    { numRuns: 60 },
  )
}, 120_000)
