import { describe, expect, it } from 'vitest'
import type { AlertPacket } from '../../src/record/port.ts'
import { type FullEventStages, fullEventsOf } from '../../src/tasks/full-events.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { simulatedEvents } from '../pictures/alerts.ts'

const [full] = simulatedEvents() as [VOEvent]
const bare: VOEvent = { ivoid: 'ivo://example.org/lsst#1', role: 'observation' }
const packet: AlertPacket = { bytes: Uint8Array.of(1), source: 'sim', topic: 'alerts', recordTimeMs: 0 }
const item = (alertId: string, model: VOEvent = bare, survey = 'lsst') =>
  ({ event: { ivoid: model.ivoid, model }, context: { survey, alertId } }) as never

function stage(more: Partial<FullEventStages> = {}) {
  const fetched: string[] = []
  const of = fullEventsOf({
    alertPacket: async (survey, alertId) => {
      fetched.push(`${survey} ${alertId}`)
      return packet
    },
    toFullEvent: async () => full,
    keepEvents: 2,
    ...more,
  })
  return { of, fetched }
}

describe('the event with all that its packet holds', () => {
  it('is decoded once for all who want it at the same time and soon after', async () => {
    const { of, fetched } = stage()
    expect(await Promise.all([of(item('7')), of(item('7')), of(item('8'))])).toEqual([full, full, full])
    await of(item('7'))
    expect(fetched).toEqual(['lsst 7', 'lsst 8'])
    await of(item('7', bare, 'ztf'))
    await of(item('8'))
    expect(fetched).toEqual(['lsst 7', 'lsst 8', 'ztf 7', 'lsst 8'])
  })

  it('is absent where none was kept or its source is gone, and is looked for again the next time', async () => {
    let kept: AlertPacket | null = null
    const { of } = stage({ alertPacket: async () => kept })
    expect(await of(item('7'))).toBeUndefined()
    kept = packet
    expect(await of(item('7'))).toBe(full)
    expect(await stage({ toFullEvent: async () => undefined }).of(item('7'))).toBeUndefined()
  })

  it('that cannot be decoded is tried again the next time', async () => {
    let fails = true
    const { of } = stage({
      toFullEvent: async () => {
        if (fails) throw new Error('no such field')
        return full
      },
    })
    await expect(of(item('7'))).rejects.toThrow('no such field')
    fails = false
    expect(await of(item('7'))).toBe(full)
  })

  it('from outside is the event itself where it brings a light curve', async () => {
    const { of, fetched } = stage()
    expect(await of(item('', full))).toBe(full)
    expect(await of(item(''))).toBeUndefined()
    expect(fetched).toEqual([])
  })
})
