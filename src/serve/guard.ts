/**
 * What every request passes before its route: is it for us (Host), is it short enough, may it change anything (token).
 * CORS stays closed and no cookie is ever set, so that a page elsewhere can neither read nor act here.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type ErrorCode, explain, FountainError } from '../errors.ts'
import type { AdminToken } from './admin-token.ts'

/** An ivoid of 2,048 characters, every one of them percent-encoded, and something to spare. */
const maxUrlLength = 8_192
/** Pages load nothing from elsewhere and run nothing but our own script. */
export const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const safeMethods = ['GET', 'HEAD']

export function guard(app: FastifyInstance, hosts: ReadonlySet<string>, token: AdminToken): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': pagePolicy,
      'cache-control': 'no-store',
    })
    const host = request.headers.host ?? ''
    if (!hosts.has(hostName(host))) {
      return refuse(reply, 421, 'HOST_UNKNOWN', `The request is for '${host.slice(0, 100)}'.`)
    }
    if (request.raw.url !== undefined && request.raw.url.length > maxUrlLength) {
      return refuse(reply, 414, 'USAGE', `The URL is longer than ${maxUrlLength} characters.`)
    }
    if (!safeMethods.includes(request.method)) {
      const given = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '')?.[1]
      if (given === undefined || !token.matches(given)) {
        reply.header('www-authenticate', 'Bearer realm="fountain"')
        return refuse(
          reply,
          401,
          'TOKEN_WRONG',
          given === undefined ? 'No token was given.' : 'This token is not known.',
        )
      }
    }
    return undefined
  })
}

/** Answers in words: code, what was wrong, what to do. */
export function refuse(reply: FastifyReply, status: number, code: ErrorCode, detail: string): FastifyReply {
  return reply
    .code(status)
    .type('text/plain; charset=utf-8')
    .send(`${explain(new FountainError(code, detail))}\n`)
}

/** The names that requests may be for: what we listen on, this machine, the public URL, and what is configured. */
export function knownHosts(listenHost: string, publicUrl: string | undefined, more: readonly string[]): Set<string> {
  const names = [listenHost, 'localhost', '127.0.0.1', '[::1]', ...more]
  if (publicUrl !== undefined) names.push(new URL(publicUrl).host)
  return new Set(names.map(hostName).filter((name) => name !== ''))
}

/** A Host header's name in lower case, without port and final dot; empty for what is no host. */
export function hostName(host: string): string {
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d*)?$/.exec(host.trim().toLowerCase())?.[1]
  return name?.replace(/\.$/, '') ?? ''
}
