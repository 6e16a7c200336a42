/** Drafts, digests, confirmations, parts, expiry and dead addresses: the real store, a clock that stands still. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Channel, Message } from '../../bridges/contract.ts'
import type { PlannedSubscription } from '../../src/record/plan-port.ts'
import { bridge, plan, t0 } from '../record/fixtures.ts'
import { alerts, channel, clock, fail, minute, start, states, store, useStage } from './stage.ts'

useStage()

const day = 86_400_000
const subscribe = (...subscriptions: Partial<PlannedSubscription>[]) =>
  store.configure({ ...plan(...subscriptions), bridges: [bridge('email', { confirms: true })] })
/** A channel that takes digests, and remembers what each message shows. */
const digests = () => {
  const shown: string[][] = []
  const render: Channel['render'] = (items) => {
    shown.push([...items.map(({ event }) => event.ivoid.split('#')[1] as string), `+${items[0].match.heldBack}`])
    return { body: Buffer.from(shown.at(-1)?.join() ?? ''), parts: [], key: shown.at(-1)?.join() ?? '', repeat: 'safe' }
  }
  channel.render = render
  const instances = new Map([['email', { channel, bridge: { maxInFlight: 4, accepts: 'digest' as const } }]])
  return { shown, instances }
}

describe('a draft', () => {
  it('is rendered and kept, also while the day’s budget is used up; it is sent as it is when somebody says yes', async () => {
    subscribe({ cadence: { kind: 'draft' } }, { address: 'b@example.org' })
    store.apply(alerts(2))
    const limits = { perDay: 2 }
    const delivering = start({
      instances: new Map([['email', { channel, bridge: { maxInFlight: 1, accepts: 'event' }, limits }]]),
    })
    await clock.advance(5 * minute)
    expect(channel.sent).toHaveLength(2)
    expect(states()).toEqual(['held', 'sent', 'held', 'sent'])
    store.apply(alerts(1, 2))
    delivering.wake()
    await clock.advance(5 * minute)
    expect(states()).toEqual(['held', 'sent', 'held', 'sent', 'held', 'queued'])
    expect(store.detail(5)?.message).not.toBeNull()
    const [first, second] = store.lines().filter(({ state }) => state === 'held')
    const before = store.detail(first?.id ?? 0)?.message
    expect(Buffer.from(before?.body ?? []).toString()).toBe('ivo://example.org/streams/bright#1 to a0@example.org')
    expect(store.detail(second?.id ?? 0)?.message).not.toBeNull()

    store.run('approve', [first?.id ?? 0], { by: 'ada', nowMs: clock.now() })
    delivering.wake()
    await clock.advance(minute)
    expect(channel.sent, 'not today').toHaveLength(2)
    await clock.advance(day)
    expect(channel.sent.at(-1)).toMatchObject({
      body: 'ivo://example.org/streams/bright#1 to a0@example.org',
      number: 1,
    })
    expect(store.lines().map(({ state }) => state)).toEqual(['sent', 'sent', 'held', 'sent', 'held', 'sent'])
    expect(channel.items).toHaveLength(6)
  })

  it('that cannot be rendered goes to a person', async () => {
    subscribe({ cadence: { kind: 'draft' } })
    channel.render = () => {
      throw new Error('no template')
    }
    store.apply(alerts(1))
    start()
    await clock.settle()
    expect(store.rows()).toMatchObject([{ state: 'parked', error: 'could not be rendered: no template' }])
  })
})

describe('a digest', () => {
  it('goes out as one message when its hour comes, and settles all that it shows', async () => {
    subscribe({ cadence: { kind: 'hourly' } })
    const { shown, instances } = digests()
    store.apply(alerts(3))
    start({ instances })
    await clock.advance(59 * minute)
    expect(channel.sent).toHaveLength(0)
    await clock.advance(2 * minute)
    expect(shown).toEqual([['1', '2', '3', '+0']])
    expect(channel.sent).toHaveLength(1)
    expect(store.rows()).toMatchObject(Array(3).fill({ state: 'sent', receipt_id: 'r1' }))
  })

  it('that failed goes again as it was, though more has come since', async () => {
    subscribe({ cadence: { kind: 'hourly' } })
    const { shown, instances } = digests()
    channel.answers = [fail('retry', 'maybe', '451 later')]
    store.apply(alerts(2))
    const delivering = start({ instances })
    await clock.advance(60 * minute)
    store.apply({ ...alerts(1, 2), nowMs: clock.now() })
    delivering.wake()
    await clock.advance(61 * minute)
    expect(shown).toEqual([
      ['1', '2', '+0'],
      ['3', '+0'],
    ])
    expect(channel.sent.map(({ key, number }) => `${key} ${number}`)).toEqual(['1,2,+0 1', '1,2,+0 2', '3,+0 1'])
    expect(states()).toEqual(['sent', 'sent', 'sent'])
  })

  it('of more than the cap allows says how many it does not show', async () => {
    subscribe({ maxPerHour: 1 })
    const { shown, instances } = digests()
    store.apply(alerts(60))
    start({ instances })
    await clock.advance(62 * minute)
    expect(shown[0]).toEqual(['1', '+0'])
    expect(shown[1]).toHaveLength(51)
    expect(shown[1]?.at(-1)).toBe('+9')
    expect(states().every((state) => state === 'sent')).toBe(true)
  })
})

