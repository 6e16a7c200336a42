/** `GET /events?ID=<percent-encoded ivoid>`: an event as it was recorded, byte for byte. */
import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { isEventIvoid } from '../../vo/ivoid.ts'
import type { Store } from '../record/port.ts'
import { refuse } from './guard.ts'

/** Submitted bytes are another's: no browser may run what stands in them, whatever it takes them for. */
const eventPolicy = "default-src 'none'; sandbox"
const servedTypes = /^(application\/(xml|json|[a-z0-9.+-]+\+(xml|json))|text\/xml)(\s*;\s*charset=[a-z0-9-]+)?$/i

export function eventRoutes(app: FastifyInstance, store: Pick<Store, 'eventByIvoid'>): void {
  app.get('/events', async (request, reply) => {
    const ids = parameter(request.raw.url ?? '', 'ID')
    const [ivoid] = ids
    if (ivoid === undefined || ids.length > 1) {
      return refuse(reply, 400, 'USAGE', 'Ask for /events?ID=, with one identifier, percent-encoded.')
    }
    if (!isEventIvoid(ivoid)) {
      const hint = ivoid.includes('#') || ivoid.includes('?') ? '' : ' (its # is written %23 in a URL)'
      return refuse(reply, 400, 'EVENT_IDENTIFIER', `${JSON.stringify(ivoid.slice(0, 200))}${hint}`)
    }
    const event = await store.eventByIvoid(ivoid)
    if (event === null) return refuse(reply, 404, 'NOT_FOUND', ivoid)
    const { bytes, mediaType } = event.raw
    const tag = `"${createHash('sha256').update(bytes).digest('base64url')}"`
    reply.headers({
      etag: tag,
      // An event never changes under its identifier.
      'cache-control': 'public, max-age=86400, immutable',
      'content-security-policy': eventPolicy,
      'last-modified': new Date(event.recordedMs).toUTCString(),
      'content-disposition': 'inline; filename="voevent.xml"',
    })
    if (matches(request.headers['if-none-match'], tag)) return reply.code(304).send()
    return reply
      .type(servedTypes.test(mediaType) ? mediaType : 'application/octet-stream')
      .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  })
}

/**
 * The values of a parameter; names compare without case (DALI 1.1 §3.1). Decoded by hand because `+` may stand in an
 * ivoid, where the usual reading makes a blank of it. A value that is not UTF-8 is as good as none.
 */
function parameter(url: string, name: string): string[] {
  const cut = url.indexOf('?')
  if (cut < 0) return []
  return url
    .slice(cut + 1)
    .split('&')
    .flatMap((pair) => {
      const equals = pair.indexOf('=')
      if (equals < 0 || pair.slice(0, equals).toLowerCase() !== name.toLowerCase()) return []
      try {
        return [decodeURIComponent(pair.slice(equals + 1))]
      } catch {
        return ['']
      }
    })
}

function matches(ifNoneMatch: string | undefined, tag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((one) => one.trim().replace(/^W\//, '')) ?? []
  return tags.includes('*') || tags.includes(tag)
}
