/** Drafts in the store: versions, yeses, what was handed in, and what was said before. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PlannedSubscription } from '../../src/record/plan-port.ts'
import type { Settlement } from '../../src/record/port.ts'
import { openValidator } from '../../vo/validate.ts'
import { readVOEvent } from '../../vo/xml/voevent-2.0.ts'
import { bridge, plan, sifted, streamIvoid, t0, voevent } from './fixtures.ts'
import { hour, OutboxStage } from './outbox-stage.ts'

let stage: OutboxStage
beforeEach(() => {
  stage = new OutboxStage()
})
afterEach(() => stage.remove())

const by = (name = 'anna') => ({ by: name, nowMs: stage.nowMs })
const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (body: Uint8Array | undefined) => Buffer.from(body ?? []).toString()
const receipt = { id: 'ATel #17123', title: 'ATel #17123', url: 'https://telegrams.example.org/?read=17123' }
const telegrams = { bridge: 'atel', address: 'all', cadence: { kind: 'draft' } } as const

function subscribe(...subscriptions: Partial<PlannedSubscription>[]): void {
  stage.configure({
    ...plan(...subscriptions),
    bridges: [
      bridge('email'),
      bridge('webhook', { digests: false }),
      bridge('atel', { digests: false, byHand: true, oncePerObject: true }),
      bridge('toot', { digests: false, silent: '`live: true` is missing' }),
      bridge('tns', { digests: false, oncePerObject: true }),
    ],
  })
}
/** Gives what waits a message each: its number. */
function render(bridgeName: string): number[] {
  const held = stage.claim(bridgeName).filter(({ state }) => state === 'held')
  for (const { id } of held) keep(id)
  return held.map(({ id }) => id)
}
const keep = (id: number, text = `text of ${id}`) =>
  stage.run('keepMessage', id, { body: bytes(text), key: `k${id}`, repeat: 'never' }, stage.nowMs)
const log = () =>
  stage.sql.all<{ ivoid: string }>('SELECT e.ivoid FROM log l JOIN events e ON e.id = l.event_id ORDER BY l.seq')
const settle = (id: number, settlement: Partial<Settlement>) =>
  stage.run('settle', [{ id, state: 'sent', attempted: true, ...settlement }], stage.nowMs)

describe('a change', () => {
  beforeEach(() => {
    subscribe({ cadence: { kind: 'draft' } })
    stage.match('1')
  })

  it('keeps what was there, names who made it, and is what goes out', () => {
    render('email')
    stage.nowMs += hour
    expect(stage.run('editDraft', 1, { ...by(), body: bytes('better'), version: 0 })).toBe(1)
    expect(stage.run('editDraft', 1, { ...by('ben'), body: bytes('best'), version: 1 })).toBe(2)
    expect(stage.draft(1)).toMatchObject({ version: 2, state: 'held', about: `${streamIvoid}#1` })
    expect(stage.draft(1)?.versions.map((each) => ({ ...each, body: textOf(each.body) }))).toEqual([
      { version: 0, by: null, atMs: t0, body: 'text of 1' },
      { version: 1, by: 'anna', atMs: t0 + hour, body: 'better' },
      { version: 2, by: 'ben', atMs: t0 + hour, body: 'best' },
    ])
    expect(stage.run('approve', [1], { ...by(), versions: { 1: 2 } }).done).toEqual([1])
    const [sent] = stage.claim()
    expect(textOf(sent?.message?.body)).toBe('best')
    expect(sent?.message).toMatchObject({ key: 'k1', repeat: 'never' })
    expect(stage.detail(1)).toMatchObject({ approvedBy: 'anna' })
  })

  it('is refused where somebody else was faster, before there is a message, and once it is decided', () => {
    const edit = (version: number) => () => stage.run('editDraft', 1, { ...by(), body: bytes('x'), version })
    expect(edit(0)).toThrow('DRAFT_NOT_RENDERED')
    render('email')
    edit(0)()
    expect(edit(0)).toThrow('DRAFT_CHANGED')
    expect(() => stage.run('editDraft', 9, { ...by(), body: bytes('x'), version: 0 })).toThrow('NOT_FOUND')
    expect(stage.run('approve', [1], { ...by(), versions: { 1: 0 } })).toMatchObject({
      done: [],
      refused: [{ code: 'DRAFT_CHANGED', reason: 'it was changed meanwhile: you saw version 0, and it is version 1' }],
    })
    expect(stage.run('approve', [1], by()).done).toEqual([1])
    expect(edit(1)).toThrow('DELIVERY_STATE')
  })
})

