import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config.ts'
import { FountainError } from '../errors.ts'
import { compileFilter } from '../filter/compile-filter.ts'
import { eventTable } from '../map/event-table.ts'
import { loadMapping } from '../map/load-mapping.ts'
import { type Abilities, type GatewayPlan, makePlan } from '../tasks/make-plan.ts'
import type { Kinds } from './kinds.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Compiles filters and checks addresses. Throws FILTER_*, ADDRESS_INVALID, CONFIG_INVALID. */
export function planOf(config: Config, base: string, kinds: Kinds): GatewayPlan {
  for (const [name, { survey }] of Object.entries(config.sources)) needMapping(name, survey)
  return makePlan(config, {
    compile: (text, tables) => compileFilter(text, tables),
    filterText: (filter) => filterText(filter, base),
    address: (instance, address) => addressOf(config, kinds, instance, address),
    abilities: (instance) => abilitiesOf(config, kinds, instance),
    eventTable,
    alertTables: (survey) => loadMapping(survey).tables,
  })
}

/** Throws CONFIG_INVALID where no mapping has this name. */
function needMapping(source: string, survey: string): void {
  try {
    loadMapping(survey)
  } catch (error) {
    if (!(error instanceof FountainError) || error.code !== 'SURVEY_UNKNOWN') throw error
    throw new FountainError('CONFIG_INVALID', `sources.${source}.survey: no mapping ${error.detail}`, {
      cause: error,
      fix: error.fix,
    })
  }
}

/** A file that ends in .adql, beside the configuration or among the predefined ones, or the text itself. */
function filterText(filter: string, base: string): string {
  if (!/^\S+\.adql$/.test(filter)) return filter
  const path = [resolve(base, filter), join(root, filter)].find(existsSync)
  if (path === undefined) throw new FountainError('FILES_UNREADABLE', `filter ${resolve(base, filter)}: no such file`)
  return readFileSync(path, 'utf8')
}

/** A feed takes no subscriptions: it confirms nothing and makes no digests. */
export function abilitiesOf(config: Config, kinds: Kinds, name: string): Abilities {
  const instance = config.bridges.find((each) => each.name === name)
  const bridge = kinds.bridges.get(instance?.kind ?? '')
  if (instance === undefined || bridge === undefined) return { confirms: false, digests: false }
  const { confirms = false, tellsOfDrafts, accepts, approval, byHand, oncePerObject } = bridge
  const audience = bridge.audience?.(instance.config)
  return {
    confirms,
    digests: accepts === 'digest',
    ...(approval === undefined ? {} : { approval }),
    ...(byHand === undefined ? {} : { byHand }),
    ...(tellsOfDrafts === undefined ? {} : { tellsOfDrafts }),
    ...(oncePerObject === undefined ? {} : { oncePerObject }),
    ...(audience === 'sandbox' ? { rehearses: true } : {}),
    ...(audience === 'nobody' ? { silent: `live: true is missing for bridge ${name}` } : {}),
  }
}

/** Throws ADDRESS_INVALID. */
export function addressOf(config: Config, kinds: Kinds, name: string, address: unknown): unknown {
  const bridge = kinds.bridges.get(config.bridges.find((instance) => instance.name === name)?.kind ?? '')
  if (bridge === undefined)
    throw new FountainError(
      'ADDRESS_INVALID',
      `${name} is a feed: whoever connects gets its events, it takes no subscriptions`,
    )
  const result = bridge.address.safeParse(address)
  if (!result.success)
    throw new FountainError(
      'ADDRESS_INVALID',
      `${name}: ${result.error.issues.map((issue) => issue.message).join('; ')}`,
    )
  return result.data
}
