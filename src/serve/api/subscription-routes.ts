/** `/api/v1/subscriptions`: who gets what, where to, and when. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { FountainError } from '../../errors.ts'
import type { Identity, UserSubscription } from '../../record/people-port.ts'
import * as schemas from './schemas.ts'
import { type Api, type ApiStages, caller, checkGroup, checkOwner, given, viewerOf } from './stages.ts'

const tags = ['subscriptions']

export function subscriptionRoutes(api: Api, stages: ApiStages): void {
  const { store } = stages
  const found = async (id: number, who: Identity) => {
    const row = await store.userSubscription(id, viewerOf(who))
    if (row === null) throw new FountainError('NOT_FOUND', `There is no subscription ${id}.`)
    return row
  }
  /** One that may be changed. */
  const own = async (id: number, who: Identity) => {
    const row = await found(id, who)
    checkOwner(row, who)
    if (row.endedMs !== null) throw new FountainError('NOT_FOUND', `Subscription ${id} has ended.`)
    return row
  }

  api.get(
    '/subscriptions',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        summary: 'Your subscriptions and your groups’',
        querystring: schemas.pageQuery,
        response: { 200: z.array(schemas.subscription), '4xx': schemas.apiError },
      },
    },
    async (request) => {
      const { limit = schemas.defaultLimit, beforeId } = request.query
      const rows = await store.userSubscriptions(viewerOf(caller(request)), { limit, ...given({ beforeId }) })
      return rows.map((row) => shown(row, confirms(stages, row)))
    },
  )

  api.post(
    '/subscriptions',
    {
      config: { needs: 'subscriptions' },
      schema: {
        tags,
        summary: 'Subscribes; an address of e-mail gets one message that asks whether it wants this',
        body: schemas.newSubscription,
        response: { 201: schemas.madeSubscription, '4xx': schemas.apiError },
      },
    },
    async (request, reply) => {
      const who = caller(request)
      const { name, group, ...rest } = request.body
      checkGroup(group, who)
      const { definition, needsYes, what } = await checked(stages, rest, who)
      const id = await store.makeSubscription({ owner: who.user, name, group, definition })
      await stages.reload()
      const confirmation = await ask(stages, await found(id, who), needsYes, what, who)
      return reply.code(201).send({ ...shown(await found(id, who), needsYes), confirmation })
    },
  )

  api.get(
    '/subscriptions/:id',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        summary: 'One subscription',
        params: schemas.idParams,
        response: { 200: schemas.subscription, '4xx': schemas.apiError },
      },
    },
    async (request) => {
      const row = await found(request.params.id, caller(request))
      return shown(row, confirms(stages, row))
    },
  )

  api.put(
    '/subscriptions/:id',
    {
      config: { needs: 'subscriptions' },
      schema: {
        tags,
        summary: 'Gives a subscription another definition; another address is asked first',
        params: schemas.idParams,
        body: schemas.subscriptionChange,
        response: { 200: schemas.madeSubscription, '4xx': schemas.apiError },
      },
    },
    async (request) => {
      const who = caller(request)
      const { id } = request.params
      const { group, ...rest } = request.body
      await own(id, who)
      checkGroup(group, who)
      const { definition, needsYes, what } = await checked(stages, rest, who)
      await store.changeSubscription(id, { definition, ...given({ group }) })
      await stages.reload()
      const confirmation = await ask(stages, await found(id, who), needsYes, what, who)
      return { ...shown(await found(id, who), needsYes), confirmation }
    },
  )

  for (const [verb, state] of [
    ['pause', 'paused'],
    ['resume', 'active'],
  ] as const) {
    api.post(
      `/subscriptions/:id/${verb}`,
      {
        config: { needs: 'subscriptions' },
        schema: {
          tags,
          summary:
            verb === 'pause'
              ? 'Nothing new is sent until it is resumed; what matches is counted as left out'
              : 'Goes on',
          params: schemas.idParams,
          response: { 200: schemas.subscription, '4xx': schemas.apiError },
        },
      },
      async (request) => {
        const who = caller(request)
        const { id } = request.params
        const row = await own(id, who)
        if (row.state === 'unsubscribed') throw new FountainError('SUBSCRIPTION_ENDED', row.name)
        await store.setSubscriptionState(row.name, state, { by: who.user, nowMs: stages.now() })
        return shown(await found(id, who), confirms(stages, row))
      },
    )
  }

  api.post(
    '/subscriptions/:id/ask',
    {
      config: { needs: 'subscriptions' },
      schema: {
        tags,
        summary: 'Asks the address once more whether it wants this, at most once an hour',
        params: schemas.idParams,
        response: { 200: schemas.madeSubscription, '4xx': schemas.apiError },
      },
    },
    async (request) => {
      const who = caller(request)
      const row = await own(request.params.id, who)
      const { needsYes, what } = await checked(stages, schemas.definition.parse(row.definition), who)
      const confirmation = await ask(stages, row, needsYes, what, who)
      if (confirmation === 'too soon') throw new FountainError('CONFIRMATION_TOO_SOON', row.name)
      if (confirmation === 'suppressed') throw new FountainError('ADDRESS_SUPPRESSED', row.suppressedReason ?? row.name)
      return { ...shown(await found(row.id, who), needsYes), confirmation }
    },
  )

  api.delete(
    '/subscriptions/:id',
    {
      config: { needs: 'subscriptions' },
      schema: {
        tags,
        summary: 'Ends a subscription; what still waits for it is dropped',
        params: schemas.idParams,
        response: { 200: schemas.subscription, '4xx': schemas.apiError },
      },
    },
    async (request) => {
      const who = caller(request)
      const { id } = request.params
      const row = await own(id, who)
      // This one alone: another may have the same address.
      await store.setSubscriptionState(row.name, 'unsubscribed', { by: who.user, nowMs: stages.now() })
      await store.endSubscription(id)
      await stages.reload()
      return shown(await found(id, who), false)
    },
  )
}

