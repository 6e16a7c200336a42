import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Confirmation, Item, Message, PictureKind } from '../../bridges/contract.ts'
import { linksAt } from '../../src/deliver/links.ts'
import { type MakePictures, type RenderOptions, renderMessage } from '../../src/deliver/render.ts'
import type { ConfirmationDelivery, EventDelivery } from '../../src/flow.ts'
import { silent, t0, voevent } from '../record/fixtures.ts'
import { FakeClock } from './fake-clock.ts'

const picture = { mediaType: 'image/png', bytes: Uint8Array.of(1), widthPx: 1, heightPx: 1 }
const part = (n: number) => ({
  id: n,
  event: { ivoid: `ivo://a.bc/x#${n}`, model: voevent(`ivo://a.bc/x#${n}`), raw: {} },
  context: { filter: { name: 'f', version: 'v' }, subscription: 's', columns: [], survey: 'lsst-sim', objectId: null },
})
const delivery = (more: Partial<EventDelivery> = {}) =>
  ({ ...part(1), purpose: 'event', followers: [], heldBack: 0, pictures: true, ...more }) as unknown as EventDelivery
const message = (key: string): Message => ({ body: Buffer.from('x'), parts: [], key, repeat: 'safe' })

function stage(pictures: MakePictures | undefined, more: Partial<RenderOptions> = {}) {
  const clock = new FakeClock(t0)
  const rendered: Item[][] = []
  const asked: Confirmation[] = []
  let failures = 0
  const options: RenderOptions = {
    name: 'email',
    channel: {
      render: (items) => {
        rendered.push([...items])
        return message('k')
      },
      renderConfirmation: (request) => {
        asked.push(request)
        return message(request.key)
      },
    },
    bridge: { accepts: 'digest', pictures: ['cutouts'] },
    links: linksAt('https://f.example.org/'),
    clock,
    log: silent,
    drafters: new Map(),
    picturesMs: 10_000,
    fullMs: 30_000,
    fullFailed: { inc: () => failures++ },
    picturesFailed: { inc: () => failures++ },
    ...(pictures === undefined ? {} : { pictures }),
    ...more,
  }
  const shown = () => rendered[0]?.map((item) => [...item.pictures.keys()].join())
  return { clock, options, shown, asked, failures: () => failures }
}

describe('pictures', () => {
  const kinds: (readonly PictureKind[])[] = []
  const make: MakePictures = async (_, wanted) => {
    kinds.push(wanted)
    return new Map(wanted.map((kind) => [kind, picture]))
  }

  it('are made of the kinds that the bridge shows, for the first items of a digest', async () => {
    const { options, shown } = stage(make)
    await renderMessage(options, delivery({ followers: [2, 3, 4, 5, 6, 7].map(part) as never }))
    expect(shown()).toEqual([...Array(5).fill('cutouts'), '', ''])
    expect(kinds).toEqual(Array(5).fill(['cutouts']))
  })

  it.each([
    ['the subscription wants none', delivery({ pictures: false }), {}],
    ['the bridge shows none', delivery(), { bridge: { accepts: 'digest', pictures: [] } }],
    ['it is a retraction', delivery({ purpose: 'retraction' }), {}],
  ] as const)('are not asked for when %s', async (_, of, more) => {
    const { options, shown } = stage(() => Promise.reject(new Error('asked')), more as Partial<RenderOptions>)
    await renderMessage(options, of)
    expect(shown()).toEqual([''])
  })

  it('that fail cost the pictures of that item alone, never the message', async () => {
    const { options, shown, failures } = stage(async (item, wanted, signal) => {
      if (item.event.ivoid.endsWith('2')) throw new Error('no FITS')
      return make(item, wanted, signal)
    })
    await renderMessage(options, delivery({ followers: [2, 3].map(part) as never }))
    expect(shown()).toEqual(['cutouts', '', 'cutouts'])
    expect(failures()).toBe(1)
  })

  it('that never come are not waited for', async () => {
    const aborted: boolean[] = []
    const { clock, options, shown, failures } = stage((_, __, signal) => {
      signal.addEventListener('abort', () => aborted.push(true))
      return new Promise(() => {})
    })
    const made = renderMessage(options, delivery())
    await clock.advance(10_000)
    await made
    expect(shown()).toEqual([''])
    expect({ aborted, failures: failures() }).toEqual({ aborted: [true], failures: 1 })
  })
})

describe('a confirmation', () => {
  const confirmation = { subscription: 'mine', what: 'the stream Bright', askedBy: 'ada', token: 'to/ken' }
  const asks = { id: 3, purpose: 'confirmation', address: 'a@b.c', createdMs: t0, confirmation }
  const of = (more: object = {}) => ({ ...asks, ...more }) as unknown as ConfirmationDelivery

  it('has the link, and a key that does not tell the token', async () => {
    const { options, asked } = stage(undefined)
    const { key } = await renderMessage(options, of())
    const { token, ...told } = confirmation
    expect(asked).toEqual([{ ...told, confirmUrl: 'https://f.example.org/confirm/to%2Fken', key, atMs: t0 }])
    expect(key).toBe(`confirm-${createHash('sha256').update(token).digest('hex').slice(0, 32)}`)
  })

  it.each([
    ['there is no page to confirm at', of(), { links: {} }, /publicUrl/],
    ['the bridge cannot ask', of(), { channel: { render: () => message('k') } }, /cannot ask/],
    ['the token is gone', of({ confirmation: undefined }), {}, /token/],
  ])('is refused when %s', async (_, delivery, more, words) => {
    await expect(renderMessage(stage(undefined, more).options, delivery)).rejects.toThrow(words)
  })
})
