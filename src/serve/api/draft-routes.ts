/** `/api/v1/drafts`: messages that wait for a yes; read, changed, approved, discarded, handed in. See docs/drafts.md. */
import { z } from 'zod'
import { FountainError } from '../../errors.ts'
import type { Identity } from '../../record/people-port.ts'
import type { Changed } from '../../record/port.ts'
import type { ShownDraft } from '../draft-desk.ts'
import { shownLine } from './delivery-routes.ts'
import * as draftSchemas from './draft-schemas.ts'
import * as schemas from './schemas.ts'
import { type Api, type ApiStages, caller, given, viewerOf } from './stages.ts'

export function draftRoutes(api: Api, { store, drafts }: ApiStages): void {
  const tags = ['drafts']
  /** Others are as good as not there. Throws NOT_FOUND. */
  const own = async (id: number, who: Identity): Promise<number> => {
    const [visible] = await store.visibleDeliveries([id], viewerOf(who))
    if (visible === undefined) throw new FountainError('NOT_FOUND', `There is no draft ${id}.`)
    return visible
  }
  /** Changes those that are the caller's. */
  const change = async (ids: readonly number[], who: Identity, run: (ids: readonly number[]) => Promise<Changed>) => {
    const visible = new Set(await store.visibleDeliveries(ids, viewerOf(who)))
    const { done, refused } = await run(ids.filter((id) => visible.has(id)))
    const unknown = ids
      .filter((id) => !visible.has(id))
      .map((id) => ({ id, code: 'NOT_FOUND', reason: `There is no draft ${id}.` }))
    return { done: [...done], refused: [...refused, ...unknown] }
  }

  api.get(
    '/drafts',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        summary: 'Messages that wait for a yes, newest first',
        querystring: schemas.pageQuery,
        response: { 200: z.array(schemas.delivery), '4xx': schemas.apiError },
      },
    },
    async (request) => {
      const { limit = schemas.defaultLimit, beforeId } = request.query
      const viewer = viewerOf(caller(request))?.user
      return (await store.deliveries({ limit, state: 'held', ...given({ beforeId, viewer }) })).map(shownLine)
    },
  )
  api.get(
    '/drafts/:id',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        summary: 'One draft: its text, what is wrong with it, and what went out before',
        params: schemas.idParams,
        response: { 200: draftSchemas.draft, '4xx': schemas.apiError },
      },
    },
    async (request) => {
      const found = await drafts.show(await own(request.params.id, caller(request)))
      if (found === null) throw new FountainError('NOT_FOUND', `Delivery ${request.params.id} is no draft.`)
      return plain(found)
    },
  )
  api.put(
    '/drafts/:id/text',
    {
      config: { needs: 'drafts' },
      schema: {
        tags,
        summary: 'Changes its text; what was there before is kept',
        params: schemas.idParams,
        body: draftSchemas.textBody,
        response: { 200: draftSchemas.draft, '4xx': schemas.apiError },
      },
    },
    async (request) => {
      const who = caller(request)
      const { text, version } = request.body
      const to = text === undefined ? { original: true as const } : { text }
      const id = await own(request.params.id, who)
      return plain(await drafts.edit(id, { ...to, by: who.user, ...given({ version }) }))
    },
  )
  const answers = { 200: schemas.changed, '4xx': schemas.apiError }
  api.post(
    '/drafts/approve',
    {
      config: { needs: 'drafts' },
      schema: { tags, summary: 'Sends them', body: draftSchemas.approveBody, response: answers },
    },
    async (request) => {
      const who = caller(request)
      const { ids, versions } = request.body
      return change(ids, who, (theirs) => drafts.approve(theirs, { by: who.user, ...given({ versions }) }))
    },
  )
  api.post(
    '/drafts/discard',
    {
      config: { needs: 'drafts' },
      schema: { tags, summary: 'Never sends them', body: schemas.dropBody, response: answers },
    },
    async (request) => {
      const who = caller(request)
      const { ids, reason } = request.body
      return change(ids, who, (theirs) => drafts.discard(theirs, { by: who.user, reason }))
    },
  )
  api.post(
    '/drafts/sent',
    {
      config: { needs: 'drafts' },
      schema: {
        tags,
        summary: 'You handed it in by hand, and this is what it became',
        body: draftSchemas.handedInBody,
        response: { 200: draftSchemas.handedIn, '4xx': schemas.apiError },
      },
    },
    async (request) => {
      const who = caller(request)
      const { id, receipt } = request.body
      const { citation, ...made } = await drafts.sent(await own(id, who), { by: who.user, receipt })
      return { ...made, citation: citation && { ...citation } }
    },
  )
}

/** Lists that may be written to, as the schemas' types want them. */
function plain({
  findings,
  handIn,
  versions,
  parts,
  receipt,
  ...rest
}: ShownDraft): z.output<typeof draftSchemas.draft> {
  return {
    ...rest,
    findings: findings.map(({ fix, ...finding }) => ({ ...finding, ...given({ fix }) })),
    handIn: handIn && { ...handIn, fields: [...handIn.fields] },
    versions: [...versions],
    parts: [...parts],
    receipt: receipt && { id: receipt.id, atMs: receipt.atMs, ...given({ reply: receipt.reply }) },
  }
}
