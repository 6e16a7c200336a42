import { expect, it } from 'vitest'
import { itemsOf, type Pictures } from '../../src/deliver/item.ts'
import { linksAt } from '../../src/deliver/links.ts'
import type { EventDelivery } from '../../src/flow.ts'
import { voevent } from '../record/fixtures.ts'

const part = (n: number, filter: string, stream?: { name: string; title: string }) => ({
  id: n,
  event: { ivoid: `ivo://my.observatory/x#${n}`, model: voevent(`ivo://my.observatory/x#${n}`), raw: {} },
  context: {
    filter: { name: filter, version: 'v' },
    subscription: 'night-owl',
    columns: [],
    survey: 'lsst-sim',
    objectId: n === 2 ? '77' : null,
    ...(stream ? { stream } : {}),
  },
})
const delivery = (filter: string, stream?: { name: string; title: string }) =>
  ({
    ...part(1, filter, stream),
    followers: [part(2, filter, stream), part(3, filter, stream)],
    heldBack: 4,
    content: 'summary',
    unsubscribeToken: 'to/ken',
  }) as unknown as EventDelivery

const nothing = { pictures: [], full: [] }

it('names a filter as its people know it: a private one by the subscription, a stream by its name', () => {
  expect(itemsOf(delivery('private/night-owl'), 'event', {}, nothing)[0].match.filterName).toBe('night-owl')
  expect(itemsOf(delivery('bright', { name: 'bright', title: 'Bright' }), 'event', {}, nothing)[0].match).toMatchObject(
    {
      filterName: 'bright',
      streamTitle: 'Bright',
    },
  )
})

it('gives a digest all items, and says in the first what none of them shows', () => {
  const pictures: Pictures[] = [new Map(), new Map([['cutouts', {} as never]])]
  const full = [undefined, voevent('ivo://my.observatory/x#2')]
  const items = itemsOf(delivery('bright'), 'digest', linksAt('https://f.example.org'), { pictures, full })
  expect(items.map(({ event }) => event.ivoid.split('#')[1])).toEqual(['1', '2', '3'])
  expect(items.map(({ match }) => match.heldBack)).toEqual([4, 0, 0])
  expect(items.map(({ match }) => match.objectId)).toEqual([undefined, '77', undefined])
  expect(items.map((item) => item.pictures.size)).toEqual([0, 1, 0])
  expect(items.map((item) => item.full?.ivoid.split('#')[1])).toEqual([undefined, '2', undefined])
  expect('full' in items[0]).toBe(false)
  expect(items.map(({ content }) => content)).toEqual(Array(3).fill('summary'))
  expect(items[2]?.match).toMatchObject({
    eventUrl: 'https://f.example.org/events?ID=ivo%3A%2F%2Fmy.observatory%2Fx%233',
    unsubscribeUrl: 'https://f.example.org/unsubscribe/to%2Fken',
  })
})

it('counts what a bridge of single events cannot show', () => {
  const items = itemsOf(delivery('bright'), 'event', {}, nothing)
  expect(items).toHaveLength(1)
  // A simulated survey is rendered as the one that it plays.
  expect(items[0].match.survey).toBe('lsst')
  expect(items[0].match.heldBack).toBe(6)
})
