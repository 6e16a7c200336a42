/**
 * TNS, the Transient Name Server: AT reports by a bot, to the sandbox unless `live: true`. A report is submitted, and
 * what became of it is asked afterwards. See README.md for the bot that it needs and what it never does.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Bridge, type Channel, DeliveryError, type Item, type Message, type Part } from '../contract.ts'
import { deliveryKey } from '../delivery-key.ts'
import { hideSecrets } from '../hide-secrets.ts'
import { reportOf } from '../report.ts'
import { oneLine } from '../words.ts'
import { type Context, getValues, openPace, post } from './api.ts'
import { type AtReport, parseText, reportIn, textOf, timeMsOf } from './at-report.ts'
import { config, placesOf, type TnsConfig } from './config.ts'
import { openUploads, withFiles } from './files.ts'
import { type Known, placeOf, searchAround, spellingsOf } from './known.ts'
import { lintReport } from './lint.ts'
import { openMirror } from './mirror.ts'
import { type Memory, updateMirror } from './mirror-update.ts'
import { atReportOf, messageOf, refuseItem } from './render.ts'
import { lookForReply, receiptOf, submitted } from './reply.ts'
import { comparePin, type Ids, openPin, resolveIds } from './values.ts'

/** All reports go to TNS: there is nothing to say. */
const address = z.strictObject({}).default({})
type To = z.output<typeof address>

export const bridge: Bridge<typeof config, typeof address> = {
  kind: 'tns',
  config,
  address,
  accepts: 'event',
  pictures: ['cutouts', 'lightcurve'],
  maxInFlight: 2,
  // A report costs a search and a question or two; TNS bears about ten a minute.
  limits: { perSecond: 0.1, burst: 3 },
  checks: 'TNS takes the bot and its key, knows the groups, and its numbers are those that were pinned',
  checksFirst: true,
  detail: 'full',
  audience: ({ live }) => (live ? 'public' : 'sandbox'),
  approval: 'default',
  oncePerObject: true,
  async open(settings, host) {
    const closing = new AbortController()
    const places = placesOf(settings)
    const context: Context = { http: host.http, settings, places, pace: openPace(), nowMs: () => host.clock.now() }
    let own: string | undefined
    const folder = () => (own ??= host.folder())
    const pin = openPin(folder, places.api)
    const mirror = openMirror(folder)
    const memory: Memory = {}
    const uploads = openUploads(folder, (why) => host.log.warn({}, why))
    let learned: Ids | undefined
    const bounded = (signal: AbortSignal) => AbortSignal.any([signal, closing.signal])
    const inMirror = (report: AtReport): readonly Known[] =>
      settings.mirror === false ? [] : mirror.known(placeOf(report), settings.matchArcsec, nameOf(report))

    const channel: Channel<To> = {
      render(items, to) {
        const [item] = items
        refuseItem(item, settings)
        const ids = learned ?? pin.read()
        if (ids === undefined) throw new Error('TNS was not asked for its values yet')
        const key = deliveryKey(items, to)
        const report = atReportOf(reportOf(item), item, key, { settings, ids })
        return messageOf(report, key, settings.relatedFiles ? partsOf(item) : [])
      },
      drafting: {
        text: textOf,
        parse: parseText,
        lint(body) {
          const report = reportIn(body)
          const nowMs = host.clock.now()
          const ageMs = settings.mirror === false ? undefined : mirror.ageMs(nowMs)
          return lintReport(report, {
            settings,
            nowMs,
            known: inMirror(report),
            ...(ageMs === undefined ? {} : { mirrorAgeMs: ageMs }),
          })
        },
      },
      async deliver(message, attempt) {
        const signal = bounded(attempt.signal)
        const report = reportIn(message.body)
        if (timeMsOf(report.discovery_datetime) > host.clock.now()) {
          throw new DeliveryError('reject', 'no', `the discovery lies in the future: ${report.discovery_datetime}`)
        }
        for (const find of [
          () => inMirror(report),
          () => searchAround(context, report, settings.matchArcsec, signal),
        ] as const) {
          const ours = judge(await find(), settings)
          if (ours === undefined) continue
          uploads.forget(message.key)
          const reply = 'TNS has the object already, by our name for it'
          return { state: 'duplicate', receipt: { ...receiptOf(ours.name, context), atMs: host.clock.now(), reply } }
        }
        const names = message.parts.length === 0 ? [] : await uploads.namesOf(context, message, signal)
        return submit(context, report, message, withFiles(message.body, message, names), { settings, signal })
      },
      async look(handle, attempt) {
        try {
          const looked = await lookForReply(context, handle, bounded(attempt.signal))
          if (looked.state === 'sent' || looked.state === 'duplicate') uploads.forget(attempt.key)
          return looked
        } catch (error) {
          if (error instanceof DeliveryError && error.kind === 'reject') uploads.forget(attempt.key)
          throw error
        }
      },
      async check(signal) {
        const { fields } = await getValues(context, bounded(signal))
        const ids = resolveIds(fields.data, settings)
        comparePin(pin, ids, settings)
        // Anybody may ask for values; the key is tried with an object that every copy of TNS has.
        const data = JSON.stringify({ objname: '2011fe' })
        const answers = [200, 404]
        await post(context, 'get/object', { data }, { signal: bounded(signal), reached: 'no', answers })
        pin.keep(ids)
        learned = ids
      },
      async close() {
        closing.abort(new Error('the bridge is closed'))
        mirror.close()
      },
    }
    if (places.catalogue === undefined) return channel
    return {
      ...channel,
      upkeep: {
        everyMs: 3_600_000,
        async run(signal) {
          await updateMirror({ context, mirror, memory, log: host.log, signal: bounded(signal) })
        },
      },
    }
  },
}

