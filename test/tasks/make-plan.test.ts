import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { type Kinds, loadKinds } from '../../src/wiring/kinds.ts'
import { planOf } from '../../src/wiring/plan-of.ts'

const kinds: Kinds = await loadKinds()
const plan = (text: string) => {
  const bridges =
    'bridges: { vtp: {}, log: { kind: kafka, brokers: ["127.0.0.1:1"] }, mail: { kind: email, smtp: "smtp://localhost", from: a@example.org } }'
  return planOf(parseConfig(`authority: my.observatory\n${bridges}\n${text}`, kinds.schemas, {}).config, '.', kinds)
}

/** What the operator's subscription is when nothing else is said. */
const operators = {
  owner: 'operator',
  cadence: { kind: 'instant' },
  content: 'full',
  pictures: true,
  mustConfirm: false,
  test: false,
}

describe('the plan of a configuration', () => {
  it('gives a stream its subscriptions, and a subscription with a filter of its own a private one', () => {
    const { store, alertFilters, eventFilters } = plan(`
streams: { bright: { filter: mag < 17, title: Bright } }
subscriptions:
  - { stream: bright, to: mail, address: a@example.org, maxPerHour: 3, test: true }
  - { name: mine, filter: mag < 20, to: mail, address: b@example.org }`)
    expect(store.authority).toBe('my.observatory')
    expect(store.filters.map(({ key, stream, subscriptions }) => [key.name, stream, subscriptions])).toEqual([
      [
        'bright',
        { name: 'bright', title: 'Bright' },
        [
          {
            ...operators,
            name: expect.stringMatching(/^bright-mail-[0-9a-f]{8}$/),
            bridge: 'mail',
            address: 'a@example.org',
            maxPerHour: 3,
            test: true,
          },
        ],
      ],
      ['private/mine', undefined, [{ ...operators, name: 'mine', bridge: 'mail', address: 'b@example.org' }]],
    ])
    expect(alertFilters('ztf').map(({ key, stream }) => [key, stream?.title])).toEqual([
      [store.filters[0]?.key, 'Bright'],
      [store.filters[1]?.key, undefined],
    ])
    expect(eventFilters).toEqual([])
  })

  it('calls nobody by the name of another when a subscription is taken out of the list', () => {
    const names = (...lines: string[]) =>
      plan(`streams: { s: { filter: mag < 17, title: S } }
subscriptions:
${lines.map((line) => `  - { stream: s, to: mail, ${line} }`).join('\n')}`)
        .store.filters.flatMap(({ subscriptions }) => subscriptions)
        .map(({ name, address }) => [address, name])
    const [anna, ben, carol] = ['address: anna@example.org', 'address: ben@example.org', 'address: carol@example.org']
    const all = names(anna as string, ben as string, carol as string)
    expect(new Set(all.map(([, name]) => name)).size).toBe(3)
    expect(names(carol as string, ben as string)).toEqual([all[2], all[1]])
    // Twice the same way to the same place: told apart all the same.
    expect(new Set(names(`${ben}, test: true`, ben as string).map(([, name]) => name)).size).toBe(2)
  })

  it('says when what a filter chose goes out, and what each bridge can do', () => {
    const { store } = plan(`
subscriptions:
  - { filter: mag < 1, to: mail, address: a@example.org, cadence: nightly, nightlyAt: "07:45", content: summary, pictures: false }
  - { filter: mag < 2, to: mail, address: a@example.org, cadence: { count: 5, atMostHours: 1.5 } }
  - { filter: mag < 3, to: mail, address: a@example.org, cadence: hourly, quietHours: { from: "22:30", to: "07:00", timeZone: Europe/Berlin } }
  - { filter: mag < 4, to: log, address: t, cadence: draft }`)
    expect(store.filters.flatMap(({ subscriptions }) => subscriptions)).toMatchObject([
      { cadence: { kind: 'nightly', atUtcMinutes: 465 }, content: 'summary', pictures: false },
      { cadence: { kind: 'count', count: 5, atMostMs: 5_400_000 } },
      {
        cadence: { kind: 'hourly' },
        quietHours: { fromMinutes: 1350, toMinutes: 420, timeZone: 'Europe/Berlin' },
      },
      { cadence: { kind: 'draft' } },
    ])
    const expireAfterMs = 72 * 3_600_000
    expect(store.bridges).toEqual([
      { name: 'vtp', confirms: false, digests: false, expireAfterMs },
      { name: 'log', confirms: false, digests: false, expireAfterMs },
      { name: 'mail', confirms: true, digests: true, expireAfterMs },
    ])
  })

  it('asks events from outside with the filters on `event`, and alerts with the others', () => {
    const { alertFilters, eventFilters } = plan(`
subscriptions:
  - { name: tests, filter: "SELECT * FROM event WHERE role = 'test'", to: mail, address: a@example.org }
  - { name: faint, filter: mag > 20, to: mail, address: a@example.org }`)
    expect(eventFilters.map(({ key }) => key.name)).toEqual(['private/tests'])
    expect(alertFilters('lsst').map(({ key }) => key.name)).toEqual(['private/faint'])
  })

  it.each([
    [
      'streams: { s: { filter: "SELECT * FROM event", title: S } }',
      'FILTER_NOT_SUPPORTED',
      /streams\.s: a stream asks alerts/,
    ],
    ['streams: { s: { filter: mga < 3, title: S } }', 'FILTER_UNKNOWN_COLUMN', /in streams\.s: line 1, column 1/],
    ['streams: { s: { filter: none.adql, title: S } }', 'FILES_UNREADABLE', /none\.adql: no such file/],
    [
      'subscriptions: [{ name: a, filter: mga < 3, to: mail, address: a@example.org }]',
      'FILTER_UNKNOWN_COLUMN',
      /in private\/a: /,
    ],
    ['subscriptions: [{ filter: mag < 3, to: vtp }]', 'ADDRESS_INVALID', /vtp is a feed/],
    [
      'subscriptions: [{ filter: mag < 3, to: log, address: t, cadence: hourly }]',
      'DIGEST_UNSUPPORTED',
      /filter-log-[0-9a-f]{8}: log sends/,
    ],
    ['subscriptions: [{ filter: mag < 3, to: mail, address: 5 }]', 'ADDRESS_INVALID', /mail: /],
    [
      'subscriptions: [{ name: a, filter: mag < 3, to: mail, address: a@example.org }, { name: a, filter: mag < 4, to: mail, address: a@example.org }]',
      'CONFIG_INVALID',
      /'a' is used twice/,
    ],
  ])('%s is %s', (text, code, words) => {
    expect(() => plan(text)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(words) }))
  })
})
