/** What an operator may do over HTTP. The guard has seen the token before any of these runs. */
import type { FastifyInstance } from 'fastify'

export interface AdminActions {
  /** Takes dead or parked packets up again: those named, or all in a state. Resolves to what came of it. */
  retryDead(which: { ids?: readonly number[]; state?: 'dead' | 'parked' }): Promise<unknown>
  /** Sends an event of role test through the gateway. Absent where there is none to send. */
  testEvent?(): Promise<unknown>
}

const retryBody = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    ids: { type: 'array', minItems: 1, maxItems: 10_000, items: { type: 'integer', minimum: 1, maximum: 2 ** 53 - 1 } },
    state: { enum: ['dead', 'parked'] },
  },
} as const

export function adminRoutes(app: FastifyInstance, actions: AdminActions): void {
  app.post<{ Body: Parameters<AdminActions['retryDead']>[0] }>(
    '/admin/dead/retry',
    { schema: { body: retryBody } },
    async (request) => (await actions.retryDead(request.body)) ?? {},
  )
  const { testEvent } = actions
  if (testEvent !== undefined) app.post('/admin/test-event', async () => (await testEvent()) ?? {})
}