describe('a yes', () => {
  it('sends nothing by hand, through what is not live, or without a message', () => {
    subscribe(telegrams, { bridge: 'toot', address: 'x', cadence: { kind: 'draft' } }, { cadence: { kind: 'draft' } })
    stage.match('1')
    render('atel')
    render('toot')
    expect(stage.run('approve', [1, 2, 3], by()).refused.map(({ id, code, reason }) => [id, code, reason])).toEqual([
      [1, 'DRAFT_BY_HAND', 'a person hands it in; then `fountain drafts sent` tells what it became'],
      [2, 'BRIDGE_NOT_LIVE', '`live: true` is missing'],
      [3, 'DRAFT_NOT_RENDERED', 'it has no message yet: look again in a moment'],
    ])
    expect(stage.states()).toEqual({ 1: 'held', 2: 'held', 3: 'held' })
  })
})

describe('a page', () => {
  it('has a token of 256 bits of its own, which nothing but a draft has', () => {
    subscribe({ cadence: { kind: 'draft' } }, {})
    stage.match('1', '2')
    const tokens = [1, 3].map((id) => stage.draft(id)?.pageToken)
    expect(new Set(tokens).size).toBe(2)
    for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(stage.draft(2)).toBeNull()
  })
})

describe('what a person handed in', () => {
  beforeEach(() => {
    subscribe(telegrams, { bridge: 'tns', address: 't', cadence: { kind: 'draft' } })
    const named = voevent(`${streamIvoid}#1`)
    const groups = [
      {
        name: 'object',
        params: [
          { definition: { name: 'name', dataType: 'string', ucd: 'meta.id;meta.main' }, value: 'LSST-AP-DO-7' },
          { definition: { name: 'mag', dataType: 'float', ucd: 'phot.mag' }, value: 18.2 },
        ],
        descriptions: [],
        references: [],
      },
    ] as const
    const batch = sifted([{ offset: 0, alertId: '1', objectId: '7' }])
    stage.apply({
      ...batch,
      events: batch.events.map((event) => ({
        ...event,
        event: { ...named, what: { ...named.what, groups } } as never,
      })),
    })
    render('atel')
  })

  it('is sent, with who said so, and an event of ours cites it on the log', async () => {
    expect(stage.draft(1)?.about).toBe('LSST-AP-DO-7')
    expect(stage.run('handedIn', 1, { ...by(), receipt })).toEqual({ ivoid: `${streamIvoid}#1.c1`, seq: 2 })
    expect(stage.detail(1)).toMatchObject({
      state: 'sent',
      reached: 'yes',
      approvedBy: 'anna',
      receipt: { id: 'ATel #17123', reply: `ATel #17123, ${receipt.url}` },
    })
    expect(log().map(({ ivoid }) => ivoid)).toEqual([`${streamIvoid}#1`, `${streamIvoid}#1.c1`])
    const row = stage.sql.get<{ bytes: Uint8Array; role: string; object_id: string | null }>(
      'SELECT bytes, role, object_id FROM events ORDER BY id DESC LIMIT 1',
    )
    const xml = row?.bytes ?? new Uint8Array()
    const validator = await openValidator()
    expect((await validator.validate(xml)).issues).toEqual([])
    const { event } = readVOEvent(xml, { mode: 'strict' })
    expect(event).toMatchObject({
      ivoid: `${streamIvoid}#1.c1`,
      role: 'observation',
      citations: { events: [{ ivoid: `${streamIvoid}#1`, cite: 'followup' }] },
      description: 'Published as ATel #17123.',
      reference: { uri: receipt.url },
    })
    // What was measured is not said again: the name alone.
    expect(event.what?.groups.flatMap(({ params }) => params.map(({ value }) => value))).toEqual(['LSST-AP-DO-7'])
    expect(row).toMatchObject({ role: 'observation', object_id: null })
    // Nobody subscribed to citations: they are for feeds.
    expect(stage.lines()).toHaveLength(2)
    expect(stage.faults()).toEqual([])
  })

  it('is only what goes by hand, has a message, and is not decided', () => {
    const sent = (id: number) => () => stage.run('handedIn', id, { ...by(), receipt })
    expect(sent(2)).toThrow('DRAFT_NOT_RENDERED')
    render('tns')
    expect(sent(2)).toThrow('DRAFT_NOT_BY_HAND')
    expect(sent(3)).toThrow('NOT_FOUND')
    sent(1)()
    expect(sent(1)).toThrow('DELIVERY_STATE')
  })

  it('is cited once by a name; what follows about the object cites the event that says something', () => {
    stage.run('handedIn', 1, { ...by(), receipt })
    const cites = { title: 'AT 2026abc', url: 'https://names.example.org/2026abc' }
    render('tns')
    stage.run('approve', [2], by())
    stage.claim('tns')
    expect(settle(2, { receipt: { id: 'AT2026abc', atMs: t0, cites } })).toEqual([
      { ivoid: `${streamIvoid}#1.c2`, seq: 3 },
    ])
    // Said again by whatever comes later: known.
    expect(settle(2, { receipt: { id: 'AT2026abc', atMs: t0, cites } })).toEqual([])
    stage.apply(sifted([{ offset: 1, alertId: '2', objectId: '7' }]))
    const model = stage.sql.get<{ model: string }>('SELECT model FROM events ORDER BY id DESC LIMIT 1')?.model
    expect(model).toContain(`"ivoid":"${streamIvoid}#1","cite":"followup"`)
    expect(model).not.toContain('.c')
  })

  it('counts although its event was retracted before anybody said so: the retraction waits to be handed in', () => {
    expect(stage.run('retract', { ivoid: `${streamIvoid}#1`, reason: 'a satellite', ...by() })).toMatchObject({
      deliveries: 0,
    })
    expect(stage.states()[1]).toBe('dropped')
    expect(stage.run('handedIn', 1, { ...by(), receipt })).toEqual({ ivoid: `${streamIvoid}#1.c1`, seq: 3 })
    expect(stage.detail(1)).toMatchObject({ state: 'sent', reached: 'yes', error: null })
    expect(stage.claim('atel')).toMatchObject([{ purpose: 'retraction', state: 'held', thread: [{ id: receipt.id }] }])
    expect(stage.faults()).toEqual([])
  })

  it('counts although somebody discarded the draft', () => {
    stage.run('dropDeliveries', [1], { ...by(), reason: 'a star' })
    stage.run('handedIn', 1, { ...by('ben'), receipt })
    expect(stage.detail(1)).toMatchObject({ state: 'sent', approvedBy: 'ben', error: null })
  })

  it('that is taken back becomes a draft that somebody hands in, too', () => {
    stage.run('handedIn', 1, { ...by(), receipt })
    stage.run('retract', { ivoid: `${streamIvoid}#1`, reason: 'an artefact', ...by() })
    const [draft] = stage.claim('atel')
    expect(draft).toMatchObject({ purpose: 'retraction', state: 'held', sequence: 2, thread: [{ id: 'ATel #17123' }] })
    keep(draft?.id ?? 0)
    expect(stage.draft(draft?.id ?? 0)?.before).toMatchObject({ id: 1, receiptId: 'ATel #17123' })
    expect(stage.run('handedIn', draft?.id ?? 0, { ...by(), receipt: { ...receipt, title: 'ATel #17124' } })).toEqual({
      ivoid: `${streamIvoid}#1.r1.c1`,
      seq: 4,
    })
    expect(stage.faults()).toEqual([])
  })
})

