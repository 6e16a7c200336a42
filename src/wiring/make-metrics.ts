import { Counter, Gauge, Registry } from 'prom-client'
import type { Metrics } from '../../bridges/contract.ts'

/** prom-client's instruments in the shape of the contract. */
export function makeMetrics(): { registry: Registry; metrics: Metrics } {
  const registry = new Registry()
  const registers = [registry]
  const known = new Map<string, Counter<string> | Gauge<string>>()
  const once = <T extends Counter<string> | Gauge<string>>(name: string, make: () => T): T => {
    const found = known.get(name) ?? make()
    known.set(name, found)
    return found as T
  }
  return {
    registry,
    metrics: {
      counter: (name, help, labelNames = []) => once(name, () => new Counter({ name, help, labelNames, registers })),
      gauge: (name, help, labelNames = []) => once(name, () => new Gauge({ name, help, labelNames, registers })),
    },
  }
}
