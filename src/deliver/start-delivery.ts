/** `deliver`: every instance of a bridge works through its part of the outbox, each at its own pace. */
import type { Clock, Log, Metrics } from '../../bridges/contract.ts'
import type { CitationMade } from '../record/draft-port.ts'
import type { FailPoint } from '../record/fail-points.ts'
import type { Store } from '../record/port.ts'
import { ScheduleClock, watchClock } from './clock-watch.ts'
import type { FullEventOf } from './full-detail.ts'
import { linksAt } from './links.ts'
import { type DeliverStore, type Instance, type Instruments, Outlet, type OutletStatus } from './outlet.ts'
import type { MakePictures } from './render.ts'
import { defaultRules, type Rules } from './rules.ts'

export interface DeliveryOptions {
  readonly store: DeliverStore & Pick<Store, 'moveSchedules'>
  readonly instances: ReadonlyMap<string, Instance>
  /** Where the world reaches the gateway; without it messages have no links. */
  readonly publicUrl?: string
  /** Reads packets for the bridges that report. */
  readonly fullEventOf?: FullEventOf
  /** Makes pictures for the bridges that show them. */
  readonly pictures?: MakePictures
  /** Our events got citations of what the public has now: they may stand on the log. */
  readonly cited?: (citations: readonly CitationMade[]) => void
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
  const { store, instances, log, metrics, publicUrl, pictures, fullEventOf, cited, failAt = () => {} } = options
  const clock = new ScheduleClock(options.clock)
  const rules = { ...defaultRules, ...options.rules }
  const instruments = makeInstruments(metrics)
  const outlets: Outlet[] = []
  const wake = () => {
    for (const outlet of outlets) outlet.wake()
  }
  for (const [name, instance] of instances)
    outlets.push(
      new Outlet({
        ...instance,
        name,
        store,
        clock,
        log: log.child({ bridge: name }),
        rules,
        links: linksAt(publicUrl),
        drafters: instances,
        ...(fullEventOf === undefined ? {} : { fullEventOf }),
        ...(pictures === undefined ? {} : { pictures }),
        failAt,
        drafted: wake,
        ...(cited === undefined ? {} : { cited }),
        instruments,
      }),
    )
  const stopping = new AbortController()
  const watching = watchClock({ store, clock, log, moved: wake, everyMs: rules.clockMs }, stopping.signal)
  return {
    wake,
    stop: async () => {
      stopping.abort()
      await Promise.all([watching, ...outlets.map((outlet) => outlet.stop())])
    },
    status: () => outlets.map((outlet) => outlet.status()),
  }
}

function makeInstruments(metrics: Metrics): Instruments {
  const bridge = ['bridge']
  return {
    attempts: metrics.counter('fountain_delivery_attempts_total', 'Attempts by how they ended', ['bridge', 'outcome']),
    settled: metrics.counter('fountain_deliveries_settled_total', 'States that deliveries were put in', [
      'bridge',
      'state',
    ]),
    picturesFailed: metrics.counter(
      'fountain_delivery_pictures_failed_total',
      'Items that went without the pictures that were wanted',
      bridge,
    ),
    fullFailed: metrics.counter(
      'fountain_delivery_details_failed_total',
      'Items whose packet could not be read for a report',
      bridge,
    ),
    upkeepFailed: metrics.counter('fountain_bridge_upkeep_failures_total', 'Runs of upkeep that failed', bridge),
    inFlight: metrics.gauge('fountain_deliveries_in_flight', 'Deliveries being handled', bridge),
    halted: metrics.gauge('fountain_bridge_halted', '1 while nothing goes out through a bridge', bridge),
    circuit: metrics.gauge('fountain_bridge_circuit', '0 closed, 1 half-open, 2 open: the service is silent', bridge),
    budget: metrics.gauge('fountain_bridge_budget_left', 'Messages that may go out today', bridge),
  }
}
