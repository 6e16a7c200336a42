/** A bounded run of the simulator into files, or to whoever takes messages (a Kafka producer). */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../../bridges/contract.ts'
import { bursts } from './bursts.ts'
import { type SimulatorPlan, simulator } from './simulator.ts'

export interface SimulateOptions extends SimulatorPlan {
  readonly visits: number
  /** Called after each visit: how many are made, and how many alerts it had. */
  readonly onVisit?: (made: number, alerts: number) => void
}

/** One message a file, `<directory>/<visit>/<alertId>.avro-wire`. Gives the number of alerts. */
export async function simulateToFiles(options: SimulateOptions & { readonly directory: string }): Promise<number> {
  let alerts = 0
  for (const visit of simulator(options)) {
    if (visit.index >= options.visits) break
    const folder = join(options.directory, String(visit.visit))
    await mkdir(folder, { recursive: true })
    const count = visit.detectors.length
    for (let index = 0; index < count; index++) {
      for (const { alertId, bytes } of visit.messages(index, index + 1)) {
        await writeFile(join(folder, `${alertId}.avro-wire`), bytes)
      }
    }
    alerts += count
    options.onVisit?.(visit.index + 1, count)
  }
  return alerts
}

/** As Rubin produces: no key, and the time of sending as a header, ms since the epoch. */
export interface OutgoingMessage {
  readonly value: Buffer
  readonly headers: { readonly producer_timestamp: string }
}

/** Sends the visits in their time, burst by burst. Gives the number of alerts sent before the end or the signal. */
export async function simulateTo(
  send: (messages: OutgoingMessage[]) => Promise<void>,
  options: SimulateOptions & { readonly factor: number; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<number> {
  const { clock, signal } = options
  let alerts = 0
  for await (const burst of bursts(options, clock, signal)) {
    const headers = { producer_timestamp: String(clock.now()) }
    await send(
      burst.messages.map(({ bytes }) => ({
        value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
        headers,
      })),
    )
    alerts += burst.messages.length
    if (burst.lastOfVisit) options.onVisit?.(burst.visitIndex + 1, options.alertsPerVisit)
  }
  return alerts
}
