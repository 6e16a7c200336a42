/**
 * The plan in force: the configuration, and what people made by the API. It changes while the gateway runs: the store
 * learns a filter before any batch is asked by it, and a batch is asked by one set of filters from its first packet to
 * its last.
 */
import type { Bridge, Log } from '../../bridges/contract.ts'
import type { Config } from '../config.ts'
import { FountainError } from '../errors.ts'
import { type CompiledFilter, compileFilter } from '../filter/compile-filter.ts'
import type { Table } from '../flow.ts'
import { eventTable } from '../map/event-table.ts'
import { loadMapping } from '../map/load-mapping.ts'
import type { Identity, UserFilter, UserSubscription } from '../record/people-port.ts'
import type { Plan, PlannedFilter, PlannedSubscription } from '../record/plan-port.ts'
import type { Store } from '../record/port.ts'
import { definition as definitionSchema } from '../serve/api/schemas.ts'
import type { ApiStages } from '../serve/api/stages.ts'
import type { GatewayPlan } from '../tasks/make-plan.ts'
import { approvalFault, approverFault, cadenceOf, plannedSubscription, suits } from '../tasks/make-plan.ts'
import type { SiftFilter } from '../tasks/sift.ts'
import type { Kinds } from './kinds.ts'
import { abilitiesOf, addressOf, planOf } from './plan-of.ts'

export interface LivePlan extends Pick<ApiStages, 'checkFilter' | 'checkTarget' | 'reload'> {
  /** The same array as long as nothing changed. */
  alertFilters(survey: string): readonly SiftFilter[]
  eventFilters(): readonly SiftFilter[]
  /** The text of each stream's filter, by the stream's name. */
  readonly texts: GatewayPlan['texts']
}

export interface LivePlanOptions {
  readonly config: Config
  readonly base: string
  readonly kinds: Kinds
  readonly store: Pick<Store, 'configure' | 'inForce'>
  readonly log: Log
}

/** What people made, compiled: it joins the plan of the configuration. */
interface Made {
  readonly filter: UserFilter
  readonly compiled: CompiledFilter
  readonly subscriptions: readonly PlannedSubscription[]
}

/** Throws what `planOf` throws; what people made and does no longer fit is left out and said. */
export async function livePlan(options: LivePlanOptions): Promise<LivePlan> {
  const { config, base, kinds, store, log } = options
  const fixed = planOf(config, base, kinds)
  const anySurvey = Object.values(config.sources)[0]?.survey ?? 'lsst'
  const tablesOf = (survey: string): readonly Table[] => [...loadMapping(survey).tables, eventTable]
  let made: readonly Made[] = []
  let inStore: Plan = fixed.store
  let alertFilters = new Map<string, readonly SiftFilter[]>()
  let eventFilters: readonly SiftFilter[] = fixed.eventFilters

  const load = async (): Promise<void> => {
    const { filters, subscriptions } = await store.inForce()
    const planned = subscriptions.flatMap((row) => {
      const one = plannedOf(row, options)
      return one === undefined ? [] : [one]
    })
    const next = filters.flatMap((filter): Made[] => {
      const own = planned
        .filter(({ definition }) => definition.filter === filter.id)
        .map(({ subscription }) => subscription)
      // A filter that nobody is subscribed to would make events for nobody.
      if (own.length === 0) return []
      try {
        return [{ filter, compiled: compileFilter(filter.text, tablesOf(anySurvey)), subscriptions: own }]
      } catch (error) {
        if (!(error instanceof FountainError)) throw error
        log.error({ code: error.code, filter: filter.name, reason: error.detail }, 'a filter of a user is left out')
        return []
      }
    })
    const ofStreams = fixed.store.filters.map((filter): PlannedFilter => {
      const more = planned.filter(
        ({ definition }) => filter.stream !== undefined && definition.stream === filter.stream.name,
      )
      return more.length === 0
        ? filter
        : { ...filter, subscriptions: [...filter.subscriptions, ...more.map(({ subscription }) => subscription)] }
    })
    const wanted = [...ofStreams, ...next.map(plannedFilterOf)]
    const plan: Plan = { ...fixed.store, filters: [...wanted, ...superseded(inStore.filters, wanted)] }
    await store.configure(plan)
    inStore = plan
    made = next
    alertFilters = new Map()
    eventFilters = [
      ...fixed.eventFilters,
      ...next.filter(({ compiled }) => compiled.table === eventTable.name).map(siftFilterOf),
    ]
  }

  // One after the other: a later change must not be overtaken by an earlier one.
  let queue: Promise<void> = Promise.resolve()
  const reload = (): Promise<void> => {
    const turn = queue.then(load)
    queue = turn.catch(() => undefined)
    return turn
  }
  await reload()

  const ofSurvey = (survey: string): readonly SiftFilter[] => [
    ...fixed.alertFilters(survey),
    ...made.flatMap((one): SiftFilter[] => {
      if (one.compiled.table === eventTable.name) return []
      try {
        return [siftFilterOf({ ...one, compiled: compileFilter(one.filter.text, tablesOf(survey)) })]
      } catch (error) {
        if (!(error instanceof FountainError)) throw error
        log.error(
          { code: error.code, filter: one.filter.name, survey, reason: error.detail },
          'a filter of a user does not fit this survey and is left out for it',
        )
        return []
      }
    }),
  ]
  return {
    alertFilters: (survey) => {
      const known = alertFilters.get(survey)
      if (known !== undefined) return known
      const filters = ofSurvey(survey)
      alertFilters.set(survey, filters)
      return filters
    },
    eventFilters: () => eventFilters,
    texts: fixed.texts,
    checkFilter: (text) => {
      const { table, version, columns, cost } = compileFilter(text, tablesOf(anySurvey))
      // It must fit every survey that is read: one that fits some would choose from these alone.
      for (const { survey } of Object.values(config.sources)) compileFilter(text, tablesOf(survey))
      return {
        table,
        version,
        cost,
        columns: columns.map(({ name, type, unit }) => ({ name, type, ...(unit === undefined ? {} : { unit }) })),
      }
    },
    checkTarget: (name, address, role, ways) => {
      const bridge = bridgeOf(options, name)
      if (bridge === undefined) throw new FountainError('NOT_FOUND', `There is no bridge '${name}'.`)
      const { users } = config.bridges.find((instance) => instance.name === name) ?? {}
      const confirms = bridge.confirms === true
      if (role !== 'admin' && !(users ?? confirms)) throw new FountainError('BRIDGE_CLOSED', name)
      const checked = addressOf(config, kinds, name, address)
      if (confirms && config.publicUrl === undefined) throw new FountainError('CONFIRMATION_IMPOSSIBLE', name)
      if (ways !== undefined) checkWays(options, name, role, ways)
      return { address: checked, confirms }
    },
    reload,
  }
}

