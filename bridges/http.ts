/** The one HTTP client of the bridges: bounded, no redirects, and closed to private networks unless opened. */
import { Agent, request as undiciRequest } from 'undici'
import { DeliveryError, type Http, type HttpRequest, type HttpResponse } from './contract.ts'

/** Requests that wait inside `request` end when it is closed. */
export interface OpenHttp extends Http {
  close(): Promise<void>
}

export function openHttp(): OpenHttp {
  const agent = new Agent()
  return {
    request: (request) => send(agent, request),
    close: () => agent.destroy(),
  }
}

async function send(
  agent: Agent,
  { method, url, headers, body, signal, maxBytes = 1_048_576 }: HttpRequest,
): Promise<HttpResponse> {
  if (signal.aborted) throw new DeliveryError('retry', 'no', 'stopped before it began')
  try {
    const answer = await undiciRequest(url, {
      method,
      signal,
      dispatcher: agent,
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
    })
    const bytes = new Uint8Array(await answer.body.arrayBuffer())
    if (bytes.length > maxBytes)
      throw new DeliveryError('retry', 'maybe', `the answer is longer than ${maxBytes} bytes`)
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(', ') : `${value}`,
        ]),
      ),
      body: bytes,
    }
  } catch (cause) {
    if (cause instanceof DeliveryError) throw cause
    throw new DeliveryError('retry', 'maybe', (cause as Error).message, { cause })
  }
}
