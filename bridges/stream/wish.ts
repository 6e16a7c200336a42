/** What a subscriber asks for, from the URL of its request. */
import type { IncomingMessage } from 'node:http'
import { key } from '../../vo/ivoid.ts'

export const streamFormats = ['voevent-json', 'voevent-xml', 'summary'] as const
export type StreamFormat = (typeof streamFormats)[number]

export interface Wish {
  readonly format: StreamFormat
  /** Events of role test too. */
  readonly test: boolean
  /** Only this stream's: the key of the ivoid before `#`. */
  readonly stream?: string
}

export interface Asked {
  readonly wish: Wish
  /** The last seq that the subscriber has; absent: from now. `unknown`: it named a place that none of ours is. */
  readonly since?: number | 'unknown'
}

const known = ['since', 'format', 'test', 'stream'] as const

/** What is asked, or what is wrong with it in words. `lastEventId` is what EventSource sends when it comes back. */
export function readWish(request: IncomingMessage, authority: string): Asked | { readonly wrong: string } {
  const query = parametersOf(request)
  if (query === undefined) return { wrong: 'The URL cannot be read.' }
  const strange = [...query.keys()].find((name) => !(known as readonly string[]).includes(name))
  if (strange !== undefined) return { wrong: `There is no parameter '${strange.slice(0, 50)}': ${known.join(', ')}.` }
  const format = streamFormats.find((each) => each === (query.get('format') ?? streamFormats[0]))
  if (format === undefined) return { wrong: `format must be one of ${streamFormats.join(', ')}.` }
  const test = query.get('test') ?? '0'
  if (!/^[01]$/.test(test)) return { wrong: 'test must be 0 or 1.' }
  const stream = streamKey(query.get('stream'), authority)
  if (stream === 'wrong') return { wrong: 'stream must be a name, or an ivo:// identifier without #.' }
  const written = query.get('since')
  if (written !== null && !isSeq(written)) return { wrong: 'since must be the seq of an event.' }
  const since = lastEventId(request) ?? (written === null ? undefined : Number(written))
  return {
    wish: { format, test: test === '1', ...(stream === undefined ? {} : { stream }) },
    ...(since === undefined ? {} : { since }),
  }
}

/** What `{"since": n}` says, the one message that a WebSocket may send; undefined for anything else. */
export function readSince(text: string): number | undefined {
  try {
    const { since } = JSON.parse(text) as { since?: unknown }
    return isSeq(String(since)) ? Number(since) : undefined
  } catch {
    return undefined
  }
}

/** It goes before `since`: EventSource comes back with the URL that it was made with. */
function lastEventId({ headers }: IncomingMessage): number | 'unknown' | undefined {
  const id = headers['last-event-id']
  if (typeof id !== 'string' || id === '') return undefined
  return isSeq(id) ? Number(id) : 'unknown'
}

const isSeq = (text: string) => /^\d{1,15}$/.test(text)

function parametersOf({ url = '/' }: IncomingMessage): URLSearchParams | undefined {
  const cut = url.indexOf('?')
  return cut < 0 ? new URLSearchParams() : new URLSearchParams(url.slice(cut))
}

function streamKey(name: string | null, authority: string): string | undefined {
  if (name === null) return undefined
  const ivoid = name.startsWith('ivo://') ? name : `ivo://${authority}/streams/${name}`
  if (!/^ivo:\/\/[^\s#?]{1,500}$/.test(ivoid)) return 'wrong'
  return key(ivoid)
}
