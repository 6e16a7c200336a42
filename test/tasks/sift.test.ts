/** The way of a packet on plain stages: what each may do wrong, and that no other packet pays for it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FountainError } from '../../src/errors.ts'
import { checkSifted } from '../../src/record/check-sifted.ts'
import { makeSift } from '../../src/tasks/sift.ts'
import { batchOf, plainFilter, plainStages } from './plain-stages.ts'

const bright = plainFilter('bright', (row) => row.includes('bright'), 'bright-ones')
const any = plainFilter('private/any', () => true)

describe('sifting a batch', () => {
  it('gives each packet its line, and each match its candidate with an event', async () => {
    const sifted = await makeSift(plainStages({ filters: [bright, any] }))(batchOf('alert 1 bright', 'alert 2 faint'))
    expect(sifted).toMatchObject({
      source: 's',
      survey: 'plain',
      topic: 't',
      from: 10,
      to: 12,
      kind: 'span',
      nowMs: 1000,
    })
    expect(sifted.filters).toEqual([bright.key, any.key])
    expect(sifted.lines.map(({ offset, outcome, alertId, passed }) => ({ offset, outcome, alertId, passed }))).toEqual([
      { offset: 10, outcome: 'decoded', alertId: '1', passed: [0, 1] },
      { offset: 11, outcome: 'decoded', alertId: '2', passed: [1] },
    ])
    expect(sifted.candidates.map(({ filter, alertId, event }) => [filter, alertId, event])).toEqual([
      [0, '1', { ivoid: 'ivo://my.observatory/bright-ones#1' }],
      [1, '1', { ivoid: 'ivo://my.observatory/plain#1' }],
      [1, '2', { ivoid: 'ivo://my.observatory/plain#2' }],
    ])
    expect(sifted.events.map(({ event, published }) => [event.ivoid, published])).toEqual([
      ['ivo://my.observatory/plain#1', false],
      ['ivo://my.observatory/bright-ones#1', true],
      ['ivo://my.observatory/plain#2', false],
    ])
    expect(sifted.candidates[0]?.columns).toMatchObject([{ definition: { name: 'words' }, value: 'alert 1 bright' }])
  })

  it.each([2 ** 60, 1.5, Number.NaN])('takes a visit of %s for unknown', async (visit) => {
    const { identify, ...stages } = plainStages({ filters: [any] })
    const sift = makeSift({ ...stages, identify: (alert) => ({ ...identify(alert), visit }) })
    const sifted = await sift(batchOf('alert 1', 'alert 2'))
    expect(sifted.lines.map((line) => line.visit)).toEqual([0, 0])
    expect(sifted.candidates.map((candidate) => candidate.visit)).toEqual([0, 0])
    expect(() => checkSifted(sifted)).not.toThrow()
  })

  it('lets others have their turn within a large batch', async () => {
    let turns = 0
    let over = false
    const turn = () => {
      turns += 1
      if (!over) setImmediate(turn)
    }
    turn()
    const sifted = await makeSift(plainStages())(
      batchOf(...Array.from({ length: 1000 }, (_, index) => `alert ${index}`)),
    )
    over = true
    expect(sifted.lines).toHaveLength(1000)
    expect(turns).toBeGreaterThan(10)
  })

  it('notes the schema that a packet waits for', async () => {
    const stages = plainStages({
      unframe: (bytes) => ({ kind: 'confluent', schemaId: 5, datum: bytes }),
      schemaOf: async () => {
        throw new FountainError('REGISTRY_UNKNOWN_ID', '5')
      },
    })
    expect((await makeSift(stages)(batchOf('alert 1'))).dead).toMatchObject([{ state: 'parked', schemaId: 5 }])
  })

  it('sets aside what cannot be used, whole and with the reason; an unknown schema waits', async () => {
    const sifted = await makeSift(plainStages())(batchOf('', 'alert 1 schema unknown', 'no number', 'alert 2'))
    expect(sifted.dead).toEqual([
      { offset: 10, state: 'dead', code: 'FRAMING_UNKNOWN', reason: 'empty' },
      { offset: 11, state: 'parked', code: 'REGISTRY_UNKNOWN_ID', reason: 'schema id 5' },
      { offset: 12, state: 'dead', code: 'ALERT_NO_ID', reason: 'none' },
    ])
    expect(sifted.lines.map((line) => line.outcome)).toEqual(['dead', 'parked', 'dead', 'decoded'])
    expect(sifted.kept.map(({ offset, bytes }) => [offset, Buffer.from(bytes).toString()])).toEqual([
      [10, ''],
      [11, 'alert 1 schema unknown'],
      [12, 'no number'],
    ])
  })

  it.each([
    ['matched', ['alert 1 bright']],
    ['all', ['alert 1 bright', 'alert 2']],
    ['none', []],
  ] as const)('keeps %s', async (keep, texts) => {
    const sifted = await makeSift(plainStages({ filters: [bright], keep }))(batchOf('alert 1 bright', 'alert 2'))
    expect(sifted.kept.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(texts)
  })

  it('copies what it keeps: the batch may be a view into a buffer that is used again', async () => {
    const batch = batchOf('')
    const bytes = Buffer.from('no number')
    const sifted = await makeSift(plainStages())({ ...batch, packets: [{ ...batch.packets[0]!, bytes }] })
    bytes.fill(0)
    expect(Buffer.from(sifted.kept[0]!.bytes).toString()).toBe('no number')
  })

  it.each(['unframe', 'schema', 'decode', 'identify'])(
    'an unforeseen error at %s costs that packet alone',
    async (at) => {
      const sifted = await makeSift(plainStages({ filters: [any] }))(
        batchOf('alert 1', `alert 2 unforeseen ${at}`, 'alert 3'),
      )
      expect(sifted.lines.map(({ outcome }) => outcome)).toEqual(['decoded', 'dead', 'decoded'])
      expect(sifted.dead).toEqual([
        { offset: 11, state: 'dead', code: 'DECODE_INVALID', reason: `TypeError: unforeseen at ${at}` },
      ])
      expect(sifted.candidates.map(({ alertId }) => alertId)).toEqual(['1', '3'])
    },
  )

  it('a filter that fails is counted as errored; the others pass', async () => {
    const stages = plainStages({ filters: [bright, any] })
    const sifted = await makeSift(stages)(batchOf('alert 1 bright unforeseen filter bright', 'alert 2 bright'))
    expect(sifted.lines.map(({ passed, errored }) => ({ passed, errored }))).toEqual([
      { passed: [1], errored: [0] },
      { passed: [0, 1], errored: [] },
    ])
  })

  it('an event that cannot be made is a candidate with the reason: the survey’s own, or a stream’s alone', async () => {
    const sift = makeSift(plainStages({ filters: [bright, any] }))
    const own = await sift(batchOf('alert 1 bright unforeseen map'))
    const failed = { code: 'MAPPING_FAILED', reason: 'TypeError: unforeseen at map' }
    expect(own.candidates.map(({ event }) => event)).toEqual([failed, failed])
    expect(own.events).toEqual([])
    expect(own.lines[0]).toMatchObject({ outcome: 'decoded', passed: [0, 1] })
  })

  it('accounts for every packet, whatever fails where', async () => {
    const places = [
      'unframe',
      'schema',
      'decode',
      'identify',
      'filter bright',
      'filter private/any',
      'map',
      'map bright-ones',
    ]
    const packet = fc
      .record({ id: fc.nat(9), at: fc.option(fc.constantFrom(...places)), bright: fc.boolean() })
      .map(({ id, at, bright: is }) => `alert ${id}${is ? ' bright' : ''}${at === null ? '' : ` unforeseen ${at}`}`)
    await fc.assert(
      fc.asyncProperty(fc.array(packet), async (texts) => {
        const sifted = await makeSift(plainStages({ filters: [bright, any] }))(batchOf(...texts))
        expect(sifted.lines.map(({ offset }) => offset)).toEqual(texts.map((_, i) => 10 + i))
        expect(sifted.dead.length).toBe(sifted.lines.filter(({ outcome }) => outcome === 'dead').length)
        const passed = sifted.lines.flatMap((line) => line.passed.map((filter) => [line.offset, filter]))
        expect(sifted.candidates.map(({ offset, filter }) => [offset, filter])).toEqual(passed)
        const made = new Set(sifted.events.map(({ event }) => event.ivoid))
        for (const { event } of sifted.candidates) if ('ivoid' in event) expect(made).toContain(event.ivoid)
      }),
    )
  })
})
