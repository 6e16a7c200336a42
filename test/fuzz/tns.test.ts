/** What TNS answers, and the files of its catalogue: a status, what was asked, then the bytes. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeliveryError } from '../../bridges/contract.ts'
import type { HttpResponse } from '../../bridges/http.ts'
import { bridge } from '../../bridges/tns/index.ts'
import type { CatalogueRow } from '../../bridges/tns/mirror.ts'
import { readCatalogue } from '../../bridges/tns/mirror-file.ts'
import { attemptOf, testHost } from '../bridges/contract.ts'
import { lsstReport, messageFor, required } from '../bridges/tns-setup.ts'
import { catalogueCsv, zipOf } from '../servers/tns-catalogue.ts'
import { tnsValues } from '../servers/tns-values.ts'
import { fuzz } from './fuzz.ts'
import { hostileTexts, mutateBytes, mutateJson, pick, type Random, spliced } from './mutate.ts'

type Json = Parameters<typeof mutateJson>[1]
const key = 'k3y0fthedelivery'
const asks = ['look', 'deliver', 'check', 'catalogue'] as const
const statuses = [200, 200, 200, 400, 404, 429, 500, 403]

const reply = (feedback: object) => ({
  id_code: 200,
  id_message: 'OK',
  data: { received_data: { at_report: {} }, feedback: { at_report: [feedback] } },
})
const ours = { internal_ids: { delivery: key } }
const message = (objname: string, more: object = {}) => ({ message: 'Said.', message_id: 100, objname, ...more })
const answers: readonly Json[] = [
  reply({ 100: message('2026abc'), ...ours }),
  reply({ 101: message('2026abc', { prefix: 'SN' }), 110: message(''), ...ours }),
  reply({ 100: message('2026abc'), 121: { new_object_name: 'SN 2026abc' } }),
  reply({ at_report: [{ message: 'An identical AT report exists.', message_id: 5 }] }),
  reply({ photometry: { photometry_group: { 0: { flux: [{ message: 'wrong', message_id: 3 }] } } }, ...ours }),
  { id_code: 200, id_message: 'OK', data: { report_id: 7 } },
  { id_code: 200, id_message: 'OK', data: [] },
  { id_code: 200, id_message: 'OK', data: [{ objname: '2026abc', prefix: 'AT', objid: 1 }] },
  { id_code: 200, id_message: 'OK', data: { radeg: 155.1, decdeg: 20.5, name_prefix: 'AT', internal_names: ', a' } },
  { id_code: 200, id_message: 'OK', data: tnsValues as unknown as Json },
  { id_code: 401, id_message: `Unauthorized ${required.bot.apiKey}`, data: { api_key: required.bot.apiKey } },
] as readonly Json[]

const object = (n: number) => ({
  ...{ objid: n, prefix: 'AT', name: `2026obj${n}`, raDeg: (n * 7.3) % 360, decDeg: ((n * 3.1) % 180) - 90 },
  ...{ internalNames: [`ATLAS26${n}`, '"x", y'], group: 'ATLAS' },
})
const coverage = '2026-03-01 05:00:00 - 05:59:59'
const csv = catalogueCsv(coverage, [1, 2, 3, 4].map(object))
const zips = [zipOf('a.csv', csv), zipOf('a.csv', catalogueCsv(coverage, [])), zipOf('a.txt', csv), zipOf('a.csv', 'x')]

fuzz('tns', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fountain-fuzz-'))
  let response: HttpResponse = { status: 200, headers: {}, body: Buffer.alloc(0) } as HttpResponse
  const open = () => {
    const host = { ...testHost(), folder: () => folder, http: { request: async () => response } }
    return bridge.open(bridge.config.parse({ ...required, api: 'http://127.0.0.1:9/api' }), host)
  }
  const report = messageFor(lsstReport)
  const handle = JSON.stringify({ reportId: 7, submittedMs: 0, key, internalName: '', prefix: 'AT' })

  function catalogue(random: Random): Uint8Array {
    if (random(2) === 0) {
      // Within the table, packed rightly.
      let table: Uint8Array = Buffer.from(csv)
      for (let times = random(4); times > 0; times--) table = mutateBytes(table, random)
      if (random(4) === 0) table = Buffer.concat([table, Buffer.from(pick(random, hostileTexts))])
      return zipOf(random(8) === 0 ? `${pick(random, hostileTexts)}.csv` : 'a.csv', table)
    }
    let bytes: Uint8Array = pick(random, zips)
    if (random(4) === 0) bytes = spliced(random, bytes, pick(random, zips))
    for (let times = random(3); times > 0; times--) bytes = mutateBytes(bytes, random)
    return bytes
  }
  function answer(random: Random): Uint8Array {
    let said = pick(random, answers)
    for (let times = random(4); times > 0; times--) said = mutateJson(random, said)
    const bytes = Buffer.from(JSON.stringify(said) ?? '')
    return random(8) === 0 ? mutateBytes(bytes, random) : bytes
  }

  async function ask(what: (typeof asks)[number]): Promise<string> {
    const channel = await open()
    try {
      if (what === 'check') await channel.check(AbortSignal.timeout(5000))
      else {
        const done =
          what === 'look'
            ? await channel.look!(handle, attemptOf(report))
            : await channel.deliver(report, attemptOf(report))
        if ('receipt' in done && (done.receipt.id.length > 100 || /[\p{Cc}\u2028\u2029]/u.test(done.receipt.id))) {
          throw new Error(`no name for people: ${done.receipt.id}`)
        }
        return `${what} ${done.state}`
      }
      return 'check ok'
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error
      if (error.reply.includes(required.bot.apiKey)) throw new Error('the key is shown')
      if (/[\p{Cc}\u2028\u2029]/u.test(error.reply) || error.reply.length > 2000) throw new Error('no line for people')
      if (what !== 'deliver' && error.retryAfterMs !== undefined && error.retryAfterMs < 0)
        throw new Error('in the past')
      return `${what} ${error.kind}`
    } finally {
      await channel.close()
    }
  }
  async function read(bytes: Uint8Array): Promise<string> {
    const rows: CatalogueRow[] = []
    try {
      await readCatalogue(bytes, {
        covers({ fromMs, toMs }) {
          if (!(fromMs <= toMs)) throw new TypeError('ends before it begins')
        },
        rows: (batch) => void rows.push(...batch),
        signal: AbortSignal.timeout(5000),
      })
    } catch (error) {
      if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) throw error
      return 'catalogue refused'
    }
    for (const { objid, raDeg, decDeg, name } of rows) {
      const isRight = Number.isSafeInteger(objid) && raDeg >= 0 && raDeg < 360 && Math.abs(decDeg) <= 90 && name !== ''
      if (!isRight) throw new Error(`a row that is none: ${objid} ${raDeg} ${decDeg} ${name}`)
    }
    return rows.length === 0 ? 'catalogue empty' : 'catalogue read'
  }

  return {
    make(random) {
      const what = random(asks.length)
      const body = asks[what] === 'catalogue' ? catalogue(random) : answer(random)
      return Buffer.concat([Uint8Array.of(random(statuses.length), what), body])
    },
    run(input) {
      const status = statuses[(input[0] ?? 0) % statuses.length]!
      const what = asks[(input[1] ?? 0) % asks.length]!
      const body = input.subarray(2)
      if (what === 'catalogue') return read(body)
      response = { status, headers: { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '12' }, body }
      return ask(what)
    },
    meets: [
      ...[/^look sent/m, /^look duplicate/m, /^look reject/m, /^look retry/m, /^look lost/m, /^deliver retry/m],
      ...[/^check ok/m, /^check halt/m, /^catalogue read/m, /^catalogue refused/m],
    ],
  }
})
