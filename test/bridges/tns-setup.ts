/** What the tests of TNS share: reports by hand, and a bridge on a TNS of its own. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import type { Attempt, Item, Message, Outcome, Receipt } from '../../bridges/contract.ts'
import type { Report, ReportPoint } from '../../bridges/report.ts'
import { bridge } from '../../bridges/tns/index.ts'
import { atReportOf, messageOf } from '../../bridges/tns/render.ts'
import { type Ids, resolveIds } from '../../bridges/tns/values.ts'
import { startTnsStandIn, type TnsOptions, type TnsStandIn } from '../servers/tns.ts'
import type { CatalogueObject } from '../servers/tns-catalogue.ts'
import { tnsValues } from '../servers/tns-values.ts'
import { attemptOf, type TestHost, testHost } from './contract.ts'
import { sampleItem } from './sample-item.ts'

export const signal = () => AbortSignal.timeout(20_000)

export const required: z.input<typeof bridge.config> = {
  bot: { id: 4711, name: 'Fountain_Bot', apiKey: 'stand-in-key-of-the-bot' },
  reporter: 'A. Author (Institute of Examples), on behalf of Fountain',
  reportingGroup: 'Fountain',
  dataSourceGroup: 'Rubin',
  mirror: false,
}
export const settingsOf = (more: Partial<typeof required> = {}) => bridge.config.parse({ ...required, ...more })
export const ids: Ids = resolveIds(tnsValues, settingsOf({ dataSourceGroup: 'Rubin' }))

const point = (
  kind: ReportPoint['kind'],
  timeIso: string,
  band: string,
  more: Partial<ReportPoint> = {},
): ReportPoint => ({
  kind,
  timeIso,
  timeMjdUtc: Date.parse(`${timeIso}Z`) / 86_400_000 + 40_587,
  band,
  filterId: `LSST/LSST.${band}`,
  exposureS: 30,
  ...more,
})

const first = point('detection', '2026-02-27T05:30:00.123456', 'g', {
  mag: 22.514,
  magErr: 0.11,
  fluxNjy: 3577,
  fluxErrNjy: 360,
})
const last = point('detection', '2026-03-01T05:36:57.600999', 'r', {
  mag: 21.3037,
  magErr: 0.0519,
  fluxNjy: 10901,
  fluxErrNjy: 522,
  limitMag: 24.113,
  limitSigma: 5,
})

/** A supernova in its first days. */
export const lsstReport: Report = {
  role: 'observation',
  survey: 'lsst',
  object: 'LSST-AP-DO-170028503098359808',
  spellings: ['LSST-AP-DO-170028503098359808', 'LSST-P-DO-170028503098359808', '170028503098359808'],
  raDeg: 155.125167123456,
  decDeg: 20.511125123456,
  errorArcsec: 0.0724,
  glonDeg: 217,
  glatDeg: 55,
  positionName: 'J102030.04+203040.0',
  trigger: last,
  discovery: first,
  lastNonDetection: point('forced', '2026-02-20T05:30:00.000000', 'r', { limitMag: 24.087, limitSigma: 5 }),
  seenBefore: false,
  detections: 2,
  reliability: 0.9831,
  classifications: [],
  negative: false,
  noFlux: false,
  points: [first, last],
}

export const ztfReport: Report = {
  ...lsstReport,
  survey: 'ztf',
  object: 'ZTF26aaaaaaa',
  spellings: ['ZTF26aaaaaaa'],
  trigger: { ...last, filterId: 'Palomar/ZTF.r', mag: 18.204, magErr: 0.006, limitMag: 20.44 },
  discovery: { ...first, filterId: 'Palomar/ZTF.g', mag: 18.91, magErr: 0.07, limitMag: 20.7 },
  lastNonDetection: point('nonDetection', '2026-02-24T05:00:00.000000', 'g', {
    filterId: 'Palomar/ZTF.g',
    limitMag: 20.513,
    limitSigma: 5,
  }),
  points: [
    { ...first, filterId: 'Palomar/ZTF.g', mag: 18.91, magErr: 0.07, limitMag: 20.7 },
    { ...last, filterId: 'Palomar/ZTF.r', mag: 18.204, magErr: 0.006, limitMag: 20.44 },
  ],
}

export function renderReport(report: Report, more: Partial<typeof required> = {}, item: Item = sampleItem) {
  const settings = settingsOf(more)
  return atReportOf(report, item, 'k3y0fthedelivery', { settings, ids: resolveIds(tnsValues, settings) })
}

/** A message of a report by hand, as `render` would make it. */
export function messageFor(report: Report, key = 'k3y0fthedelivery', more: Partial<typeof required> = {}): Message {
  const settings = settingsOf(more)
  const made = atReportOf(report, sampleItem, key, { settings, ids: resolveIds(tnsValues, settings) })
  return messageOf(made, key, [])
}

export interface OpenedTns {
  readonly tns: TnsStandIn
  readonly host: TestHost
  readonly folder: string
  readonly channel: Awaited<ReturnType<typeof bridge.open>>
  /** What the bridge takes for now. */
  clock: { nowMs: number }
  send(message: Message, more?: Partial<Attempt>): Promise<Outcome>
}

/** Sorted out by the test's `afterEach`. */
export const open: { stop(): Promise<void> }[] = []

export async function opened(
  more: Partial<typeof required> = {},
  { folder = mkdtempSync(join(tmpdir(), 'fountain-tns-')), ...options }: TnsOptions & { folder?: string } = {},
): Promise<OpenedTns> {
  const tns = await startTnsStandIn(options)
  const clock = { nowMs: Date.UTC(2026, 2, 1, 5, 38) }
  const base = testHost()
  const host: TestHost = { ...base, clock: { ...base.clock, now: () => clock.nowMs }, folder: () => folder }
  const channel = await bridge.open(bridge.config.parse({ ...required, api: tns.api, ...more }), host)
  open.push({
    async stop() {
      await channel.close()
      await tns.stop()
    },
  })
  const send = (message: Message, attempt: Partial<Attempt> = {}) =>
    channel.deliver(message, { ...attemptOf(message), ...attempt })
  return { tns, host, folder, channel, clock, send }
}

export function handleOf(outcome: Outcome): string {
  if (outcome.state !== 'submitted') throw new Error(`${outcome.state}, and not submitted`)
  return outcome.handle
}
export function receiptOf(outcome: { readonly state: string; readonly receipt?: Receipt }): Receipt {
  if (outcome.receipt === undefined) throw new Error(`${outcome.state}, without a receipt`)
  return outcome.receipt
}

/** An object of TNS's catalogue, at this place. */
export const object = (
  objid: number,
  raDeg: number,
  decDeg: number,
  more: Partial<CatalogueObject> = {},
): CatalogueObject => ({
  objid,
  prefix: 'AT',
  name: `2026obj${objid}`,
  raDeg,
  decDeg,
  internalNames: [`ZTF26obj${objid}`],
  group: 'ZTF',
  ...more,
})
