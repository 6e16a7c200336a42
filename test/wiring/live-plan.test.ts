import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Log } from '../../bridges/contract.ts'
import { type Config, parseConfig } from '../../src/config.ts'
import type { PacketBatch } from '../../src/flow.ts'
import { type OpenedStore, openStore } from '../../src/record/open-store.ts'
import { type LivePlan, livePlan } from '../../src/wiring/live-plan.ts'
import { siftOf } from '../../src/wiring/source-of.ts'
import { newDataDir, outside, removeDataDir, sifted, t0 } from '../record/fixtures.ts'
import { kinds } from '../serve/people-gateway.ts'

const config: Config = parseConfig(
  `
authority: example.org
streams: { young: { filter: "mag < 18", title: Young } }
bridges: { box: { users: true } }
sources: { a: { kind: files, survey: lsst, paths: [none] }, b: { kind: files, survey: ztf, paths: [none] } }`,
  kinds.schemas,
  {},
).config

let dataDir: string
let store: OpenedStore
let said: unknown[]
const log: Log = {
  debug() {},
  info() {},
  warn: (fields) => said.push(fields),
  error: (fields) => said.push(fields),
  child: () => log,
}
beforeEach(async () => {
  dataDir = newDataDir()
  said = []
  store = await openStore(dataDir, { log, clock: { now: () => t0 } })
  await store.addUser({ name: 'ada', role: 'user', email: null })
})
afterEach(async () => {
  await store.close()
  removeDataDir(dataDir)
})

const open = () => livePlan({ config, base: '.', kinds, store, log })
const makeFilter = (text: string, name = 'f') =>
  store.makeFilter({ owner: 'ada', name, group: null, public: false, text })
const subscribe = (definition: object, name = 's') =>
  store.makeSubscription({
    owner: 'ada',
    name,
    group: null,
    definition: { to: 'box', address: { shelf: 1 }, ...definition },
  })
const names = (plan: LivePlan, survey = 'lsst') => plan.alertFilters(survey).map(({ key }) => key.name)
const keyOf = (plan: LivePlan, name: string) => {
  const found = plan.alertFilters('lsst').find(({ key }) => key.name === name)
  if (found === undefined) throw new Error(`no filter ${name}`)
  return found.key
}
const batch: PacketBatch = { source: 'a', topic: 't', partition: 0, from: 0, to: 0, packets: [] }

