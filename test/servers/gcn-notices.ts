/**
 * A reader of GCN notices that complains: what a careful subscriber, or the GCN team, would find wrong. It shares no code
 * with the bridge: the schemas come from the package, the rest from what GCN's documentation asks of producers.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'

export interface GcnRecord {
  readonly topic: string
  readonly value: Uint8Array
  readonly atMs: number
}

type Fields = Record<string, unknown>

/** A sentence for each fault, with the place of the record; empty where all is well. */
export function complaintsOf(records: readonly GcnRecord[], { heartbeatMs = 120_000 } = {}): string[] {
  const complaints: string[] = []
  const seen = new Map<string, string>()
  const beats = new Map<string, number>()
  for (const [index, { topic, value, atMs }] of records.entries()) {
    const complain = (words: string) => complaints.push(`${index} ${topic}: ${words}`)
    if (!/^gcn\.notices(\.[a-z0-9_]+){2,}$/.test(topic)) complain('is no topic of notices')
    if (value.length > 4 * 1024 * 1024) complain(`has ${value.length} bytes`)
    let message: Fields
    try {
      message = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value)) as Fields
    } catch (error) {
      complain(`is no JSON: ${(error as Error).message}`)
      continue
    }
    if (topic.endsWith('.heartbeat')) {
      const before = beats.get(topic)
      beats.set(topic, atMs)
      if (message.status !== 'alive' || Number.isNaN(Date.parse(String(message.timestamp)))) complain('is no heartbeat')
      if (before !== undefined && atMs - before > 1.5 * heartbeatMs) complain(`was silent for ${atMs - before} ms`)
      continue
    }
    for (const words of noticeFaults(message)) complain(words)
    const { id } = (message.data as { targets?: Fields[] } | undefined)?.targets?.[0] ?? message
    // What comes twice is the same, or says that it is another message of the event.
    const identity = JSON.stringify([topic, id, message.record_number, message.alert_type])
    const text = Buffer.from(value).toString('utf8')
    if ((seen.get(identity) ?? text) !== text) complain('is another notice with the same id and record_number')
    seen.set(identity, text)
  }
  return complaints
}

let ajv: Ajv2020 | undefined
function schemas(): Ajv2020 {
  if (ajv !== undefined) return ajv
  ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false })
  const folder = dirname(createRequire(import.meta.url).resolve('@nasa-gcn/schema/package.json'))
  for (const name of readdirSync(join(folder, 'gcn'), { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.schema.json')) ajv.addSchema(JSON.parse(readFileSync(join(folder, 'gcn', name), 'utf8')))
  }
  return ajv
}

export function noticeFaults(notice: Fields): string[] {
  const faults: string[] = []
  const name = String(notice.$schema)
  if (!/^https:\/\/gcn\.nasa\.gov\/schema\/v\d+\.\d+\.\d+\/gcn\/notices\//.test(name))
    faults.push(`$schema ${name} is not versioned`)
  const validate = schemas().getSchema(name)
  if (validate === undefined) faults.push(`$schema ${name} does not exist`)
  else if (!validate(notice)) faults.push(...(validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`))
  walk(notice, (key, value) => {
    if (value === null) faults.push(`${key} is null`)
    // A class may be called toString: such an object cannot be made a number.
    const number = typeof value === 'object' ? Number.NaN : Number(value)
    if (key === 'ra' && !(number >= 0 && number < 360)) faults.push(`ra is ${value}`)
    if (key === 'dec' && !(Math.abs(number) <= 90)) faults.push(`dec is ${value}`)
    if (key === 'ra_dec_error' && typeof value === 'number' && !(value >= 0 && value <= 180))
      faults.push(`${key} ${value}`)
    if (/^(limiting_)?mag$/.test(key) && !(number > -30 && number < 40)) faults.push(`${key} is ${value}`)
    if (/_(datetime|time|start|stop)$/.test(key)) {
      const ms = Date.parse(String(value))
      if (!/^\d{4}-\d\d-\d\dT.*Z$/.test(String(value)) || Number.isNaN(ms)) faults.push(`${key} is ${value}`)
      else if (ms > Date.parse(String(notice.alert_datetime)) + 60_000) faults.push(`${key} is in the future`)
    }
    if (key === 'classification') {
      const sum = Object.values(value as Record<string, number>).reduce((total, one) => total + one, 0)
      if (Math.abs(sum - 1) > 0.01) faults.push(`classification adds up to ${sum}`)
    }
    if (key === 'record_number' && !(Number.isInteger(value) && number > 0)) faults.push(`record_number is ${value}`)
  })
  for (const key of ['alert_datetime', 'mission', 'alert_type', 'record_number'])
    if (notice[key] === undefined) faults.push(`${key} is missing`)
  return faults
}

function walk(value: unknown, see: (key: string, value: unknown) => void): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, one] of Object.entries(value)) {
    see(key, one)
    walk(one, see)
  }
}
