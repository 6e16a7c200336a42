import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addressAsked, addresses } from '../../src/record/consent.ts'
import { subscriptionByUnsubscribeToken, subscriptionStates } from '../../src/record/subscription-states.ts'
import { streamIvoid, t0 } from './fixtures.ts'
import { day, hour, OutboxStage, shown } from './outbox-stage.ts'

let stage: OutboxStage
beforeEach(() => {
  stage = new OutboxStage()
})
afterEach(() => {
  expect(stage.faults()).toEqual([])
  stage.remove()
})

const hash = (token: string) => createHash('sha256').update(token).digest('hex')
const address = 'a0@example.org'
const ask = (token: string, owner = 'ben', to = address) =>
  stage.run('askConfirmation', {
    bridge: 'email',
    address: to,
    subscription: 'sub-0',
    what: 'Bright',
    askedBy: owner,
    owner,
    token,
    nowMs: stage.nowMs,
  })

describe('an address that a user gave', () => {
  beforeEach(() => stage.subscribe({ mustConfirm: true, owner: 'ben' }))

  it('gets a question and nothing else before somebody there says yes', () => {
    stage.match('1')
    expect(ask('secret')).toBe('asked')
    const [question] = stage.claim()
    expect(question).toMatchObject({
      purpose: 'confirmation',
      address,
      owner: 'ben',
      followers: [],
      confirmation: { subscription: 'sub-0', what: 'Bright', askedBy: 'ben', token: 'secret' },
    })
    stage.run('keepMessage', question?.id ?? 0, { body: new Uint8Array(1), key: 'k', repeat: 'safe' })
    stage.settle(question?.id ?? 0, 'sent')
    const [row] = stage.sql.all<Record<string, unknown>>('SELECT * FROM deliveries')
    expect(JSON.stringify(row)).not.toContain('secret')
    expect(stage.ledger()).toMatchObject({ chosen: 1, notices: 1, deliveries: 1, reasons: { unverified: 1 } })

    const yes = { bridge: 'email', address, owner: 'ben', confirmed: true }
    expect(addressAsked(stage.sql, hash('secret'), stage.nowMs)).toEqual({ ...yes, confirmed: false })
    expect(stage.run('confirmAddress', hash('secret'), stage.nowMs)).toEqual(yes)
    expect(stage.run('confirmAddress', hash('secret'), stage.nowMs)).toEqual(yes)
    expect(addressAsked(stage.sql, hash('secret'), stage.nowMs)).toEqual(yes)
    stage.match('2')
    expect(stage.send().map(shown)).toEqual([['2']])
    expect(ask('other')).toBe('confirmed')
  })

  it('is asked at most once an hour, and answers for a week by the newest link', () => {
    expect(ask('one')).toBe('asked')
    stage.nowMs += hour - 1
    expect(ask('two')).toBe('too soon')
    stage.nowMs += 1
    expect(ask('three')).toBe('asked')
    expect(stage.run('confirmAddress', hash('one'), stage.nowMs)).toBeNull()
    expect(stage.run('confirmAddress', 'nonsense', stage.nowMs)).toBeNull()
    stage.nowMs += 7 * day
    expect(addressAsked(stage.sql, hash('three'), stage.nowMs)).toBeNull()
    expect(stage.run('confirmAddress', hash('three'), stage.nowMs)).toBeNull()
    // A clock that was set back makes nobody wait.
    stage.nowMs -= 30 * day
    expect(ask('four')).toBe('asked')
  })
})

it('is confirmed for the user who asked, and for nobody else', () => {
  stage.subscribe({ mustConfirm: true, owner: 'ben' }, { mustConfirm: true, owner: 'eve', address })
  ask('secret')
  stage.run('confirmAddress', hash('secret'), stage.nowMs)
  stage.match('1')
  expect(stage.claim('email', 9).filter(({ purpose }) => purpose === 'event')).toMatchObject([{ owner: 'ben' }])
  expect(ask('of eve', 'eve')).toBe('too soon')
  stage.nowMs += hour
  expect(ask('of eve', 'eve')).toBe('asked')
  expect(addresses(stage.sql, { limit: 9 })).toMatchObject([{ address, confirmedFor: ['ben'] }])
  expect(addressAsked(stage.sql, hash('of eve'), stage.nowMs)).toMatchObject({ owner: 'eve', confirmed: false })
  // The question to eve's name leaves the answer to ben's alone.
  expect(ask('again')).toBe('confirmed')
})