/** The object that is ours; undefined where the report may go. Throws DeliveryError where others have it. */
function judge(known: readonly Known[], { knownObjects, matchArcsec }: TnsConfig): Known | undefined {
  const ours = known.find((one) => one.ours)
  if (ours !== undefined) return ours
  const other = known.find(({ separationArcsec }) => separationArcsec <= matchArcsec)
  if (other === undefined || knownObjects === 'attach') return undefined
  const by = other.by === undefined ? '' : `, reported by ${other.by}`
  throw new DeliveryError(
    'reject',
    'no',
    `TNS has ${other.name} at ${other.separationArcsec.toFixed(1)} arcsec${by}; set \`knownObjects: attach\` to attach reports to such objects`,
  )
}

async function submit(
  context: Context,
  report: AtReport,
  { key }: Message,
  data: string,
  { settings, signal }: { settings: TnsConfig; signal: AbortSignal },
) {
  const path = 'set/bulk-report'
  const { fields } = await post(context, path, { data }, { signal, reached: 'maybe' })
  const reportId = Number((fields.data as { report_id?: unknown } | null | undefined)?.report_id ?? Number.NaN)
  if (!Number.isSafeInteger(reportId) || reportId < 0) {
    const words = oneLine(hideSecrets(JSON.stringify(fields), [settings.bot.apiKey]), 300)
    throw new DeliveryError('retry', 'maybe', `${path}: 200, and no report_id: ${words}`)
  }
  const submittedMs = context.nowMs()
  const prefix = settings.atType === 'FRB' ? 'FRB' : 'AT'
  return submitted({ reportId, submittedMs, key, internalName: report.internal_name ?? '', prefix }, submittedMs)
}

function nameOf({ internal_name }: AtReport): readonly string[] {
  return spellingsOf(internal_name ?? '')
}

function partsOf({ pictures, event }: Item): Part[] {
  const mark = createHash('sha256').update(event.ivoid).digest('hex').slice(0, 8)
  return [...pictures].map(([kind, { bytes, mediaType }]) => ({
    hash: createHash('sha256').update(bytes).digest('hex'),
    mediaType,
    name: `${kind}-${mark}.png`,
    bytes,
  }))
}
