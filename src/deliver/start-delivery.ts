/** `deliver`: every instance of a bridge works through its part of the outbox, each at its own pace. */
import type { Clock, Log, Metrics } from '../../bridges/contract.ts'
import type { FailPoint } from '../record/fail-points.ts'
import type { Links } from './item.ts'
import { type DeliverStore, type Instance, Outlet, type OutletStatus } from './outlet.ts'
import { defaultRules, type Rules } from './rules.ts'

export interface DeliveryOptions extends Links {
  readonly store: DeliverStore
  readonly instances: ReadonlyMap<string, Instance>
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly rules?: Partial<Rules>
  /** For tests: where to die. */
  readonly failAt?: (point: FailPoint) => void
}

export interface Delivering {
  /** There may be new deliveries: call it after every `apply` that made some. */
  wake(): void
  /** Takes nothing more, and resolves when nothing is in flight. */
  stop(): Promise<void>
  status(): readonly OutletStatus[]
}

export function startDelivery(options: DeliveryOptions): Delivering {
  const { store, instances, clock, log, metrics, rules, failAt = () => {} } = options
  const instruments = {
    attempts: metrics.counter('fountain_delivery_attempts_total', 'Attempts by how they ended', ['bridge', 'outcome']),
    settled: metrics.counter('fountain_deliveries_settled_total', 'States that deliveries were put in', [
      'bridge',
      'state',
    ]),
    inFlight: metrics.gauge('fountain_deliveries_in_flight', 'Deliveries being handled', ['bridge']),
    halted: metrics.gauge('fountain_bridge_halted', '1 while nothing goes out through a bridge', ['bridge']),
  }
  const links: Links = {
    ...(options.eventUrl === undefined ? {} : { eventUrl: options.eventUrl }),
    ...(options.unsubscribeUrl === undefined ? {} : { unsubscribeUrl: options.unsubscribeUrl }),
  }
  const outlets = [...instances].map(
    ([name, { channel, bridge }]) =>
      new Outlet({
        name,
        channel,
        bridge,
        store,
        clock,
        log: log.child({ bridge: name }),
        rules: { ...defaultRules, ...rules },
        links,
        failAt,
        instruments,
      }),
  )
  return {
    wake: () => {
      for (const outlet of outlets) outlet.wake()
    },
    stop: async () => {
      await Promise.all(outlets.map((outlet) => outlet.stop()))
    },
    status: () => outlets.map((outlet) => outlet.status()),
  }
}