const bridgeOf = ({ config, kinds }: LivePlanOptions, name: string): Bridge | undefined =>
  kinds.bridges.get(config.bridges.find((instance) => instance.name === name)?.kind ?? '')

type Ways = NonNullable<Parameters<ApiStages['checkTarget']>[3]>

/** When and with whose yes. What the public reads under the gateway's name goes out unread by an admin's word alone. */
function checkWays({ config, kinds }: LivePlanOptions, name: string, role: Identity['role'], ways: Ways): void {
  const abilities = abilitiesOf(config, kinds, name)
  if (!suits(cadenceOf(ways), abilities))
    throw new FountainError('DIGEST_UNSUPPORTED', `${name} sends each event by itself`)
  const fault = approvalFault(name, ways, abilities)
  if (fault !== undefined) throw new FountainError('APPROVAL_NEEDED', fault)
  const { approve, approver } = ways
  if (role !== 'admin' && approve === 'auto' && abilities.approval !== undefined)
    throw new FountainError('APPROVAL_NEEDED', `\`approve: auto\` on ${name} is for admins`)
  if (approver === undefined) return
  // An approver's address is asked for no consent: it could be anybody's.
  if (role !== 'admin') throw new FountainError('APPROVER_CLOSED', approver.to)
  addressOf(config, kinds, approver.to, approver.address)
  const deaf = approverFault(approver.to, abilitiesOf(config, kinds, approver.to))
  if (deaf !== undefined) throw new FountainError('ADDRESS_INVALID', deaf)
}

/** A user's subscription as the store plans it; undefined, and said, where it fits no longer. */
function plannedOf(
  row: UserSubscription,
  options: LivePlanOptions,
):
  | { definition: { stream?: string | undefined; filter?: number | undefined }; subscription: PlannedSubscription }
  | undefined {
  const { config, kinds, log } = options
  const leftOut = (reason: string): undefined => {
    log.warn({ subscription: row.name, reason }, 'a subscription of a user is left out')
  }
  const parsed = definitionSchema.safeParse(row.definition)
  if (!parsed.success) return leftOut(parsed.error.issues.map(({ message }) => message).join('; '))
  const { stream, filter, ...ways } = parsed.data
  if (row.filterReadable === false) return leftOut('its filter has ended, or is shared with its owner no longer')
  if (stream !== undefined && config.streams[stream] === undefined) return leftOut(`there is no stream '${stream}'`)
  const bridge = bridgeOf(options, ways.to)
  if (bridge === undefined) return leftOut(`there is no bridge '${ways.to}'`)
  try {
    const address = (to: string, given: unknown): unknown => addressOf(config, kinds, to, given)
    const subscription = plannedSubscription(ways, row.name, {
      address,
      abilities: (to) => abilitiesOf(config, kinds, to),
    })
    return {
      definition: { stream, filter },
      subscription: { ...subscription, owner: row.owner, mustConfirm: bridge.confirms === true },
    }
  } catch (error) {
    if (error instanceof FountainError) return leftOut(error.message)
    throw error
  }
}

const keyOf = ({ filter, compiled }: Made) => ({ name: filter.name, version: compiled.version })
const siftFilterOf = (one: Made): SiftFilter => ({ key: keyOf(one), compiled: one.compiled })
const plannedFilterOf = (one: Made): PlannedFilter => ({ key: keyOf(one), subscriptions: one.subscriptions })

/** Nobody changes a filter more often than this while one batch is under way. */
const mostSuperseded = 8

/**
 * Versions that were replaced: a batch may be under way that was asked by one of them, and what that chose goes to the
 * same subscriptions. Packets are counted once, so that nothing comes twice.
 */
function superseded(before: readonly PlannedFilter[], now: readonly PlannedFilter[]): readonly PlannedFilter[] {
  const newest = new Map(now.map((filter) => [filter.key.name, filter]))
  const kept = new Map<string, number>()
  return before.flatMap(({ key }): PlannedFilter[] => {
    const next = newest.get(key.name)
    const count = kept.get(key.name) ?? 0
    if (next === undefined || next.key.version === key.version || count === mostSuperseded) return []
    kept.set(key.name, count + 1)
    return [{ ...next, key }]
  })
}