/** The definition with its address as the bridge reads it. Throws NOT_FOUND, ADDRESS_*, BRIDGE_CLOSED, CONFIRMATION_*, DIGEST_UNSUPPORTED. */
async function checked(
  stages: ApiStages,
  definition: schemas.Definition,
  who: Identity,
): Promise<{ definition: object; needsYes: boolean; what: string }> {
  const { stream, filter, to } = definition
  const target = stages.checkTarget(to, definition.address, who.role, definition)
  let what = `the stream ${stream}`
  if (filter === undefined) {
    const known = stages.streams().find(({ name }) => name === stream)
    if (known === undefined) throw new FountainError('NOT_FOUND', `There is no stream '${stream}'.`)
    what = `the stream ${known.title}`
  } else {
    const row = await stages.store.userFilter(filter, viewerOf(who))
    if (row === null || row.endedMs !== null) throw new FountainError('NOT_FOUND', `There is no filter ${filter}.`)
    what = `the filter ${row.name}`
  }
  return { definition: given({ ...definition, address: target.address }), needsYes: target.confirms, what }
}

async function ask(
  stages: ApiStages,
  { name, owner, definition }: UserSubscription,
  needsYes: boolean,
  what: string,
  who: Identity,
): Promise<z.output<typeof schemas.madeSubscription>['confirmation']> {
  if (!needsYes) return 'not needed'
  const { to, address } = definition as schemas.Definition
  const answer = await stages.store.askConfirmation({
    subscription: name,
    what,
    askedBy: who.user,
    owner,
    token: randomBytes(32).toString('base64url'),
    bridge: to,
    address,
    nowMs: stages.now(),
  })
  if (answer === 'asked') stages.wake()
  return answer
}

/** Must somebody at its address have said yes? Where its bridge is gone there is nothing to ask. */
function confirms(stages: ApiStages, { definition }: UserSubscription): boolean {
  const { to, address } = definition as schemas.Definition
  try {
    return stages.checkTarget(to, address, 'admin').confirms
  } catch (error) {
    if (error instanceof FountainError) return error.code === 'CONFIRMATION_IMPOSSIBLE'
    throw error
  }
}

function shown(row: UserSubscription, needsYes: boolean): z.output<typeof schemas.subscription> {
  const { suppressedReason: reason, ...rest } = row
  if (row.endedMs !== null) return { ...rest, reason, state: 'ended' }
  if (row.state === 'active' && row.suppressedMs !== null) return { ...rest, reason, state: 'suppressed' }
  if (row.state === 'active' && needsYes && row.confirmedMs === null) return { ...rest, reason, state: 'unverified' }
  return { ...rest, reason, state: row.state }
}