describe('an event of somebody else', () => {
  it('is reported, but gets no citation under their authority', () => {
    subscribe({ ...telegrams })
    stage.match('1')
    stage.sql.run(`UPDATE events SET origin = 'submitted'`)
    render('atel')
    expect(stage.run('handedIn', 1, { ...by(), receipt })).toBeNull()
    expect(stage.states()).toEqual({ 1: 'sent' })
  })
})

describe('an object that is said once', () => {
  beforeEach(() => subscribe(telegrams, { ...telegrams, name: 'others' }))
  const again = (alertId: string) => {
    const before = stage.lines().length
    stage.match({ alertId, objectId: 'o' })
    return stage.lines().length - before
  }

  it.each([
    ['waits', () => {}, 0],
    ['was handed in', () => stage.run('handedIn', 1, { ...by(), receipt }), 0],
    ['a person did not want', () => stage.run('dropDeliveries', [1], { ...by(), reason: 'a star' }), 0],
    ['could not be said', () => settle(1, { state: 'rejected', attempted: false }), 1],
    ['was retracted unsent', () => stage.run('retract', { ivoid: `${streamIvoid}#1`, reason: 'x', ...by() }), 1],
  ] as const)('is left out while it %s', (_, happens, comes) => {
    expect(again('1')).toBe(1)
    expect(stage.ledger('others')).toMatchObject({ chosen: 1, deliveries: 0, reasons: { repeat: 1 } })
    render('atel')
    happens()
    expect(again('2')).toBe(comes)
    expect(stage.faults()).toEqual([])
  })

  it('is another one of another survey, and through another address', () => {
    again('1')
    stage.apply(sifted([{ offset: 100, alertId: '9', objectId: 'o' }], { survey: 'ztf', topic: 'ztf' }))
    expect(stage.lines()).toHaveLength(2)
    subscribe({ ...telegrams, address: 'elsewhere', name: 'third' })
    expect(again('3')).toBe(1)
  })

  it('is not said twice by taking up an old one', () => {
    again('1')
    render('atel')
    settle(1, { state: 'rejected', attempted: false })
    again('2')
    expect(stage.run('retryDeliveries', [1], { ...by(), again: true }).refused).toMatchObject([
      { code: 'REPORTED_ALREADY' },
    ])
    stage.run('dropDeliveries', [2], { ...by(), reason: 'x' })
    expect(stage.run('retryDeliveries', [1], { ...by(), again: true }).refused).toMatchObject([
      { code: 'REPORTED_ALREADY' },
    ])
    stage.run('retryDeliveries', [2], { ...by(), again: true })
    expect(stage.states()).toEqual({ 1: 'rejected', 2: 'held' })
  })
})

