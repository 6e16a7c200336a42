/**
 * A TNS on loopback, as strict as the real one where a client could go wrong: the bot's marker and key, both encodings,
 * `data` as a JSON string, numbers of its tables, faults by field, batches that fail whole, replies that come later or
 * never, and its rate limits. It names objects 2026aaaa, 2026aaab, …
 */
import { createHash } from 'node:crypto'
import { type Answer, type Asked, type HttpServer, startHttp } from './http.ts'
import { type CatalogueObject, catalogueCsv, zipOf } from './tns-catalogue.ts'
import { formOf } from './tns-form.ts'
import { degrees, type Judged, judgeReport } from './tns-report.ts'
import { tnsValues, type Values } from './tns-values.ts'

export interface TnsOptions {
  readonly bot?: { readonly id: number; readonly name: string; readonly apiKey: string }
  readonly port?: number
  /** Polls of `get/bulk-report-reply` that get 404 before the reply is there. */
  readonly polls?: number
  /** Questions a minute, and of these searches around a place; generous by default. */
  readonly limits?: { readonly any: number; readonly cone: number }
  readonly spared?: (asked: Asked) => boolean
}
export interface TnsObject extends CatalogueObject {
  readonly reports: number
}
export interface TnsStandIn extends HttpServer {
  /** The bridge's `api`. */
  readonly api: string
  readonly bot: { readonly id: number; readonly name: string; readonly apiKey: string }
  readonly objects: readonly TnsObject[]
  /** The `data` of each submission that was taken, in order. */
  readonly submitted: readonly string[]
  values: Values
  polls: number
  /** Answers of a path (`get/search`) in place of the right one, one each call. */
  refuse(path: string, ...answers: Answer[]): void
  /** The next submissions: `lost` gives a report_id and forgets it; `504` takes it all the same. */
  script(...modes: ('lost' | '504')[]): void
  add(object: Partial<CatalogueObject> & { raDeg: number; decDeg: number }): TnsObject
  /** A file of the catalogue; absent ones get 404. */
  publish(file: string, content: Uint8Array): void
  publishCatalogue(file: string, coverage: string, objects?: readonly CatalogueObject[]): void
  /** A minute has gone by. */
  minuteGone(): void
}

const json = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})
export const tnsSays = (code: number, message: string, data: unknown = {}, headers: Record<string, string> = {}) =>
  json(code, { id_code: code, id_message: message, data }, headers)
const forbiddenPage: Answer = { status: 403, headers: { 'content-type': 'text/html' }, body: '<html>Forbidden</html>' }
export const maintenance: Answer = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<html><h1>The site is under maintenance</h1></html>',
}
/** As both families of its headers say it. */
export const tooMany = (resetS: number, coneResetS = resetS): Answer =>
  tnsSays(
    429,
    'Too Many Requests',
    {},
    {
      'x-rate-limit-limit': '10',
      'x-rate-limit-remaining': '0',
      'x-rate-limit-reset': `${resetS}`,
      'x-cone-rate-limit-limit': '5',
      'x-cone-rate-limit-remaining': '0',
      'x-cone-rate-limit-reset': `${coneResetS}`,
    },
  )

const matchArcsec = 2

