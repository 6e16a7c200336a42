/** `/api/v1/filters`: a user's own, their groups' and public ones. */
import { z } from 'zod'
import { FountainError } from '../../errors.ts'
import type { Identity } from '../../record/people-port.ts'
import * as schemas from './schemas.ts'
import { type Api, type ApiStages, caller, checkGroup, checkOwner, given, viewerOf } from './stages.ts'

/** Whoever has no token sees what is public: no user has the empty name. */
const anybody = { user: '' }
const tags = ['filters']

export function filterRoutes(api: Api, stages: ApiStages): void {
  const viewer = (identity: Identity | null) => (identity === null ? anybody : viewerOf(identity))
  const found = async (id: number, identity: Identity | null) => {
    const row = await stages.store.userFilter(id, viewer(identity))
    if (row === null) throw new FountainError('NOT_FOUND', `There is no filter ${id}.`)
    return row
  }

  api.get(
    '/filters',
    {
      config: { needs: 'open' },
      schema: {
        tags,
        summary: 'Your filters, your groups’ and public ones',
        querystring: schemas.pageQuery,
        response: { 200: z.array(schemas.filter), '4xx': schemas.apiError },
      },
    },
    async ({ identity, query: { limit = schemas.defaultLimit, beforeId } }) => [
      ...(await stages.store.userFilters(viewer(identity), { limit, ...given({ beforeId }) })),
    ],
  )

  api.post(
    '/filters/check',
    {
      config: { needs: 'filters' },
      schema: {
        tags,
        summary: 'Says whether a text is a filter, and what it costs; keeps nothing',
        body: schemas.filterCheck,
        response: { 200: schemas.checkedFilter, '4xx': schemas.apiError },
      },
    },
    async ({ body }) => {
      const { columns, ...checked } = stages.checkFilter(body.text)
      return { ...checked, columns: [...columns] }
    },
  )

  api.post(
    '/filters',
    {
      config: { needs: 'filters' },
      schema: {
        tags,
        summary: 'Makes a filter; it is asked from the first subscription to it on',
        body: schemas.newFilter,
        response: { 201: schemas.filter, '4xx': schemas.apiError },
      },
    },
    async (request, reply) => {
      const who = caller(request)
      checkGroup(request.body.group, who)
      stages.checkFilter(request.body.text)
      const id = await stages.store.makeFilter({ owner: who.user, ...request.body })
      return reply.code(201).send(await found(id, who))
    },
  )

  api.get(
    '/filters/:id',
    {
      config: { needs: 'open' },
      schema: {
        tags,
        summary: 'One filter with all its versions',
        params: schemas.idParams,
        response: { 200: schemas.filterWithVersions, '4xx': schemas.apiError },
      },
    },
    async ({ identity, params: { id } }) => ({
      ...(await found(id, identity)),
      history: [...(await stages.store.userFilterVersions(id))],
    }),
  )

  api.patch(
    '/filters/:id',
    {
      config: { needs: 'filters' },
      schema: {
        tags,
        summary: 'Changes a filter; another text is a new version, in force from the next batch on',
        params: schemas.idParams,
        body: schemas.filterChange,
        response: { 200: schemas.filter, '4xx': schemas.apiError },
      },
    },
    async (request) => {
      const who = caller(request)
      const { id } = request.params
      const { text, group } = request.body
      checkOwner(await found(id, who), who)
      checkGroup(group, who)
      if (text !== undefined) stages.checkFilter(text)
      await stages.store.changeFilter(id, given(request.body))
      await stages.reload()
      return found(id, who)
    },
  )

  api.delete(
    '/filters/:id',
    {
      config: { needs: 'filters' },
      schema: {
        tags,
        summary: 'Ends a filter: nothing is chosen by it any more; its text is kept',
        params: schemas.idParams,
        response: { 200: schemas.filter, '4xx': schemas.apiError },
      },
    },
    async (request) => {
      const who = caller(request)
      const { id } = request.params
      const before = await found(id, who)
      checkOwner(before, who)
      await stages.store.endFilter(id)
      await stages.reload()
      return found(id, who)
    },
  )
}
