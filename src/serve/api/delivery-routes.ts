/** `/api/v1/deliveries`: what went out, what waits, what somebody must decide. */
import { z } from 'zod'
import { FountainError } from '../../errors.ts'
import type { Identity } from '../../record/people-port.ts'
import type { Changed, DeliveryDetail, DeliveryLine } from '../../record/port.ts'
import * as schemas from './schemas.ts'
import { type Api, type ApiStages, caller, given, viewerOf } from './stages.ts'

export function deliveryRoutes(api: Api, stages: ApiStages): void {
  const { store } = stages
  const list = async (
    who: Identity,
    { limit = schemas.defaultLimit, ...query }: Partial<z.output<typeof schemas.deliveryQuery>>,
  ) => {
    const viewer = viewerOf(who)?.user
    return (await store.deliveries({ limit, ...given({ ...query, viewer }) })).map(shownLine)
  }
  const show = async (id: number, who: Identity) => {
    const [visible] = await store.visibleDeliveries([id], viewerOf(who))
    const detail = visible === undefined ? null : await store.delivery(id)
    if (detail === null) throw new FountainError('NOT_FOUND', `There is no delivery ${id}.`)
    return shownDetail(detail)
  }
  /** Changes those that are the caller's; others are as good as not there. */
  const change = async (ids: readonly number[], who: Identity, run: (ids: readonly number[]) => Promise<Changed>) => {
    const visible = new Set(await store.visibleDeliveries(ids, viewerOf(who)))
    const { done, refused } = await run(ids.filter((id) => visible.has(id)))
    stages.wake()
    const unknown = ids
      .filter((id) => !visible.has(id))
      .map((id) => ({ id, code: 'NOT_FOUND', reason: `There is no delivery ${id}.` }))
    return { done: [...done], refused: [...refused, ...unknown] }
  }
  const by = (who: Identity) => ({ by: who.user, nowMs: stages.now() })
  const answers = { 200: schemas.changed, '4xx': schemas.apiError }

  const deliveries = ['deliveries']
  api.get(
    '/deliveries',
    {
      config: { needs: 'read' },
      schema: {
        tags: deliveries,
        summary: 'Deliveries of your subscriptions, newest first',
        querystring: schemas.deliveryQuery,
        response: { 200: z.array(schemas.delivery), '4xx': schemas.apiError },
      },
    },
    async (request) => list(caller(request), request.query),
  )
  api.get(
    '/deliveries/:id',
    {
      config: { needs: 'read' },
      schema: {
        tags: deliveries,
        summary: 'Everything about one delivery',
        params: schemas.idParams,
        response: { 200: schemas.deliveryDetail, '4xx': schemas.apiError },
      },
    },
    async (request) => show(request.params.id, caller(request)),
  )
  api.post(
    '/deliveries/retry',
    {
      config: { needs: 'deliveries' },
      schema: {
        tags: deliveries,
        summary: 'Sends parked, rejected, expired or dropped ones again',
        body: schemas.retryBody,
        response: answers,
      },
    },
    async (request) => {
      const who = caller(request)
      const { ids, again } = request.body
      return change(ids, who, (own) => store.retryDeliveries(own, { ...by(who), again }))
    },
  )
  api.post(
    '/deliveries/drop',
    {
      config: { needs: 'deliveries' },
      schema: { tags: deliveries, summary: 'Gives up what waits', body: schemas.dropBody, response: answers },
    },
    async (request) => {
      const who = caller(request)
      const { ids, reason } = request.body
      return change(ids, who, (own) => store.dropDeliveries(own, { ...by(who), reason }))
    },
  )
  api.post(
    '/deliveries/sent',
    {
      config: { needs: 'deliveries' },
      schema: {
        tags: deliveries,
        summary: 'You looked, and the other side has it',
        body: schemas.sentBody,
        response: answers,
      },
    },
    async (request) => {
      const who = caller(request)
      const { ids, receipt } = request.body
      return change(ids, who, (own) => store.confirmSent(own, { ...by(who), ...given({ receipt }) }))
    },
  )
}

export function shownLine({ receipt, ...line }: DeliveryLine): z.output<typeof schemas.delivery> {
  return { ...line, receipt: receipt && { ...receipt } }
}

/** The link in a confirmation proves that somebody reads at the address: whoever asked must not see it. */
function shownDetail(detail: DeliveryDetail): z.output<typeof schemas.deliveryDetail> {
  const { message, history, followers, thread, ...line } = detail
  return {
    ...line,
    message:
      message === null || detail.purpose === 'confirmation'
        ? null
        : {
            bodyBase64: Buffer.from(message.body).toString('base64'),
            key: message.key,
            repeat: message.repeat,
            parts: (message.parts ?? []).map(({ hash, mediaType, name, bytes }) => ({
              hash,
              mediaType,
              name,
              bytes: bytes.length,
            })),
          },
    history: [...history],
    followers: [...followers],
    thread: [...thread],
  }
}