describe('a draft that could not be said', () => {
  it('is rendered anew when it is taken up without a message, and stands when it has one', () => {
    subscribe({ cadence: { kind: 'draft' } })
    stage.match('1', '2')
    const [first, second] = stage.claim()
    settle(first?.id ?? 0, { state: 'rejected', attempted: false, error: 'no authors' })
    keep(second?.id ?? 0)
    settle(second?.id ?? 0, { state: 'rejected', attempted: false })
    expect(stage.run('retryDeliveries', [1, 2], { ...by(), again: false }).done).toEqual([1, 2])
    expect(stage.states()).toEqual({ 1: 'held', 2: 'held' })
    expect(stage.claim().map(({ id }) => id)).toEqual([1])
    expect(textOf(stage.detail(2)?.message?.body)).toBe('text of 2')
  })
})

describe('a draft that the other side refused', () => {
  it('waits for another text and another yes when it is taken up again', () => {
    subscribe({ cadence: { kind: 'draft' } })
    stage.match('1')
    render('email')
    stage.run('approve', [1], by())
    stage.claim()
    settle(1, { state: 'rejected', reached: 'no', error: 'remarks: too long' })
    expect(stage.run('retryDeliveries', [1], { ...by(), again: false }).done).toEqual([1])
    expect(stage.detail(1)).toMatchObject({ state: 'held', approvedBy: null })
    expect(stage.claim()).toEqual([])
    stage.run('editDraft', 1, { ...by(), body: bytes('shorter'), version: 0 })
    expect(stage.run('approve', [1], { ...by('ben'), versions: { 1: 1 } }).done).toEqual([1])
    expect(textOf(stage.claim()[0]?.message?.body)).toBe('shorter')
    expect(stage.detail(1)).toMatchObject({ approvedBy: 'ben' })
    expect(stage.faults()).toEqual([])
  })
})

describe('the place in a thread', () => {
  it('counts what can have been read, once a message, and not what was dropped, refused or too late', () => {
    subscribe({ bridge: 'webhook' })
    const says = (alertId: string) => {
      stage.match({ alertId, objectId: 'o' })
      return stage.claim('webhook').map(({ id, sequence }) => ({ id, sequence }))[0]
    }
    expect(says('1')?.sequence).toBe(1)
    settle(1, { state: 'rejected' })
    expect(says('2')?.sequence).toBe(1)
    settle(2, { state: 'parked', reached: 'no' })
    expect(says('3')?.sequence).toBe(1)
    settle(3, { state: 'sent' })
    expect(says('4')?.sequence).toBe(2)
    // Nobody knows whether it arrived: its number is not given again.
    settle(4, { state: 'parked', reached: 'maybe' })
    expect(says('5')?.sequence).toBe(3)
    settle(5, { state: 'expired', reached: 'no' })
    stage.run('retract', { ivoid: `${streamIvoid}#3`, reason: 'x', ...by() })
    expect(stage.claim('webhook')).toMatchObject([{ purpose: 'retraction', sequence: 3 }])
  })

  it('is the second for a retraction of what has no object', () => {
    subscribe({ bridge: 'webhook' })
    stage.match('1')
    expect(stage.send('webhook')).toMatchObject([{ sequence: 1 }])
    stage.run('retract', { ivoid: `${streamIvoid}#1`, reason: 'x', ...by() })
    expect(stage.claim('webhook')).toMatchObject([{ sequence: 2 }])
  })
})
