/**
 * The event of an alert with all that its kept packet holds: light curve, cutouts, classifications. Decoded once for
 * everybody who wants it within a short time: the pictures of a message and the report in it.
 */
import type { VOEvent } from '../../vo/model/voevent.ts'
import type { DigestItem } from '../flow.ts'
import type { AlertPacket } from '../record/port.ts'

/**
 * Undefined where no packet is kept (any more), its source is configured no more, or no alert was and the event brings
 * no light curve itself. Rejects where the packet cannot be read or decoded.
 */
export type FullEventOf = (item: Pick<DigestItem, 'event' | 'context'>) => Promise<VOEvent | undefined>

export interface FullEventStages {
  /** Null where none was kept. */
  alertPacket(survey: string, alertId: string): Promise<AlertPacket | null>
  /** With light curve and cutouts; undefined where its source is configured no more. Throws where it cannot be decoded. */
  toFullEvent(packet: AlertPacket): Promise<VOEvent | undefined>
  /** How many events are remembered. */
  readonly keepEvents: number
}

export function fullEventsOf(stages: FullEventStages): FullEventOf {
  const kept = new Map<string, Promise<VOEvent | undefined>>()
  return ({ event, context: { survey, alertId } }) => {
    if (alertId === '') return Promise.resolve(withCurve(event.model))
    const key = `${survey} ${alertId}`
    const made = kept.get(key) ?? fromPacket(stages, survey, alertId)
    // The newest use stands last.
    kept.delete(key)
    kept.set(key, made)
    const forget = () => {
      if (kept.get(key) === made) kept.delete(key)
    }
    // What is not there may come yet, and what failed may go well.
    made.then((full) => (full === undefined ? forget() : undefined), forget)
    for (const oldest of kept.keys()) {
      if (kept.size <= stages.keepEvents) break
      kept.delete(oldest)
    }
    return made
  }
}

async function fromPacket(stages: FullEventStages, survey: string, alertId: string): Promise<VOEvent | undefined> {
  const packet = await stages.alertPacket(survey, alertId)
  return packet === null ? undefined : stages.toFullEvent(packet)
}

/** An event from outside may hold everything itself. */
const withCurve = (model: VOEvent | undefined): VOEvent | undefined =>
  (model?.what?.timeSeries?.length ?? 0) > 0 ? model : undefined
