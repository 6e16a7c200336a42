import { expect, it } from 'vitest'
import { itemOf } from '../../src/deliver/item.ts'
import type { Delivery } from '../../src/flow.ts'
import { voevent } from '../record/fixtures.ts'

const delivery = (filter: string, stream?: { name: string; title: string }): Delivery =>
  ({
    event: { ivoid: 'ivo://my.observatory/x#1', model: voevent('ivo://my.observatory/x#1'), raw: {} },
    context: {
      filter: { name: filter, version: 'v' },
      subscription: 'night-owl',
      columns: [],
      ...(stream ? { stream } : {}),
    },
    heldBack: 0,
  }) as unknown as Delivery

it('names a filter as its people know it: a private one by the subscription, a stream by its name', () => {
  expect(itemOf(delivery('private/night-owl'), {}).match.filterName).toBe('night-owl')
  expect(itemOf(delivery('bright', { name: 'bright', title: 'Bright' }), {}).match).toMatchObject({
    filterName: 'bright',
    streamTitle: 'Bright',
  })
})
