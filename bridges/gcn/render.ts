/** Notices as messages: a line of JSON (topic, key), then the notice as it goes out. Pure; what is wrong is refused. */
import { DeliveryError, type Item, type Message, Refusal } from '../contract.ts'
import { deliveryKey } from '../delivery-key.ts'
import { type Report, reportOf } from '../report.ts'
import { knownDays, lightReasons, reliabilityReasons } from '../report-fitness.ts'
import { oneLine } from '../words.ts'
import { type GcnAddress, type GcnConfig, missionOf } from './config.ts'
import { isRetraction, noticeOf } from './notice.ts'
import type { NoticeSchema } from './schemas.ts'
import { semanticFaults } from './semantics.ts'

export interface NoticeHead {
  readonly topic: string
  /** One key, one partition: what is said of an object stays in order. */
  readonly key: string
}

/** A record has a head and headers of its own; so much is left for that, bytes. */
const recordBytes = 500
const mostReasons = 20
const utf8 = new TextDecoder('utf-8', { fatal: true })

export function renderNotice(item: Item, to: GcnAddress, config: GcnConfig, schema: NoticeSchema): Message {
  const topic = to?.topic ?? config.topic
  if (missionOf(topic) !== missionOf(config.topic)) {
    throw new Refusal([
      `${topic} is not a topic of the mission ${missionOf(config.topic)}, which this bridge writes for.`,
    ])
  }
  if (config.live && item.event.role === 'test')
    throw new Refusal(['A test (role="test") is not told to gcn.nasa.gov.'])
  const report = isRetraction(item) ? undefined : worthReporting(reportOf(item), config)
  const notice = noticeOf(item, report, schema, config)
  const value = Buffer.from(JSON.stringify(notice))
  const faults = faultsOf(value, config, schema)
  if (faults.length > 0) throw new Refusal(faults as [string, ...string[]])
  const head: NoticeHead = { topic, key: oneLine(item.match.objectId ?? item.event.ivoid, 300) }
  return { body: stored(head, value), parts: [], key: deliveryKey([item], ['gcn', topic]), repeat: 'safe' }
}

export function stored(head: NoticeHead, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), value])
}

/** Throws DeliveryError for what is no stored notice. */
export function readStored(body: Uint8Array): { head: NoticeHead; value: Buffer } {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  const end = bytes.indexOf(0x0a)
  if (end < 0) throw new DeliveryError('reject', 'no', 'the stored message is no GCN notice')
  return { head: JSON.parse(bytes.toString('utf8', 0, end)) as NoticeHead, value: bytes.subarray(end + 1) }
}

/** Whatever its bytes are: why they are no notice of ours; empty where nothing is wrong. */
export function faultsOf(value: Uint8Array, { maxMessageBytes }: GcnConfig, schema: NoticeSchema): readonly string[] {
  if (value.length + recordBytes > maxMessageBytes) {
    return [`The notice has ${value.length} bytes, and maxMessageBytes is ${maxMessageBytes}.`]
  }
  let notice: unknown
  try {
    notice = JSON.parse(utf8.decode(value))
  } catch {
    return ['The notice is no JSON.']
  }
  const faults = [...new Set([...schema.faults(notice), ...semanticFaults(notice, schema)])].map((fault) =>
    oneLine(fault, 300),
  )
  const more = faults.length - mostReasons
  return more > 0 ? [...faults.slice(0, mostReasons), `And ${more} more.`] : faults
}

/** GCN is for transients; the filter decides which, but some are none. Throws Refusal with every reason. */
function worthReporting(report: Report, { leastReliability, longestDays }: GcnConfig): Report {
  const { moving, trigger, reliability } = report
  const days = knownDays(report)
  const light = lightReasons(report)
  const reasons = [
    ...(moving === undefined ? [] : [`It is ${oneLine(moving.designation, 80)}, a known object of the solar system.`]),
    ...light,
    ...(light.length === 0 && trigger.mag === undefined ? ['The detection has no magnitude.'] : []),
    ...reliabilityReasons(reliability, leastReliability),
    ...(days > longestDays
      ? [
          `The survey has seen it for ${Math.floor(days).toLocaleString('en-US')} days, and \`longestDays\` is ${longestDays}: notices are about what is new.`,
        ]
      : []),
  ]
  const [first, ...others] = reasons
  if (first !== undefined) throw new Refusal([first, ...others])
  return report
}
