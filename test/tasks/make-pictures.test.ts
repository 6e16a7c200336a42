/** Pictures for messages: drawn once, remembered within bounds, and one that fails costs no other. */
import { describe, expect, it } from 'vitest'
import type { Picture, PictureKind } from '../../bridges/contract.ts'
import { type PictureRequest, pictureRequests } from '../../src/pictures/request.ts'
import type { AlertPacket } from '../../src/record/port.ts'
import { type FullEventStages, fullEventsOf } from '../../src/tasks/full-events.ts'
import { makePictures, type PictureItem, type PictureStages } from '../../src/tasks/make-pictures.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { type LoggedLine, memoryLog } from '../bridges/vtp/memory-host.ts'
import { simulatedEvents } from '../pictures/alerts.ts'

const both: readonly PictureKind[] = ['cutouts', 'lightcurve']
const [full] = simulatedEvents() as [VOEvent]
const packet: AlertPacket = { bytes: Uint8Array.of(1), source: 'sim', topic: 'alerts', recordTimeMs: 0 }

const item = (
  alertId: string,
  model: VOEvent = { ivoid: 'ivo://example.org/lsst#1', role: 'observation' },
): PictureItem => ({ event: { ivoid: model.ivoid, model }, context: { survey: 'lsst', alertId } }) as PictureItem

function start({ alertPacket, toFullEvent, ...more }: Partial<PictureStages & FullEventStages> = {}) {
  const drawn: PictureRequest[] = []
  const fetched: string[] = []
  const lines: LoggedLine[] = []
  const make = makePictures({
    fullEventOf: fullEventsOf({
      alertPacket: async (survey, alertId) => {
        fetched.push(alertId)
        return alertPacket === undefined ? packet : alertPacket(survey, alertId)
      },
      toFullEvent: toFullEvent ?? (async () => full),
      keepEvents: 0,
    }),
    requestsOf: pictureRequests,
    draw: async (request) => {
      drawn.push(request)
      return picture(1000)
    },
    log: memoryLog(lines),
    keepBytes: 1e6,
    ...more,
  })
  return { make, drawn, fetched, lines }
}
const picture = (bytes: number): Picture => ({
  mediaType: 'image/png',
  bytes: new Uint8Array(bytes),
  widthPx: 1,
  heightPx: 1,
})

describe('makePictures', () => {
  it('draws both of an alert from its packet, once for all who want them at the same time and later', async () => {
    const { make, drawn, fetched } = start()
    const many = await Promise.all(Array.from({ length: 50 }, () => make(item('7'), both)))
    many.push(await make(item('7'), both))
    for (const pictures of many) expect([...pictures.keys()]).toEqual(both)
    expect(drawn.map(({ kind }) => kind).sort()).toEqual(['cutouts', 'lightcurve'])
    expect(fetched).toEqual(['7'])
  })

  it('makes no picture that nobody wants', async () => {
    const { make, drawn } = start()
    expect([...(await make(item('7'), ['lightcurve'])).keys()]).toEqual(['lightcurve'])
    expect([...(await make(item('7'), [])).keys()]).toEqual([])
    expect(drawn).toHaveLength(1)
  })

  it('draws an event that holds its data itself, without a packet', async () => {
    const { make, fetched } = start({ alertPacket: async () => expect.fail('no packet is needed') })
    expect((await make(item('', full), both)).size).toBe(2)
    expect((await make(item('9', full), both)).size).toBe(2)
    expect(fetched).toEqual([])
  })

  it.each([
    ['no packet was kept', { alertPacket: async () => null }],
    ['the source is configured no more', { toFullEvent: async () => undefined }],
    ['the alert has no data', { toFullEvent: async () => ({ ivoid: 'ivo://a.b/c#1', role: 'test' }) as VOEvent }],
  ])('gives none where %s', async (_, stages) => {
    const { make, drawn } = start(stages)
    expect((await make(item('7'), both)).size).toBe(0)
    expect(drawn).toEqual([])
  })

  it('gives the one where the other fails, says so, and tries again the next time', async () => {
    let fails = true
    const { make, lines } = start({
      draw: async ({ kind }) => {
        if (kind === 'cutouts' && fails) throw new Error('the worker ended')
        return picture(10)
      },
    })
    expect([...(await make(item('7'), both)).keys()]).toEqual(['lightcurve'])
    expect(lines.map(({ fields }) => fields)).toMatchObject([{ kind: 'cutouts', error: 'the worker ended' }])
    fails = false
    expect((await make(item('7'), both)).size).toBe(2)
  })

  it('rejects where the packet cannot be read, and tries again the next time', async () => {
    let fails = true
    const { make } = start({
      toFullEvent: async () => {
        if (fails) throw new Error('decoding failed')
        return full
      },
    })
    await expect(make(item('7'), both)).rejects.toThrow('decoding failed')
    fails = false
    expect((await make(item('7'), both)).size).toBe(2)
  })

  it('forgets what was not used for longest when it has too much', async () => {
    // Room for three pictures of 1,000 bytes.
    const { make, fetched } = start({ keepBytes: 5_000 })
    for (const id of ['a', 'b', 'c', 'a', 'd']) await make(item(id), ['lightcurve'])
    expect(fetched).toEqual(['a', 'b', 'c', 'd'])
    await make(item('a'), ['lightcurve'])
    expect(fetched).toEqual(['a', 'b', 'c', 'd'])
    await make(item('b'), ['lightcurve'])
    expect(fetched).toEqual(['a', 'b', 'c', 'd', 'b'])
  })

  it('remembers nothing that is larger than all its room', async () => {
    const { make, fetched } = start({ keepBytes: 100 })
    for (let turn = 0; turn < 3; turn++) expect((await make(item('a'), ['lightcurve'])).size).toBe(1)
    expect(fetched).toHaveLength(3)
  })
})
