/**
 * A Slack on loopback, as strict as the real one where a bridge could go wrong: the token and its scopes, the content
 * type of each method, the limits of blocks and texts, channels, threads, and the three steps of an upload.
 */
import { type Answer, type Asked, type HttpServer, startHttp } from './http.ts'

export interface Posted {
  readonly channel: string
  readonly ts: string
  readonly body: Readonly<Record<string, unknown>>
}
export interface SlackServer extends HttpServer {
  /** Without the slash at its end: the bridge's `api`. */
  readonly api: string
  readonly posted: readonly Posted[]
  /** Pictures that were completed, with the bytes that were uploaded. */
  readonly shown: readonly {
    readonly title: string
    readonly channel: string
    readonly threadTs: string
    readonly bytes: Buffer
  }[]
  /** Answers of a method in place of the right one, one each call. */
  refuse(method: string, ...answers: Answer[]): void
  deleteThread(ts: string): void
  scopes: string[]
}

const channels: Readonly<Record<string, { id: string; state?: 'archived' | 'not a member' }>> = {
  '#transients': { id: 'C0TRANSIENTS' },
  '#old': { id: 'C0OLDCHANNEL', state: 'archived' },
  '#closed': { id: 'C0CLOSED000', state: 'not a member' },
}

const ok = (fields: object = {}): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify({ ok: true, ...fields }),
})
export const no = (error: string, more: object = {}, status = 200, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify({ ok: false, error, ...more }),
})

export async function startSlack(token: string): Promise<SlackServer> {
  const posted: Posted[] = []
  const shown: { title: string; channel: string; threadTs: string; bytes: Buffer }[] = []
  const refusals = new Map<string, Answer[]>()
  const uploads = new Map<string, { length: number; bytes?: Buffer; done?: true }>()
  const deleted = new Set<string>()
  let next = 1

  const methods: Readonly<Record<string, { scope?: string; json: boolean; run(asked: Asked): Answer }>> = {
    'auth.test': { json: false, run: () => ok({ team: 'Astronomers', bot_id: 'B0FOUNTAIN' }) },
    'chat.postMessage': { scope: 'chat:write', json: true, run: postMessage },
    'files.getUploadURLExternal': { scope: 'files:write', json: false, run: uploadUrl },
    'files.completeUploadExternal': { scope: 'files:write', json: true, run: complete },
  }
  const http = await startHttp((asked) => {
    const upload = /^\/upload\/(\w+)$/.exec(asked.path)?.[1]
    if (upload !== undefined) return takeBytes(upload, asked)
    const name = asked.path.replace('/api/', '')
    const method = methods[name]
    if (method === undefined || asked.method !== 'POST') return no('unknown_method')
    const refusal = refusals.get(name)?.shift()
    if (refusal !== undefined) return refusal
    if (asked.headers.authorization === undefined) return no('not_authed')
    if (asked.headers.authorization !== `Bearer ${token}`) return no('invalid_auth')
    if (method.scope !== undefined && !slack.scopes.includes(method.scope)) {
      return no('missing_scope', { needed: method.scope, provided: slack.scopes.join(',') })
    }
    const wanted = method.json ? 'application/json' : 'application/x-www-form-urlencoded'
    if (!`${asked.headers['content-type']}`.startsWith(wanted)) return no('invalid_arguments')
    const answer = method.run(asked)
    return { ...answer, headers: { ...answer.headers, 'x-oauth-scopes': slack.scopes.join(',') } }
  })

  function postMessage({ body }: Asked): Answer {
    const fields = JSON.parse(body.toString()) as Record<string, unknown>
    const known = channels[`${fields.channel}`] ?? Object.values(channels).find(({ id }) => id === fields.channel)
    if (known === undefined) return no('channel_not_found')
    if (known.state === 'archived') return no('is_archived')
    if (known.state === 'not a member') return no('not_in_channel')
    const fault = faultOf(fields)
    if (fault !== undefined) return no(...fault)
    const { thread_ts: thread } = fields
    if (thread !== undefined && (deleted.has(`${thread}`) || !posted.some(({ ts }) => ts === thread))) {
      return no('thread_not_found')
    }
    if (fields.reply_broadcast !== undefined && thread === undefined) return no('invalid_arguments')
    const ts = `1772343480.${String(next++).padStart(6, '0')}`
    posted.push({ channel: known.id, ts, body: fields })
    return ok({ channel: known.id, ts, message: { text: fields.text } })
  }
  function uploadUrl({ body }: Asked): Answer {
    const fields = new URLSearchParams(body.toString())
    const length = Number(fields.get('length'))
    if (!fields.get('filename') || !(length > 0)) return no('invalid_arguments')
    if ((fields.get('alt_txt') ?? '').length > 1000) return no('alt_txt_too_large')
    const id = `F${String(next++).padStart(8, '0')}`
    uploads.set(id, { length })
    return ok({ upload_url: `${http.url}/upload/${id}`, file_id: id })
  }
  function takeBytes(id: string, { body }: Asked): Answer {
    const upload = uploads.get(id)
    if (upload === undefined || body.length !== upload.length) return { status: 400, body: 'no' }
    upload.bytes = body
    return { status: 200, body: `OK - ${body.length}` }
  }
  function complete({ body }: Asked): Answer {
    const { files, channel_id, thread_ts } = JSON.parse(body.toString()) as {
      files: { id: string; title: string }[]
      channel_id: string
      thread_ts: string
    }
    if (!posted.some(({ channel }) => channel === channel_id)) return no('invalid_channel')
    if (!posted.some(({ ts }) => ts === thread_ts)) return no('thread_not_found')
    if (files.some(({ id }) => uploads.get(id)?.bytes === undefined || uploads.get(id)?.done))
      return no('file_not_found')
    for (const { id, title } of files) {
      const upload = uploads.get(id)!
      upload.done = true
      shown.push({ title, channel: channel_id, threadTs: thread_ts, bytes: upload.bytes! })
    }
    return ok({ files: files.map(({ id }) => ({ id })) })
  }

  const slack: SlackServer = Object.assign(http, {
    api: `${http.url}/api`,
    posted,
    shown,
    scopes: ['chat:write', 'files:write'],
    refuse: (method: string, ...answers: Answer[]) => void refusals.set(method, answers),
    deleteThread: (ts: string) => void deleted.add(ts),
  })
  return slack
}

