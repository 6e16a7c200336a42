/** From configuration to filters: what each source asks of its alerts, what a feed asks of events, and the store's plan. */
import { createHash } from 'node:crypto'
import type { Config } from '../config.ts'
import { FountainError } from '../errors.ts'
import type { CompiledFilter } from '../filter/compile-filter.ts'
import type { Table } from '../flow.ts'
import type {
  Cadence,
  Plan,
  PlannedBridge,
  PlannedFilter,
  PlannedSubscription,
  QuietHours,
} from '../record/plan-port.ts'
import type { SiftFilter } from './sift.ts'

const hourMs = 3_600_000

export interface PlanStages {
  compile(text: string, tables: readonly Table[]): CompiledFilter
  /** The text behind `filter:`: a file that ends in .adql, or the text itself. */
  filterText(filter: string): string
  /** Checks a subscription's address against its bridge. Throws ADDRESS_INVALID. */
  address(bridge: string, address: unknown): unknown
  abilities(bridge: string): Abilities
  readonly eventTable: Table
  /** The alert tables of a survey, by the mapping that a source uses. */
  alertTables(survey: string): readonly Table[]
}

/** What the kind of an instance can do, and what its configuration lets it. */
export interface Abilities {
  readonly confirms: boolean
  readonly digests: boolean
  /** Whether its messages wait for a person's yes: see `Bridge.approval`. */
  readonly approval?: 'default' | 'always'
  readonly byHand?: boolean
  /** It can tell a person of a draft. */
  readonly tellsOfDrafts?: boolean
  readonly oncePerObject?: boolean
  /** Nothing goes out through it whoever says yes, and why. */
  readonly silent?: string
  /** Its configuration names a sandbox. */
  readonly rehearses?: boolean
}

export interface GatewayPlan {
  readonly store: Plan
  /** Filters on alerts, compiled for one survey. */
  alertFilters(survey: string): readonly SiftFilter[]
  /** Filters on events from outside. */
  readonly eventFilters: readonly SiftFilter[]
  /** The text of each stream's filter, by the stream's name. */
  readonly texts: ReadonlyMap<string, string>
}

interface Wanted {
  readonly name: string
  readonly text: string
  readonly stream?: { readonly name: string; readonly title: string }
  readonly subscriptions: readonly PlannedSubscription[]
}

/** Compiles every filter. Throws FILTER_* naming the stream or subscription. */
export function makePlan(config: Config, stages: PlanStages): GatewayPlan {
  const wanted = wantedFilters(config, stages)
  const anySurvey = Object.values(config.sources)[0]?.survey
  const tables = [...stages.alertTables(anySurvey ?? 'lsst'), stages.eventTable]
  const compiled = wanted.map((filter) => ({ ...filter, filter: compileNamed(filter, tables, stages) }))
  const onEvents = compiled.filter(({ filter }) => filter.table === stages.eventTable.name)
  const onAlerts = compiled.filter(({ filter }) => filter.table !== stages.eventTable.name)
  for (const { name, stream } of onEvents) {
    if (stream)
      throw new FountainError(
        'FILTER_NOT_SUPPORTED',
        `streams.${name}: a stream asks alerts; events from outside are relayed as they are`,
      )
  }
  const siftFilter = (named: Wanted, filter: CompiledFilter): SiftFilter => ({
    key: { name: named.name, version: filter.version },
    compiled: filter,
    ...(named.stream ? { stream: named.stream } : {}),
  })
  return {
    store: {
      authority: config.authority,
      bridges: config.bridges.map(({ name, limits }): PlannedBridge => {
        const { approval: _, tellsOfDrafts: __, ...abilities } = stages.abilities(name)
        return { name, ...abilities, expireAfterMs: limits.expireAfterHours * hourMs }
      }),
      filters: compiled.map(
        ({ name, filter, stream, subscriptions }): PlannedFilter => ({
          key: { name, version: filter.version },
          ...(stream ? { stream } : {}),
          subscriptions,
        }),
      ),
    },
    alertFilters: (survey) =>
      onAlerts.map((named) =>
        siftFilter(named, compileNamed(named, [...stages.alertTables(survey), stages.eventTable], stages)),
      ),
    texts: new Map(wanted.flatMap(({ stream, text }) => (stream ? [[stream.name, text] as const] : []))),
    eventFilters: onEvents.map((named) => siftFilter(named, named.filter)),
  }
}