it('is not asked where its user had many asked already, however they write it', () => {
  stage.subscribe({ mustConfirm: true, owner: 'eve' })
  const asked = Array.from({ length: 25 }, (_, n) => ask(`token ${n}`, 'eve', `victim+${n}@example.org`))
  expect(asked.filter((answer) => answer === 'asked')).toHaveLength(20)
  expect(asked.slice(20).every((answer) => answer === 'too soon')).toBe(true)
  expect(ask('of ben', 'ben', 'victim+21@example.org')).toBe('asked')
  stage.nowMs += day + 1
  expect(ask('another day', 'eve', 'victim+22@example.org')).toBe('asked')
})

describe('an address that is dead', () => {
  it('gets nothing more: what waits is dropped, what comes is left out, until somebody releases it', () => {
    stage.subscribe({}, {})
    stage.match('1', '2')
    const [first, , second] = stage.claim('email', 3)
    stage.settle(first?.id ?? 0, 'rejected', { reply: '550 no such user', addressDead: true })
    // Being sent when it happened: it is settled as it comes, and not tried again.
    stage.settle(second?.id ?? 0, 'queued')
    stage.match('3')
    expect(stage.send().map(({ subscription, ...each }) => [subscription, ...shown(each as never)])).toEqual([
      ['sub-1', '2'],
      ['sub-1', '3'],
    ])
    expect(stage.lines({ subscription: 'sub-0' }).map(({ state }) => state)).toEqual(['dropped', 'rejected'])
    expect(stage.ledger()).toMatchObject({ chosen: 3, deliveries: 2, reasons: { suppressed: 1 } })
    expect(addresses(stage.sql, { suppressed: true, limit: 9 })).toEqual([
      {
        bridge: 'email',
        address,
        askedMs: null,
        confirmedFor: [],
        suppressedMs: t0,
        suppressedReason: '550 no such user',
      },
    ])
    expect(addresses(stage.sql, { suppressed: false, limit: 9 })).toEqual([])
    const retried = stage.run('retryDeliveries', [1], { by: 'anna', again: false, nowMs: t0 })
    expect(retried.refused).toMatchObject([{ code: 'ADDRESS_SUPPRESSED' }])
    expect(ask('x')).toBe('suppressed')

    expect(stage.run('releaseAddress', 'email', address)).toBe(true)
    expect(stage.run('releaseAddress', 'email', address)).toBe(false)
    stage.match('4')
    expect(stage.send().map(shown)).toEqual([['4'], ['4']])
  })

  it('loses what is more than one command ends when it comes up', () => {
    stage.subscribe({}, {})
    stage.match(...Array.from({ length: 2100 }, (_, n) => `${n}`))
    expect(stage.run('suppressAddress', 'email', address, '550', t0)).toBe(2000)
    expect(stage.claim('email', 1)).toMatchObject([{ subscription: 'sub-1' }])
    expect(stage.lines({ subscription: 'sub-0', state: 'queued' })).toHaveLength(100)
    stage.subscribe({})
    while (stage.nextDueMs() !== null) expect(stage.claim()).toEqual([])
    expect(stage.lines({ state: 'queued' })).toEqual([])
  })

  it('loses its digests too', () => {
    stage.subscribe({ cadence: { kind: 'hourly' } })
    stage.match('1', '2')
    expect(stage.run('suppressAddress', 'email', address, '550', t0)).toBe(2)
    expect(stage.nextDueMs()).toBeNull()
    stage.run('suppressAddress', 'email', address, 'another reason', t0)
    expect(addresses(stage.sql, { limit: 9 })).toMatchObject([{ suppressedReason: '550' }])
  })
})

