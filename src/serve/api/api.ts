/** `/api/v1`: what people do over HTTP, and its description as OpenAPI, made from the same schemas. */
import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import type { Log } from '../../../bridges/contract.ts'
import { type ErrorCode, FountainError } from '../../errors.ts'
import { refuse } from '../guard.ts'
import { deliveryRoutes } from './delivery-routes.ts'
import { draftRoutes } from './draft-routes.ts'
import { filterRoutes } from './filter-routes.ts'
import { otherRoutes } from './other-routes.ts'
import type { ApiStages } from './stages.ts'
import { subscriptionRoutes } from './subscription-routes.ts'

/** Adds the API under `/api/v1`. The guard has seen the token before any of its routes runs. */
export function apiRoutes(app: FastifyInstance, stages: ApiStages, log: Pick<Log, 'error'>): void {
  app.register(
    async (scope) => {
      const api = scope.withTypeProvider<ZodTypeProvider>()
      api.setValidatorCompiler(validatorCompiler)
      api.setSerializerCompiler(serializerCompiler)
      // Scripts name the type of a body also where they send none.
      const parse = api.getDefaultJsonParser('error', 'error')
      api.removeContentTypeParser('application/json')
      api.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
        if (body === '') done(null)
        else parse(request, String(body), done)
      })
      api.setErrorHandler((error, request, reply) => {
        if (hasZodFastifySchemaValidationErrors(error))
          return refuse(reply, 400, 'REQUEST_INVALID', faults(error.validation))
        const { statusCode = 500, message } = error as { statusCode?: number; message: string }
        if (error instanceof FountainError) {
          const status = statusOf(error.code)
          if (status >= 500) log.error({ error, route: request.routeOptions.url }, 'a request failed')
          return refuse(reply, status, error.code, error.detail)
        }
        if (statusCode < 500) return refuse(reply, statusCode, 'REQUEST_INVALID', message)
        // What went wrong inside is for the log, not for a stranger.
        log.error({ error, route: request.routeOptions.url }, 'a request failed')
        return refuse(reply, 500, 'REQUEST_FAILED', 'The log says why.')
      })
      await api.register(swagger, {
        openapi: {
          openapi: '3.1.0',
          info: {
            title: 'Fountain',
            version: '1',
            description: 'Filters, subscriptions, deliveries and drafts of a VO-first event gateway.',
          },
          servers: [{ url: '/' }],
          components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
        },
        transform: (route) => {
          const { schema, url } = jsonSchemaTransform(route)
          const needs = route.route.config?.needs ?? 'admin'
          const security = needs === 'open' ? [{}, { token: [] }] : [{ token: [] }]
          const description = needs === 'open' ? 'Without a token: what is public.' : `Scope: \`${needs}\`.`
          return { schema: { ...schema, security, description }, url }
        },
      })
      filterRoutes(api, stages)
      subscriptionRoutes(api, stages)
      deliveryRoutes(api, stages)
      draftRoutes(api, stages)
      otherRoutes(api, stages)
      api.get('/openapi.json', { config: { needs: 'open' }, schema: { hide: true } }, async (_, reply) =>
        reply.type('application/json; charset=utf-8').send(JSON.stringify(api.swagger())),
      )
    },
    { prefix: '/api/v1' },
  )
}

/** The OpenAPI document of an API that is not running: for the reference page. */
export async function openApiDocument(): Promise<object> {
  const app = Fastify()
  // No request is made to it: nothing is asked of the stages.
  apiRoutes(app, {} as ApiStages, { error() {} })
  await app.ready()
  const { payload } = await app.inject('/api/v1/openapi.json')
  await app.close()
  return JSON.parse(payload) as object
}

function faults(issues: readonly { instancePath: string; message?: string }[]): string {
  return issues
    .map(({ instancePath, message }) => `${instancePath.slice(1).replaceAll('/', '.') || 'request'}: ${message}`)
    .join('; ')
}

const statuses: Partial<Record<ErrorCode, number>> = {
  TOKEN_WRONG: 401,
  TOKEN_SCOPE: 403,
  NOT_YOURS: 403,
  BRIDGE_CLOSED: 403,
  APPROVAL_NEEDED: 403,
  APPROVER_CLOSED: 403,
  NOT_FOUND: 404,
  NAME_TAKEN: 409,
  TOO_MANY: 409,
  CONFIRMATION_IMPOSSIBLE: 409,
  CONFIRMATION_TOO_SOON: 409,
  ADDRESS_SUPPRESSED: 409,
  SUBSCRIPTION_ENDED: 409,
  DELIVERY_STATE: 409,
  DRAFT_NOT_RENDERED: 409,
  DRAFT_CHANGED: 409,
  DRAFT_NOT_EDITABLE: 409,
  DRAFT_NOT_BY_HAND: 409,
}

function statusOf(code: ErrorCode): number {
  if (/^(STORE_|DISK_|DATA_)/.test(code)) return 503
  return statuses[code] ?? 400
}