describe('the plan in force', () => {
  it('takes a filter up with its first subscription, and lets it go with its last', async () => {
    const plan = await open()
    const sift = siftOf(config.sources.a as Config['sources'][string], { config, log }, dataDir, plan)
    expect((await sift(batch)).filters.map(({ name }) => name)).toEqual(['young'])
    const before = plan.alertFilters('lsst')
    const filter = await makeFilter('mag < 17')
    await plan.reload()
    expect(names(plan)).toEqual(['young'])
    const id = await subscribe({ filter })
    await plan.reload()
    expect(plan.alertFilters('lsst')).not.toBe(before)
    expect(plan.alertFilters('lsst')).toBe(plan.alertFilters('lsst'))
    expect(names(plan, 'ztf')).toEqual(['young', 'ada/f'])
    expect((await sift(batch)).filters.map(({ name }) => name)).toEqual(['young', 'ada/f'])
    await store.endSubscription(id)
    await plan.reload()
    expect((await sift(batch)).filters.map(({ name }) => name)).toEqual(['young'])
  })

  it('adds a user’s subscription to a stream of the configuration', async () => {
    const plan = await open()
    await subscribe({ stream: 'young' })
    await plan.reload()
    const applied = await store.apply(sifted([{ offset: 0, alertId: '1' }], { filters: [keyOf(plan, 'young')] }))
    expect(applied.deliveries).toBe(1)
    expect(await store.deliveries({ limit: 9 })).toMatchObject([{ subscription: 'ada/s', owner: 'ada' }])
  })

  it('loses nothing of a batch that was under way when its filter was changed, time and again', async () => {
    const filter = await makeFilter('mag < 17')
    await subscribe({ filter })
    const plan = await open()
    const keys = [keyOf(plan, 'ada/f')]
    for (const text of ['mag < 16', 'mag < 15', 'mag < 14']) {
      await store.changeFilter(filter, { text })
      await plan.reload()
      keys.push(keyOf(plan, 'ada/f'))
    }
    expect(new Set(keys.map(({ version }) => version)).size).toBe(4)
    for (const [offset, key] of keys.entries()) {
      const span = sifted([{ offset, alertId: String(offset) }], { filters: [key] })
      expect((await store.apply(span)).deliveries).toBe(1)
    }
    expect(names(plan)).toEqual(['young', 'ada/f'])
  })

  it('asks events from outside by a user’s filter on them', async () => {
    const filter = await makeFilter("SELECT ivoid FROM event WHERE role = 'observation'")
    await subscribe({ filter })
    const plan = await open()
    expect(names(plan)).toEqual(['young'])
    const key = plan.eventFilters()[0]?.key ?? { name: 'none', version: '' }
    expect(key.name).toBe('ada/f')
    const event = outside('ivo://other.org/events#1')
    const candidate = { offset: 0, filter: 0, alertId: 'x', visit: 0, objectId: null, columns: [] }
    const candidates = [{ ...candidate, event: { ivoid: 'ivo://other.org/events#1' } }]
    expect((await store.apply({ ...event, filters: [key], candidates })).deliveries).toBe(1)
  })

  it('leaves out what fits no longer, says so, and goes on with the rest', async () => {
    const broken = await makeFilter('no_such_column < 17', 'broken')
    const fine = await makeFilter('mag < 17', 'fine')
    await subscribe({ filter: broken }, 'to-broken')
    await subscribe({ filter: fine }, 'to-fine')
    await subscribe({ stream: 'gone' }, 'to-gone')
    await subscribe({ stream: 'young', to: 'gone' }, 'by-gone')
    await subscribe({ stream: 'young', address: 'no shelf' }, 'nowhere')
    await subscribe({ stream: 'young', cadence: 'sometimes' }, 'odd')
    const plan = await open()
    expect(names(plan)).toEqual(['young', 'ada/fine'])
    expect(said).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ filter: 'ada/broken', code: 'FILTER_UNKNOWN_COLUMN' }),
        ...['to-gone', 'by-gone', 'nowhere', 'odd'].map((name) =>
          expect.objectContaining({ subscription: `ada/${name}`, reason: expect.any(String) }),
        ),
      ]),
    )
  })

  it('rests for a disabled user, and where a filter is shared no longer', async () => {
    await store.addUser({ name: 'bob', role: 'user', email: null })
    const filter = await makeFilter('mag < 17')
    await store.changeFilter(filter, { public: true })
    await store.makeSubscription({
      owner: 'bob',
      name: 's',
      group: null,
      definition: { filter, to: 'box', address: { shelf: 2 } },
    })
    const plan = await open()
    expect(names(plan)).toContain('ada/f')
    await store.changeFilter(filter, { public: false })
    await plan.reload()
    expect(names(plan)).not.toContain('ada/f')
    await store.changeFilter(filter, { public: true })
    await store.setUserDisabled('bob', true)
    await plan.reload()
    expect(names(plan)).not.toContain('ada/f')
  })

  it('comes to the same whatever order changes are asked in', async () => {
    const plan = await open()
    const filter = await makeFilter('mag < 17')
    await subscribe({ filter })
    const first = plan.reload()
    await store.changeFilter(filter, { text: 'mag < 16' })
    await Promise.all([first, plan.reload(), plan.reload()])
    const [, mine] = plan.alertFilters('lsst')
    expect(mine?.compiled.text).toBe('mag < 16')
  })
})
