import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readLedger } from '../../src/record/ledger.ts'
import type { PlannedSubscription } from '../../src/record/plan-port.ts'
import { bridge, plan, t0 } from './fixtures.ts'
import { OutboxStage } from './outbox-stage.ts'

let stage: OutboxStage
beforeEach(() => {
  stage = new OutboxStage()
})
afterEach(() => {
  expect(stage.faults()).toEqual([])
  stage.remove()
})

/** The next run of the gateway, with these subscriptions and the bridge `email`. */
function start(...subscriptions: Partial<PlannedSubscription>[]): void {
  stage.warnings = []
  stage.restart({ ...plan(...subscriptions), bridges: [bridge('email')] })
}
const states = () => readLedger(stage.sql).bridges
const keep = (id: number, repeat: 'safe' | 'never') =>
  stage.run('keepMessage', id, { body: new Uint8Array(1), key: 'k', repeat })
const anna = { name: 'young-email-1', address: 'anna@example.org' }
const ben = { name: 'young-email-2', address: 'ben@example.org' }

describe('who is subscribed no more', () => {
  it('is sent nothing again by a retry, which says so', () => {
    start(anna)
    stage.match('1')
    stage.claim()
    stage.settle(1, 'rejected', { reached: 'no' })
    start(ben)
    const { done, refused } = stage.run('retryDeliveries', [1], { by: 'anna', again: false, nowMs: t0 })
    expect({ done, refused }).toMatchObject({ done: [], refused: [{ id: 1, code: 'SUBSCRIPTION_ENDED' }] })
  })

  it('gets nothing that still waits; it is counted and said', () => {
    start(anna, ben)
    stage.match('1')
    expect(stage.warnings).toEqual([])
    // Ben has Anna's number now.
    start({ ...ben, name: anna.name })
    expect(stage.claim().map(({ address }) => address)).toEqual([ben.address])
    expect(states()).toEqual([{ bridge: 'email', states: { dropped: 1, sending: 1 } }])
    expect(stage.warnings).toEqual([
      [{ bridge: 'email', deliveries: 1 }, 'deliveries to addresses that are subscribed no more were dropped'],
    ])
  })

  it('gets nothing again that was cut off; what must not go twice is asked about first', () => {
    start(anna)
    stage.match('1', '2', '3')
    stage.claim()
    keep(1, 'never')
    keep(2, 'safe')
    start(ben)
    expect(stage.interrupted().map(({ id }) => id)).toEqual([1])
    expect(states()).toEqual([{ bridge: 'email', states: { dropped: 2, sending: 1 } }])
  })

  it('is still asked about what was submitted', () => {
    start(anna)
    stage.match('1')
    stage.claim()
    stage.settle(1, 'submitted', { handle: 'h', notBeforeMs: t0 })
    start()
    expect(stage.claim()).toMatchObject([{ state: 'submitted', handle: 'h' }])
    expect(stage.warnings).toEqual([])
  })
})

it('is said of a subscription that is configured and was ended by its link', () => {
  start(anna)
  stage.run('setSubscriptionState', anna.name, 'unsubscribed', { by: 'the link', nowMs: t0 })
  stage.configure({ ...plan(anna), bridges: [bridge('email')] })
  expect(stage.warnings).toEqual([])
  start(anna)
  expect(stage.warnings).toEqual([
    [{ subscription: anna.name }, 'the subscription is configured, but was ended by the link in a message'],
  ])
})

it('keeps what waits for a bridge that is configured no more, says so, and goes on when it is back', () => {
  start({ bridge: 'slack', address: '#a' })
  stage.match('1')
  start(anna)
  expect(stage.warnings).toEqual([
    [{ bridge: 'slack', deliveries: 1 }, 'deliveries wait for a bridge that is configured no more'],
  ])
  start({ bridge: 'slack', address: '#a' })
  expect(stage.claim('slack')).toMatchObject([{ address: '#a' }])
})