describe('a subscription', () => {
  const token = () =>
    stage.sql.get<{ unsubscribe_token: string }>("SELECT unsubscribe_token FROM subscriptions WHERE name = 'sub-0'")
      ?.unsubscribe_token ?? ''

  it('is ended by who has the link, whenever it comes, and stays so', () => {
    stage.subscribe({}, {})
    stage.match('1')
    const [first] = stage.claim('email', 1)
    expect(first?.unsubscribeToken).toMatch(/^[\w-]{22}$/)
    expect(first?.unsubscribeToken).toBe(token())
    stage.match('2')
    expect(subscriptionByUnsubscribeToken(stage.sql, 'nonsense')).toBeNull()
    expect(stage.run('unsubscribe', 'nonsense', t0)).toBeNull()
    const ended = { name: 'sub-0', owner: 'operator', state: 'unsubscribed', stateMs: t0 }
    expect(stage.run('unsubscribe', token(), t0)).toEqual(ended)
    stage.nowMs += 1
    expect(stage.run('unsubscribe', token(), stage.nowMs)).toEqual(ended)
    // It fails, and is not tried again.
    stage.settle(first?.id ?? 0, 'queued')
    stage.match('3')
    stage.restart()
    expect(stage.send().map(({ subscription }) => subscription)).toEqual(['sub-1', 'sub-1', 'sub-1'])
    expect(stage.lines({ subscription: 'sub-0' }).map(({ state, error }) => `${state}: ${error}`)).toEqual([
      'dropped: the subscription was ended',
      'dropped: the subscription was ended',
    ])
    expect(stage.ledger()).toMatchObject({ chosen: 3, deliveries: 2, reasons: { unsubscribed: 1 } })
    const retried = stage.run('retryDeliveries', [1], { by: 'anna', again: false, nowMs: t0 })
    expect(retried.refused).toMatchObject([{ code: 'SUBSCRIPTION_ENDED' }])
  })

  it('that was ended comes back by nobody, but the operator’s own by the operator', () => {
    stage.subscribe({ owner: 'ada', name: 'ada/one' }, {})
    const put = (name: string, state: 'active' | 'paused' | 'unsubscribed', revive = false) =>
      stage.run('setSubscriptionState', name, state, { by: 'operator', nowMs: t0, revive })
    for (const name of ['ada/one', 'sub-1']) {
      put(name, 'unsubscribed')
      expect(() => put(name, 'active')).toThrow('SUBSCRIPTION_ENDED')
      expect(() => put(name, 'paused')).toThrow('SUBSCRIPTION_ENDED')
    }
    expect(() => put('ada/one', 'active', true)).toThrow('SUBSCRIPTION_ENDED')
    expect(put('sub-1', 'active', true)).toBe(true)
    stage.match('1')
    expect(stage.send().map(({ subscription }) => subscription)).toEqual(['sub-1'])
  })

  it('that is paused leaves out what comes, and sends what waits', () => {
    stage.subscribe({ cadence: { kind: 'hourly' } })
    stage.match('1')
    expect(stage.run('setSubscriptionState', 'sub-0', 'paused', { by: 'ben', nowMs: t0 })).toBe(true)
    expect(stage.run('setSubscriptionState', 'nobody', 'paused', { by: 'ben', nowMs: t0 })).toBe(false)
    stage.match('2')
    stage.nowMs += hour
    expect(stage.send().map(shown)).toEqual([['1']])
    expect(subscriptionStates(stage.sql)).toMatchObject([{ state: 'paused', stateMs: t0 }])
    stage.run('setSubscriptionState', 'sub-0', 'active', { by: 'ben', nowMs: stage.nowMs })
    stage.match('3')
    expect(stage.ledger()).toMatchObject({ chosen: 3, deliveries: 2, reasons: { paused: 1 } })
  })

  it('that leaves the configuration loses its digests and drafts; retractions and questions still go out', () => {
    stage.subscribe({ cadence: { kind: 'hourly' } }, { cadence: { kind: 'draft' } }, {})
    stage.match('1')
    stage.send()
    stage.run('retract', { ivoid: `${streamIvoid}#1`, reason: 'x', by: 'a', nowMs: t0 })
    stage.match('2')
    ask('secret')
    stage.subscribe()
    expect(stage.claim().map(({ purpose }) => purpose)).toEqual(['retraction', 'confirmation'])
    expect(stage.lines({ state: 'dropped' })).toHaveLength(5)
    expect(stage.nextDueMs()).toBeNull()
  })
})
