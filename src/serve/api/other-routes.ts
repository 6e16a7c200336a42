/** `/api/v1`: who you are, the streams, the ledger of what is yours, and addresses that refuse. */
import { z } from 'zod'
import { FountainError } from '../../errors.ts'
import * as schemas from './schemas.ts'
import { type Api, type ApiStages, caller, viewerOf } from './stages.ts'

const mostAddresses = 10_000

export function otherRoutes(api: Api, stages: ApiStages): void {
  api.get(
    '/me',
    {
      config: { needs: 'read' },
      schema: {
        tags: ['you'],
        summary: 'Whom your token stands for, and what it allows',
        response: { 200: schemas.me, '4xx': schemas.apiError },
      },
    },
    async (request) => {
      const { user, role, groups, scopes } = caller(request)
      return { user, role, groups: [...groups], scopes: [...scopes] }
    },
  )

  api.get(
    '/streams',
    {
      config: { needs: 'open' },
      schema: {
        tags: ['streams'],
        summary: 'The streams that this gateway publishes',
        response: { 200: z.array(schemas.stream), '4xx': schemas.apiError },
      },
    },
    async () =>
      stages.streams().map((stream) => ({ ...stream, ivoid: `ivo://${stages.authority}/streams/${stream.name}` })),
  )

  api.get(
    '/ledger',
    {
      config: { needs: 'read' },
      schema: {
        tags: ['ledger'],
        summary: 'What your filters chose and what became of it; counts that add up',
        response: { 200: schemas.ledger, '4xx': schemas.apiError },
      },
    },
    async (request) => {
      const viewer = viewerOf(caller(request))
      const [{ filters, subscriptions }, own] = await Promise.all([
        stages.store.ledger('totals'),
        stages.store.ownNames(viewer),
      ])
      const streams = stages.streams().map(({ name }) => name)
      const [ownFilters, ownSubscriptions] = [new Set([...own.filters, ...streams]), new Set(own.subscriptions)]
      return {
        filters: filters.filter(({ name }) => viewer === null || ownFilters.has(name)),
        subscriptions: subscriptions.filter(
          ({ subscription }) => viewer === null || ownSubscriptions.has(subscription),
        ),
      }
    },
  )

  api.get(
    '/addresses',
    {
      config: { needs: 'admin' },
      schema: {
        tags: ['addresses'],
        summary: 'Addresses that were asked, confirmed or suppressed, and why',
        querystring: schemas.addressQuery,
        response: { 200: z.array(schemas.address), '4xx': schemas.apiError },
      },
    },
    async ({ query: { suppressed } }) => {
      const lines = await stages.store.addresses({
        limit: mostAddresses,
        ...(suppressed === undefined ? {} : { suppressed: suppressed === 'true' }),
      })
      return lines.map((line) => ({ ...line, confirmedFor: [...line.confirmedFor] }))
    },
  )
  api.post(
    '/addresses/release',
    {
      config: { needs: 'admin' },
      schema: {
        tags: ['addresses'],
        summary: 'Lets messages go to a suppressed address again',
        body: schemas.releaseBody,
        response: { 200: z.object({ released: z.boolean() }), '4xx': schemas.apiError },
      },
    },
    async ({ body: { bridge, address } }) => {
      if (!(await stages.store.releaseAddress(bridge, address))) {
        throw new FountainError('NOT_FOUND', `${bridge}: this address is not suppressed.`)
      }
      return { released: true }
    },
  )
}