/** Streams first, then each subscription that brings a filter of its own. */
function wantedFilters(config: Config, stages: PlanStages): readonly Wanted[] {
  const given = new Map<string, number>()
  const subscriptions = config.subscriptions.map((subscription) => ({
    stream: subscription.stream,
    filter: subscription.filter,
    planned: plannedSubscription(subscription, subscription.name ?? nameOf(subscription, stages, given), stages),
  }))
  const names = subscriptions.map(({ planned }) => planned.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new FountainError('CONFIG_INVALID', `subscriptions: the name '${twice}' is used twice`)
  return [
    ...Object.entries(config.streams).map(
      ([name, stream]): Wanted => ({
        name,
        text: stages.filterText(stream.filter),
        stream: { name, title: stream.title },
        subscriptions: subscriptions.filter((one) => one.stream === name).map((one) => one.planned),
      }),
    ),
    ...subscriptions.flatMap(({ filter, planned }): Wanted[] =>
      filter === undefined
        ? []
        : [{ name: `private/${planned.name}`, text: stages.filterText(filter), subscriptions: [planned] }],
    ),
  ]
}

/**
 * Of a subscription that the configuration does not name. It says who gets it and nothing of its place in the list: who
 * ended a subscription has ended it under its name, and nobody else may come to bear that name.
 */
function nameOf(
  { stream, to, address }: Config['subscriptions'][number],
  stages: PlanStages,
  given: Map<string, number>,
): string {
  const place = createHash('sha256')
    .update(JSON.stringify(stages.address(to, address) ?? null))
    .digest('hex')
  const name = `${stream ?? 'filter'}-${to}-${place.slice(0, 8)}`
  const before = given.get(name) ?? 0
  given.set(name, before + 1)
  return before === 0 ? name : `${name}-${before + 1}`
}

/**
 * A subscription as the store plans it; a user's gets its own owner and `mustConfirm` afterwards.
 * Throws ADDRESS_INVALID, DIGEST_UNSUPPORTED, CONFIG_INVALID (`approve: auto` where that cannot be, an approver whom
 * nobody can tell).
 */
export function plannedSubscription(
  subscription: Omit<Config['subscriptions'][number], 'filter' | 'stream' | 'name'>,
  name: string,
  stages: Pick<PlanStages, 'address' | 'abilities'>,
): PlannedSubscription {
  const { to, approve, approver } = subscription
  const cadence = cadenceOf(subscription)
  const address = stages.address(to, subscription.address)
  const abilities = stages.abilities(to)
  if (!suits(cadence, abilities)) {
    throw new FountainError('DIGEST_UNSUPPORTED', `subscription ${name}: ${to} sends each event by itself`)
  }
  const fault =
    approvalFault(to, subscription, abilities) ??
    (approver === undefined ? undefined : approverFault(approver.to, stages.abilities(approver.to)))
  if (fault !== undefined) throw new FountainError('CONFIG_INVALID', `subscription ${name}: ${fault}`)
  return {
    name,
    bridge: to,
    address,
    test: subscription.test,
    owner: 'operator',
    cadence: waitsForYes(approve, abilities) ? { kind: 'draft' } : cadence,
    content: subscription.content,
    pictures: subscription.pictures,
    ...(subscription.quietHours === undefined ? {} : { quietHours: quietHoursOf(subscription.quietHours) }),
    ...(subscription.maxPerHour === undefined ? {} : { maxPerHour: subscription.maxPerHour }),
    ...(approver === undefined
      ? {}
      : { approver: { bridge: approver.to, address: stages.address(approver.to, approver.address) } }),
    // The operator's own word is enough.
    mustConfirm: false,
  }
}

/** Digests need a bridge that makes them. */
export const suits = ({ kind }: Cadence, { digests }: { readonly digests: boolean }): boolean =>
  digests || kind === 'instant' || kind === 'draft'

type Approval = Pick<Config['subscriptions'][number], 'approve' | 'cadence'>

/** Whether each message is held for a person's yes, whatever cadence is wanted. */
const waitsForYes = (approve: Approval['approve'], { approval, silent }: Abilities): boolean =>
  silent !== undefined ||
  approval === 'always' ||
  approve === 'by-hand' ||
  (approval === 'default' && approve !== 'auto')

/** Why `approve: auto` cannot be there. */
export function approvalFault(
  to: string,
  { approve, cadence }: Approval,
  { approval }: Pick<Abilities, 'approval'>,
): string | undefined {
  if (approve !== 'auto') return undefined
  if (approval === 'always')
    return `\`approve: auto\` cannot be: what ${to} sends is published under a person's name and stays for ever, so a person reads each before it goes`
  return cadence === 'draft' ? '`cadence: draft` and `approve: auto` contradict each other' : undefined
}

/** Why nobody can be told of a draft through that bridge. */
export const approverFault = (to: string, { tellsOfDrafts }: Pick<Abilities, 'tellsOfDrafts'>): string | undefined =>
  tellsOfDrafts === true ? undefined : `approver: ${to} cannot tell a person of a draft; a bridge of kind email can`

type Timing = Pick<Config['subscriptions'][number], 'cadence' | 'nightlyAt'>

/** The cadence as the store keeps it. */
export function cadenceOf({ cadence, nightlyAt }: Timing): Cadence {
  if (typeof cadence === 'object')
    return { kind: 'count', count: cadence.count, atMostMs: Math.round(cadence.atMostHours * hourMs) }
  return cadence === 'nightly' ? { kind: 'nightly', atUtcMinutes: minutesOf(nightlyAt) } : { kind: cadence }
}

/** Hours of a clock as minutes after midnight. */
export function quietHoursOf(hours: {
  readonly from: string
  readonly to: string
  readonly timeZone: string
}): QuietHours {
  return { fromMinutes: minutesOf(hours.from), toMinutes: minutesOf(hours.to), timeZone: hours.timeZone }
}

/** `hh:mm`, as the schema holds it. */
const minutesOf = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))

function compileNamed(wanted: Wanted, tables: readonly Table[], stages: PlanStages): CompiledFilter {
  try {
    return stages.compile(wanted.text, tables)
  } catch (error) {
    if (!(error instanceof FountainError)) throw error
    throw new FountainError(
      error.code,
      `in ${wanted.stream ? `streams.${wanted.name}` : wanted.name}: ${error.detail}`,
      { cause: error, fix: error.fix },
    )
  }
}