describe('what else goes out', () => {
  it('asks an address to confirm itself, by a link that is in the message alone', async () => {
    subscribe({ mustConfirm: true })
    const token = 'a-secret-of-the-mail'
    channel.renderConfirmation = ({ confirmUrl, key }): Message => ({
      body: Buffer.from(confirmUrl),
      parts: [],
      key,
      repeat: 'safe',
    })
    const who = { askedBy: 'ada', owner: 'ada' }
    const asked = { bridge: 'email', address: 'a0@example.org', subscription: 'sub-0', what: 'Bright', ...who }
    store.run('askConfirmation', { ...asked, token, nowMs: t0 })
    start({ publicUrl: 'https://f.example.org' })
    await clock.settle()
    expect(channel.sent).toMatchObject([{ body: `https://f.example.org/confirm/${token}` }])
    const { message, ...told } = store.detail(1) ?? { message: null }
    expect(told).toMatchObject({ purpose: 'confirmation', state: 'sent' })
    expect(JSON.stringify([told, message?.key, channel.sent[0]?.key])).not.toContain(token)
  })

  it('has the parts that were rendered, in every attempt and after a restart', async () => {
    subscribe({})
    const bytes = Buffer.from('a picture')
    const part = {
      hash: createHash('sha256').update(bytes).digest('hex'),
      mediaType: 'image/png',
      name: 'a.png',
      bytes,
    }
    channel.render = () => ({ body: Buffer.from('x'), parts: [part], key: 'k', repeat: 'safe' })
    const got: unknown[] = []
    const take = (message: Message) =>
      got.push(message.parts.map((each) => ({ ...each, bytes: Buffer.from(each.bytes).toString() })))
    const wanted = [{ ...part, bytes: 'a picture' }]
    channel.answers = [
      (message) => {
        take(message)
        return fail('retry', 'no', 'later')(message, {} as never)
      },
      (message) => {
        take(message)
        return { state: 'sent', receipt: { id: 'r', atMs: t0 } }
      },
    ]
    store.apply(alerts(1))
    const first = start()
    await clock.settle()
    await first.stop()
    store.reopen()
    start()
    await clock.advance(minute)
    expect(got).toEqual([wanted, wanted])
  })

  it('stops going to an address where nobody is, and drops what waits for it', async () => {
    subscribe({}, { address: 'b@example.org' })
    channel.answers = [fail('reject', 'no', '550 5.1.1 no such user', { addressDead: true })]
    store.apply(alerts(1))
    const delivering = start({}, 1)
    await clock.settle()
    store.apply(alerts(2, 1))
    delivering.wake()
    await clock.settle()
    expect(channel.sent.map(({ body }) => body.split(' to ')[1])).toEqual([
      'a0@example.org',
      ...Array(3).fill('b@example.org'),
    ])
  })

  it('is given up when it expires while the service is silent', async () => {
    store.configure({ ...plan({}), bridges: [bridge('email', { expireAfterMs: 60 * minute })] })
    channel.answers = Array(500).fill(fail('retry', 'maybe', 'down'))
    store.apply(alerts(2))
    start()
    await clock.advance(3 * 60 * minute)
    expect(store.lines()).toMatchObject(Array(2).fill({ state: 'expired', reached: 'maybe' }))
    const sent = channel.sent.length
    await clock.advance(day)
    expect(channel.sent).toHaveLength(sent)
  })

  it('keeps the history of each attempt and question, and what a person should look up', async () => {
    channel.repeat = 'never'
    channel.answers = [fail('retry', 'no', '451 busy'), fail('retry', 'maybe', 'connection reset')]
    subscribe({})
    store.apply(alerts(1))
    start()
    await clock.advance(minute)
    const [line] = store.lines()
    expect(line).toMatchObject({ state: 'parked', reached: 'maybe', attempts: 2 })
    for (const word of ['email', 'key-ivo://example.org/streams/bright#1', 'a0@example.org', 'connection reset'])
      expect(line?.lookUp).toContain(word)
    expect(store.detail(line?.id ?? 0)?.history).toMatchObject([
      { number: 1, kind: 'send', outcome: 'queued', reached: 'no', reply: '451 busy', startedMs: t0 },
      { number: 2, kind: 'send', outcome: 'parked', reached: 'maybe', reply: 'connection reset' },
    ])
  })
})