interface Text {
  type?: string
  text?: string
}

/** Why the real one would refuse this message: its error, and where. */
export function faultOf(message: Readonly<Record<string, unknown>>): [error: string, more: object] | undefined {
  const { text, blocks, metadata } = message as {
    text?: string
    blocks?: { type: string; text?: Text; fields?: Text[]; elements?: Text[] }[]
    metadata?: { event_type?: unknown; event_payload?: unknown }
  }
  const bad = (where: string): [string, object] => ['invalid_blocks', { errors: [where] }]
  if (typeof text !== 'string' || text === '') return ['no_text', {}]
  if (text.length > 40_000) return ['msg_too_long', {}]
  if (typeof metadata?.event_type !== 'string' || typeof metadata.event_payload !== 'object') {
    return ['invalid_metadata_format', {}]
  }
  if (!Array.isArray(blocks) || blocks.length === 0 || blocks.length > 50) return bad('blocks')
  for (const [index, block] of blocks.entries()) {
    const faults = {
      header: () => textFault(block.text, 'plain_text', 150),
      section: () => {
        const { fields } = block
        if (fields === undefined) return textFault(block.text, 'mrkdwn', 3000)
        return fields.length === 0 || fields.length > 10 || fields.some((field) => textFault(field, 'mrkdwn', 2000))
      },
      context: () => {
        const { elements = [] } = block
        return elements.length === 0 || elements.length > 10 || elements.some((one) => textFault(one, 'mrkdwn', 3000))
      },
    }[block.type]
    if (faults === undefined || faults()) return bad(`blocks/${index}`)
  }
  return undefined
}

function textFault(text: Text | undefined, type: string, most: number): boolean {
  return text?.type !== type || typeof text.text !== 'string' || text.text.length < 1 || text.text.length > most
}
