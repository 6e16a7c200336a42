/** The simulator as a source: one topic, one partition, offsets that count its messages from the first visit. */
import type { Clock, Log } from '../../../bridges/contract.ts'
import type { SimulatorSourceConfig } from '../../config.ts'
import type { Encoder } from '../../decode/encoder.ts'
import type { Source, SourceHost } from '../../flow.ts'
import { bursts } from './bursts.ts'
import { defaultStartMjdTai } from './simulator.ts'

export interface SimulatorDeps {
  readonly clock: Clock
  readonly log: Log
  /** Of a bundled schema: asked for `lsst`, 1101 when the source runs. */
  readonly encoderOf?: (survey: string, schemaId: number) => Encoder
}

const topic = 'simulator'
const partition = 0
export const simulatedSchemaId = 1101

/**
 * A stored position is gone back to by making the same sky again, so a restart gives the packets that would have
 * come. With another seed or number of alerts a visit, a data directory goes on in another sky at the same offset.
 */
export function simulatorSource(name: string, config: SimulatorSourceConfig, deps: SimulatorDeps): Source {
  const { clock, log } = deps
  const { seed, alertsPerVisit, factor, visits } = config

  async function run(host: SourceHost): Promise<void> {
    const encoder = deps.encoderOf?.('lsst', simulatedSchemaId)
    if (encoder === undefined) throw new Error('the simulator was opened without an encoder')
    const stored = (await host.positions()).find((at) => at.topic === topic && at.partition === partition)
    const from = stored?.to ?? 0
    if (from > 0) log.info({ from }, 'the simulator goes on where it stopped')
    const plan = {
      seed,
      alertsPerVisit,
      factor,
      from,
      startMjdTai: defaultStartMjdTai,
      encoder,
      ...(visits === undefined ? {} : { visits }),
    }
    for await (const burst of bursts(plan, clock, host.signal)) {
      const recordTimeMs = clock.now()
      const packets = burst.messages.map(({ bytes }, index) => {
        return { source: name, topic, partition, offset: burst.from + index, recordTimeMs, bytes }
      })
      await host.sift({ source: name, topic, partition, from: burst.from, to: burst.from + packets.length, packets })
    }
  }

  return {
    name,
    run,
    check: async () => {},
    describe: `simulator, seed ${seed}, ${alertsPerVisit} alerts a visit, ${factor} times as fast as the survey`,
  }
}