export async function startTnsStandIn(options: TnsOptions = {}): Promise<TnsStandIn> {
  const bot = options.bot ?? { id: 4711, name: 'Fountain_Bot', apiKey: 'stand-in-key-of-the-bot' }
  const limits = options.limits ?? { any: 10_000, cone: 10_000 }
  let used = { any: 0, cone: 0 }
  const objects: (TnsObject & { reports: number })[] = []
  const submitted: string[] = []
  const replies = new Map<number, { polls: number; answer: Answer }>()
  const seen = new Set<string>()
  const files = new Set<string>()
  const catalogue = new Map<string, Uint8Array>()
  const refusals = new Map<string, Answer[]>()
  const modes: ('lost' | '504')[] = []
  let nextReport = 100_001

  const http = await startHttp(answer, {
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.spared === undefined ? {} : { spared: options.spared }),
  })

  function answer(asked: Asked): Answer {
    const path = asked.path.replace(/^\/api\//, '').replace(/\/$/, '')
    const refusal = refusals.get(path)?.shift()
    if (refusal !== undefined) return refusal
    const agent = `${asked.headers['user-agent'] ?? ''}`
    if (path === 'get/values' && asked.method === 'GET') {
      return /^Mozilla\//.test(agent) ? tnsSays(200, 'OK', tns.values) : forbiddenPage
    }
    if (asked.method !== 'POST') return tnsSays(405, 'Method Not Allowed')
    const form = formOf(asked)
    const stop = authorize(agent, form.fields.get('api_key'))
    if (stop !== undefined) return stop
    const file = /^\/system\/files\/tns_public_objects\/([\w.]+)$/.exec(asked.path)?.[1]
    if (file !== undefined) {
      const content = catalogue.get(file)
      return content === undefined ? { status: 404, body: 'Not Found' } : { status: 200, body: content }
    }
    if (path === 'set/bulk-report') return submit(form.fields.get('data'))
    if (path === 'get/bulk-report-reply') return reply(form.fields.get('report_id'))
    if (path === 'set/file-upload') return upload(form.files)
    if (path === 'get/search') return limited(form.fields.get('data'), search)
    if (path === 'get/object') return limited(form.fields.get('data'), object)
    return tnsSays(404, 'Not Found')
  }

  function authorize(agent: string, key: string | undefined): Answer | undefined {
    if (!agent.startsWith('tns_marker')) return forbiddenPage
    try {
      const marker = JSON.parse(agent.slice('tns_marker'.length)) as Record<string, unknown>
      const isOurs = `${marker.tns_id}` === `${bot.id}` && marker.type === 'bot' && marker.name === bot.name
      if (!isOurs) return tnsSays(403, 'Forbidden')
    } catch {
      return tnsSays(401, 'Unauthorized')
    }
    return key === bot.apiKey ? undefined : tnsSays(401, 'Unauthorized')
  }

  /** A JSON string, and nothing else. */
  function dataIn(text: string | undefined): Record<string, unknown> | undefined {
    try {
      const parsed: unknown = JSON.parse(text ?? '')
      return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined
    } catch {
      return undefined
    }
  }

  function submit(text: string | undefined): Answer {
    const data = dataIn(text)
    const keys = Object.keys(data ?? {})
    if (data === undefined || keys.length !== 1 || keys[0] !== 'at_report') {
      return tnsSays(400, 'Bad Request', { message: 'data is not as it should be' })
    }
    const given = Object.values(data.at_report as object)
    if (given.length === 0 || given.length > 100) return tnsSays(400, 'Bad Request', { message: '1 to 100 reports' })
    submitted.push(text!)
    const mode = modes.shift()
    const id = nextReport++
    if (mode !== 'lost') replies.set(id, { polls: tns.polls, answer: processed(data, given) })
    if (mode === '504')
      return { status: 504, headers: { 'content-type': 'text/html' }, body: '<html>504 Gateway Time-out</html>' }
    return tnsSays(200, 'OK', { report_id: id })
  }

  function processed(received: object, given: readonly unknown[]): Answer {
    const judged = given.map((one) => judgeReport(one, tns.values, files))
    const body = (entries: object[]) => ({ received_data: received, feedback: { at_report: entries } })
    const failed = judged.flatMap((one, index) => {
      const ids = (given[index] as { internal_ids?: unknown } | null)?.internal_ids
      const echoed = ids === undefined ? {} : { internal_ids: ids }
      if ('faults' in one) return [{ ...one.faults, ...echoed }]
      if (!seen.has(identity(one.report))) return []
      return [
        {
          at_report: [
            { message: 'An identical AT report (sender, RA/DEC, discovery date) already exists.', message_id: 5 },
          ],
          ...echoed,
        },
      ]
    })
    // Nothing of the batch is posted, and the list follows no order.
    if (failed.length > 0) return tnsSays(400, 'Bad Request', body(failed.reverse()))
    return tnsSays(200, 'OK', body(judged.flatMap((one) => ('report' in one ? [accept(one.report)] : []))))
  }

  function identity(report: Judged): string {
    return JSON.stringify([bot.id, report.raDeg, report.decDeg, report.discovery, report.internalName])
  }

  function accept(report: Judged): object {
    seen.add(identity(report))
    const echoed = report.internalIds === undefined ? {} : { internal_ids: report.internalIds }
    const known = near(report.raDeg, report.decDeg, matchArcsec)[0]
    if (known !== undefined) {
      objects[objects.indexOf(known)] = {
        ...known,
        reports: known.reports + 1,
        internalNames: [...known.internalNames, report.internalName],
      }
      const message = {
        message: 'Transient object exists.',
        message_id: 101,
        prefix: known.prefix,
        objname: known.name,
      }
      return { 101: message, ...echoed }
    }
    const { name } = tns.add({
      raDeg: report.raDeg,
      decDeg: report.decDeg,
      internalNames: [report.internalName],
      group: `${(tns.values.groups as Record<string, string>)[report.group]}`,
    })
    return { 100: { message: 'Transient object was inserted.', message_id: 100, objname: name }, ...echoed }
  }

  function reply(id: string | undefined): Answer {
    const found = replies.get(Number(id ?? Number.NaN))
    if (found === undefined || found.polls-- > 0) return tnsSays(404, 'Not Found')
    return found.answer
  }

  function upload(uploaded: readonly { name: string; field: string; bytes: Buffer }[]): Answer {
    const isRight = uploaded.length > 0 && uploaded.every(({ field }, index) => field === `files[${index}]`)
    if (!isRight || uploaded.some(({ name }) => !/\.(png|jpg|txt|fits)$/.test(name))) {
      return tnsSays(400, 'Bad Request', { message: 'no such files' })
    }
    const names = uploaded.map(
      ({ name, bytes }) => `${createHash('md5').update(bytes).digest('hex').slice(0, 6)}_${name}`,
    )
    for (const name of names) files.add(name)
    return tnsSays(200, 'OK', names)
  }

  function limited(text: string | undefined, run: (data: Record<string, unknown>) => Answer): Answer {
    const data = dataIn(text)
    if (data === undefined) return tnsSays(400, 'Bad Request')
    const isCone = data.ra !== undefined
    used = { any: used.any + 1, cone: used.cone + (isCone ? 1 : 0) }
    if (used.any > limits.any || used.cone > limits.cone) return tooMany(60)
    const done = run(data)
    const headers = {
      ...done.headers,
      'x-rate-limit-limit': `${limits.any}`,
      'x-rate-limit-remaining': `${limits.any - used.any}`,
      'x-rate-limit-reset': '60',
      ...(isCone
        ? {
            'x-cone-rate-limit-limit': `${limits.cone}`,
            'x-cone-rate-limit-remaining': `${limits.cone - used.cone}`,
            'x-cone-rate-limit-reset': '60',
          }
        : {}),
    }
    return { ...done, headers }
  }

  function search(data: Record<string, unknown>): Answer {
    const digits = (value: unknown) => /\.(\d+)$/.exec(`${value ?? ''}`)?.[1]?.length ?? 0
    // Too many digits break the real one.
    if ([data.ra, data.dec].some((value) => digits(value) > 6)) return tnsSays(500, 'Internal Server Error')
    const found = objects.filter((one) => {
      if (data.internal_name !== undefined) return one.internalNames.includes(`${data.internal_name}`)
      if (data.objname !== undefined) return one.name === data.objname
      return near(degrees(data.ra, 15), degrees(data.dec, 1), Number(data.radius)).includes(one)
    })
    return tnsSays(
      200,
      'OK',
      found.map(({ name, prefix, objid }) => ({ objname: name, prefix, objid })),
    )
  }

  function object(data: Record<string, unknown>): Answer {
    const one = objects.find(({ name }) => name === data.objname)
    if (one === undefined) return tnsSays(404, 'Not Found')
    return tnsSays(200, 'OK', {
      objname: one.name,
      name_prefix: one.prefix,
      objid: one.objid,
      radeg: one.raDeg,
      decdeg: one.decDeg,
      internal_names: `, ${one.internalNames.join(', ')}`,
      reporting_group: { group_name: one.group },
      discovery_data_source: { group_name: one.group },
    })
  }

  function near(raDeg: number, decDeg: number, arcsec: number): TnsObject[] {
    const cos = Math.cos((decDeg * Math.PI) / 180)
    const away = (one: TnsObject) =>
      Math.hypot((((one.raDeg - raDeg + 540) % 360) - 180) * cos, one.decDeg - decDeg) * 3600
    return objects.filter((one) => away(one) <= arcsec).sort((a, b) => away(a) - away(b))
  }

  const tns: TnsStandIn = Object.assign(http, {
    api: `${http.url}/api`,
    bot,
    objects,
    submitted,
    values: tnsValues,
    polls: options.polls ?? 1,
    refuse: (path: string, ...answers: Answer[]) => void refusals.set(path, answers),
    script: (...next: ('lost' | '504')[]) => void modes.push(...next),
    add(given: Partial<CatalogueObject> & { raDeg: number; decDeg: number }) {
      const number = objects.length
      const made = {
        objid: number + 1,
        prefix: 'AT',
        name: nameOf(number),
        internalNames: [],
        group: 'ATLAS',
        reports: 1,
      }
      const one = { ...made, ...given }
      objects.push(one)
      return one
    },
    publish: (file: string, content: Uint8Array) => void catalogue.set(file, content),
    publishCatalogue(file: string, coverage: string, listed: readonly CatalogueObject[] = objects) {
      catalogue.set(`${file}.zip`, zipOf(file, catalogueCsv(coverage, listed)))
    },
    minuteGone() {
      used = { any: 0, cone: 0 }
    },
  })
  return tns
}

/** aaaa, aaab, … as TNS goes on when three letters are used up. */
export function nameOf(number: number): string {
  const letters = [3, 2, 1, 0].map((place) => String.fromCharCode(97 + (Math.floor(number / 26 ** place) % 26)))
  return `2026${letters.join('')}`
}
