/** Opens the source that a configuration names. Each kind is loaded only when it is used. */
import type { Clock, Log, Metrics } from '../../bridges/contract.ts'
import type { SourceConfig } from '../config.ts'
import type { Encoder } from '../decode/encoder.ts'
import type { Source } from '../flow.ts'

export interface SourceDeps {
  /** Bound to the source's name already. */
  readonly log: Log
  readonly clock: Clock
  readonly metrics?: Metrics
  /** What relative paths of the configuration start from. */
  readonly base?: string
  /** Makes packets of a bundled schema: only the simulator needs it, and only when it runs. */
  readonly encoderOf?: (survey: string, schemaId: number) => Encoder
}

export async function openSource(name: string, config: SourceConfig, deps: SourceDeps): Promise<Source> {
  switch (config.kind) {
    case 'files':
      return (await import('./files.ts')).filesSource(name, config, deps)
    case 'kafka':
      return (await import('./kafka/kafka-source.ts')).kafkaSource(name, config, deps)
    case 'simulator':
      return (await import('./simulator/simulator-source.ts')).simulatorSource(name, config, deps)
  }
}
